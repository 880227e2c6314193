import json
import re
import shutil
import subprocess

import pytest
from drawing import draw, saved
from project import ROOT, serving
from questions import assert_problem

from recognition.serving.application import build_application

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTIONS = re.split(r"^## ", README, flags=re.MULTILINE)
CONTRACT = next(section for section in SECTIONS if section.startswith("The HTTP contract"))
SERVER = next(section for section in SECTIONS if section.startswith("Run a server"))


def sessions(text):
    """The console sessions with curl: their commands, and what is shown below."""
    for session in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        commands = re.findall(r"^\$ (curl (?:[^'\n]|'[^']*')*)", session, re.MULTILINE)
        if commands:
            yield commands, session.rpartition(commands[-1])[2]


def plain(text):
    """A text without its spaces, and every number as 0."""
    return re.sub(r"-?\d+(\.\d+)?(e-?\d+)?", "0", re.sub(r"\s+", "", text))


@pytest.mark.skipif(not shutil.which("curl"), reason="the examples of the README need curl")
@pytest.mark.parametrize(("commands", "shown"), [*sessions(CONTRACT), *sessions(SERVER)])
def test_the_examples_with_curl_answer_as_shown(model, tmp_path, commands, shown):
    pytest.importorskip("prometheus_client", reason="metrics are an extra: pip install prometheus-client")
    (tmp_path / "42.png").write_bytes(saved(draw("42", height=150, pen=15, at=(30, 120))).getvalue())
    shutil.copytree(ROOT / "my_test_images", tmp_path / "my_test_images")
    app = build_application(lambda: model)
    app.test_client().post("/prediction", json={"instances": [[0] * 64]})  # so that there is something to count
    with serving(app) as server:
        for command in commands:
            command = command.replace("localhost:5000", "{}:{}".format(*server.server_address))
            done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
            for line in [shown] if shown.lstrip().startswith("{") else shown.splitlines():
                assert re.search(re.escape(plain(line)).replace(re.escape("..."), ".*"), plain(done.stdout)), (
                    done.stdout
                )


def test_every_test_image_is_in_what_the_client_is_shown_to_print():
    session = re.search(r"^\$ python client.py -f my_test_images --score\n(.*?)```", README, re.DOTALL | re.MULTILINE)[
        1
    ]
    *lines, score = session.splitlines()
    names = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "my_test_images").iterdir() if path.is_file())
    assert [line.split(": ")[0] for line in lines] == names
    assert f" of {len(names)} right: " in score


def test_the_error_is_as_shown(http):
    shown = json.loads(re.search(r'^\{"type": .*\}$', CONTRACT, re.MULTILINE)[0])
    assert_problem(http.post("/prediction", json={"instances": [[1, 2, 3]]}), shown["status"], shown["detail"])


def test_every_status_that_is_described_is_in_the_table(http):
    table = re.findall(r"^\| ([\d, ]+) \|", CONTRACT, re.MULTILINE)
    told = {status for row in table for status in row.split(", ")}
    described = {
        status
        for path in http.get("/openapi.json").get_json()["paths"].values()
        for operation in path.values()
        for status in operation["responses"]
    }
    assert described - {"200", "201", "404", "501"} <= told


def test_every_option_of_the_scripts_is_in_the_readme():
    for script in ("training.py", "server.py", "client.py"):
        source = (ROOT / script).read_text(encoding="utf-8")
        options = re.findall(r'(?:"(-\w)",\s*)?"(--[a-z-]+)"', source)
        assert options
        assert [names for names in options if not any(f"`{name}" in README for name in names if name)] == []
