"""The model that is being served: taken up anew when training has replaced it, and what is told of it."""

import os
import sys
import threading

from recognition.errors import ModelError
from recognition.inference.artifact import FOLDER, load

PRIVATE = ("command", "file", "test_answers")  # of a card: what is for training.py, or tells about the machine


def public_card(card):
    """Return a dict of what of a card is for everybody."""
    return {key: value for key, value in card.items() if key not in PRIVATE}


class LiveModel:
    """A model, by its name, always as training last wrote it.

    Parameters
    ----------
    name : str
        Name of the model.
    folder : pathlib.Path
        Folder where training writes it.

    Raises
    ------
    ModelError
        If it cannot be loaded now.
    """

    def __init__(self, name, folder=FOLDER):
        self.name, self.folder = name, folder
        self._card = os.fspath(folder / f"{name}.json")
        self._lock = threading.Lock()
        self._mark = self._look()  # before loading: what is written meanwhile is then seen as new
        self._model = load(name, folder)

    def current(self):
        """Return the newest `artifact.Model` that can be loaded.

        The first call after a training loads it; calls meanwhile, and all calls if it is broken, get the one of
        before.
        """
        if self._look() != self._mark and self._lock.acquire(blocking=False):
            try:
                self._take_up()
            finally:
                self._lock.release()
        return self._model

    def _look(self):
        """Return what tells one state of the card from another; None if there is no card."""
        try:
            card = os.stat(self._card)
        except OSError:
            return None
        return card.st_mtime_ns, card.st_size, card.st_ino

    def _take_up(self):
        """Load what is there now; what is broken is tried once."""
        self._mark = self._look()
        try:
            before, self._model = self._model, load(self.name, self.folder)
        except ModelError as error:
            wrong = f"The model {self.name!r} has changed, but {error}; the earlier one goes on answering"
            print(wrong, file=sys.stderr)
        else:
            if {**self._model.card, "report": None} != {**before.card, "report": None}:  # or only its report has come
                print(f"The model {self.name!r} is a new one, made {self._model.card['date']}", file=sys.stderr)
