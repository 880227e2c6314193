import errno
import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from drawing import draw
from PIL import Image
from project import run, train
from sklearn.datasets import load_digits

import training
from recognition.data import sources
from recognition.data.dataset import split
from recognition.inference import artifact
from recognition.inference.reading import data_url

STEPS = [
    "Data",
    "Classes",
    "Split",
    "Recipe",
    "Validation",
    "Learning",
    "Test",
    "Training",
    "Confidence",
    "Model",
    "Report",
    "Next",
]


def card(folder, name="digits"):
    return json.loads((folder / "model" / f"{name}.json").read_text())


def test_tells_its_steps_in_order(trained):
    heads = [line.split()[0] for line in trained[0].splitlines() if line and not line.startswith(" ")]
    assert heads == STEPS


@pytest.mark.parametrize(
    "words",
    [
        "1,797 images of 8x8, values 0 to 16",
        "1,437 to train on, 360 to test on",
        "in shuffled folds",
        "in contiguous blocks",
        "of one writer",
        "95 % interval",
        "precision   recall       F1",
        "python server.py",
    ],
)
def test_tells_what_a_reader_wants_to_know(trained, words):
    assert words in trained[0]


def test_the_scores_are_as_good_as_the_recipe_promises(trained):
    scores = card(trained[1])["scores"]
    assert scores["test"]["accuracy"] > 0.985
    assert scores["validation"]["accuracy"] > 0.99
    assert scores["contiguous_folds"]["accuracy"] > 0.98
    assert scores["test"]["interval"][0] < scores["test"]["accuracy"] < scores["test"]["interval"][1]


def test_the_card_says_how_the_model_was_made(trained):
    made = card(trained[1])
    assert made["command"] == "python training.py --jobs 1"
    assert made["seed"] == 42
    assert made["recipe"]["name"] == "fast"
    assert (made["data"]["training"], made["data"]["test"]) == (1437, 360)
    assert "training part" in made["fitted_on"]
    assert made["versions"].keys() == {"python", "scikit-learn", "scipy", "numpy", "joblib"}


@pytest.fixture(scope="module")
def project(trained, tmp_path_factory):
    """A copy of the trained project, for the models of this file."""
    return Path(shutil.copytree(trained[1], tmp_path_factory.mktemp("copy") / "project"))


@pytest.fixture(scope="module")
def reportless(project):
    """The same training once more, by two jobs, with a folder where its report should be."""
    (project / "model" / "reportless.html").mkdir(parents=True)
    return run(project / "training.py", "--name", "reportless", "--jobs", "2")


def test_the_number_of_jobs_changes_nothing(project, reportless):
    first, again = card(project), card(project, "reportless")
    assert again["scores"] == first["scores"]
    assert again["sha256"] == first["sha256"]


def test_the_card_brings_examples_of_the_test_part(trained):
    made = card(trained[1])
    _, test = split(sources.digits(), 0.2, seed=42)
    assert [example["label"] for example in made["examples"]] == ["0", "2", "4", "5", "7", "9"]
    for example in made["examples"]:
        first = test.images[np.flatnonzero(test.labels == example["label"])[0]]
        assert example["image"] == data_url(first, 16)


def test_a_report_that_cannot_be_written_is_one_line_and_costs_no_model(project, reportless):
    assert reportless.returncode == 1
    assert reportless.stdout.splitlines()[-1] == "Next        python server.py -m reportless"
    assert reportless.stderr.count("\n") == 1
    assert "the report cannot be written" in reportless.stderr
    assert artifact.load("reportless", project / "model").report is None


