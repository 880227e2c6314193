"""Data to learn from -> a `Dataset`: canonical images and their labels."""

import hashlib
import math
from dataclasses import dataclass, replace
from functools import cached_property, partial, reduce
from operator import add
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from recognition import idx, pictures, tables
from recognition.blocks import Block, Origin, Stored, chunks
from recognition.engine import HERE
from recognition.errors import DataError
from recognition.imaging.placement import Placement

ROWS = 1000  # of a CSV in a block

# What people try, and what they should do instead.
UNREADABLE = {
    ".zip": "unpack it, and give the folder or file inside",
    ".rar": "unpack it, and give the folder or file inside",
    ".7z": "unpack it, and give the folder or file inside",
    ".tar": "unpack it, and give the folder or file inside",
    ".tgz": "unpack it, and give the folder or file inside",
    ".heic": "save the pictures as JPEG, and give their folder",
    ".heif": "save the pictures as JPEG, and give their folder",
    ".pdf": "save its pages as PNG or JPEG pictures, and give their folder",
    ".xlsx": "save the sheet as CSV",
    ".parquet": "save the table as CSV",
    ".mat": "get the same data as IDX files or CSV",
}


@dataclass(frozen=True)
class Dataset:
    """Labelled canonical images, in the order of their source.

    Attributes
    ----------
    name : str
        What the data is called; a model's default name.
    images : ndarray of uint8 or float32, shape (n_images, height, width) or (n_images, height, width, 3); or Stored
        Grey: 0 = paper, `full` = full ink. Colour: red, green, blue from 0 to `full`. For a cluster they stay where
        they are, if they are quickly found there.
    labels : ndarray of str, shape (n_images,)
        The right answers.
    full : int
        The largest value.
    weights : ndarray of float32, shape (n_images,), optional
        How many times each image counts in fitting; once without it.
    origin : Origin, optional
        Where the workers of a cluster find the same images.
    """

    name: str
    images: np.ndarray | Stored
    labels: np.ndarray
    full: int
    weights: np.ndarray | None = None
    origin: Origin | None = None

    def __len__(self):
        """Count the images."""
        return len(self.labels)

    @property
    def rows(self):
        """The images as flat rows: ndarray, shape (n_images, n_values)."""
        return np.asarray(self.images).reshape(len(self), -1)

    @property
    def shape(self):
        """Height and width of an image, and 3 if it has colours."""
        return self.images.shape[1:]

    @cached_property
    def counts(self):
        """Number of images of each class, by label: dict of str to int, sorted."""
        classes, counts = np.unique(self.labels, return_counts=True)
        return dict(zip(classes.tolist(), counts.tolist(), strict=True))

    @property
    def range(self):
        """The least value and the largest."""
        lows, highs = zip(*((chunk.min(), chunk.max()) for chunk in chunks(self.images)), strict=True)
        return min(lows), max(highs)

    @property
    def digest(self):
        """SHA-256 of images and labels, which tells whether two trainings saw the same data."""
        sha = hashlib.sha256()
        for chunk in chunks(self.images):
            sha.update(np.ascontiguousarray(chunk))
        sha.update("\n".join(self.labels).encode())
        return sha.hexdigest()

    def take(self, indices):
        """Give the part of the data at these indices, as a `Dataset` of the same name."""
        weights = None if self.weights is None else self.weights[indices]
        origin = self.origin and self.origin.take(indices)
        images = replace(self.images, origin=origin) if isinstance(self.images, Stored) else self.images[indices]
        return replace(self, images=images, labels=self.labels[indices], weights=weights, origin=origin)


@dataclass(frozen=True)
class Source:
    """What was found at the places that `--data` names.

    Attributes
    ----------
    training : Dataset
        To be split, unless there is a test part.
    test : Dataset or None
        The test part that the data brings.
    skipped : list of str
        A line for each thing that was left out, with its reason.
    """

    training: Dataset
    test: Dataset | None
    skipped: list[str]


