"""Images with their labels: joined, split, and searched for the same ones."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from sklearn.model_selection import train_test_split

from recognition.data.filenames import NO_CHARACTER
from recognition.data.images import CHUNK, LazyArray, chunks, joined, mapped, take
from recognition.errors import DataError, counted


@dataclass(frozen=True)
class Dataset:
    """Labelled canonical images, in the order of their source.

    Attributes
    ----------
    name : str
        Name of the data; a model's default name.
    images : LazyArray or ndarray of uint8 or float32, shape (n_images, height, width) or (n_images, height, width, 3)
        Grey: 0 = paper, `full` = full ink. Colour: red, green, blue from 0 to `full`. Those of IDX files stay there;
        the workers of a cluster read all of them from where they come from. Or rows of features, which stand for them.
    labels : ndarray of str, shape (n_images,)
        Right answers.
    full : int
        Largest value.
    weights : ndarray of float32, shape (n_images,), optional
        How many times each image counts in fitting; once without it.
    places : ndarray of int32, shape (n_images,), optional
        Which of several data each image is of, counted from 0.
    """

    name: str
    images: LazyArray | np.ndarray
    labels: np.ndarray
    full: int
    weights: np.ndarray | None = None
    places: np.ndarray | None = None

    def __len__(self):
        """Return the number of images."""
        return len(self.labels)

    @property
    def rows(self):
        """The images as an ndarray of flat rows, shape (n_images, n_values)."""
        return np.asarray(self.images).reshape(len(self), -1)

    @property
    def shape(self):
        """Height and width of an image, and 3 if it has colours."""
        return self.images.shape[1:]

    @cached_property
    def counts(self):
        """The number of images of each class, as a dict by label, sorted."""
        classes, counts = np.unique(self.labels, return_counts=True)
        return dict(zip(classes.tolist(), counts.tolist(), strict=True))

    @property
    def range(self):
        """The least value and the largest."""
        lows, highs = zip(*((chunk.min(), chunk.max()) for chunk in chunks(self.images)), strict=True)
        return min(lows), max(highs)

    @cached_property
    def digest(self):
        """SHA-256 of images and labels, which tells whether two trainings saw the same data."""
        sha = hashlib.sha256()
        for chunk in chunks(self.images):
            sha.update(np.ascontiguousarray(chunk))
        for start in range(0, len(self), CHUNK):
            labels = self.labels[start : start + CHUNK].tolist()  # numpy's own strings are slow, and swallow Ctrl-C
            sha.update((("\n" if start else "") + "\n".join(labels)).encode())
        return sha.hexdigest()

    def take(self, indices):
        """Return the images at these indices, as a `Dataset` of the same name."""
        weights, places = (part if part is None else part[indices] for part in (self.weights, self.places))
        images, labels = take(self.images, indices), self.labels[indices]
        return replace(self, images=images, labels=labels, weights=weights, places=places)


def joined_classes(classes, lookalikes):
    """Return the new names of the classes that are joined.

    Parameters
    ----------
    classes : iterable of str
        Labels of the data.
    lookalikes : sequence of str
        Groups of labels of one character; a joined class is called by the first of its group.

    Returns
    -------
    names : dict of str to str
        Name of each class of the groups.

    Raises
    ------
    DataError
        If a label is none of the data, or one class would be left.
    """
    names = {label: group[0] for group in lookalikes for label in group}
    if unknown := sorted(names.keys() - set(classes)):
        raise DataError(f"--merge names {unknown[0]!r}, which is no class; there are {', '.join(classes)}")
    if names and len({names.get(label, label) for label in classes}) < 2:
        raise DataError("--merge would leave one class; leave two at least")
    return names


def merged(dataset, names):
    """Return a `Dataset` of the same images with classes renamed, so that those of one name become one.

    Parameters
    ----------
    dataset : Dataset
        Images of any classes.
    names : dict of str to str
        New label of each class that gets one.
    """
    return replace(dataset, labels=np.array([names.get(label, label) for label in dataset.labels.tolist()], dtype=str))


def duplicates(training, test):
    """Return the number of test images that are in the training part as well."""
    return int(np.isin(_hashes(test), _hashes(training)).sum())


def repeated(dataset):
    """Return the number of images that are the same as an earlier one."""
    return len(dataset) - len(np.unique(_hashes(dataset)))


def _hashes(dataset):
    """Return a number for each image, the same for the same image alone."""
    hashes = (hash(image.tobytes()) for chunk in chunks(dataset.images) for image in chunk)
    return np.fromiter(hashes, np.int64, len(dataset))


def split(dataset, test_size, seed):
    """Split into training and test part, every class in the same proportion; both keep the source's order.

    Images that count several times, where others do not, are all for training: somebody has collected them for that.

    Parameters
    ----------
    dataset : Dataset
        At least two images of each class.
    test_size : float
        Share of the test part, between 0 and 1, of the images that count once; at least one a class.
    seed : int
        Seed of the random choice.

    Returns
    -------
    train, test : Dataset
        The test part is for one evaluation at the end, and nothing else may look at it.

    Raises
    ------
    DataError
        If a part would be too small to hold every class.
    """
    rows = _testable(dataset)
    classes = np.unique(dataset.labels[rows])
    share = max(test_size, len(classes) / len(rows))
    try:
        _, test = train_test_split(rows, test_size=share, random_state=seed, stratify=dataset.labels[rows])
    except ValueError as error:
        raise DataError(
            f"{counted(len(rows), 'image')} of {counted(len(classes), 'class')} cannot be split with a test part of "
            f"{test_size:g}, since each class needs rows in both parts; choose another --test-size"
        ) from error
    return dataset.take(np.setdiff1d(np.arange(len(dataset)), test)), dataset.take(np.sort(test))


def _testable(dataset):
    """Return the indices of the images that may be tested on."""
    once = np.ones(len(dataset), bool) if dataset.weights is None else dataset.weights == 1
    rows = np.flatnonzero(once if once.any() else ~once)
    _, codes, counts = np.unique(dataset.labels[rows], return_inverse=True, return_counts=True)
    return rows[counts[codes] > 1]


def join(parts):
    """Join data of several places, classes by name.

    Parameters
    ----------
    parts : list of Dataset
        Data in the order in which they are joined.

    Returns
    -------
    dataset : Dataset
        All images, under the name of the first, with the largest of their largest values.

    Raises
    ------
    DataError
        If their images are of different shapes.
    """
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
    return replace(
        first,
        images=joined([part.images for part in parts], first.shape),
        labels=np.concatenate([part.labels for part in parts]),
        weights=np.concatenate(weights) if any(part.weights is not None for part in parts) else None,
        places=np.concatenate([part.places for part in parts]),
    )


def without_refused(dataset):
    """Set aside the images that are labelled as no character; whole pictures are all of some class.

    Parameters
    ----------
    dataset : Dataset
        Data from anywhere.

    Returns
    -------
    kept : Dataset
        Images of the classes.
    refused : Dataset or None
        The others, if there are any.
    """
    refused = dataset.labels == NO_CHARACTER
    if len(dataset.shape) == 3 or not refused.any():
        return dataset, None
    kept = dataset.take(~refused)
    alike = kept.weights is None or (kept.weights == 1).all()
    return replace(kept, weights=None) if alike else kept, dataset.take(refused)


def _scaled(part, full):
    """Bring data to another largest value."""
    return replace(part, images=mapped(partial(_times, factor=full / part.full), part.images, part.shape), full=full)


def _times(images, factor):
    """Return images multiplied, as an ndarray of uint8."""
    return np.rint(images * factor).astype(np.uint8)
