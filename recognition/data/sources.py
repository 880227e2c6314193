"""Data to learn from -> a `Dataset`: canonical images and their labels."""

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from recognition.data import folders, idx, pictures, tables
from recognition.data.dataset import Dataset, join, joined_classes, merged, without_refused
from recognition.data.filenames import is_table
from recognition.data.images import Chunk, LazyArray
from recognition.engine.threads import HERE
from recognition.errors import DataError, counted
from recognition.imaging.normalization import Normalizer
from recognition.imaging.pixels import SUFFIXES


@dataclass(frozen=True)
class Source:
    """Data of the places that `--data` names.

    Attributes
    ----------
    training : Dataset
        All but the test part; to be split if there is none.
    test : Dataset or None
        Test part that the data brings.
    skipped : list of str
        Line for each thing that was left out, with its reason.
    names : list of str
        Name of each of the data, in the order of `Dataset.places`.
    kinds : list of str
        Line for each folder of pictures: how they are taken, and why.
    kind : str or None
        One of `pictures.KINDS`, if there are pictures that are no canonical images already.
    merged : dict of str to str
        Class that each of the classes belongs to that were joined with another.
    refused : Dataset or None
        Images of no character, which the model learns to refuse.
    """

    training: Dataset
    test: Dataset | None
    skipped: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    kind: str | None = None
    merged: dict[str, str] = field(default_factory=dict)
    refused: Dataset | None = None


def load(places, repeat_last=1, engine=HERE, kind=None, lookalikes=()):
    """Load data of any format, and join it if there are several.

    Parameters
    ----------
    places : list of str
        Each "digits", or the path of a CSV, of a folder of IDX files, of a prefix of such, of a folder of pictures.
    repeat_last : int
        How many times the images of the last place count.
    engine : Threads or Cluster
        Engine on which pictures are read.
    kind : str, optional
        One of `pictures.KINDS`, in place of what the labels of folders of pictures say.
    lookalikes : sequence of str
        Groups of labels of one character whose classes are joined; each is then called by its first.

    Returns
    -------
    source : Source
        At least two classes of at least two images each.

    Raises
    ------
    DataError
        If one cannot be read, or they do not fit together.
    """
    sources = [_marked(source, number) for number, source in enumerate(_load_each(places, engine, kind))]
    if repeat_last > 1:
        last = sources[-1].training
        weights = np.full(len(last), repeat_last, dtype=np.float32)
        sources[-1] = replace(sources[-1], training=replace(last, weights=weights))
    training, refused = without_refused(join([source.training for source in sources]))
    _check_labels(training)
    tests = [source.test for source in sources if source.test is not None]
    test = join([replace(training.take(slice(0)), weights=None), *tests]) if tests else None
    names = joined_classes(training.counts, lookalikes)
    if names:
        training, test = merged(training, names), test and merged(test, names)
    return _without_lone_images(
        Source(
            training,
            test,
            skipped=[line for source in sources for line in source.skipped],
            names=[source.training.name for source in sources],
            kinds=[line for source in sources for line in source.kinds],
            kind=next((source.kind for source in sources if source.kind), None),
            merged={label: name for label, name in names.items() if label != name},
            refused=refused,
        )
    )


def _load_each(places, engine, kind):
    """Load what each place names; characters on pictures are normalized as in the other data."""
    readers = {place: _reader(place) for place in places}
    sources = {place: read(Path(place)) for place, read in readers.items() if read is not _pictures}
    greys = [source.training for source in sources.values() if len(source.training.shape) == 2]
    normalizer = Normalizer.measure(greys[0].images, greys[0].full) if greys and len(sources) < len(readers) else None
    sources |= {place: _pictures(Path(place), engine, normalizer, kind) for place in readers if place not in sources}
    return [sources[place] for place in places]


def _marked(source, number):
    """Note on each image which of the data it is of."""
    training, test = (
        part and replace(part, places=np.full(len(part), number, dtype=np.int32))
        for part in (source.training, source.test)
    )
    return replace(source, training=training, test=test)


def _reader(place):
    """Return the function that reads the data of a place: that of the first format which it is of."""
    if place == "digits":
        return _digits
    if not place:  # a variable of the shell that was never set; to Path it is this folder
        raise DataError("the name of the data is empty; give digits, or the path of a file or folder")
    path = Path(place)
    formats = (_is_idx_set, _idx_set), (Path.is_dir, _pictures), (Path.is_file, _table)
    try:
        reader = next((reader for is_of_format, reader in formats if is_of_format(path)), None)
    except OSError as error:  # of a folder above it
        raise DataError(f"{place} cannot be read: {error.strerror}") from error
    if reader in (_table, None) and (remedy := folders.remedy(path)):
        raise DataError(f"{place} {remedy}")
    if reader in (_table, None) and path.suffix.lower() in SUFFIXES:
        raise DataError(f"{place} is a single picture; give the folder of pictures that it is in")
    if reader is None:
        raise DataError(f"there is no {place}; give digits, a CSV file, a folder of IDX files or a folder of pictures")
    return reader


def _is_idx_set(path):
    return not path.is_file() and idx.find(path) is not None


def _digits(_path):
    return Source(digits(), None)


def digits():
    """Load scikit-learn's load_digits: 1,797 digits by 43 writers, 8x8, 0-16.

    Each value counts the ink in one of the 4x4 blocks of a 32x32 bitmap. Rows come grouped by writer.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository (1998),
    https://doi.org/10.24432/C50P49 (CC BY 4.0); shipped with scikit-learn.
    """
    bunch = load_digits()
    images = Chunk(len(bunch.data), _read_digits, held=bunch.data.astype(np.uint8))
    return Dataset("digits", LazyArray.of([images], (8, 8)), bunch.target.astype(str), full=16)


