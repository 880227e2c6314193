"""Colour pictures -> Fisher vectors: how the small patches of a picture differ from those of all pictures."""

import numpy as np
from joblib import Parallel, delayed
from scipy import ndimage
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.mixture import GaussianMixture
from sklearn.utils.validation import check_is_fitted

from recognition.features.gradients import direction_planes

# Size of a patch's cells and distance between patches, in pixels of a picture of 128; a patch has 4x4 cells.
SCALES = ((2, 3), (3, 4), (5, 5), (8, 6), (12, 8))
CELLS = 4
CHUNK = 10  # pictures at a time
BANDS = 4  # that the rows of an axis are taken in
LUMINANCE = np.array([0.3, 0.59, 0.11], dtype=np.float32)


def _swapped(order):
    """Return the indices of a patch's features in a mirror image, where those of a cell have this order."""
    features = np.arange(CELLS * CELLS * len(order)).reshape(CELLS, CELLS, -1)
    return features[:, ::-1][..., order].ravel()


# Views of a picture: where edges and colours stand in each, and what the place is multiplied with. The first direction
# points right, and the others go around.
AS_IT_IS = slice(None), slice(None), np.float32([1.5, 1.5])
MIRRORED = _swapped((4 - np.arange(8)) % 8), _swapped(np.arange(3)), np.float32([1.5, -1.5])


