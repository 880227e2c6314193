"""Ink of a picture -> the characters in it: which pieces of ink belong together, and which are no writing."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from recognition.errors import BlankError, ImageError

FAINTEST = 0.3  # of the strongest ink; less belongs to no stroke
SURE = 0.55  # of the strongest ink; a piece without any of this is none
CLEAR = 3.5  # deviations of the paper's noise, above which ink is no noise
THIN = 0.15  # of its length: what is thicker and crosses the picture is no line
MOST = 200  # pieces of ink, so that the time for a picture is bounded
SPECK = 4  # pixels; a piece of less is none

# Shares of the size of the largest character:
SMALL = 0.4  # what is smaller is a part of a character, or nothing
PART = 0.06  # what is smaller than this is nothing
NEAR = 0.12  # how near a part must be
ABOVE = 0.4  # how near, if it is right above or below
DOT = 0.12  # and how large then
BROKEN = 0.1  # the widest gap in a broken stroke

EVENED = 0.05  # how far around the strongest ink is looked for
EDGE = 0.06  # of the picture's longer side: shades and fingers may lie there
PALE = 0.5  # of the strength of the largest character's ink; what is paler shines through from another page

NOTHING = "no character can be seen in the picture; draw or write one clearly"
TOO_MANY = "the picture has {} pieces of ink, too many to be read; cut out a part of it"


@dataclass(frozen=True, eq=False)
class Character:
    """Ink that is taken for one character.

    Attributes
    ----------
    left, top : int
        Where it begins in the picture that the ink was found in.
    ink : ndarray of float32, shape (height, width)
        Its own ink, 0 elsewhere.
    pieces : tuple of Character
        What it was joined of; empty if it is of one piece.
    """

    left: int
    top: int
    ink: np.ndarray
    pieces: tuple["Character", ...] = ()

    @property
    def box(self):
        """The left, top, right and bottom in pixels, the latter two just beyond, as a tuple of int."""
        height, width = self.ink.shape
        return self.left, self.top, self.left + width, self.top + height

    @property
    def centre(self):
        """The distances of the middle of its box from the left and from the top, two floats, in pixels."""
        height, width = self.ink.shape
        return self.left + width / 2, self.top + height / 2

    @property
    def size(self):
        """The longer side, in pixels."""
        return max(self.ink.shape)

    def on_border(self, shape):
        """Return the share of the longer side, from 0 to 1, that lies on the border of a picture of this shape."""
        left, top, right, bottom = self.box
        sides = (self.ink[0], top == 0), (self.ink[-1], bottom == shape[0])
        sides += (self.ink[:, 0], left == 0), (self.ink[:, -1], right == shape[1])
        return min(1.0, sum(int((side > FAINTEST).sum()) for side, there in sides if there) / self.size)

    def spans(self, shape):
        """Return whether it goes from one border of a picture of this shape to the opposite one."""
        left, top, right, bottom = self.box
        return (top == 0 and bottom == shape[0]) or (left == 0 and right == shape[1])

    def joined(self, other):
        """Return this and another as one."""
        boxes = np.array([self.box, other.box])
        left, top = boxes[:, :2].min(axis=0).tolist()
        right, bottom = boxes[:, 2:].max(axis=0).tolist()
        ink = np.zeros((bottom - top, right - left), dtype=np.float32)
        for part in (self, other):
            x, y = part.left - left, part.top - top
            place = ink[y : y + part.ink.shape[0], x : x + part.ink.shape[1]]
            np.maximum(place, part.ink, out=place)
        return Character(left, top, ink, (self.pieces or (self,)) + (other.pieces or (other,)))


def find_characters(ink, noise, faint=1.0):
    """Find the characters in the ink of a picture.

    The piece of ink that the picture was most likely taken for gives the measure: what is much smaller is a part of
    a character near by, or nothing; what is much paler, or lies along the border, is nothing.

    Parameters
    ----------
    ink : ndarray of float32, shape (height, width)
        0 = paper, about 1 = ink at its strongest.
    noise : float
        Standard deviation of the paper.
    faint : float
        Factor on the bounds below which ink does not count.

    Returns
    -------
    characters : list of Character
        At least one, in no order; ink is a share of the strongest near by.

    Raises
    ------
    ImageError
        If there is none.
    """
    pieces = _pieces(ink, noise, faint)
    if not pieces:
        raise BlankError(NOTHING)
    main, _ = max(pieces, key=lambda one: (not _is_flat(one[0]), _chance(*one, ink.shape)))
    size = main.size
    inside = [
        piece
        for piece, border in pieces
        if piece is main
        or (
            border < SMALL * piece.size
            and piece.size > PART * size
            and not _crosses(piece, ink.shape)
            and not (_is_flat(piece) and piece.size > size)
        )
    ]
    if len(inside) > MOST:
        raise ImageError(TOO_MANY.format(len(inside)))
    return [_evened(character) for character in _alike(_assembled(inside, size))]


def without_borders(ink, noise):
    """Return ink without what lies along the border, which would be no border any more once it is turned or sheared."""
    rest = ink.copy()
    for piece, border in _pieces(ink, noise, 1.0):
        if border >= SMALL * piece.size:
            left, top, right, bottom = piece.box
            rest[top:bottom, left:right][piece.ink > 0] = 0
    return rest


def _assembled(pieces, size):
    """Return the characters whose parts are put together; parts of nothing are left out."""
    characters = _joined([piece for piece in pieces if piece.size >= SMALL * size], size)
    for part in sorted((piece for piece in pieces if piece.size < SMALL * size), key=lambda piece: -piece.size):
        gaps = [_gap(part, character) for character in characters]
        nearest = int(np.argmin([max(gap) for gap in gaps]))
        across, down = gaps[nearest]
        dot = across == 0 and down < ABOVE * size and part.size > DOT * size
        if dot or max(across, down) < NEAR * size:
            characters[nearest] = characters[nearest].joined(part)
    return characters


def _alike(characters):
    """Leave out what is much smaller or paler than the largest."""
    largest = max(character.size for character in characters)
    large = [character for character in characters if character.size >= SMALL * largest]
    strongest = max(map(_strength, large))
    return [character for character in large if _strength(character) >= PALE * strongest]


def _evened(character):
    """Bring faint parts of strokes up to the strong ones: ink as a share of the strongest near by."""
    near = max(5, round(EVENED * character.size))
    strongest = ndimage.uniform_filter(ndimage.maximum_filter(character.ink, near), near)
    pieces = tuple(map(_evened, character.pieces))
    return replace(character, ink=character.ink / np.maximum(strongest, 1e-3), pieces=pieces)


def clutter(ink, characters):
    """Measure how much else is on a picture: dark pixels beside the characters, as a share of theirs.

    Parameters
    ----------
    ink : ndarray of float32, shape (height, width)
        Of the picture.
    characters : list of Character
        Found in it.

    Returns
    -------
    share : float
        0 on clean paper, above 1 where most is something else. The outermost part of the picture does not count.
    """
    dark = ink > SURE
    total = int(dark.sum())
    for left, top, right, bottom in (character.box for character in characters):
        dark[top:bottom, left:right] = False
    mine = total - int(dark.sum())
    edge = round(EDGE * max(ink.shape))
    return float(dark[edge : -edge or None, edge : -edge or None].sum() / max(1, mine))


def _pieces(ink, noise, faint):
    """Return a list of ink that hangs together, each with the number of its pixels on the border."""
    faintest = faint * max(FAINTEST, CLEAR * noise)
    labels, count = ndimage.label(ink > faintest, np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    strong = np.bincount(labels[ink > max(SURE, 1.4 * faintest)], minlength=count + 1)[1:]
    places = ndimage.find_objects(labels)
    pieces = []
    for index in np.flatnonzero((strong > 0) & (areas >= SPECK)):
        rows, columns = places[index]
        mask = labels[rows, columns] == index + 1
        piece = Character(columns.start, rows.start, np.where(mask, ink[rows, columns], 0))
        edges = (mask[0], rows.start == 0), (mask[-1], rows.stop == ink.shape[0])
        edges += (mask[:, 0], columns.start == 0), (mask[:, -1], columns.stop == ink.shape[1])
        pieces.append((piece, sum(int(line.sum()) for line, on_border in edges if on_border)))
    return pieces


def _chance(piece, border, shape):
    """Return how much a piece looks like what the picture was taken for: large, central, away from the border."""
    left, top, right, bottom = piece.box
    border += piece.size * _crosses(piece, shape)
    away = ((left + right) / shape[1] - 1) ** 2 + ((top + bottom) / shape[0] - 1) ** 2
    return piece.size * min(1, piece.ink.max()) * np.exp(-away - 4 * border / piece.size)


def _is_flat(piece):
    """Return whether a piece is a level line: of a form, or below a number."""
    return piece.ink.shape[0] < THIN * piece.ink.shape[1]


def _crosses(piece, shape):
    """Return whether a piece is a thin line right across the picture: a ruled line or an edge of the paper."""
    left, top, right, bottom = piece.box
    level = left == 0 and right == shape[1] and bottom - top < THIN * piece.size
    upright = top == 0 and bottom == shape[0] and right - left < THIN * piece.size
    return level or upright


def _strength(character):
    return np.percentile(character.ink[character.ink > 0], 80)  # in the middle of its strokes


def _gap(a, b):
    """Return how far two boxes are apart, across and down; 0 where they overlap."""
    return tuple(max(0, a.box[axis] - b.box[axis + 2], b.box[axis] - a.box[axis + 2]) for axis in (0, 1))


def _are_one(a, b, size):
    """Return whether pieces are of one character: one above the other, or with hardly a gap in the stroke."""
    across, down = _gap(a, b)
    overlap = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    narrower = min(a.box[2] - a.box[0], b.box[2] - b.box[0])
    return down < BROKEN * size and across == 0 and overlap > narrower / 2


def _joined(characters, size):
    """Join those that are one, until none are."""
    joined = []
    for character in characters:
        while parts := [other for other in joined if _are_one(other, character, size)]:
            character = parts[0].joined(character)
            joined = [other for other in joined if other is not parts[0]]
        joined.append(character)
    return joined


def nearly_touch(a, b):
    """Return whether characters are so close that they may be parts of one whose stroke is broken."""
    return max(_gap(a, b)) < BROKEN * max(a.size, b.size)
