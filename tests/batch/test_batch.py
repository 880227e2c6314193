import csv
import errno
import shutil
import subprocess
import sys
from unittest.mock import Mock

import numpy as np
import pytest
from drawing import draw
from idx_files import encode, write
from project import ROOT
from sklearn.datasets import load_digits

from recognition.batch import __main__ as batch
from recognition.batch import chunks
from recognition.batch.output import COLUMNS, identity
from recognition.errors import DataError
from recognition.inference import artifact

DIGITS = load_digits()
COUNT = 40


@pytest.fixture
def recognise(project, tmp_path, monkeypatch, capsys):
    """A function that runs the command with the model of load_digits: (exit code, output, remarks, answers)."""
    load = artifact.load
    monkeypatch.setattr(artifact, "load", lambda name: load(name, project / "model"))
    monkeypatch.setattr(chunks, "ROWS", 16)
    monkeypatch.setattr("recognition.data.tables.CHUNK", 16)
    monkeypatch.setattr(chunks, "PICTURES", 3)

    def run(path, *arguments, output=tmp_path / "out.csv"):
        code = batch.main([str(path), "-o", str(output), *arguments])
        return code, *capsys.readouterr(), read(output) if output.exists() else None

    return run


def read(path):
    """Return the rows of an output, without its head."""
    with path.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == COLUMNS
    return rows


@pytest.fixture
def images(tmp_path):
    """A folder of IDX files, without labels."""
    folder = tmp_path / "digits"
    images = DIGITS.images.astype(np.uint8)
    write(folder / "train-images-idx3-ubyte", encode(images[:25]))
    write(folder / "t10k-images-idx3-ubyte.gz", encode(images[25:COUNT]))
    return folder


def expected(model):
    """Return what the model says of the first images."""
    return [
        [prediction.label, str(prediction.confidence), str(prediction.recognized), ""]
        for prediction in model.recognizer.predict(DIGITS.data[:COUNT])
    ]


def test_idx_files_are_answered_row_by_row_the_training_part_first(recognise, images, model):
    code, told, remarks, rows = recognise(images)
    assert (code, remarks) == (0, "")
    assert [row[2:] for row in rows] == expected(model)
    assert rows[24][:2] == ["train-images-idx3-ubyte", "25"]
    assert rows[25][:2] == ["t10k-images-idx3-ubyte.gz", "1"]
    unsure = sum(row[4] == "False" for row in rows)
    assert told.endswith(f"out.csv: 40 rows, {unsure} not sure, 0 not read\n")


def test_names_bring_no_control_signs_to_the_terminal(recognise, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "\x1b[2J.png").write_bytes(b"no picture")
    code, _, remarks, (row,) = recognise(tmp_path / "pictures")
    assert (code, row[0]) == (1, str(tmp_path / "pictures" / "\x1b[2J.png"))
    assert remarks.startswith(f"recognition.batch: {tmp_path / 'pictures'}/\ufffd[2J.png: ")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_csv_is_answered_row_by_row_and_lines_that_do_not_fit_are_told(recognise, tmp_path, model, jobs):
    lines = [",".join(map(str, row)) for row in DIGITS.data[:COUNT].astype(int).tolist()]
    lines += [""] * 20
    lines[20] = lines[20].replace(",", ",x", 1)
    lines[21] = "1,2,3"
    lines[22] = "17" + lines[22][1:]
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    code, told, remarks, rows = recognise(tmp_path / "rows.csv", "--jobs", jobs)
    assert code == 1
    good = [i for i in range(COUNT) if i not in (20, 21, 22)]
    assert [rows[i][2:] for i in good] == [expected(model)[i] for i in good]
    assert [row[:5] for row in rows[20:23]] == [["rows.csv", str(n), "", "", ""] for n in (21, 22, 23)]
    assert rows[22][5] == "holds a value of 17; this model takes 0 to 16"
    assert "rows.csv:21: rows.csv, line 21: 'x" in remarks
    assert "rows.csv:22: rows.csv, line 22: 3 columns" in remarks
    assert told.endswith("3 not read\n")


