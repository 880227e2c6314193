import errno
import hashlib
import io
import json
import os
import subprocess
import sys
import time
import zlib
from dataclasses import replace

import joblib
import numpy as np
import pytest

from recognition.errors import DataError, ModelError
from recognition.inference import artifact

FACTS = {"seed": 1}


@pytest.fixture
def saved(model, tmp_path):
    """A folder with the model "digits", and its card and file."""
    path = artifact.save(model.recognizer, FACTS, "digits", tmp_path)
    return tmp_path, tmp_path / "digits.json", path


def edit(card, **changes):
    card.write_text(json.dumps(json.loads(card.read_text()) | changes))


def test_what_was_saved_predicts_alike(model, saved):
    rows = np.arange(640).reshape(10, 64) % 17
    again = artifact.load("digits", saved[0])
    assert again.recognizer.predict(rows) == model.recognizer.predict(rows)
    assert again.card["seed"] == 1
    assert again.card["shape"] == [8, 8]
    assert again.card["range"] == [0, 16]
    assert again.card["classes"] == list("0123456789")


def test_a_loaded_model_takes_images_and_rows_alike(model):
    images = (np.arange(640) % 17).reshape(10, 8, 8)
    assert model.predict(images) == model.predict(images.reshape(10, 64).tolist())


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([1] * 64, "images of 8x8 belong here"),
        ([], "images of 8x8 belong here"),
        ([[1] * 784], "rows of 64 numbers"),
        ([[17] * 64], "numbers from 0 to 16"),
        ([[-1] * 64], "numbers from 0 to 16"),
        ([[np.nan] * 64], "numbers from 0 to 16"),
    ],
)
def test_a_loaded_model_refuses_what_is_no_canonical_image(model, rows, words):
    with pytest.raises(DataError, match=words):
        model.predict(rows)


def test_a_model_is_a_card_and_the_file_that_it_names(saved):
    folder, card, path = saved
    assert sorted(folder.iterdir()) == sorted([card, path])
    assert json.loads(card.read_text())["file"] == path.name


def test_a_new_model_takes_the_place_of_the_old_one(saved, model):
    folder, card, old = saved
    new = artifact.save(replace(model.recognizer, full=15), FACTS, "digits", folder)
    assert sorted(folder.iterdir()) == sorted([card, new])
    assert not old.exists()
    assert artifact.load("digits", folder).recognizer.full == 15


def test_a_card_may_name_data_that_is_no_text(saved, model):
    path = artifact.save(model.recognizer, {"data": "mine\udcff"}, "digits", saved[0])
    artifact.save_report(path, lambda card: f"<p>{card['data']}")
    loaded = artifact.load("digits", saved[0])
    assert (loaded.card["data"], loaded.report) == ("mine\udcff", "<p>mine\\udcff")


def test_models_of_other_names_stay(saved, model):
    folder, _, path = saved
    artifact.save(model.recognizer, FACTS, "digits-2", folder)
    artifact.save(model.recognizer, FACTS, "dig", folder)
    assert path.exists()
    assert artifact.load("digits", folder)


def test_what_a_killed_training_left_goes_after_an_hour(saved, model):
    folder, _, path = saved
    fresh, stale = folder / "digits.json.1.tmp", folder / "digits-0123456789ab.joblib.2.tmp"
    foreign = folder / "digits-2.json"
    for file in (fresh, stale, foreign):
        file.write_text("")
    for file in (stale, foreign, path):
        os.utime(file, (time.time() - 7200,) * 2)
    artifact.save(model.recognizer, FACTS, "digits", folder)
    assert fresh.exists()
    assert foreign.exists()
    assert path.exists()
    assert not stale.exists()


KILLED_AT_EACH_STEP = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from recognition.inference import artifact

folder = Path(sys.argv[1])
old = artifact.load("digits", folder).recognizer
new = replace(old, full=15)
for step in range(1, 100):
    artifact.save(old, {}, "digits", folder)
    child = os.fork()
    if child == 0:
        left = step
        def kill(event, arguments):
            global left
            steps = {"open", "os.rename", "os.remove", "os.listdir", "os.scandir"}
            if event in steps and str(folder) in str(arguments):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(kill)
        artifact.save(new, {}, "digits", folder)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(artifact.load("digits", folder).recognizer.full, flush=True)
    if status == 0:
        break
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes, which this system does not have")
def test_a_training_killed_at_any_step_leaves_a_model_that_loads(saved):
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT_EACH_STEP, str(saved[0])], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split()
    assert len(loaded) >= 6  # card read, pipeline opened, moved, card opened, moved, old pipeline removed
    assert loaded == sorted(loaded, reverse=True)  # the old model up to the commitment, the new one after it
    assert {loaded[0], loaded[-1]} == {"16", "15"}