class FisherVectors(TransformerMixin, BaseEstimator):
    """Extract the statistics of pictures' patches under a mixture of Gaussians learnt from all of them.

    Every picture is covered with overlapping patches of several sizes. The features of a patch are the edges of each
    direction in its 4x4 cells (as SIFT has them), the colours of these cells, and its place; principal components
    of these go into a mixture of Gaussians, a vocabulary of patches. With the probability g_k(x) that a patch x belongs
    to the k-th Gaussian, of mean m_k, deviation s_k and weight w_k, the vector has for each Gaussian

        mean over x of g_k(x) (x - m_k) / s_k / sqrt(w_k)
        mean over x of g_k(x) ((x - m_k)**2 / s_k**2 - 1) / sqrt(2 w_k)

    whose signed square roots are scaled to a length of 1. A picture has the mean vector of several squares around its
    middle, where most of what people photograph is, and of their mirror images, scaled again. Rows are flat pictures
    of one shape, so scikit-learn's contract for any number of features cannot hold.

    Parameters
    ----------
    shape : (int, int, int)
        Height, width and 3 colours of a picture.
    gaussians : int
        Size of the vocabulary.
    edge_components, colour_components : int
        Principal components kept of a patch's edges and colours.
    pictures : int
        Number of pictures, chosen at random, to learn the vocabulary from.
    squares : tuple of float
        Shares of the picture's sides that the squares have.
    seed : int
        Seed of that choice, and of the mixture's start.

    Attributes
    ----------
    edges_, colours_ : tuple of ndarray of float32
        Mean and projection of a patch's edges, and of its colours.
    weights_, means_, deviations_ : ndarray of float32
        Parameters of the Gaussians.

    References
    ----------
    F. Perronnin, J. Sanchez, T. Mensink, "Improving the Fisher kernel for large-scale image classification", ECCV 2010.
    R. Arandjelovic, A. Zisserman, "Three things everyone should know to improve object retrieval", CVPR 2012 (square
    roots of SIFT). D. Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 60 (2004).
    """

    def __init__(
        self, shape, gaussians=64, edge_components=48, colour_components=16, pictures=400, squares=(1,), seed=0
    ):
        self.shape = shape
        self.gaussians = gaussians
        self.edge_components = edge_components
        self.colour_components = colour_components
        self.pictures = pictures
        self.squares = squares
        self.seed = seed

    def fit(self, X, y=None):
        """Learn principal components and vocabulary.

        Parameters
        ----------
        X : ndarray of uint8, shape (n_pictures, height * width * 3)
            Flat pictures, 0 to 255.
        y : None
            Not looked at.

        Returns
        -------
        self : FisherVectors
            Fitted.
        """
        rng = np.random.default_rng(self.seed)
        chosen = X[np.sort(rng.permutation(len(X))[: self.pictures])]
        chunks = self._map_chunks(chosen, _sampled_patches)
        edges, colours, places = map(np.concatenate, zip(*chunks, strict=True))
        self.edges_ = _principal_components(edges, self.edge_components)
        self.colours_ = _principal_components(colours, self.colour_components)
        patches = self._project(edges, colours, places, AS_IT_IS)
        patches = patches[rng.permutation(len(patches))[:60_000]]
        # It need not have converged to be a good vocabulary.
        mixture = GaussianMixture(
            self.gaussians, covariance_type="diag", reg_covar=1e-3, tol=1e-2, max_iter=100, random_state=self.seed
        ).fit(patches)
        self.weights_ = mixture.weights_.astype(np.float32)
        self.means_ = mixture.means_.astype(np.float32)
        self.deviations_ = np.sqrt(mixture.covariances_).astype(np.float32)
        return self

    def transform(self, X):
        """Return the Fisher vector of each picture.

        Parameters
        ----------
        X : ndarray of numbers, shape (n_pictures, height * width * 3)
            Flat pictures, 0 to 255.

        Returns
        -------
        vectors : ndarray of float32, shape (n_pictures, 2 * gaussians * n_components)
            Each of length 1; the components are those of edges and colours, and 2 of the place.
        """
        check_is_fitted(self)

        def vectors(chunk):
            squares = [extract_patches(_middle(chunk, share)) for share in self.squares]
            patches = [self._project(*square, view) for square in squares for view in (AS_IT_IS, MIRRORED)]
            summed = np.array([sum(map(self._fisher_vector, views)) for views in zip(*patches, strict=True)])
            return summed / np.linalg.norm(summed, axis=1, keepdims=True)

        return np.array([vector for chunk in self._map_chunks(X, vectors) for vector in chunk], dtype=np.float32)

    def _map_chunks(self, X, function):
        """Return a list of the results of a function of chunks of pictures, called on all cores."""
        images = np.asarray(X).reshape(-1, *self.shape)
        starts = range(0, len(images), CHUNK)
        jobs = -1 if len(starts) > 1 else 1
        return Parallel(n_jobs=jobs, prefer="threads")(delayed(function)(images[i : i + CHUNK]) for i in starts)

    def _project(self, edges, colours, places, view):
        """Return the components of patches, shape (..., n_components), in a view of their picture."""
        triples = zip((edges, colours), (self.edges_, self.colours_), view, strict=False)
        components = [features @ matrix[order] - mean @ matrix for features, (mean, matrix), order in triples]
        return np.concatenate([*components, places * view[2]], axis=-1)

    def _fisher_vector(self, patches):
        """Return the vector of one picture from the components of its patches."""
        inverse = self.deviations_**-2
        powers = np.concatenate([patches, patches**2], axis=1)
        shares = powers @ np.concatenate([self.means_ * inverse, inverse / -2], axis=1).T
        shares += np.log(self.weights_) - np.log(self.deviations_).sum(axis=1)
        shares -= (self.means_**2 * inverse).sum(axis=1) / 2
        np.exp(shares - shares.max(axis=1, keepdims=True), out=shares)
        shares /= shares.sum(axis=1, keepdims=True)
        zeroth = shares.sum(axis=0)[:, None]
        sums, squares = np.hsplit(shares.T @ powers, 2)
        first = sums - zeroth * self.means_
        second = squares - 2 * self.means_ * first - zeroth * self.means_**2
        root = np.sqrt(self.weights_)[:, None]
        vector = np.concatenate(
            [(first / self.deviations_ / root).ravel(), ((second * inverse - zeroth) / (np.sqrt(2) * root)).ravel()]
        )
        vector = np.sign(vector) * np.sqrt(np.abs(vector))
        return vector / max(np.linalg.norm(vector), 1e-9)


