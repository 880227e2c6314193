import csv
import json
import os
import threading
from pathlib import Path

import pytest
from drawing import draw
from PIL import Image
from project import ROOT
from sklearn.datasets import load_digits
from strangers import answer, stranger
from werkzeug.serving import make_server

import client
from recognition.client import inputs, scores
from recognition.client.results import ResultWriter, in_words
from recognition.client.scores import score
from recognition.client.service import base_url
from recognition.serving.application import build_application

TWO, THREE = (ROOT / "my_test_images" / f"digit{digit}.png" for digit in (2, 3))


@pytest.fixture(scope="module")
def url(model):
    """Address of a server in a thread of this process."""
    server = make_server("127.0.0.1", 0, build_application(lambda: model), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ask(url, ask_at):
    """A function that asks the server, or another one, as `ask_at` does."""
    return lambda *arguments, url=url: ask_at(url, *arguments)


def test_prints_the_answer(ask):
    code, (line,), err = ask("-f", TWO)
    assert code == 0
    assert line.startswith(f"{TWO}: 2 (")
    assert line.endswith(" %)")
    assert err == []


def test_reads_the_ten_small_test_images_and_says_how_many_it_is_not_sure_of(ask):
    images = [ROOT / "my_test_images" / f"digit{digit}.png" for digit in range(10)]
    code, lines, _ = ask("-f", *images, "--score")
    assert code == 0
    doubtful = sum("not sure" in line for line in lines[:-1])
    assert lines[-1].startswith("10 of 10 right: 100.0 % (95 % interval 72.2 % to 100.0 %)")
    assert lines[-1].endswith(f"; {doubtful} not sure, {doubtful} of these right" if doubtful else "%)")


def test_asks_about_every_picture_of_the_test_images(ask):
    _, lines, _ = ask("-f", ROOT / "my_test_images", "--score")
    assert len(lines) >= 12
    assert " of 11 right: " in lines[11]


@pytest.mark.parametrize("arguments", [[TWO, "-f", THREE], ["-f", THREE, "--json", TWO], ["-f", THREE, "-f", TWO]])
def test_paths_without_f_and_each_f_are_asked_about_together(ask, arguments):
    code, lines, _ = ask(*arguments)
    assert code == 0
    assert [name for line in lines for name in ("digit2", "digit3") if name in line] in (
        ["digit2", "digit3"],
        ["digit3", "digit2"],
    )


def test_nothing_to_ask_about_is_wrong_usage(ask, capsys):
    with pytest.raises(SystemExit) as exit_:
        ask("--score")
    assert exit_.value.code == 2
    assert "nothing to ask about; name pictures" in capsys.readouterr().err


@pytest.mark.parametrize(
    "form", ["{}", "http://{}/", "{}/prediction", "http://{}/prediction", "http://{}/prediction/?seen=1"]
)
def test_a_url_may_lack_its_scheme_and_have_the_path_to_post_to(ask, url, form):
    code, (line,), _ = ask(TWO, url=form.format(url.removeprefix("http://")))
    assert (code, line.startswith(f"{TWO}: 2 (")) == (0, True)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("localhost:5000", "http://localhost:5000"),
        ("https://example.org/read/prediction", "https://example.org/read"),
        ("[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_an_address_keeps_its_scheme_and_folder(text, url):
    assert base_url(text) == url


PREDICTION = {"label": "42\n5 2", "confidence": 0.5, "recognized": False, "doubt": "may be 3 or 8"}


def test_lines_of_text_are_printed_as_lines(capsys):
    ResultWriter().add("page.png", PREDICTION)
    assert capsys.readouterr().out == "page.png: 42\n5 2? (50.0 %, not sure: may be 3 or 8)\n"


def test_a_miss_of_several_lines_is_one_line():
    assert score([("page.png", "4252", PREDICTION)], 0).splitlines()[1:] == [
        "  page.png is 4252, read as 42 / 5 2? (50.0 %, not sure: may be 3 or 8)"
    ]


def test_misses_are_listed_up_to_a_limit(monkeypatch):
    monkeypatch.setattr(scores, "LISTED", 2)
    assert score([("page.png", "1", PREDICTION)] * 5, 0).splitlines()[3:] == ["  and 3 more"]


def test_the_answer_of_a_server_that_gives_no_reason_is_still_not_sure():
    assert in_words({"label": "3", "confidence": 0.5, "recognized": False}) == "3? (50.0 %, not sure)"


def test_score_tells_how_many_doubtful_answers_are_right():
    labelled = [("page.png", truth, PREDICTION) for truth in ("42\n5 2", "1", "2")]
    labelled.append(("page.png", "3", {**PREDICTION, "recognized": True}))
    assert "; 3 not sure, 1 of these right\n" in score(labelled, 0)


def test_says_when_it_is_not_sure(ask, tmp_path):
    Image.linear_gradient("L").resize((8, 8)).save(tmp_path / "gradient.png")
    _, (line,), _ = ask("-f", tmp_path / "gradient.png")
    assert "? (" in line
    assert line.endswith("%, not sure: looks like none of the classes)")


def test_json_says_why_it_is_not_sure(ask, tmp_path):
    Image.linear_gradient("L").resize((8, 8)).save(tmp_path / "gradient.png")
    _, (doubtful, clear), _ = ask(tmp_path / "gradient.png", TWO, "--json")
    assert json.loads(doubtful)["doubt"] == "looks like none of the classes"
    assert "doubt" not in json.loads(clear)


def test_takes_files_and_folders_in_order_and_passes_over_what_is_no_picture(ask, tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "notes.txt").write_text("no picture")
    for name in ("b.png", "a.PNG", ".hidden.png", "inner/c.png"):
        (tmp_path / name).write_bytes(TWO.read_bytes())
    code, lines, _ = ask("-f", TWO, tmp_path)
    assert code == 0
    assert [line.split(": ")[0] for line in lines] == [
        str(path) for path in (TWO, tmp_path / "a.PNG", tmp_path / "b.png")
    ]


def test_a_folder_of_folders_stands_for_the_pictures_in_those(ask, tmp_path):
    for name in ("3/b.png", "2/a.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(TWO.read_bytes())
    _, lines, _ = ask("-f", tmp_path)
    assert [line.split(": ")[0] for line in lines] == [str(tmp_path / name) for name in ("2/a.png", "3/b.png")]


def test_json_is_one_object_a_line(ask, tmp_path):
    code, lines, err = ask("-f", TWO, tmp_path / "missing.png", "--json")
    answer, error = map(json.loads, lines)
    assert code == 1
    assert (answer["file"], answer["label"], answer["recognized"]) == (str(TWO), "2", True)
    assert len(answer["top"]) == 5
    assert error.keys() == {"file", "error"}
    assert len(err) == 1


def test_output_is_a_csv(ask, tmp_path):
    ask("-f", TWO, "-o", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert list(row) == ["file", "label", "confidence", "recognized"]
    assert (row["file"], row["label"], row["recognized"]) == (str(TWO), "2", "True")
    assert 0.5 < float(row["confidence"]) <= 1


def test_score_lists_every_miss_and_what_it_could_not_count(ask, tmp_path):
    for name in ("2_right.png", "7_wrong.png", "what.png"):
        (tmp_path / name).write_bytes(TWO.read_bytes())
    _, lines, _ = ask("-f", tmp_path, "--score")
    assert lines[3].startswith("1 of 2 right: 50.0 %")
    assert lines[4].startswith(f"  {tmp_path / '7_wrong.png'} is 7, read as 2 (")
    assert lines[5] == "  1 without a label in name or folder is not counted"


def test_score_without_any_label_says_so(ask, tmp_path):
    (tmp_path / "what.png").write_bytes(TWO.read_bytes())
    _, lines, _ = ask("-f", tmp_path / "what.png", "--score")
    assert lines[-1].startswith("No score")


def rows_csv(path, labels=True):
    """Write five images of load_digits, the third under a wrong label."""
    digits = load_digits()
    names = [str(name) for name in digits.target[:5]]
    names[2] = "9"
    lines = [",".join(map(str, row)) for row in digits.data[:5].astype(int).tolist()]
    lines = [f"{name},{line}" for name, line in zip(names, lines, strict=True)] if labels else lines
    path.write_text("\n".join([",".join([*(["label"] * labels), *(f"p{i}" for i in range(64))]), *lines]))
    return path


def test_a_csv_becomes_a_submission_for_kaggle(ask, tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "BATCH", 2)
    code, lines, err = ask("-f", rows_csv(tmp_path / "test.csv", labels=False), "-o", tmp_path / "submission.csv")
    assert (code, lines, err) == (0, [], [])
    assert (tmp_path / "submission.csv").read_text().split() == ["ImageId,Label", "1,0", "2,1", "3,2", "4,3", "5,4"]


def test_rows_of_a_csv_are_printed_and_scored_by_their_labels(ask, tmp_path):
    path = rows_csv(tmp_path / "train.csv")
    code, lines, _ = ask("-f", path, "--score")
    assert code == 0
    assert [line.split(" (")[0] for line in lines[:5]] == [f"{path}:{i + 1}: {i}" for i in range(5)]
    assert lines[5].startswith("4 of 5 right")
    assert lines[6].startswith(f"  {path}:3 is 9, read as 2")


def test_a_csv_of_another_size_is_one_line(ask, tmp_path):
    (tmp_path / "small.csv").write_text("1,2,3,4\n")
    code, lines, (complaint,) = ask("-f", tmp_path / "small.csv")
    assert (code, lines) == (1, [])
    assert "2x2 pixels, and this model takes 8x8" in complaint


def test_a_csv_of_a_larger_range_is_one_line(ask, tmp_path):
    (tmp_path / "bytes.csv").write_text(",".join(["255"] * 64) + "\n")
    code, _, (complaint,) = ask("-f", tmp_path / "bytes.csv")
    assert code == 1
    assert "this model takes numbers from 0 (paper) to 16" in complaint


def test_an_output_does_not_overwrite_what_is_asked_about(ask, tmp_path):
    path = rows_csv(tmp_path / "test.csv")
    before = path.read_text()
    with pytest.raises(SystemExit) as exit_:
        ask("-f", path, "-o", path)
    assert exit_.value.code == 2
    assert path.read_text() == before


def test_pictures_and_tables_do_not_share_an_output(ask, tmp_path):
    with pytest.raises(SystemExit) as exit_:
        ask("-f", TWO, rows_csv(tmp_path / "test.csv"), "-o", tmp_path / "out.csv")
    assert exit_.value.code == 2


@pytest.fixture
def nasty(tmp_path):
    """A folder whose names paint the terminal and are no UTF-8, with a picture of a 2 and one that is damaged."""
    folder = tmp_path / os.fsdecode(b"7\x1b[2J\n\xc2\x9b\xff")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this system has no such names")
    (folder / "2_\x1b]0;x\a.png").write_bytes(TWO.read_bytes())
    (folder / "5_\x1b]0;x\a.png").write_bytes(b"no picture")
    return folder


def test_names_bring_no_control_signs_to_the_terminal(ask, nasty):
    code, lines, err = ask(nasty, "--score")
    assert (code, len(lines), len(err)) == (1, 2, 1)
    assert all(text.isprintable() for text in (*lines, *err))
    assert "7\ufffd[2J\ufffd\ufffd\ufffd/2_\ufffd]0;x\ufffd.png: 2 (" in lines[0]


def test_a_miss_brings_no_control_signs_to_the_terminal():
    assert (
        score([("7\x1b\n", "\x9b", {**PREDICTION, "label": "2"})], 0)
        .splitlines()[1]
        .startswith("  7\ufffd\ufffd is \ufffd, read as 2? (")
    )


def test_names_in_json_are_escaped_and_those_in_a_csv_are_as_they_are(ask, nasty, tmp_path):
    _, lines, _ = ask(nasty, "--json", "-o", tmp_path / "out.csv")
    names = [str(path) for path in sorted(nasty.iterdir())]
    assert all(line.isprintable() for line in lines)
    assert [json.loads(line)["file"] for line in lines] == names
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        assert [row["file"] for row in csv.DictReader(file)] == names[:1]


def test_the_name_of_a_posted_picture_may_be_anything(ask, nasty):
    draw("42", height=150, pen=15, at=(40, 150)).save(photo := nasty / '4"2.jpg')
    code, (line,), _ = ask(photo)
    assert (code, ": 42 (" in line) == (0, True)


def bad_files(folder):
    """Files that are each wrong in another way, with what the complaint shall say."""
    (folder / "text.png").write_text("no picture")
    (folder / "empty.png").write_bytes(b"")
    (folder / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    (folder / "half.png").write_bytes(TWO.read_bytes()[:60])
    Image.new("L", (8, 8), 255).save(folder / "blank.png")
    Image.new("L", (9, 8), 255).save(folder / "wide.png")
    (folder / "folder").mkdir()
    return {
        "text.png": "not a picture",
        "empty.png": "not a picture",
        "photo.heic": "a HEIC photo; save it as JPEG",
        "half.png": "damaged",
        "blank.png": "blank",
        "wide.png": "the picture is blank",
        "folder": "holds no picture",
        "missing.png": "No such file",
    }


def test_each_bad_file_is_one_line_and_the_others_are_still_done(ask, tmp_path):
    complaints = bad_files(tmp_path)
    code, lines, err = ask("-f", *(tmp_path / name for name in complaints), TWO)
    assert code == 1
    assert len(lines) == 1
    assert len(err) == len(complaints)
    for line, (name, words) in zip(err, complaints.items(), strict=True):
        assert line.startswith(f"client.py: {tmp_path / name}: ")
        assert words in line


def test_an_output_that_cannot_be_written_is_one_line(ask, tmp_path):
    code, lines, (complaint,) = ask("-f", TWO, "-o", tmp_path / "no" / "out.csv")
    assert (code, lines) == (1, [])
    assert "cannot be written" in complaint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_an_output_on_a_full_disk_is_one_line(ask):
    code, _, (complaint,) = ask(TWO, "-o", "/dev/full")
    assert code == 1
    assert complaint.startswith("client.py: /dev/full cannot be written: No space left on device")


def test_no_server_is_one_line(ask):
    code, lines, (complaint,) = ask("-f", TWO, url="http://127.0.0.1:9")
    assert (code, lines) == (1, [])
    assert "python server.py" in complaint


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (answer(b"", "403 Forbidden", "Server: AirTunes/595.13.1"), "AirPlay"),
        (answer(b"oops", "500 Oops"), "answered 500: Oops (is http"),
        (answer({"detail": "too busy; try again"}, "503 Busy"), "answered 503: too busy; try again"),
    ],
)
def test_a_server_that_refuses_is_one_line(ask_at, refusal, words):
    with stranger(b"", get=refusal) as (url, _):
        code, lines, (complaint,) = ask_at(url, TWO)
    assert (code, lines) == (1, [])
    assert words in complaint


@pytest.mark.parametrize("url", ["ftp://localhost", "http://[::1", "", ":5000", "localhost:0", "localhost:x"])
def test_a_url_that_is_none_is_one_line(ask, url):
    code, _, (complaint,) = ask("-f", TWO, url=url)
    assert code == 1
    assert "is no address; give one such as http://localhost:5000" in complaint


def test_a_proxy_is_not_asked_for_this_machine(ask, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    code, _, err = ask("-f", TWO)
    assert (code, err) == (0, [])


@pytest.mark.parametrize(
    "arguments", [[], ["-f"], *(["-f", "x", "--timeout", time] for time in ("soon", "0", "-1", "nan"))]
)
def test_wrong_usage_exits_2(arguments):
    with pytest.raises(SystemExit) as exit_:
        client.main(arguments)
    assert exit_.value.code == 2


@pytest.fixture
def photo(tmp_path):
    """A photo of a number."""
    path = tmp_path / "42_by_me.jpg"
    draw("42", height=150, pen=15, at=(40, 150)).save(path)
    return path


def test_any_picture_is_posted_as_a_file_and_a_number_is_a_label(ask, photo):
    code, (line, score), _ = ask("-f", photo, "--score")
    assert code == 0
    assert line.startswith(f"{photo}: 42 (")
    assert score.startswith("1 of 1 right")


def test_a_pattern_says_what_may_be_written(ask, photo):
    code, (line,), _ = ask("-f", photo, "--pattern", "[0-3]{2}")
    assert code == 0
    assert set(line.removeprefix(f"{photo}: ")[:2]) <= set("0123")
    code, _, (line,) = ask("-f", photo, "--pattern", "[0-3")
    assert code == 1
    assert "cannot be read from '[0-3' on" in line


def test_saves_what_the_model_saw_of_each_character(ask, photo, tmp_path):
    folder = tmp_path / "seen"
    _, (line, _), _ = ask("-f", photo, TWO, "--seen", folder, "--json")
    assert sorted(path.name for path in folder.iterdir()) == [
        "42_by_me.1.seen.png",
        "42_by_me.2.seen.png",
        "digit2.seen.png",
    ]
    assert "seen" not in json.loads(line)["characters"][0]
    _, (again,), _ = ask("-f", folder / "digit2.seen.png")
    assert again.split(": ")[1] == ask("-f", TWO)[1][0].split(": ")[1]


def test_a_folder_for_what_was_seen_that_cannot_be_written_is_one_line(ask, photo):
    code, _, (complaint,) = ask("-f", photo, "--seen", photo / "no_folder")
    assert code == 1
    assert "cannot be written" in complaint
