"""Which images look like a character that was learnt: an SVM tells those from made-up ones."""

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from recognition.learning.ensemble import describe
from recognition.learning.svm import KernelSVC

ROWS = 5_000  # real images are enough to learn from, and a quarter more made-up ones
BOUND_ROWS = 2_000  # more of them, to learn the bound from
REFUSED = 0.01  # of those
COMPONENTS = 100  # principal components of the features are enough


@dataclass(frozen=True)
class NoveltyTest:
    """Tells images of the classes from anything else.

    Attributes
    ----------
    components : PCA
        Of the features that the estimator's first pipeline describes images by.
    machine : KernelSVC
        Of the classes False (made up) and True (real).
    least : float
        Margin of "real" below which an image is refused.
    """

    components: PCA
    machine: KernelSVC
    least: float

    @classmethod
    def fit(cls, estimator, images, full, seed=0):
        """Learn from images and from what is made out of them.

        Parameters
        ----------
        estimator : Pipeline or Ensemble
            Fitted.
        images : ndarray of numbers, shape (n_images, height, width), or Stored
            Real ones, 0 = paper.
        full : int
            The value of full ink.
        seed : int
            Of all chance.

        Returns
        -------
        test : NoveltyTest
            It refuses one in a hundred real images that it has not learnt from.
        """
        rng = np.random.default_rng(seed)
        chosen = images[rng.permutation(len(images))[: ROWS + BOUND_ROWS]]
        known = min(ROWS, 2 * len(chosen) // 3)
        real, others = chosen[:known], chosen[known:]
        fake = made_up(real, full, 5 * known // 4, rng)
        rows = np.concatenate([real, fake]).reshape(len(real) + len(fake), -1)
        described = describe(estimator, rows)[0]
        components = PCA(min(COMPONENTS, *described.shape), svd_solver="covariance_eigh").fit(described)
        machine = KernelSVC(C=3, gamma=2.0).fit(components.transform(described), np.arange(len(rows)) < len(real))
        test = cls(components, machine, 0.0)
        decisions = test.decisions(describe(estimator, others.reshape(len(others), -1))[0])
        return cls(components, machine, float(np.quantile(decisions, REFUSED)))

    def decisions(self, described):
        """Say how real images look: ndarray of float32, shape (n_rows,), above 0 if rather real.

        Parameters
        ----------
        described : ndarray of float32, shape (n_rows, n_features)
            What the estimator's first pipeline describes them by.
        """
        rows = (described - self.components.mean_) @ self.components.components_.T
        return self.machine.decide(rows)[0][:, 1]

    def recognizes(self, described):
        """Tell which images look real enough, by the same: ndarray of bool, shape (n_rows,)."""
        return self.decisions(described) >= self.least


def made_up(images, full, count, rng):
    """Make characters that nobody writes out of characters.

    Parameters
    ----------
    images : ndarray of numbers, shape (n_images, height, width)
        0 = paper.
    full : int
        The value of full ink.
    count : int
        Images to make.
    rng : numpy.random.Generator
        Source of all chance.

    Returns
    -------
    fake : ndarray of float32, shape (about count, height, width)
        In equal parts: upper halves on lower halves and left ones beside right ones of others, half characters, one
        over another, mirrored, upside down, transposed and turned ones, the latter two if images are square, and
        inverted and shuffled ones.
    """
    height, width = images.shape[1:]
    share = -(-count // 10)

    def some():
        return images[rng.integers(0, len(images), share)].astype(np.float32)

    stacked, beside, half = some(), some(), some()
    stacked[:, height // 2 :] = some()[:, height // 2 :]
    beside[:, :, width // 2 :] = some()[:, :, width // 2 :]
    half[::4, : height // 2] = 0
    half[1::4, height // 2 :] = 0
    half[2::4, :, : width // 2] = 0
    half[3::4, :, width // 2 :] = 0
    kinds = [stacked, beside, half, np.maximum(some(), some()), some()[:, :, ::-1], some()[:, ::-1]]
    if height == width:
        kinds += [some().swapaxes(1, 2), np.rot90(some(), axes=(1, 2))]
    shuffled = rng.permuted(some().reshape(share, -1), axis=1).reshape(share, height, width)
    return np.concatenate([*kinds, full - some(), shuffled])