def load(places, repeat_last=1, engine=HERE):
    """Load data of any form, and join it if there are several.

    Parameters
    ----------
    places : list of str
        Each "digits", or the path of a CSV, of a folder of IDX files, of a prefix of such, of a folder of pictures.
    repeat_last : int
        How many times the images of the last place count.
    engine : Threads or Cluster
        Reads pictures; for a cluster, the data say where they come from.

    Returns
    -------
    source : Source
        With at least two classes of at least two images each.

    Raises
    ------
    DataError
        If one cannot be read, or they do not fit together.
    """
    sources = {place: _load_one(place, engine) for place in places if not _holds_pictures(place)}
    greys = [source.training for source in sources.values() if len(source.training.shape) == 2]
    placement = Placement.measure(greys[0].images, greys[0].full) if greys and len(sources) < len(places) else None
    sources |= {place: _pictures(Path(place), engine, placement) for place in places if place not in sources}
    sources = [sources[place] for place in places]
    if repeat_last > 1:
        last = sources[-1].training
        weights = np.full(len(last), repeat_last, dtype=np.float32)
        sources[-1] = replace(sources[-1], training=replace(last, weights=weights))
    training = _join([source.training for source in sources])
    tests = [source.test for source in sources if source.test is not None]
    test = _join([replace(training.take(slice(0)), weights=None), *tests]) if tests else None
    skipped = [line for source in sources for line in source.skipped]
    return _without_lone_images(Source(training, test, skipped))


def _holds_pictures(place):
    """Tell a folder that is none of IDX files."""
    return place != "digits" and Path(place).is_dir() and not idx.find(Path(place))


def _load_one(place, engine):
    """Load what one place names, if it is no folder of pictures."""
    if place == "digits":
        return Source(digits(), None, [])
    path = Path(place)
    if instead := UNREADABLE.get(path.suffix.lower()):
        raise DataError(f"{place} is not read as it is; {instead}")
    if path.is_file():
        return _table(path, engine)
    if found := idx.find(path):
        return _idx_set(found, engine)
    raise DataError(f"there is no {place}; give digits, a CSV file, a folder of IDX files or a folder of pictures")


def digits():
    """Load scikit-learn's load_digits: 1,797 digits by 43 writers, 8x8, 0-16.

    Each value counts the ink in one of the 4x4 blocks of a 32x32 bitmap. Rows come grouped by writer.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository (1998),
    https://doi.org/10.24432/C50P49 (CC BY 4.0); shipped with scikit-learn.
    """
    bunch = load_digits()
    origin = Origin.of([Block(Path("load_digits"), 0, len(bunch.data), _read_digits)])
    return Dataset("digits", bunch.images.astype(np.uint8), bunch.target.astype(str), full=16, origin=origin)


def _read_digits(_file, offset, count, rows):
    """Read some of load_digits, as a block."""
    return load_digits().data.astype(np.uint8)[offset : offset + count][rows]


def _table(path, engine):
    """Load a CSV."""
    table = tables.open_table(path)
    if table.label is None:
        raise DataError(f"{path.name} has no labels to learn from; give a CSV with a column called label")
    _check_memory(path.stat().st_size * (4 if path.suffix == ".gz" else 1), path)
    blocks, labels, whole, highest = [], [], True, 0
    for names, pixels in tables.read_blocks(table):
        whole = whole and bool((pixels == np.rint(pixels)).all())
        highest = max(highest, float(pixels.max()))
        blocks.append(pixels if not whole and highest <= 1 else np.rint(pixels).astype(np.uint8))
        labels += names
    if not blocks:
        raise DataError(f"{path.name} has no rows")
    full = next(full for full in (1, 16, 255) if highest <= full)
    images = np.concatenate(blocks).reshape(-1, table.side, table.side)
    if images.dtype != np.uint8 and full > 1:
        images = np.rint(images).astype(np.uint8)
    origin = None
    if engine.remote:
        table = replace(table, path=path.absolute())
        origin = Origin.of(
            Block(table.path, stretch.offset, stretch.count, partial(_read_stretch, table, stretch, images.dtype))
            for stretch in tables.stretches(table, ROWS)
        )
    return Source(Dataset(path.name.split(".")[0], images, np.array(labels), full, origin=origin), None, [])


