"""What the client asks about: pictures, folders of pictures and CSV rows -> requests -> a `ResultWriter`."""

import math
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor

from recognition.data.filenames import is_table, label_of, pictures_at
from recognition.data.tables import find_chunks, open_table, parse
from recognition.errors import DataError, ImageError, RecognitionError, writing
from recognition.imaging.pixels import SUFFIXES, grey_levels, is_pixel_by_pixel, open_picture
from recognition.progress import Progress

AT_ONCE = 4  # pictures
BATCH = 500  # rows of a CSV in a request


def find_pictures(paths):
    """Return the pictures to ask about.

    Parameters
    ----------
    paths : list of pathlib.Path
        Paths of pictures and folders; CSV files among them are left out.

    Returns
    -------
    pictures : list of pathlib.Path
        A folder stands for the pictures in it, or if there are none for those in its sub-folders, by name, without
        what is hidden; or for itself if there are none at all.
    """
    pictures = []
    for path in paths:
        if path.is_dir():
            pictures += [*pictures_at(path)] or [path]
        elif not is_table(path):
            pictures.append(path)
    return pictures


def ask_pictures(paths, model, service, results, seen=None, pattern=None):
    """Ask about pictures, several at once, and pass the answers on in their order.

    Parameters
    ----------
    paths : list of pathlib.Path
        Pictures from `find_pictures`.
    model : dict
        Card of the model.
    service : Service
        Server to ask.
    results : ResultWriter
        Writer that takes answers and failures.
    seen : pathlib.Path, optional
        Folder to save what the model saw in.
    pattern : str, optional
        What may be written.
    """

    def attempt(path):
        try:
            return _ask_picture(path, model, service, seen is not None, pattern)
        except RecognitionError as error:
            return str(error)  # the error itself would keep all of a malformed answer until its turn comes

    labels = {*model["classes"], *model.get("merged", {})}
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        with Progress("pictures", len(paths)) as progress:
            for path, outcome in zip(paths, pool.map(attempt, paths), strict=True):
                progress.wipe()
                if isinstance(outcome, str):
                    results.fail(str(path), outcome)
                else:
                    _save_seen(outcome, path, seen)
                    results.add(str(path), outcome, truth=label_of(path, labels))
                progress.step()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _ask_picture(path, model, service, seen, pattern):
    """Return the prediction of a picture: by its grey levels if it is of a small model's shape, or else by the file."""
    if path.is_dir():
        raise ImageError(f"the folder holds no picture ({' '.join(sorted(SUFFIXES))})")
    with open_picture(path) as picture:
        if not seen and pattern is None and is_pixel_by_pixel(picture, model["shape"]):
            (prediction,) = service.predict([grey_levels(picture, full=model["range"][1]).tolist()])
            return prediction
    return service.predict_picture(path, seen, pattern)


def _save_seen(prediction, path, folder):
    """Save the canonical images of a prediction as PNG files, `2_003.seen.png`, `54.1.seen.png`, and take them out."""
    characters = prediction.get("characters", [prediction])
    images = [b64decode(character.pop("seen").partition(",")[2]) for character in characters if "seen" in character]
    with writing(folder):
        for number, image in enumerate(images, start=1):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{path.stem}{f'.{number}' if len(images) > 1 else ''}.seen.png").write_bytes(image)


def ask_rows(path, model, service, results):
    """Post the rows of a CSV in batches, and pass the answers on; rows are counted from 1.

    Parameters
    ----------
    path : pathlib.Path
        Path of the CSV.
    model, service, results
        As in `ask_pictures`.
    """
    try:
        table = open_table(path)
        if table.side**2 != math.prod(model["shape"]):
            sides = "x".join(map(str, model["shape"]))
            raise DataError(f"its rows have {table.side}x{table.side} pixels, and this model takes {sides}")
        total = sum(chunk.count for chunk, _ in find_chunks(table))
        with Progress("rows", total) as progress:
            for number, (prediction, truth) in enumerate(_answered_rows(table, service, progress), start=1):
                results.add(f"{path}:{number}", prediction, truth, row=[number, prediction["label"]])
    except RecognitionError as error:
        results.fail(str(path), error)


def _answered_rows(table, service, progress):
    """Yield the prediction and the right label, or None, of each row of a table."""
    for _, lines in find_chunks(table):
        labels, pixels = parse(table, lines)
        rows = pixels.astype(int) if (pixels == pixels.astype(int)).all() else pixels
        truths = labels or [None] * len(rows)
        for start in range(0, len(rows), BATCH):
            batch = slice(start, start + BATCH)
            predictions = service.predict(rows[batch].tolist())
            progress.wipe()
            yield from zip(predictions, truths[batch], strict=True)
            progress.step(len(predictions))