def test_pictures_are_answered_at_any_depth_and_those_that_cannot_be_read_are_told(recognise, tmp_path):
    folder = tmp_path / "scans"
    for n, place in enumerate(("b/2", "a", "b", "b/1", ".hidden")):
        (folder / place).mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "my_test_images" / f"digit{n}.png", folder / place / f"{n}.png")
    (folder / "a" / "broken.png").write_bytes(b"no picture")
    code, _, remarks, rows = recognise(folder)
    assert code == 1
    names = ["a/1.png", "a/broken.png", "b/1/3.png", "b/2/0.png", "b/2.png"]
    assert [row[0] for row in rows] == [str(folder / name) for name in names]
    assert [row[2] for row in rows] == ["1", "", "3", "0", "2"]
    assert remarks.startswith(f"recognition.batch: {folder / 'a' / 'broken.png'}: ")


def part(path, folder, model):
    """Return the path of the file that is to become `out.csv`."""
    return folder / f"out.csv.{identity(path, model)}.part"


def test_a_pattern_says_what_may_be_written(recognise, tmp_path):
    picture = tmp_path / "42.png"
    draw("42", height=150, pen=15, at=(40, 150)).save(picture)
    _, _, _, ((_, _, label, *_),) = recognise(picture, "--pattern", "[0-3]{2}")
    assert set(label) <= set("0123")
    assert len(label) == 2
    code, _, err, _ = recognise(picture, "--pattern", "[0-3", output=tmp_path / "other.csv")
    assert code == 1
    assert "cannot be read from '[0-3' on" in err


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9, 1.0])
def test_a_run_that_was_cut_goes_on_and_ends_the_same(recognise, images, tmp_path, model, cut):
    recognise(images)
    whole = (tmp_path / "out.csv").read_bytes()
    (tmp_path / "out.csv").unlink()
    unfinished = part(images, tmp_path, model)
    unfinished.write_bytes(whole[: int(cut * len(whole))])
    code, told, remarks, _ = recognise(images)
    assert code == 0
    assert "rows were answered before" in remarks
    assert "40 rows" in told
    assert (tmp_path / "out.csv").read_bytes() == whole
    assert not unfinished.exists()


def test_what_was_answered_is_not_asked_again(recognise, images, tmp_path, monkeypatch, model):
    recognise(images)
    rows = (tmp_path / "out.csv").read_bytes().splitlines(keepends=True)
    part(images, tmp_path, model).write_bytes(b"".join(rows[:33]))
    asked = []

    def answers(_recognizer, rows):
        asked.append(len(rows))
        return [("", "", "", "new")] * len(rows)

    monkeypatch.setattr(chunks, "_recognise_rows", answers)
    *_, found = recognise(images)
    assert sum(asked) < 16
    assert [row[5] for row in found] == [""] * 32 + ["new"] * 8


def test_what_another_model_answered_or_about_other_data_is_not_gone_on_with(recognise, images, tmp_path, model):
    recognise(images)
    whole = (tmp_path / "out.csv").read_bytes()
    other = whole.replace(b"train-", b"other-")
    (tmp_path / "out.csv.0123456789ab.part").write_bytes(whole[:200])
    part(images, tmp_path, model).write_bytes(other[:400])
    code, _, remarks, _ = recognise(images)
    assert (code, remarks) == (0, "")
    assert (tmp_path / "out.csv").read_bytes() == whole


def test_answers_about_a_file_that_was_changed_are_not_gone_on_with(recognise, images, tmp_path, model):
    recognise(images)
    rows = (tmp_path / "out.csv").read_bytes().splitlines(keepends=True)
    part(images, tmp_path, model).write_bytes(b"".join(rows[:33]))
    write(images / "train-images-idx3-ubyte", encode(DIGITS.images[100:125].astype(np.uint8)))
    _, _, remarks, found = recognise(images)
    assert remarks == ""
    assert [row[2] for row in found[:25]] == [one.label for one in model.recognizer.predict(DIGITS.data[100:125])]