def extract_patches(images):
    """Extract the features of overlapping patches of pictures: edges, colours and place.

    Parameters
    ----------
    images : ndarray of numbers, shape (n_images, height, width, 3)
        Red, green, blue, from 0 to 255.

    Returns
    -------
    edges : ndarray of float32, shape (n_images, n_patches, 128)
        Square roots of the shares of each cell and direction; they say nothing of contrast.
    colours : ndarray of float32, shape (n_images, n_patches, 48)
        Lightness, red against green, and yellow against blue, of each cell.
    places : ndarray of float32, shape (n_images, n_patches, 2)
        Place of the patch's middle, from -0.5 to 0.5.
    """
    images = images.astype(np.float32) / 255
    light = images @ LUMINANCE
    red, green, blue = np.moveaxis(images, -1, 0)
    opponents = np.stack([light, red - green, (red + green) / 2 - blue], axis=1)
    size = light.shape[1]
    scales = [_scale_patches(light, opponents, cell * size / 128, max(1, step * size // 128)) for cell, step in SCALES]
    return [np.concatenate(features, axis=1) for features in zip(*scales, strict=True)]


def _middle(images, share):
    """Return the middle of pictures, of that share of their sides."""
    top, left = (round((1 - share) / 2 * size) for size in images.shape[1:3])
    return images[:, top : images.shape[1] - top, left : images.shape[2] - left]


def _sampled_patches(images):
    """Return the features of every seventh patch, without their pictures."""
    return [features[:, ::7].reshape(-1, features.shape[-1]) for features in extract_patches(images)]


def _scale_patches(light, opponents, cell, step):
    """Return the features of the patches of one size: edges, colours, places."""
    n, height, width = light.shape
    planes = direction_planes(light, *(_smooth_and_slope(size, max(0.7, cell / 5)) for size in (height, width)))
    (rows, middles_y), (columns, middles_x) = (_cell_weights(size, cell, step) for size in (height, width))

    def gather(maps):
        cells = _weighted(columns, _weighted(rows, maps).swapaxes(2, 3))  # (n, maps, patches across * 4, down * 4)
        cells = cells.reshape(n, -1, len(middles_x), CELLS, len(middles_y), CELLS)
        return cells.transpose(0, 4, 2, 5, 3, 1).reshape(n, len(middles_y) * len(middles_x), -1)

    edges = gather(planes)
    edges /= edges.sum(axis=2, keepdims=True) + 1e-3
    np.sqrt(edges, out=edges)
    places = np.stack(np.meshgrid(middles_y / height - 0.5, middles_x / width - 0.5, indexing="ij"), axis=-1)
    places = places.reshape(1, -1, 2).astype(np.float32).repeat(n, axis=0)
    return edges, gather(opponents), places


def _smooth_and_slope(size, sigma):
    """Return Gaussian smoothing and its derivative along an axis, as two matrices of float32."""
    smooth = ndimage.gaussian_filter1d(np.eye(size), sigma, axis=0, mode="nearest")
    return smooth.astype(np.float32), np.gradient(smooth, axis=0).astype(np.float32)


def _cell_weights(size, cell, step):
    """Return the weights of the pixels of an axis in each cell of each patch, and the middles of the patches."""
    middles = np.arange(2 * cell, size - 2 * cell + 1, step)
    cells = (middles[:, None] + (np.arange(CELLS) - (CELLS - 1) / 2) * cell).ravel()
    gaussians = ndimage.gaussian_filter1d(np.eye(size), cell / 2, axis=0, mode="constant")
    return gaussians[np.clip(cells.round().astype(int), 0, size - 1)].astype(np.float32), middles


def _weighted(weights, maps):
    """Return `weights @ maps`, some rows at a time, which have weights for few of the pixels."""
    products = []
    for rows in np.array_split(weights, BANDS):
        pixels = np.flatnonzero(rows.any(axis=0))
        band = slice(pixels[0], pixels[-1] + 1)
        products.append(rows[:, band] @ maps[..., band, :])
    return np.concatenate(products, axis=-2)


def _principal_components(rows, components):
    """Return mean and projection to principal components, half-way to equal variance, with a deviation of about 1."""
    mean = rows.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov(rows - mean, rowvar=False))
    matrix = directions[:, ::-1][:, :components] / variances[::-1][:components] ** 0.25
    matrix /= ((rows - mean) @ matrix).std()
    return mean, matrix.astype(np.float32)
