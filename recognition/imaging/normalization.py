"""Ink of a character -> canonical image: its size, place, slant and strokes as in the images learnt from."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from recognition.errors import DataError

FINE = 40, 80  # pixels of the longer side on which strokes are measured and mended: four times
FINER = 4  # as many as in the canonical image, but no less and no more than these
INKED = 0.5  # of the strongest ink: the edge of a stroke
THINNER = 0.3  # at most this share of a stroke is taken away, so that none breaks
NATURAL_LOG_ASPECT = (-0.37, 0.39)  # mean and deviation of log(width / height) of MNIST's digits, written freely
SQUEEZED = 0.7  # of the natural deviation; data of less was brought to one width
UPRIGHT = 0.15  # deviation of the slant; data of less was freed of slant (MNIST's has 0.3)
CHUNK = 2**13  # images to look at at a time
MEASURED = 300  # images are enough to learn a normalizer from
FILLED = 0.6  # of its box: a dot fills pi / 4
BLOT = 4  # times as thick as the strokes learnt from; no digit of 2,400 photos, scans and drawings is, and every dot


@dataclass(frozen=True)
class Normalizer:
    """How characters stand in canonical images; `measure` learns it from the data, `normalize` does the same to others.

    Attributes
    ----------
    shape : (int, int)
        Height and width of a canonical image.
    full : int
        The value of full ink.
    longer : float
        Longer side of a character, in pixels.
    stroke : float
        Thickness of strokes, as a share of the longer side.
    by_mass : (bool, bool)
        Whether the centre of mass has a place of its own down and across, or the middle of the box.
    centre : (float, float)
        That place: how far down and across, in pixels.
    aspect : (float, float)
        (n, a): what is written r times as wide as high becomes n * r**a times as wide; r itself for (1, 1).
    slant : float or None
        Columns to the right for each row down that all characters slant; each its own if None.

    References
    ----------
    C.-L. Liu, K. Nakashima, H. Sako, H. Fujisawa, "Handwritten digit recognition: investigation of normalization and
    feature extraction techniques", Pattern Recognition 37 (2004): aspect ratios adapted by a power.
    """

    shape: tuple[int, int]
    full: int
    longer: float
    stroke: float
    by_mass: tuple[bool, bool]
    centre: tuple[float, float]
    aspect: tuple[float, float]
    slant: float | None

    @classmethod
    def measure(cls, images, full):
        """Learn the normalizer of a data set.

        Parameters
        ----------
        images : ndarray of numbers, shape (n_images, height, width), or LazyArray
            Canonical images, 0 = paper; blank ones do not count.
        full : int
            The value of full ink.

        Returns
        -------
        normalizer : Normalizer
            Medians and means over the images.

        Raises
        ------
        DataError
            If all images are blank.
        """
        starts = range(0, len(images), CHUNK)
        most = np.concatenate([images[start : start + CHUNK].max(axis=(1, 2)) for start in starts])
        drawn = np.flatnonzero(most > full / 2)
        if not len(drawn):
            raise DataError(f"none of the {len(images)} images holds any ink; check that 0 is paper")
        ink = images[drawn[:: -(-len(drawn) // MEASURED)]].astype(np.float32) / full
        boxes = np.array([_box(image > 0.3) for image in ink])
        sizes, middles = boxes[:, 1] - boxes[:, 0], boxes.mean(axis=1)
        masses = np.array([ndimage.center_of_mass(image) for image in ink]) + 0.5
        by_mass = masses.std(axis=0) < middles.std(axis=0)
        aspects = np.log(sizes[:, 1] / sizes[:, 0])
        adaptation = aspects.std() / NATURAL_LOG_ASPECT[1]
        narrowness = np.exp(aspects.mean() - adaptation * NATURAL_LOG_ASPECT[0])
        squeezed = adaptation < SQUEEZED
        longer = float(np.median(sizes.max(axis=1)))
        fine = _fine(longer)
        slants = np.array([slant(image) for image in ink])
        return cls(
            shape=images.shape[1:],
            full=full,
            longer=longer,
            stroke=_unblurred(np.median([_stroke(_finely(image, fine) > INKED) for image in ink]) / fine, 1 / longer),
            by_mass=tuple(by_mass.tolist()),
            centre=tuple(np.where(by_mass, masses.mean(axis=0), middles.mean(axis=0)).tolist()),
            aspect=(float(narrowness), float(adaptation)) if squeezed else (1.0, 1.0),
            slant=float(slants.mean()) if slants.std() < UPRIGHT else None,
        )

    def normalize(self, ink):
        """Bring a character to its canonical image.

        Parameters
        ----------
        ink : ndarray of float32, shape (height, width)
            The ink of one character and nothing else, 0 = paper.

        Returns
        -------
        image : ndarray of uint8 or float32, shape `shape`
            0 = paper, `full` = full ink; whole numbers unless `full` is 1.
        """
        side = _fine(self.longer)
        fine = _finely(ink, side)
        if self.slant is not None:
            fine = _finely(_sheared(fine, slant(fine) - self.slant), side)
        narrowness, adaptation = self.aspect
        if self.aspect != (1, 1):
            height, width = fine.shape
            aspect = min(1.0, narrowness * (width / height) ** adaptation)
            fine = _resized(fine, (side, max(1, round(aspect * side))))
        fine = _with_strokes(fine, self.stroke * side)
        (top, left), (bottom, right) = _box(fine > 0)
        fine = fine[top:bottom, left:right]
        scale = self.longer / max(fine.shape)
        middles = np.array(fine.shape) / 2
        masses = np.array(ndimage.center_of_mass(fine)) + 0.5
        sources = np.where(self.by_mass, masses, middles)
        down, across = (
            _area_weights(*axis, scale) for axis in zip(fine.shape, sources, self.shape, self.centre, strict=True)
        )
        image = np.clip(down @ fine @ across.T, 0, 1)
        return image if self.full == 1 else np.rint(image * self.full).astype(np.uint8)

    def is_blot(self, ink):
        """Return whether ink is a dot rather than strokes of the thickness that was learnt.

        Parameters
        ----------
        ink : ndarray of float32, shape (height, width)
            As of `place`.
        """
        side = _fine(self.longer)
        mask = _finely(ink, side) > INKED
        return bool(mask.mean() > FILLED and _stroke(mask) > BLOT * self.stroke * side)


# What `measure` finds of MNIST, rounded: for pictures of characters that no other data says a normalizer for.
LIKE_MNIST = Normalizer((28, 28), 255, 20.0, 0.106, (True, True), (14.5, 14.5), (1.0, 1.0), None)


def slant(image):
    """Give how far ink slants: columns to the right for each row down, by its moments: float."""
    rows, columns = image.sum(axis=1), image.sum(axis=0)
    y, x = np.arange(len(rows)), np.arange(len(columns))
    total = max(rows.sum(), 1e-6)
    centre_y, centre_x = rows @ y / total, columns @ x / total
    moment_yy = rows @ (y - centre_y) ** 2
    return float((y - centre_y) @ image @ (x - centre_x) / max(moment_yy, 1e-3 * total))


def _box(mask):
    """Give the corners of what is true: ((top, left), (bottom, right)), the latter just beyond."""
    down, across = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return (int(down[0]), int(across[0])), (int(down[-1]) + 1, int(across[-1]) + 1)


def _resized(image, shape):
    """Bring an image to another shape, smoothly: ndarray of float32."""
    size = (int(shape[1]), int(shape[0]))
    return np.asarray(Image.fromarray(image.astype(np.float32)).resize(size, Image.Resampling.BICUBIC))


def _fine(longer):
    """Give the size on which to mend strokes, for canonical images of this size: int, in pixels."""
    return int(np.clip(FINER * longer, *FINE))


def _finely(ink, side):
    """Cut ink to its box and bring its longer side to so many pixels, 1 = its strongest: ndarray of float32."""
    inked = ink[ink > ink.max() / 5]
    ink = ink / np.percentile(inked, 80)
    (top, left), (bottom, right) = _box(ink > INKED)
    scale = side / max(bottom - top, right - left)
    return _resized(ink[top:bottom, left:right], np.maximum(1, np.rint(np.array((bottom - top, right - left)) * scale)))


def _sheared(image, slant):
    """Shift every row sideways, so that what leant by `slant` stands upright: ndarray of float32."""
    room = int(np.ceil(abs(slant) * len(image) / 2)) + 1
    wide = Image.fromarray(np.pad(image, ((0, 0), (room, room))))
    from_where = (1, slant, -slant * (len(image) - 1) / 2, 0, 1, 0)
    return np.asarray(wide.transform(wide.size, Image.Transform.AFFINE, from_where, Image.Resampling.BILINEAR))


def _stroke(mask):
    """Measure the mean thickness of strokes: the mean distance to the edge is a quarter of it."""
    inside = ndimage.distance_transform_edt(np.pad(mask, 1))
    return 4 * (inside[inside > 0].mean() - 0.5)


def _unblurred(stroke, pixel):
    """Take the blur of pixels of this size out of a thickness: widths of independent blurs add up in quadrature."""
    return float(np.sqrt(max(stroke**2 - pixel**2, (stroke / 2) ** 2)))


def _with_strokes(image, thickness):
    """Give the strokes of an image another mean thickness, by moving their edges: ndarray of float32, 0 to 1."""
    mask = np.pad(image, round(thickness)) > INKED
    inside, outside = ndimage.distance_transform_edt(mask), ndimage.distance_transform_edt(~mask)
    now = 4 * (inside[mask].mean() - 0.5)
    grown = max((thickness - now) / 2, -THINNER * now)
    return np.clip(np.where(mask, inside, 1 - outside) + grown, 0, 1)


def _area_weights(size, source, new_size, target, scale):
    """Give the matrix that resamples an axis by the mean over each new pixel: shape (new_size, size)."""
    edges = (np.arange(new_size + 1) - target) / scale + source
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.maximum(overlap, 0) * scale