def _read_stretch(table, stretch, dtype, _file, _offset, _count, rows):
    """Read some rows of a CSV, as a block."""
    _, pixels = tables.parse(table, tables.read_lines(table.path, stretch))
    return (pixels if dtype == pixels.dtype else np.rint(pixels).astype(dtype))[rows]


def _idx_set(found, engine):
    """Load a set of IDX files."""
    if not engine.remote:
        _check_memory(sum(math.prod(idx.read_shape(file)) for file in found.files.values()), found.name)
    names = idx.read_mapping(found.mapping) if found.mapping else {}

    def part(name):
        file = found.files[name, "images"].absolute()
        shape, labels = idx.read_shape(file), idx.read(found.files[name, "labels"])
        transposed = idx.is_transposed(file)
        block = Block(file, 0, shape[0], partial(idx.read_images, transposed=transposed))
        origin = Origin.of([block])
        images = Stored(origin, shape[:0:-1] if transposed else shape[1:])
        if engine.remote:
            block.read(slice(0))  # or it is refused now
        else:
            images = idx.read(file)
            images = np.ascontiguousarray(images.swapaxes(1, 2)) if transposed else images
        if len(images) != len(labels):
            raise DataError(f"{found.name}: {len(images):,} {name} images and {len(labels):,} labels; get both again")
        classes, codes = np.unique(labels, return_inverse=True)
        labels = np.array([names.get(code, str(code)) for code in classes.tolist()])[codes]
        return Dataset(found.name, images, labels, full=255, origin=origin)

    return Source(part("train"), part("test") if ("test", "images") in found.files else None, [])


def _pictures(folder, engine, placement):
    """Load a folder of pictures; characters on them are placed as in the other data."""
    unreadable = [
        f"{file}: is not read as it is; {UNREADABLE[file.suffix.lower()]}"
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in UNREADABLE
    ]
    try:
        training, test = pictures.find(folder)
    except DataError as error:
        tables_here = sorted(file.name for file in folder.iterdir() if ".csv" in file.suffixes)
        if tables_here:
            raise DataError(f"{folder} holds CSV files; name one of them: {', '.join(tables_here)}") from error
        if unreadable:
            raise DataError(unreadable[0]) from error
        raise
    files = training.files + (test.files if test else [])
    _check_memory(2 * len(files) * pictures.SIDE**2 * 3, folder.name)
    read, full = pictures.choose_reader(training, placement)
    found, skipped = [], unreadable
    for part in (training, test):
        if part is None:
            found.append(None)
            continue
        images, labels, origin, unread = pictures.read(part, read, engine)
        skipped += unread
        if not images:
            raise DataError(f"none of the {len(unread)} pictures in {folder} can be read; the first: {unread[0]}")
        found.append(Dataset(folder.resolve().name, np.stack(images), np.array(labels), full, origin=origin))
    return Source(*found, skipped)


def _check_memory(needed, what):
    """Refuse data that would not fit into memory, where the system tells how much is free."""
    try:
        meminfo = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
        free = 1024 * int(meminfo["MemAvailable"].split()[0])
    except (OSError, KeyError):  # not Linux
        return
    if needed > free:
        raise DataError(f"{what} needs about {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free")


