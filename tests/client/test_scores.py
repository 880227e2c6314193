from project import ROOT

from recognition.client import scores
from recognition.client.scores import score

TWO = ROOT / "my_test_images" / "digit2.png"
PREDICTION = {"label": "42\n5 2", "confidence": 0.5, "recognized": False, "doubt": "may be 3 or 8"}


def test_a_miss_of_several_lines_is_one_line():
    assert score([("page.png", "4252", PREDICTION)], 0).splitlines()[1:] == [
        "  page.png is 4252, read as 42 / 5 2? (50.0 %, not sure: may be 3 or 8)"
    ]


def test_misses_are_listed_up_to_a_limit(monkeypatch):
    monkeypatch.setattr(scores, "LISTED", 2)
    assert score([("page.png", "1", PREDICTION)] * 5, 0).splitlines()[3:] == ["  and 3 more"]


def test_score_tells_how_many_doubtful_answers_are_right():
    labelled = [("page.png", truth, PREDICTION) for truth in ("42\n5 2", "1", "2")]
    labelled.append(("page.png", "3", {**PREDICTION, "recognized": True}))
    assert "; 3 not sure, 1 of these right\n" in score(labelled, 0)


def test_what_is_no_character_is_right_where_it_is_not_recognized():
    refused = {"label": "5", "confidence": 0.1, "recognized": False}
    labelled = [("tap.png", "no character", refused), ("dot.png", "no character", {**refused, "recognized": True})]
    accuracy, miss = score(labelled, 0, merged={"o": "O", "c": "C"}).splitlines()
    assert accuracy.startswith("1 of 2 right")
    assert accuracy.endswith("; 1 not sure, 1 of these right")
    assert miss == "  dot.png is no character, read as 5 (10.0 %)"


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


def test_a_miss_brings_no_control_signs_to_the_terminal():
    assert (
        score([("7\x1b\n", "\x9b", {**PREDICTION, "label": "2"})], 0)
        .splitlines()[1]
        .startswith("  7\ufffd\ufffd is \ufffd, read as 2? (")
    )


def test_any_picture_is_posted_as_a_file_and_a_number_is_a_label(ask, photo):
    code, (line, score), _ = ask("-f", photo, "--score")
    assert code == 0
    assert line.startswith(f"{photo}: 42 (")
    assert score.startswith("1 of 1 right")


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


def test_a_label_whose_class_was_joined_with_another_counts_as_that():
    read = [("O.png", "O", {**PREDICTION, "label": "o"}), ("10.png", "10", {**PREDICTION, "label": "1o"})]
    assert score(read, 0, {"O": "o", "0": "o"}).startswith("2 of 2 right")
    assert score(read, 0).startswith("0 of 2 right")
