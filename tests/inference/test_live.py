import hashlib
import json
import pickle

import pytest

from recognition.errors import ModelError
from recognition.inference import artifact
from recognition.inference.live import LiveModel


@pytest.fixture
def folder(project, tmp_path):
    """A folder with the model of load_digits, to be changed."""
    for file in (project / "model").glob("digits*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def renew(folder, **facts):
    """Save the model again, with these facts on its card: the path of its file."""
    return artifact.save(artifact.load("digits", folder).recognizer, facts, "digits", folder)


def test_a_model_is_loaded_once_while_it_stays_the_same(folder):
    live = LiveModel("digits", folder)
    assert live.current() is live.current()


def test_a_newly_trained_model_is_taken_up_at_the_next_request(folder, capsys):
    live = LiveModel("digits", folder)
    renew(folder, seed=7)
    assert live.current().card["seed"] == 7
    assert live.current() is live.current()
    assert "a new one" in capsys.readouterr().err


def test_a_report_that_comes_after_its_model_is_taken_up_and_is_no_new_model(folder, capsys):
    path = renew(folder, seed=7)
    live = LiveModel("digits", folder)
    artifact.save_report(path, lambda card: "<h1>seed 7</h1>")
    assert live.current().report == "<h1>seed 7</h1>"
    assert capsys.readouterr().err == ""


BROKEN = {
    "a card cut short": lambda folder: (folder / "digits.json").write_text("{", encoding="utf-8"),
    "no card": lambda folder: (folder / "digits.json").unlink(),
    "another file than the card says": lambda folder: spoil(folder),
    "a pickle of something else": lambda folder: vouch(folder, pickle.dumps({"a": 1})),
}


def spoil(folder):
    """Damage the pipeline, and touch the card."""
    card = folder / "digits.json"
    (folder / json.loads(card.read_text(encoding="utf-8"))["file"]).write_bytes(b"damaged")
    card.write_text(card.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def vouch(folder, content):
    """Write the pipeline, and its SHA-256 on the card."""
    card = json.loads((folder / "digits.json").read_text(encoding="utf-8"))
    (folder / card["file"]).write_bytes(content)
    card["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "digits.json").write_text(json.dumps(card), encoding="utf-8")


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_model_is_refused_once_and_the_one_of_before_stays(folder, how, capsys):
    live = LiveModel("digits", folder)
    before = live.current()
    BROKEN[how](folder)
    assert live.current() is before
    assert live.current() is before
    assert capsys.readouterr().err.count("the earlier one goes on answering") == 1


def test_after_a_broken_model_a_whole_one_is_taken_up(folder):
    live = LiveModel("digits", folder)
    card = (folder / "digits.json").read_bytes()
    (folder / "digits.json").write_text("{", encoding="utf-8")
    before = live.current()
    (folder / "digits.json").write_bytes(card)
    assert live.current() is not before


def test_without_a_model_there_is_nothing_to_serve(tmp_path):
    with pytest.raises(ModelError, match="no model"):
        LiveModel("digits", tmp_path)
