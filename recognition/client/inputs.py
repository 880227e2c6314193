"""What the client asks about: pictures, folders of pictures and CSV rows -> requests -> `Answers`."""

import math
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor

from recognition.data.filenames import is_table, label_of, pictures_at
from recognition.data.tables import count_rows, open_table, read_chunks
from recognition.errors import DataError, ImageError, RecognitionError, writing
from recognition.imaging.pixels import SUFFIXES, grey_levels, is_canonical, open_picture
from recognition.progress import Progress

AT_ONCE = 4  # pictures
BATCH = 500  # rows of a CSV in a request


def find_pictures(paths):
    """Find the pictures to ask about.

    Parameters
    ----------
    paths : list of pathlib.Path
        CSV files among them are left out.

    Returns
    -------
    pictures : list of pathlib.Path
        A folder stands for the pictures in it, or if there are none for those in its sub-folders, by name, without
        what is hidden; or for itself if there are none at all.
    """
    found = []
    for path in paths:
        if path.is_dir():
            found += [*pictures_at(path)] or [path]
        elif not is_table(path):
            found.append(path)
    return found


def ask_pictures(paths, model, service, answers, seen=None):
    """Ask about pictures, several at once, and pass the answers on in their order.

    Parameters
    ----------
    paths : list of pathlib.Path
        From `find_pictures`.
    model : dict
        The card.
    service : Service
        Whom to ask.
    answers : Answers
        Takes answers and failures.
    seen : pathlib.Path, optional
        Folder to save what the model saw in.
    """

    def attempt(path):
        try:
            return _ask_picture(path, model, service, seen is not None)
        except RecognitionError as error:
            return error

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        with Progress("pictures", len(paths)) as progress:
            for path, answer in zip(paths, pool.map(attempt, paths), strict=True):
                progress.wipe()
                if isinstance(answer, RecognitionError):
                    answers.fail(str(path), answer)
                else:
                    _save_seen(answer, path, seen)
                    answers.add(str(path), answer, truth=label_of(path, model["classes"]))
                progress.step()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _ask_picture(path, model, service, seen):
    """Post a picture: its grey levels if it is of the model's own small shape, or else the file; give the answer."""
    if path.is_dir():
        raise ImageError(f"the folder holds no picture ({' '.join(sorted(SUFFIXES))})")
    with open_picture(path) as picture:
        if not seen and is_canonical(picture, model["shape"]):
            (prediction,) = service.predict([grey_levels(picture, full=model["range"][1]).tolist()])
            return prediction
    return service.read(path, seen)


def _save_seen(answer, path, folder):
    """Take the canonical images out of an answer, and save them as PNG files: `2_003.seen.png`, `54.1.seen.png`."""
    places = answer.get("characters", [answer])
    images = [b64decode(place.pop("seen").partition(",")[2]) for place in places if "seen" in place]
    with writing(folder):
        for number, image in enumerate(images, start=1):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{path.stem}{f'.{number}' if len(images) > 1 else ''}.seen.png").write_bytes(image)


def ask_rows(path, model, service, answers):
    """Post the rows of a CSV in batches, and pass the answers on; rows are counted from 1.

    Parameters
    ----------
    path : pathlib.Path
        Of the CSV.
    model, service, answers
        As in `ask_pictures`.
    """
    try:
        table = open_table(path)
        size = math.prod(model["shape"])
        if table.side**2 != size:
            sides = "x".join(map(str, model["shape"]))
            raise DataError(f"its rows have {table.side}x{table.side} pixels, and this model takes {sides}")
        _ask_table(table, path, service, answers)
    except RecognitionError as error:
        answers.fail(str(path), error)


def _ask_table(table, path, service, answers):
    """Post the rows of an open table."""
    number = 0
    with Progress("rows", count_rows(table)) as progress:
        for labels, pixels in read_chunks(table):
            whole = (pixels == pixels.astype(int)).all()
            for start in range(0, len(pixels), BATCH):
                batch = pixels[start : start + BATCH]
                predictions = service.predict((batch.astype(int) if whole else batch).tolist())
                progress.wipe()
                for i, prediction in enumerate(predictions, start=start):
                    number += 1
                    truth = labels[i] if labels else None
                    answers.add(f"{path}:{number}", prediction, truth, row=[number, prediction["label"]])
                progress.step(len(batch))
