"""Tests of `recognition.imaging.characters`."""

import numpy as np

from recognition.imaging.characters import without_borders


def test_what_lies_along_the_border_is_taken_out_and_what_only_touches_it_stays():
    ink = np.zeros((60, 90), np.float32)
    ink[20:40, 30:36] = ink[0:30, 60:66] = 1
    expected = ink.copy()
    ink[10:50, 86:] = 1
    assert (without_borders(ink, 0.0) == expected).all()