def damage_a_byte(card, path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "one byte changed": (damage_a_byte, "SHA-256"),
    "truncated": (lambda card, path: path.write_bytes(path.read_bytes()[:-1]), "SHA-256"),
    "file missing": (lambda card, path: path.unlink(), "lacks its file"),
    "card missing": (lambda card, path: card.unlink(), "no model 'digits'"),
    "card no JSON": (lambda card, path: card.write_text("{"), "no JSON"),
    "card no UTF-8": (lambda card, path: card.write_bytes(b"\xff"), "no JSON"),
    "card no object": (lambda card, path: card.write_text("[]"), "no model card"),
    "card of another format": (lambda card, path: edit(card, format=0), "no model card"),
    "card without a file": (lambda card, path: edit(card, file=None), "which file"),
    "card with a path for a file": (lambda card, path: edit(card, file="../digits-000000000000.joblib"), "which file"),
    "card without versions": (lambda card, path: edit(card, versions={}), "scikit-learn None"),
    "another scikit-learn": (lambda card, path: edit(card, versions={"scikit-learn": "1.2.3"}), "scikit-learn 1.2.3"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_model_is_refused_before_it_is_unpickled(saved, damage, monkeypatch):
    folder, card, path = saved
    harm, message = DAMAGES[damage]
    harm(card, path)
    monkeypatch.setattr("joblib.load", lambda file: pytest.fail("was unpickled"))
    with pytest.raises(ModelError, match=message) as caught:
        artifact.load("digits", folder)
    assert "\n" not in str(caught.value)


def pickled(value):
    buffer = io.BytesIO()
    joblib.dump(value, buffer)
    return buffer.getvalue()


def put(card, content):
    """Write the file of a card, and its SHA-256 on the card."""
    path = card.with_name(json.loads(card.read_text())["file"])
    path.write_bytes(content)
    edit(card, sha256=hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickled({"a": 1}), "holds no recognizer, but a dict"),
        (pickled(artifact.Recognizer), "holds no recognizer, but a type"),
        (b"no pickle", "cannot be unpickled"),
        (b"", "cannot be unpickled"),
        (zlib.compress(b"no pickle"), "cannot be unpickled"),
        (b"crecognition.errors\nNothing\n.", "another version of this toolkit"),
    ],
    ids=["a dict", "a class", "text", "nothing", "text, compressed", "a name that is none"],
)
def test_a_file_that_its_card_vouches_for_and_that_is_no_recognizer_is_refused(saved, content, message):
    folder, card, _ = saved
    put(card, content)
    with pytest.raises(ModelError, match=message) as caught:
        artifact.load("digits", folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("changes", [{"classes": ["0", "1"]}, {"shape": [28, 28]}, {"range": [0, 255]}])
def test_a_recognizer_of_another_card_is_refused(saved, changes):
    folder, card, _ = saved
    edit(card, **changes)
    with pytest.raises(ModelError, match=f"a recognizer of other {next(iter(changes))} than its card"):
        artifact.load("digits", folder)


def test_a_missing_model_names_those_that_there_are(saved):
    with pytest.raises(ModelError, match="there are: digits;"):
        artifact.load("letters", saved[0])


@pytest.mark.parametrize("name", ["", "../digits", "a/b", "a\\b", ".hidden", "a b"])
def test_rejects_a_name_that_is_no_file_name(model, tmp_path, name):
    with pytest.raises(ModelError, match="no name for a model"):
        artifact.save(model.recognizer, FACTS, name, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "name"),
    [("mnist", "mnist"), ("A_Z Handwritten Data", "A_Z-Handwritten-Data"), (".hidden/", "hidden"), ("", "model")],
)
def test_any_text_makes_a_name(text, name):
    assert artifact.plain_name(text) == name
    artifact.check_name(name)


def test_a_folder_that_cannot_be_written_is_one_sentence(model, tmp_path):
    (tmp_path / "model").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match="cannot be written"):
        artifact.save(model.recognizer, FACTS, "digits", tmp_path / "model")


def full_disk(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_one_sentence_and_leaves_the_model_of_before(saved, model, monkeypatch):
    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(ModelError, match=r"No space left on device; the earlier model is untouched"):
        artifact.save(replace(model.recognizer, full=15), FACTS, "digits", saved[0])
    assert artifact.load("digits", saved[0]).recognizer.full == 16
    assert sorted(saved[0].iterdir()) == sorted(saved[1:])


def test_a_report_that_cannot_be_written_costs_no_model(saved, monkeypatch):
    folder, _, path = saved
    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(ModelError, match=r"report cannot be written .* No space left on device; the model itself is"):
        artifact.save_report(path, lambda card: "a report")
    assert artifact.load("digits", folder).report is None
    assert sorted(folder.iterdir()) == sorted(saved[1:])


def test_a_report_is_not_put_beside_the_model_of_another_training(saved, model):
    folder, _, path = saved
    artifact.save(replace(model.recognizer, full=15), FACTS, "digits", folder)
    with pytest.raises(ModelError, match="another training has replaced the model 'digits'"):
        artifact.save_report(path, lambda card: "a report")
    assert not (folder / "digits.html").exists()