def _join(parts):
    """Put data of several places together, classes by name."""
    first, *others = parts
    if not others:
        return first
    for other in others:
        if other.shape != first.shape:
            shapes = ["x".join(map(str, part.shape)) for part in (first, other)]
            raise DataError(f"{first.name} has images of {shapes[0]} and {other.name} of {shapes[1]}; join alike ones")
    if any(part.full != first.full for part in others):
        full = max(part.full for part in parts)
        parts = [_scaled(part, full) for part in parts]
        first = parts[0]
    weights = [np.ones(len(part), np.float32) if part.weights is None else part.weights for part in parts]
    origin = reduce(add, (part.origin for part in parts)) if all(part.origin for part in parts) else None
    stored = all(isinstance(part.images, Stored) for part in parts)
    return replace(
        first,
        images=Stored(origin, first.shape) if stored else np.concatenate([part.images for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        weights=np.concatenate(weights) if any(part.weights is not None for part in parts) else None,
        origin=origin,
    )


def _scaled(part, full):
    """Bring data to another largest value."""
    factor = full / part.full
    origin = part.origin and Origin(
        tuple(replace(block, how=partial(_read_scaled, block.how, factor)) for block in part.origin.blocks),
        part.origin.places,
    )
    stored = isinstance(part.images, Stored)
    images = Stored(origin, part.shape) if stored else _times(part.images, factor)
    return replace(part, images=images, full=full, origin=origin)


def _read_scaled(how, factor, *where):
    """Read images as a block of another largest value does."""
    return _times(how(*where), factor)


def _times(images, factor):
    """Multiply images: ndarray of uint8."""
    return np.rint(images * factor).astype(np.uint8)


def _without_lone_images(source):
    """Leave out classes of one image, which cannot stand on both sides of a split, and unknown classes of the test."""
    training, test, skipped = source.training, source.test, list(source.skipped)
    lone = [label for label, count in training.counts.items() if count < 2]
    skipped += [f"class {label}: has only one image" for label in lone]
    training = training.take(~np.isin(training.labels, lone)) if lone else training
    if len(training.counts) < 2:
        raise DataError(f"{training.name} has {len(training.counts)} class with two images or more; two are needed")
    if test is not None:
        known = np.isin(test.labels, training.labels)
        unknown = np.unique(test.labels[~known]).tolist()
        skipped += [f"class {label} of the test part: is not in the training part" for label in unknown]
        test = test.take(known) if unknown else test
    return Source(training, test if test is not None and len(test) else None, skipped)


def duplicates(training, test):
    """Count the test images that are in the training part as well: int."""
    return int(np.isin(_hashes(test), _hashes(training)).sum())


def repeated(dataset):
    """Count the images that are the same as an earlier one: int."""
    return len(dataset) - len(np.unique(_hashes(dataset)))


def _hashes(dataset):
    """Give a number for each image, the same for the same image alone: ndarray of int64, shape (n_images,)."""
    hashes = (hash(image.tobytes()) for chunk in chunks(dataset.images) for image in chunk)
    return np.fromiter(hashes, np.int64, len(dataset))


def split(dataset, test_size, seed):
    """Split into training and test part, every class in the same proportion; both keep the source's order.

    Parameters
    ----------
    dataset : Dataset
        With at least two images of each class.
    test_size : float
        Share of the test part, between 0 and 1.
    seed : int
        Of the random choice.

    Returns
    -------
    train, test : Dataset
        The test part is for one evaluation at the end, and nothing else may look at it.

    Raises
    ------
    DataError
        If a part would be too small to hold every class.
    """
    try:
        parts = train_test_split(
            np.arange(len(dataset)), test_size=test_size, random_state=seed, stratify=dataset.labels
        )
    except ValueError as error:
        raise DataError(
            f"{len(dataset)} images of {len(dataset.counts)} classes cannot be split with a test part of "
            f"{test_size:g}, since each class needs rows in both parts; choose another --test-size"
        ) from error
    return tuple(dataset.take(np.sort(part)) for part in parts)


def junk(dataset, seed, at_most=500):
    """Make images that look like none of the classes out of images that do.

    Parameters
    ----------
    dataset : Dataset
        Real images.
    seed : int
        Of the choice and the shuffling.
    at_most : int
        Images of each kind.

    Returns
    -------
    kinds : dict of str to ndarray, shape (n_images, n_values)
        Rows "inverted", "transposed" (of square images) and "shuffled" (the same pixels in random places).
    """
    rng = np.random.default_rng(seed)
    images = dataset.images[rng.permutation(len(dataset))[:at_most]]
    rows = images.reshape(len(images), -1)
    kinds = {"inverted": dataset.full - rows, "shuffled": rng.permuted(rows, axis=1)}
    if dataset.shape[0] == dataset.shape[1]:
        kinds["transposed"] = images.swapaxes(1, 2).reshape(rows.shape)
    return kinds
