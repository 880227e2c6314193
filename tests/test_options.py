import pytest

import client
import server
import training
from recognition.learning import recipes


@pytest.mark.parametrize(
    "arguments",
    [
        ["--test-size", "1"],
        ["--test-size", "x"],
        ["--seed", "-1"],
        ["--kind", "x"],
        ["--jobs", "0"],
        ["--nonsense"],
        ["more"],
    ],
)
def test_wrong_usage_exits_2(arguments):
    with pytest.raises(SystemExit) as exit_:
        training.main(arguments)
    assert exit_.value.code == 2


@pytest.mark.parametrize("script", [training, server, client], ids=lambda script: script.__name__)
def test_help_has_an_example_and_the_defaults(script, capsys):
    with pytest.raises(SystemExit) as exit_:
        script.main(["--help"])
    assert exit_.value.code == 0
    told = capsys.readouterr().out
    assert f"python {script.__name__}.py" in told
    assert "(default: " in told


def test_the_help_names_every_recipe(capsys):
    with pytest.raises(SystemExit):
        training.main(["--help"])
    assert f"recipe to use: {', '.join(recipes.NAMES)}" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("groups", "words"),
    [("1", "'1' is no group of classes"), ("17,,3", "'' is no group"), ("17,73", "'7' stands twice")],
)
def test_lookalikes_that_are_no_groups_are_wrong_usage(groups, words, capsys):
    with pytest.raises(SystemExit, match="2"):
        training.parse(["--merge", groups])
    assert words in capsys.readouterr().err