def _read_digits(rows):
    return load_digits().data.astype(np.uint8)[rows]


def _table(path):
    """Load a CSV."""
    table = tables.open_table(path)
    if table.label is None:
        raise DataError(f"{path.name} has no labels to learn from; give a CSV with a column called label")
    _check_memory(path.stat().st_size * (4 if path.suffix == ".gz" else 1), path)
    table, size = replace(table, path=path.absolute()), path.stat().st_size
    chunks, labels, full = _rows(table)
    images = [
        Chunk(len(pixels), partial(_read_chunk, table, rows, pixels.dtype), table.path, size, pixels)
        for rows, pixels in chunks
    ]
    images = LazyArray.of(images, (table.side, table.side))
    return Source(Dataset(path.name.split(".")[0], images, labels, full), None)


def _rows(table):
    """Read all of a CSV: chunks with their rows, bytes unless all are fractions; labels; the value of full ink."""
    chunks, labels, whole, highest = [], [], True, 0
    for chunk, rows in tables.find_chunks(table):
        names, pixels = tables.parse(table, rows)
        whole = whole and bool((pixels == np.rint(pixels)).all())
        highest = max(highest, float(pixels.max()))
        chunks.append((chunk, pixels if not whole and highest <= 1 else np.rint(pixels).astype(np.uint8)))
        labels += names
    if not chunks:
        raise DataError(f"{table.path.name} has no rows")
    full = next(full for full in (1, 16, 255) if highest <= full)
    dtype = np.float32 if full == 1 and not whole else np.uint8
    return [(chunk, _typed(pixels, dtype)) for chunk, pixels in chunks], np.array(labels), full


def _read_chunk(table, chunk, dtype, rows):
    """Return some rows of a chunk of a CSV."""
    _, pixels = tables.parse(table, tables.read_lines(table.path, chunk))
    return _typed(pixels, dtype)[rows]


def _typed(pixels, dtype):
    return pixels if pixels.dtype == dtype else np.rint(pixels).astype(dtype)


def _idx_set(path):
    """Load a set of IDX files."""
    idx_set = idx.find(path)
    names = idx.read_mapping(idx_set.mapping) if idx_set.mapping else {}
    training = _idx_part(idx_set, "train", names)
    return Source(training, _idx_part(idx_set, "test", names) if ("test", "images") in idx_set.files else None)


def _idx_part(idx_set, part, names):
    """Load the training or test part of such a set, with the names of its classes; its images stay in their file."""
    images, labels = idx.lazy_images(idx_set.files[part, "images"]), idx.read_array(idx_set.files[part, "labels"])
    if len(images) != len(labels):
        raise DataError(
            f"{idx_set.name}: {counted(len(images), f'{part} image')} and {counted(len(labels), 'label')}; "
            "get both again"
        )
    images[:0]  # or a damaged file is refused only later
    classes, codes = np.unique(labels, return_inverse=True)
    labels = np.array([names.get(code, str(code)) for code in classes.tolist()])[codes]
    return Dataset(idx_set.name, images, labels, full=255)


def _pictures(folder, engine, normalizer, kind):
    """Load a folder of pictures."""
    try:
        training, test = folders.find(folder)
    except DataError as error:
        names = sorted(file.name for file in folder.iterdir() if is_table(file))
        if names:
            raise DataError(f"{folder} holds CSV files; name one of them: {', '.join(names)}") from error
        raise
    _check_memory(2 * (len(training.files) + len(test.files if test else [])) * pictures.SIDE**2 * 3, folder.name)
    reader = pictures.choose_reader(training, normalizer, kind)
    name, skipped = folder.resolve().name, []
    training, test = (part and _picture_part(part, reader, engine, folder, skipped) for part in (training, test))
    return Source(training, test, skipped, kinds=[f"{name}: {reader.reason}"], kind=reader.kind)


def _picture_part(files, reader, engine, folder, skipped):
    images, labels, unread = pictures.read_pictures(files, reader.to_image, engine)
    skipped += [*files.skipped, *unread]
    if not labels:
        raise DataError(f"{counted(len(unread), 'picture')} in {folder}, and none can be read; the first: {unread[0]}")
    return Dataset(folder.resolve().name, images, np.array(labels), reader.full)


def _check_memory(needed, what):
    """Refuse data that would not fit into memory, where the system tells how much is free."""
    try:
        meminfo = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
        free = 1024 * int(meminfo["MemAvailable"].split()[0])
    except (OSError, KeyError):  # not Linux
        return
    if needed > free:
        raise DataError(f"{what} needs about {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free")


def _check_labels(data):
    """Refuse a label that is no text, as names of folders may be: a model's card could not hold it."""
    for label in data.counts:
        try:
            label.encode()
        except UnicodeEncodeError as error:
            raise DataError(f"the label {label!r} of {data.name} is no text in UTF-8; rename its folder") from error


def _without_lone_images(source):
    """Leave out classes of one image, which cannot stand on both sides of a split, and unknown classes of the test."""
    training, test, skipped = source.training, source.test, list(source.skipped)
    lone = [label for label, count in training.counts.items() if count < 2]
    skipped += [f"class {label}: has only one image" for label in lone]
    training = training.take(~np.isin(training.labels, lone)) if lone else training
    if len(training.counts) < 2:
        classes = counted(len(training.counts), "class")
        raise DataError(f"{training.name} has {classes} with two images or more; two are needed")
    if test is not None:
        learnt = np.isin(test.labels, training.labels)
        unknown = np.unique(test.labels[~learnt]).tolist()
        skipped += [f"class {label} of the test part: is not in the training part" for label in unknown]
        test = test.take(learnt) if unknown else test
    return replace(source, training=training, test=test if test is not None and len(test) else None, skipped=skipped)
