"""What may be written, as a pattern -> an automaton over characters: `[0-9]{8}`, `A?[1-9][0-9]*`."""

import math
import re
from dataclasses import dataclass

from recognition.errors import PatternError

LONGEST = 200  # characters of a pattern, and the largest count in it
EXAMPLE = "write characters and classes with counts, such as [0-9]{8} or A[0-9]{2,3}"
ELEMENT = re.compile(r"(?:\[([^\W_](?:-[^\W_])?(?:[^\W_](?:-[^\W_])?)*)\]|([^\W_]))(\?|\*|\+|\{\d+(?:,\d*)?\})?")
COUNTS = {None: (1, 1), "?": (0, 1), "*": (0, math.inf), "+": (1, math.inf)}


@dataclass(frozen=True)
class Automaton:
    """Follows what is written through a pattern; a state is a set of (element, how often it has been met).

    Attributes
    ----------
    elements : tuple of (frozenset of str, int, int or inf)
        Characters, and how often one of them is written, at least and at most.
    """

    elements: tuple[tuple[frozenset, int, float], ...]

    @property
    def start(self):
        """Return the state before anything is written."""
        return self._closed({(0, 0)})

    def step(self, state, label):
        """Return the state after a label: empty if the pattern does not allow it."""
        following = set()
        for element, count in state:
            if element < len(self.elements):
                characters, least, most = self.elements[element]
                if label in characters and count < most:
                    following.add((element, count + 1 if math.isfinite(most) else min(count + 1, least)))
        return self._closed(following)

    def accepts(self, state):
        """Return whether the pattern may end here."""
        return any(element == len(self.elements) for element, _ in state)

    def _closed(self, state):
        """Add what is reached without a character: the next element where there are enough of one."""
        closed, open_ends = set(state), list(state)
        while open_ends:
            element, count = open_ends.pop()
            if element < len(self.elements) and count >= self.elements[element][1]:
                following = element + 1, 0
                if following not in closed:
                    closed.add(following)
                    open_ends.append(following)
        return frozenset(closed)


def parse_pattern(pattern, classes=None):
    """Parse a pattern of characters and classes of them, each with a count: `?`, `*`, `+`, `{8}`, `{8,10}` or `{8,}`.

    Parameters
    ----------
    pattern : str
        Without alternatives, groups and spaces.
    classes : sequence of str, optional
        Labels of the model, of which some must fit.

    Returns
    -------
    automaton : Automaton
        Of what fits the pattern from its beginning to its end.

    Raises
    ------
    PatternError
        If it cannot be parsed, or nothing that the model knows can fit.
    """
    if not 0 < len(pattern) <= LONGEST:
        raise PatternError(f"the pattern has {len(pattern)} characters; give 1 to {LONGEST}, such as [0-9]{{8}}")
    elements, place = [], 0
    while place < len(pattern):
        match = ELEMENT.match(pattern, place)
        if not match:
            raise PatternError(f"the pattern {pattern!r} cannot be read from {pattern[place:]!r} on; {EXAMPLE}")
        elements.append((_characters(match[1] or match[2], pattern), *_counts(match[3], pattern)))
        place = match.end()
    if classes is not None:
        for characters, least, _ in elements:
            if least and characters.isdisjoint(classes):
                raise PatternError(
                    f"the pattern {pattern!r} wants one of {''.join(sorted(characters))}, and this model knows none of "
                    f"them; its classes are {', '.join(classes)}"
                )
    return Automaton(tuple(elements))


def _characters(text, pattern):
    """Return the characters of a class as a frozenset."""
    characters = set()
    for first, last in re.findall(r"(.)(?:-(.))?", text):
        if last and not first <= last:
            raise PatternError(f"the pattern {pattern!r} has the range {first}-{last}, which is empty; turn it round")
        characters.update(map(chr, range(ord(first), ord(last or first) + 1)))
    return frozenset(characters)


def _counts(text, pattern):
    """Return how often an element is written, at least and at most."""
    if text in COUNTS:
        return COUNTS[text]
    least, comma, most = text[1:-1].partition(",")
    least, most = int(least), int(most) if most else (math.inf if comma else int(least))
    if most < least or most == 0 or max(least, most if math.isfinite(most) else 0) > LONGEST:
        raise PatternError(f"the pattern {pattern!r} has the count {text}; give 1 to {LONGEST}, the smaller one first")
    return least, most