def test_a_name_that_was_cut_within_a_letter_is_written_again(recognise, tmp_path, model):
    for name in ("zwei", "größe"):
        (tmp_path / "pictures").mkdir(exist_ok=True)
        shutil.copy(ROOT / "my_test_images" / "digit2.png", tmp_path / "pictures" / f"{name}.png")
    recognise(tmp_path / "pictures")
    whole = (tmp_path / "out.csv").read_bytes()
    part(tmp_path / "pictures", tmp_path, model).write_bytes(whole[: whole.index("ö".encode()) + 1])
    assert recognise(tmp_path / "pictures")[0] == 0
    assert (tmp_path / "out.csv").read_bytes() == whole


def test_files_may_be_links_to_files_of_other_names(recognise, images, tmp_path):
    *_, rows = recognise(images)
    store = tmp_path / "store"
    store.mkdir()
    for number, file in enumerate(sorted(images.iterdir())):
        file.rename(store / str(number))
        file.symlink_to(store / str(number))
    assert recognise(images, output=tmp_path / "other.csv")[3] == rows


def test_two_runs_do_not_write_one_output(recognise, images, tmp_path, model):
    fcntl = pytest.importorskip("fcntl")
    with part(images, tmp_path, model).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        code, _, remarks, rows = recognise(images)
    assert (code, rows) == (1, None)
    assert "another run is writing" in remarks


def test_a_shared_folder_that_knows_no_locks_is_written_to(recognise, images, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(fcntl, "flock", Mock(side_effect=OSError(errno.ENOLCK, "No locks available")))
    assert recognise(images)[0] == 0


def test_an_empty_folder_where_a_share_should_be_mounted_is_refused(tmp_path, model):
    with pytest.raises(DataError, match="there is nothing at"):
        chunks._recognise_pictures(tmp_path, [tmp_path / "1.png"], None, model.recognizer)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere", "there is no"),
        ("empty", "holds no pictures"),
        ("text.txt", "is no CSV"),
        ("wide-train-images-idx3-ubyte", "has images of 2x3, and this model takes 8x8"),
        ("narrow.csv", "has images of 2x2, and this model takes 8x8"),
        ("head.csv", "has no rows"),
        ("none-t10k-images-idx3-ubyte", "has no rows"),
    ],
)
def test_what_cannot_be_recognised_is_one_line(recognise, tmp_path, name, words):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("hello")
    write(tmp_path / "wide-train-images-idx3-ubyte", encode(np.zeros((1, 2, 3), np.uint8)))
    write(tmp_path / "none-t10k-images-idx3-ubyte", encode(np.zeros((0, 8, 8), np.uint8)))
    (tmp_path / "narrow.csv").write_text("1,2,3,4\n")
    (tmp_path / "head.csv").write_text(",".join(f"pixel{n}" for n in range(64)) + "\n")
    code, told, remarks, rows = recognise(tmp_path / name)
    assert (code, told, rows) == (1, "", None)
    assert words in remarks
    assert remarks.count("\n") == 1


def test_an_output_that_cannot_be_written_is_one_line(recognise, images, tmp_path):
    code, _, remarks, _ = recognise(images, output=tmp_path / "nowhere" / "out.csv")
    assert code == 1
    assert "cannot be written: No such file or directory" in remarks


def test_wrong_usage_exits_2(images):
    for arguments in (
        [],
        [images],
        [images, "-o", images],
        [images, "-o", images.parent],
        [images, "-o", "out.csv", "--jobs", "0"],
    ):
        with pytest.raises(SystemExit) as exit:
            batch.main([*map(str, arguments)])
        assert exit.value.code == 2


def test_it_is_run_as_a_module(project, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "recognition.batch", "digit7.png", "-m", "digits", "-o", tmp_path / "out.csv"],
        cwd=shutil.copytree(ROOT / "my_test_images", tmp_path / "pictures"),
        env={"PYTHONPATH": str(project)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert read(tmp_path / "out.csv")[0][:3] == ["digit7.png", "", "7"]


def test_a_cluster_answers_the_same(recognise, images, tmp_path, project):
    pytest.importorskip("distributed", reason="an extra: pip install 'dask[distributed]'")
    *_, rows = recognise(images)
    command = [sys.executable, "-m", "recognition.batch", images, "-o", tmp_path / "other.csv"]
    done = subprocess.run(
        [*map(str, command), "--engine", "local", "--jobs", "1"],
        cwd=project,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "40 rows by 1 worker," in done.stdout
    assert read(tmp_path / "other.csv") == rows
