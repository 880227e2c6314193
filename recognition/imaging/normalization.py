"""Ink of characters -> canonical images: their size, place, slant and strokes as in the images learnt from."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from recognition.errors import DataError
from recognition.imaging.strokes import thickness, with_thickness

FINE = 40, 80  # pixels of the longer side on which strokes are measured and mended: four times
FINER = 4  # as many as in the canonical image, but no less and no more than these
INKED = 0.5  # of the strongest ink: the edge of a stroke
NATURAL_LOG_ASPECT = (-0.37, 0.39)  # mean and deviation of log(width / height) of MNIST's digits, written freely
SQUEEZED = 0.7  # of the natural deviation; data of less was brought to one width
UPRIGHT = 0.15  # deviation of the slant; data of less was freed of slant (MNIST's has 0.3)
CHUNK = 2**13  # images at a time
TOGETHER = 32  # characters at a time, so that what is made of them stays in the processor's cache
MEASURED = 300  # images are enough to learn a normalizer from
FILLED = 0.6  # of its box: a dot fills pi / 4
BLOT = 0.4  # of the longer side is as thick as a dot: 300 taps had 0.39 to 0.67, digits of 1,677 photos at most 0.26


@dataclass(frozen=True)
class Normalizer:
    """The way in which characters stand in canonical images: `measure` learns it, `normalize` brings others to it.

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
        Columns to the right for each row down that all characters slant; each keeps its own if None.

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
        images : array of numbers, shape (n_images, height, width)
            Canonical images, 0 = paper, in memory or read lazily; blank ones do not count.
        full : int
            Value of full ink.

        Returns
        -------
        normalizer : Normalizer
            Medians and means over the images.

        Raises
        ------
        DataError
            If all images are blank.
        """
        ink = _drawn(images, full)
        boxes = np.array([_box(image > 0.3) for image in ink])
        sizes, middles = boxes[:, 1] - boxes[:, 0], boxes.mean(axis=1)
        masses = np.array([ndimage.center_of_mass(image) for image in ink]) + 0.5
        by_mass = masses.std(axis=0) < middles.std(axis=0)
        longer = float(np.median(sizes.max(axis=1)))
        side = fine_side(longer)
        stroke = np.median(thickness(_stacked([cropped(image, side) for image in ink], 1))) / side
        slants = np.array([_slant(image) for image in ink])
        return cls(
            shape=images.shape[1:],
            full=full,
            longer=longer,
            stroke=_unblurred(stroke, 1 / longer),
            by_mass=tuple(by_mass.tolist()),
            centre=tuple(np.where(by_mass, masses.mean(axis=0), middles.mean(axis=0)).tolist()),
            aspect=_adaptation(np.log(sizes[:, 1] / sizes[:, 0])),
            slant=float(slants.mean()) if slants.std() < UPRIGHT else None,
        )

    def normalize(self, inks):
        """Bring characters to their canonical images.

        Parameters
        ----------
        inks : sequence of ndarray of float32, shape (height, width)
            The ink of one character each and nothing else, 0 = paper.

        Returns
        -------
        images : ndarray of uint8 or float32, shape (n_characters, *shape)
            0 = paper, `full` = full ink; whole numbers unless `full` is 1.
        """
        images = np.zeros((len(inks), *self.shape), dtype=np.float32 if self.full == 1 else np.uint8)
        side = fine_side(self.longer)
        for start in range(0, len(inks), TOGETHER):
            upright = [self._upright(ink, side) for ink in inks[start : start + TOGETHER]]
            masks = _stacked(upright, round(self.stroke * side))
            images[start : start + TOGETHER] = self._centred(with_thickness(masks, self.stroke * side))
        return images

    def _upright(self, ink, side):
        """Return a character with this longer side, slanting and as wide as those learnt from."""
        image = cropped(ink, side)
        if self.slant is not None:
            image = cropped(_sheared(image, _slant(image) - self.slant), side)
        return image if self.aspect == (1, 1) else self._squeezed(image)

    def _squeezed(self, image):
        height, width = image.shape
        narrowness, adaptation = self.aspect
        aspect = min(1.0, narrowness * (width / height) ** adaptation)
        side = max(image.shape)
        return _resized(image, (side, max(1, round(aspect * side))))

    def _centred(self, images):
        """Bring images with mended strokes to their size and place in canonical images."""
        axes = []
        boxes = [_extents((images > 0).any(axis=axis)) for axis in (2, 1)]
        scales = self.longer / np.max([last - first for first, last in boxes], axis=0)
        for axis, (first, last) in enumerate(boxes):
            profile = images.sum(axis=2 - axis)
            mass = profile @ (np.arange(images.shape[1 + axis]) + 0.5) / profile.sum(axis=1)
            source = mass if self.by_mass[axis] else (first + last) / 2
            axes.append(_area_weights(images.shape[1 + axis], source, self.shape[axis], self.centre[axis], scales))
        down, across = axes
        canonical = np.clip(down @ images @ across.swapaxes(1, 2), 0, 1)
        return canonical if self.full == 1 else np.rint(canonical * self.full)

    def is_blot(self, ink):
        """Return whether ink, as for `normalize`, is a dot rather than strokes."""
        side = fine_side(self.longer)
        image = cropped(ink, side)
        if (image > INKED).mean() <= FILLED:
            return False
        return bool(thickness(_stacked([image], 1))[0] > BLOT * side)


# What `measure` finds of MNIST, rounded: for pictures of characters that are not joined with other data.
LIKE_MNIST = Normalizer((28, 28), 255, 20.0, 0.106, (True, True), (14.5, 14.5), (1.0, 1.0), None)


def _slant(image):
    """Measure how far ink slants, by its moments: columns to the right for each row down."""
    rows, columns = image.sum(axis=1), image.sum(axis=0)
    y, x = np.arange(len(rows)), np.arange(len(columns))
    total = max(rows.sum(), 1e-6)
    centre_y, centre_x = rows @ y / total, columns @ x / total
    moment_yy = rows @ (y - centre_y) ** 2
    return float((y - centre_y) @ image @ (x - centre_x) / max(moment_yy, 1e-3 * total))


def _drawn(images, full):
    """Return the ink of a sample of the images that are not blank as float32, 1 = full, shape (n, height, width)."""
    starts = range(0, len(images), CHUNK)
    peaks = np.concatenate([images[start : start + CHUNK].max(axis=(1, 2)) for start in starts])
    drawn = np.flatnonzero(peaks > full / 2)
    if not len(drawn):
        raise DataError(f"none of the {len(images)} images holds any ink; check that 0 is paper")
    return images[drawn[:: -(-len(drawn) // MEASURED)]].astype(np.float32) / full


def _adaptation(log_aspects):
    """Return `Normalizer.aspect` for images whose widths by heights have these logarithms."""
    deviation = log_aspects.std() / NATURAL_LOG_ASPECT[1]
    narrowness = np.exp(log_aspects.mean() - deviation * NATURAL_LOG_ASPECT[0])
    return (float(narrowness), float(deviation)) if deviation < SQUEEZED else (1.0, 1.0)


def _box(mask):
    """Return the corners of what is true: ((top, left), (bottom, right)), the latter just beyond."""
    down, across = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return (int(down[0]), int(across[0])), (int(down[-1]) + 1, int(across[-1]) + 1)


def _resized(image, shape):
    size = (int(shape[1]), int(shape[0]))
    return np.asarray(Image.fromarray(image.astype(np.float32)).resize(size, Image.Resampling.BICUBIC))


def fine_side(longer):
    """Return the pixels of the longer side on which strokes are mended, for canonical images of this one."""
    return int(np.clip(FINER * longer, *FINE))


def cropped(ink, side):
    """Cut ink to its box, bring its longer side to so many pixels, and its strongest to 1."""
    ink = ink / _strength(ink[ink > ink.max() / 5])
    (top, left), (bottom, right) = _box(ink > INKED)
    scale = side / max(bottom - top, right - left)
    return _resized(ink[top:bottom, left:right], np.maximum(1, np.rint(np.array((bottom - top, right - left)) * scale)))


def _strength(values):
    """Return the 80th percentile, as `numpy.percentile` does, which takes ten times as long for few values."""
    place = 0.8 * (len(values) - 1)
    first = int(place)
    low, *higher = np.partition(values, (first, min(first + 1, len(values) - 1)))[first : first + 2]
    return low + (place - first) * (higher[0] - low) if higher else low


def _sheared(image, slant):
    """Shift every row sideways, so that what slanted by `slant` stands upright."""
    margin = int(np.ceil(abs(slant) * len(image) / 2)) + 1
    wide = Image.fromarray(np.pad(image, ((0, 0), (margin, margin))))
    source = (1, slant, -slant * (len(image) - 1) / 2, 0, 1, 0)
    return np.asarray(wide.transform(wide.size, Image.Transform.AFFINE, source, Image.Resampling.BILINEAR))


def _unblurred(stroke, pixel):
    """Take the blur of pixels of this size out of a thickness: widths of independent blurs add up in quadrature."""
    return float(np.sqrt(max(stroke**2 - pixel**2, (stroke / 2) ** 2)))


def _stacked(images, margin):
    """Return an ndarray of bool, shape (n_images, height, width), of where images are inked, with a margin of paper."""
    height, width = np.max([image.shape for image in images], axis=0) + 2 * margin
    masks = np.zeros((len(images), height, width), dtype=bool)
    for mask, image in zip(masks, images, strict=True):
        rows, columns = image.shape
        edge = min(INKED, 0.75 * image.max())  # a hairline is paler once it is reduced
        mask[margin : margin + rows, margin : margin + columns] = image > edge
    return masks


def _extents(inked):
    """Return two ndarrays of int: the first place where each row is true, and the one after its last."""
    return inked.argmax(axis=1), inked.shape[1] - inked[:, ::-1].argmax(axis=1)


def _area_weights(size, sources, new_size, target, scales):
    """Return matrices of float32, shape (n, new_size, size), that resample an axis by the mean over each new pixel."""
    edges = (np.arange(new_size + 1) - target) / scales[:, None] + sources[:, None]
    pixels = np.arange(size)
    overlap = np.minimum(edges[:, 1:, None], pixels + 1) - np.maximum(edges[:, :-1, None], pixels)
    return (np.maximum(overlap, 0) * scales[:, None, None]).astype(np.float32)
