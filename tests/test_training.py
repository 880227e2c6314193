import json

import pytest
from conftest import ROOT, copy_project, run

import training

STEPS = ("Data", "Classes", "Split", "Recipe", "Validation", "Test", "Training", "Model", "Next")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """What a whole training printed, and its folder."""
    folder = copy_project(tmp_path_factory.mktemp("trained"))
    done = run(folder / "training.py", "--jobs", "1", cwd="/")
    assert done.returncode == 0, done.stderr
    return done.stdout, folder


def card(folder, name="digits"):
    return json.loads((folder / "model" / f"{name}.json").read_text())


def test_tells_its_steps_in_order(trained):
    told = [line.split()[0] for line in trained[0].splitlines() if line and not line.startswith(" ")]
    assert tuple(told) == STEPS


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


def test_the_number_of_jobs_changes_nothing(trained):
    first = card(trained[1])
    done = run(trained[1] / "training.py", "--jobs", "2")
    again = card(trained[1])
    assert done.returncode == 0
    assert again["scores"] == first["scores"]
    assert again["sha256"] == first["sha256"]


def test_quick_validates_on_one_part(project):
    scores = card(project)["scores"]
    assert scores["validation"]["folds"] == 1
    assert "contiguous_folds" not in scores


def test_a_name_makes_a_model_beside_the_others(trained):
    done = run(trained[1] / "training.py", "--quick", "--name", "mine", "--seed", "7", "--test-size", "0.3")
    assert done.returncode == 0
    assert "python server.py -m mine" in done.stdout
    made = card(trained[1], "mine")
    assert (made["name"], made["seed"], made["data"]["test"]) == ("mine", 7, 540)
    assert (trained[1] / "model" / "digits.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "letters"], "there is no letters"),
        (["--recipe", "magic"], "'magic'"),
        (["--name", "a/b"], "'a/b'"),
        (["--test-size", "0.001"], "--test-size"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_1(arguments, words, capsys):
    assert training.main(arguments) == 1
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert words in complaint


@pytest.mark.parametrize(
    "arguments",
    [["--test-size", "1"], ["--test-size", "x"], ["--seed", "-1"], ["--jobs", "0"], ["--nonsense"], ["more"]],
)
def test_wrong_usage_exits_2(arguments):
    with pytest.raises(SystemExit) as exit_:
        training.main(arguments)
    assert exit_.value.code == 2


@pytest.mark.parametrize("script", ["training.py", "server.py", "client.py"])
def test_help_has_an_example_and_the_defaults(script):
    done = run(ROOT / script, "--help")
    assert done.returncode == 0
    assert f"python {script}" in done.stdout
    assert "(default: " in done.stdout
