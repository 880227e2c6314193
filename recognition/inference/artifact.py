"""A recognizer on disk: `NAME.json`, its card, `NAME-<12 digits>.joblib`, the file that it names, and `NAME.html`.

The pipeline is moved into place first; replacing the card is the one moment of commitment; then the pipeline of
the card before goes. Whatever is interrupted wherever, the card names a file that is there, and whole. The report
follows, and the card is replaced once more by one with its SHA-256.
"""

import hashlib
import io
import json
import os
import pickle
import re
import tempfile
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import joblib

from recognition.engine import versions
from recognition.errors import ModelError
from recognition.inference.reading import read
from recognition.inference.recognizer import Recognizer

FOLDER = Path(__file__).resolve().parents[2] / "model"  # beside the scripts, from wherever they are started
FORMAT = 7  # raised when a file of before can no longer be read
BINDING = ("scikit-learn", "numpy")  # packages whose versions must fit for a pickle to mean the same
DAMAGE = (pickle.UnpicklingError, EOFError, ValueError, TypeError, LookupError, OSError, zlib.error)  # of a pickle
AGAIN = "train it again with training.py"
ABANDONED = 3600  # seconds after which an unfinished file belongs to nobody


@dataclass(frozen=True)
class Model:
    """A loaded recognizer with its card, and the HTML of its report, if there is one."""

    name: str
    recognizer: Recognizer
    card: dict
    report: str | None = None

    def read(self, source):
        """Return the `Reading` of a picture, given by its path or as a binary file; see `reading.read`."""
        return read(self.recognizer, source)

    def predict(self, rows):
        """Return a list with a `Prediction` for each canonical image, in their order.

        Parameters
        ----------
        rows : array-like of numbers, shape (n_images, n_values) or (n_images, *shape)
            Grey levels from 0 = paper to the card's `range`; or colours. A `DataError` tells if they do not fit.
        """
        return self.recognizer.predict(self.recognizer.checked(rows))


