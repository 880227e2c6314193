"""The pages of documentation: what they show is what happens, and what they name is there."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from drawing import draw, saved
from project import ROOT, serving
from questions import assert_problem

from recognition.serving.application import build_application

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for pattern in ("README.md", "recognition/**/README.md", "tests/**/README.md")
    for path in ROOT.glob(pattern)
}
README = PAGES["README.md"]
CONTRACT = PAGES["recognition/serving/README.md"]


def sessions(text):
    """Yield of each console session with curl its commands, and what is shown below."""
    for session in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        commands = re.findall(r"^\$ (curl (?:[^'\n]|'[^']*')*)", session, re.MULTILINE)
        if commands:
            yield commands, session.rpartition(commands[-1])[2]


def plain(text):
    """Return a text without its spaces, and every number as 0."""
    return re.sub(r"-?\d+(\.\d+)?(e-?\d+)?", "0", re.sub(r"\s+", "", text))


def anchors(text):
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.skipif(not shutil.which("curl"), reason="the examples of the contract need curl")
@pytest.mark.parametrize(("commands", "shown"), sessions(CONTRACT))
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


def test_the_contract_has_examples_to_run():
    assert len(list(sessions(CONTRACT))) >= 4


def test_every_test_image_is_in_what_the_client_is_shown_to_print():
    session = re.search(r"^\$ python client.py -f my_test_images --score\n(.*?)```", README, re.DOTALL | re.MULTILINE)
    *lines, score = session[1].splitlines()
    names = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "my_test_images").iterdir() if path.is_file())
    assert [line.split(": ")[0] for line in lines] == names
    assert f" of {len(names)} right: " in score


def test_the_error_is_as_shown(http):
    shown = json.loads(re.search(r'^\{"type": .*\}$', CONTRACT, re.MULTILINE)[0])
    assert_problem(http.post("/prediction", json={"instances": [[1, 2, 3]]}), shown["status"], shown["detail"])


def test_every_status_that_is_described_is_in_the_table(http):
    table = re.findall(r"^\| ([\d, ]+) \|", CONTRACT, re.MULTILINE)
    in_table = {status for row in table for status in row.split(", ")}
    described = {
        status
        for path in http.get("/openapi.json").get_json()["paths"].values()
        for operation in path.values()
        for status in operation["responses"]
    }
    assert described - {"200", "201", "404", "501"} <= in_table


@pytest.mark.parametrize(
    ("script", "page"), [("training.py", "learning"), ("server.py", "serving"), ("client.py", "client")]
)
def test_every_option_of_a_script_is_on_its_page(script, page):
    options = re.findall(r'(?:"(-\w)",\s*)?"(--[a-z-]+)"', (ROOT / script).read_text(encoding="utf-8"))
    assert options
    text = PAGES[f"recognition/{page}/README.md"]
    assert [names for names in options if not any(f"`{name}" in text for name in names if name)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", PAGES[page]):
        path, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def test_the_readme_ends_before_its_reader_does():
    assert len(README.splitlines()) <= 220


def test_every_module_has_its_line_on_the_page_of_the_architecture():
    tree = PAGES["recognition/README.md"].partition("## Packages and modules")[2].split("```")[1]
    folder, listed = "", []
    for indent, name in re.findall(r"^( +)(\S+)", tree, re.MULTILINE):
        if name.endswith("/"):
            folder = name
        else:
            listed.append(name if len(indent) == 2 else folder + name)
    package = ROOT / "recognition"
    modules = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if path.name != "__init__.py"}
    assert sorted(listed) == sorted(modules)


def test_the_example_in_python_runs(project):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    shutil.copytree(ROOT / "my_test_images", project / "my_test_images", dirs_exist_ok=True)
    done = subprocess.run([sys.executable, "-c", example], cwd=project, capture_output=True, text=True, check=True)
    reading, instance = done.stdout.splitlines()
    assert reading.startswith("74025 True [(")
    assert instance in {*"0123456789"}


def test_the_front_door_imports_nothing_until_it_is_asked():
    loaded = "import recognition, sys; print([name for name in sys.modules if name.startswith('recognition.')])"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