@pytest.fixture(scope="module")
def mine(project):
    """What a quick training under another name and with another recipe printed, and its card."""
    options = ["--name", "mine", "--recipe", "linear", "--seed", "7", "--test-size", "0.3"]
    done = train(project / "model", "--quick", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout, card(project, "mine")


def test_a_name_makes_a_model_beside_the_others(mine, project):
    printed, made = mine
    assert "python server.py -m mine" in printed
    assert (made["seed"], made["data"]["test"]) == (7, 540)
    assert (project / "model" / "digits.json").exists()


def test_the_recipe_that_is_asked_for_is_fitted(mine):
    printed, made = mine
    assert "linear (asked for with --recipe linear)" in printed
    assert made["recipe"]["name"] == "linear"


def test_quick_validates_on_one_part_and_writes_no_report(mine, project):
    printed, made = mine
    assert made["scores"]["validation"]["folds"] == 1
    assert not {"contiguous_folds", "learning_curve"} & made["scores"].keys()
    assert "Report" not in printed
    assert made["report"] is None
    assert not (project / "model" / "mine.html").exists()


def test_a_training_is_compared_with_the_model_that_it_replaces(project, mine):
    options = ["--name", "mine", "--recipe", "fast", "--seed", "7", "--test-size", "0.3", "--quick"]
    first = mine[1]["scores"]["test"]
    told = " ".join(train(project / "model", *options).stdout.split())
    assert re.search(rf"The model that it replaces .* of these {first['total']:,} test images", told)
    better, worse = map(int, re.findall(r"(\d+) that it", told) or (0, 0))  # none if both are right on the same ones
    assert card(project, "mine")["scores"]["test"]["correct"] == first["correct"] + better - worse


def test_tune_and_no_report_do_what_they_say(project, tmp_path):
    digits = load_digits()
    rows = [f"{label},{','.join(map(str, row))}" for label, row in zip(digits.target, digits.data, strict=True)]
    (tmp_path / "few.csv").write_text("\n".join(rows[:300]))
    done = train(project / "model", "--data", tmp_path / "few.csv", "--tune", "--no-report")
    assert done.returncode == 0, done.stderr
    assert "the best of 25 points tried, or as good; the last 25 learnt from 192 images" in done.stdout
    assert "Report" not in done.stdout
    assert not (project / "model" / "few.html").exists()


def test_ctrl_c_leaves_the_earlier_model_and_no_partial_files(trained):
    def content():
        return {path.name: path.read_bytes() for path in (trained[1] / "model").iterdir() if path.is_file()}

    before = content()
    process = subprocess.Popen(
        [sys.executable, str(trained[1] / "training.py")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not process.stdout.readline().startswith("Recipe"):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=30)
    assert process.returncode == 1
    assert complaint == "training.py: stopped; the earlier model is untouched\n"
    assert content() == before


def test_a_reader_that_has_gone_is_one_line(project):
    command = [sys.executable, str(project / "training.py"), "--name", "headless"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        process.stdout.close()
        complaint = process.stderr.read()
    assert process.returncode == 1
    assert complaint == "training.py: stopped, because nothing reads its output any more\n"
    assert not (project / "model" / "headless.json").exists()


def save_digits(folder, classes, count):
    """Save images of load_digits as PNG files, a sub-folder a class."""
    digits = load_digits()
    for label in classes:
        (folder / str(label)).mkdir(parents=True)
        for i, image in enumerate(digits.images[digits.target == label][:count]):
            Image.fromarray((255 - image * 255 / 16).astype(np.uint8)).save(folder / str(label) / f"{i}.png")
    return folder


def test_a_model_that_errs_nowhere_gets_its_report(project, tmp_path):
    done = train(project / "model", "--data", save_digits(tmp_path / "easy", range(4), 20), "--recipe", "fast")
    assert done.returncode == 0, done.stderr
    assert artifact.load("easy", project / "model").report


@pytest.mark.parametrize(("options", "kind", "depth"), [([], "characters", 2), (["--kind", "pictures"], "pictures", 3)])
def test_the_kind_of_pictures_is_told_and_is_on_the_card(project, tmp_path, options, kind, depth):
    for digit in "27":
        (tmp_path / "hands" / digit).mkdir(parents=True)
        for number in range(8):
            drawn = draw(digit, at=(60 + 12 * number, 90), pen=14)
            drawn.save(tmp_path / "hands" / digit / f"{number}.png")
    done = train(project / "model", "--data", tmp_path / "hands", "--quick", "--recipe", "fast", *options)
    assert done.returncode == 0, done.stderr
    assert f"Pictures    hands: {'taken whole' if depth == 3 else 'the character on each'}" in done.stdout
    made = card(project, "hands")
    assert made["data"]["kind"] == kind
    assert len(made["shape"]) == depth


def test_learns_from_a_csv_and_from_pictures_joined_with_it(trained, tmp_path):
    digits = load_digits()
    rows = [
        f"{label},{','.join(map(str, row))}" for label, row in zip(digits.target, digits.data.astype(int), strict=True)
    ]
    (tmp_path / "mine.csv").write_text("\n".join(rows[:600]))
    (tmp_path / "drawn").mkdir()
    for i, (label, image) in enumerate(zip(digits.target[600:640], digits.images[600:640], strict=True)):
        Image.fromarray((255 - image * 255 / 16).astype(np.uint8)).save(tmp_path / "drawn" / f"{label}_{i}.png")
    data = ["--data", tmp_path / "mine.csv", tmp_path / "drawn", "--repeat-last", "5"]
    done = train(trained[1] / "model", *data, "--quick")
    assert done.returncode == 0, done.stderr
    assert "mine: 640 images of 8x8" in done.stdout
    assert "40 images of drawn count 5 times, and none is in the test part" in done.stdout
    made = card(trained[1], "mine")
    assert made["scores"]["test"]["accuracy"] > 0.93
    assert (made["data"]["training"], made["data"]["test"]) == (520, 120)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "letters"], "there is no letters"),
        (["--recipe", "magic", "--data", "letters"], "'magic'"),
        (["--name", "a/b"], "'a/b'"),
        (["--test-size", "0.999"], "--test-size"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_1(arguments, words, capsys):
    assert training.main(arguments) == 1
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert words in complaint


def test_a_folder_that_no_model_can_be_written_to_is_told_before_any_work(monkeypatch, capsys):
    monkeypatch.setattr("tempfile.TemporaryFile", Mock(side_effect=OSError(errno.EROFS, "Read-only file system")))
    assert training.main(["--data", "letters"]) == 1
    assert "cannot be written: Read-only file system" in capsys.readouterr().err