def save(recognizer, facts, name, folder=FOLDER):
    """Write a recognizer and its card, replacing the model of this name, with its report, in one step.

    Parameters
    ----------
    recognizer : Recognizer
        Fitted.
    facts : dict
        Further facts for the card: recipe, data, scores, seed, command.
    name : str
        Name of the model: a file name without its ending.
    folder : pathlib.Path
        Folder of the models; made if it is missing.

    Returns
    -------
    path : pathlib.Path
        Path of the joblib file.

    Raises
    ------
    ModelError
        If the name is no file name, or the folder cannot be written.
    """
    check_name(name)
    buffer = io.BytesIO()
    joblib.dump(recognizer, buffer)
    content = buffer.getvalue()
    sha256 = hashlib.sha256(content).hexdigest()
    path = folder / f"{name}-{sha256[:12]}.joblib"
    card = {
        "format": FORMAT,
        "name": name,
        "file": path.name,
        "sha256": sha256,
        **_facts_of(recognizer),
        **facts,
        "versions": versions.of_packages(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "report": None,
    }
    before = saved_card(name, folder)
    check_folder(folder)
    try:
        replace_file(path, content)
        replace_file(folder / f"{name}.json", _as_json(card))
    except OSError as error:
        raise ModelError(
            f"the model cannot be written to {folder}: {error.strerror}; the earlier model is untouched"
        ) from error
    with suppress(OSError):  # the model is saved; what cannot be removed is only in the way
        (folder / f"{name}.html").unlink(missing_ok=True)
    with suppress(OSError):
        _sweep(folder, name, before and before["file"], keep=path.name)
    return path


def save_report(path, render):
    """Write the report of a model that is saved, and its SHA-256 into the card; the model is there whatever happens.

    Parameters
    ----------
    path : pathlib.Path
        Path of the joblib file, as `save` returned it.
    render : callable
        Function from the card to the text of an HTML file.

    Returns
    -------
    page : pathlib.Path
        Path of the HTML file.

    Raises
    ------
    ModelError
        If the folder cannot be written, or the card is that of another training by now.
    """
    name = path.name.rpartition("-")[0]
    place, page = path.with_name(f"{name}.json"), path.with_name(f"{name}.html")
    card = _read_card(place)
    if card["file"] != path.name:
        raise ModelError(f"the report is not written, since another training has replaced the model {name!r}")
    html = render(card).encode(errors="backslashreplace")
    try:
        replace_file(page, html)
        replace_file(place, _as_json({**card, "report": hashlib.sha256(html).hexdigest()}))
    except OSError as error:
        raise ModelError(
            f"the report cannot be written to {path.parent}: {error.strerror}; the model itself is saved"
        ) from error
    return page


def _as_json(card):
    text = json.dumps(card, indent=2, ensure_ascii=False)
    return text.encode(errors="backslashreplace")  # of names of files that are no text; it is JSON's own escape


def load(name, folder=FOLDER):
    """Read a model, and unpickle it only once its card, its versions and its hash agree.

    Parameters
    ----------
    name : str
        Name of the model.
    folder : pathlib.Path
        Folder of the models.

    Returns
    -------
    model : Model
        Ready to predict.

    Raises
    ------
    ModelError
        If it is missing, damaged, made by versions that do not fit, or no recognizer.
    """
    check_name(name)
    card = _read_card(folder / f"{name}.json")
    if package := versions.mismatch(card["versions"], versions.of_packages(), BINDING):
        made, present = card["versions"].get(package), versions.of_packages()[package]
        raise ModelError(
            f"model {name!r} was made with {package} {made}, here is {present}; {AGAIN}, or install that version"
        )
    try:
        content = (folder / card["file"]).read_bytes()
    except OSError as error:
        raise ModelError(f"model {name!r} lacks its file {card['file']} ({error.strerror}); {AGAIN}") from error
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        raise ModelError(f"{card['file']} is damaged: its SHA-256 is not the one on its card; {AGAIN}")
    return Model(name, _unpickled(content, card), card, _read_report(folder / f"{name}.html", card))


def _unpickled(content, card):
    """Return the recognizer of a card; raise a `ModelError` if the file that the card names holds none, or another."""
    try:
        recognizer = joblib.load(io.BytesIO(content))
    except (ImportError, AttributeError) as error:
        raise ModelError(f"{card['file']} was made by another version of this toolkit ({error}); {AGAIN}") from error
    except DAMAGE as error:
        raise ModelError(f"{card['file']} cannot be unpickled ({error}); {AGAIN}") from error
    if not isinstance(recognizer, Recognizer):
        raise ModelError(f"{card['file']} holds no recognizer, but a {type(recognizer).__name__}; {AGAIN}")
    facts = _facts_of(recognizer)
    if wrong := [name for name in facts if card.get(name) != facts[name]]:
        raise ModelError(f"{card['file']} holds a recognizer of other {' and '.join(wrong)} than its card; {AGAIN}")
    return recognizer


def _facts_of(recognizer):
    return {
        "classes": recognizer.classes.tolist(),
        "shape": list(recognizer.shape),
        "range": [0, recognizer.full],
    }


def check_name(name):
    """Raise a ModelError if a name is no plain file name: if it has a slash, say."""
    if not re.fullmatch(r"\w[\w.+-]{0,99}", name):
        raise ModelError(f"{name!r} is no name for a model; use letters, digits, dots, dashes and underscores")


def check_folder(folder=FOLDER):
    """Make the folder of the models if it is missing, and raise a ModelError if it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise ModelError(f"{folder}, for the models, cannot be written: {error.strerror}") from error


def plain_name(text):
    """Return a name for a model, made of any text: `A_Z Handwritten Data` becomes `A_Z-Handwritten-Data`."""
    return re.sub(r"[^\w.+-]+", "-", text).strip("-.+")[:100] or "model"


def _read_card(path):
    """Read a card and check that it has what loading needs."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        trained = sorted(other.stem for other in path.parent.glob("*.json"))
        others = f"; there are: {', '.join(trained)}" if trained else ""
        raise ModelError(
            f"there is no model {path.stem!r} in {path.parent}{others}; make one with: python training.py"
        ) from error
    except OSError as error:
        raise ModelError(f"{path.name} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ModelError(f"{path.name} is no JSON, so the model's card is damaged; {AGAIN}") from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise ModelError(f"{path.name} is no model card of format {FORMAT}; {AGAIN}")
    own_file = re.fullmatch(rf"{re.escape(path.stem)}-[0-9a-f]{{12}}\.joblib", str(card.get("file")))
    if not (own_file and isinstance(card.get("sha256"), str) and isinstance(card.get("versions"), dict)):
        raise ModelError(f"{path.name} does not say which file it is the card of; {AGAIN}")
    return card


def _read_report(path, card):
    """Return the report of a card; None if there is none, or it is that of another training."""
    try:
        html = path.read_bytes()
    except OSError:
        return None
    return html.decode() if hashlib.sha256(html).hexdigest() == card.get("report") else None


def saved_card(name, folder=FOLDER):
    """Return the card of a model as a dict, or None if there is none, or none that can be understood."""
    try:
        return _read_card(folder / f"{name}.json")
    except ModelError:
        return None


def replace_file(path, content):
    """Write a file beside its place, then move it there: at any moment there is the old one or the new one, whole."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _sweep(folder, name, before, keep):
    """Remove the file of the card before, and what trainings left behind that were killed some time ago."""
    pipeline = rf"{re.escape(name)}-[0-9a-f]{{12}}\.joblib"
    leftover = re.compile(rf"{pipeline}|({pipeline}|{re.escape(name)}\.(json|html))\.\d+\.tmp")
    for path in folder.iterdir():
        if not leftover.fullmatch(path.name) or path.name == keep:
            continue
        if path.name == before or time.time() - path.stat().st_mtime > ABANDONED:
            path.unlink(missing_ok=True)
