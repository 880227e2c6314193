"""Data to learn from -> a `Dataset`: canonical images and their labels."""

import hashlib
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from recognition.errors import DataError


@dataclass(frozen=True)
class Dataset:
    """Labelled canonical images, in the order of their source.

    Attributes
    ----------
    name : str
        What the data is called; a model's default name.
    images : ndarray of uint8, shape (n_images, height, width)
        0 = paper, `full` = full ink.
    labels : ndarray of str, shape (n_images,)
        The right answers.
    full : int
        The value of full ink.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray
    full: int

    def __len__(self):
        """Count the images."""
        return len(self.labels)

    @property
    def rows(self):
        """The images as flat rows: ndarray of uint8, shape (n_images, height * width)."""
        return self.images.reshape(len(self), -1)

    @property
    def shape(self):
        """Height and width of an image."""
        return self.images.shape[1:]

    @property
    def counts(self):
        """Number of images of each class, by label: dict of str to int, sorted."""
        classes, counts = np.unique(self.labels, return_counts=True)
        return dict(zip(classes.tolist(), counts.tolist(), strict=True))

    @property
    def digest(self):
        """SHA-256 of images and labels, which tells whether two trainings saw the same data."""
        sha = hashlib.sha256(np.ascontiguousarray(self.images).tobytes())
        sha.update("\n".join(self.labels).encode())
        return sha.hexdigest()

    def take(self, indices):
        """Give the part of the data at these indices, as a `Dataset` of the same name."""
        return Dataset(self.name, self.images[indices], self.labels[indices], self.full)


def digits():
    """Load scikit-learn's load_digits: 1,797 digits by 43 writers, 8x8, 0-16.

    Each value counts the ink in one of the 4x4 blocks of a 32x32 bitmap. Rows come grouped by writer.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository (1998),
    https://doi.org/10.24432/C50P49 (CC BY 4.0); shipped with scikit-learn.
    """
    bunch = load_digits()
    return Dataset("digits", bunch.images.astype(np.uint8), bunch.target.astype(str), full=16)


def load(name):
    """Load the data of this name.

    Raises
    ------
    DataError
        If there is none.
    """
    if name != "digits":
        raise DataError(f"there is no data called {name!r}; the only one so far is 'digits'")
    return digits()


def split(dataset, test_size, seed):
    """Split into training and test part, every class in the same proportion; both keep the source's order.

    Parameters
    ----------
    dataset : Dataset
        At least two images of each class.
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
    kinds : dict of str to ndarray, shape (n_images, height * width)
        Rows "inverted", "transposed" (of square images) and "shuffled" (the same pixels in random places).
    """
    rng = np.random.default_rng(seed)
    images = dataset.images[rng.permutation(len(dataset))[:at_most]]
    rows = images.reshape(len(images), -1)
    kinds = {"inverted": dataset.full - rows, "shuffled": rng.permuted(rows, axis=1)}
    if dataset.shape[0] == dataset.shape[1]:
        kinds["transposed"] = images.swapaxes(1, 2).reshape(rows.shape)
    return kinds
