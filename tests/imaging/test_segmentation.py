from dataclasses import replace

import numpy as np
import pytest
from drawing import draw

from recognition.imaging.characters import find_characters
from recognition.imaging.cutting import fragments
from recognition.imaging.ink import find_ink
from recognition.imaging.segmentation import HOPELESS, LEFT_OUT, MOST, in_lines, segment


def lines_of(digits, **options):
    """Return the ink of drawn digits, and the characters found in it, line by line."""
    ink, noise = find_ink(np.asarray(draw(digits, **options).resize((256, 256))))
    return ink, in_lines(find_characters(ink, noise))


TOUCHING = {"height": 200, "pen": 16, "at": (80, 120), "gap": -0.03}


def test_touching_digits_are_cut_where_they_touch():
    _, [[both]] = lines_of("04", **TOUCHING)
    parts, costs = fragments(both, both.ink.shape[0])
    assert len(costs) == len(parts) - 1 >= 1
    assert any(0.35 < (part.left - both.left) / both.ink.shape[1] < 0.6 for part in parts)
    assert sum(part.ink.sum() for part in parts) == pytest.approx(both.ink.sum(), rel=0.05)


def test_a_cut_through_a_stroke_costs_about_its_thickness():
    ink, [[both]] = lines_of("00", **TOUCHING)
    _, costs = fragments(both, both.ink.shape[0])
    assert min(costs) < 0.5 * max(costs)
    assert all(cost < 0.5 * both.ink.shape[0] for cost in costs)
    assert ink.shape == (256, 256)


def test_what_is_narrow_is_not_cut():
    _, [[one]] = lines_of("1")
    assert fragments(one, one.ink.shape[0]) == ([one], [])


def test_a_character_is_a_hypothesis_whether_it_is_cut_or_not():
    ink, lines = lines_of("04", **TOUCHING)
    cut, prices = segment(lines, set(), ink)
    ((both,),) = lines
    assert [one.span for one in cut if one.character is both] == [(0, len(prices))]
    assert len(cut) > 2
    (alone,), (price,) = segment(lines, {both}, ink)
    assert (alone.span, alone.character) == ((0, 1), both)
    assert 3 * LEFT_OUT < price < 5 * LEFT_OUT  # its strokes are about four heights long


def strokes_side_by_side(*widths, height=12):
    """Return the ink of a character of upright strokes, which hang together by a line at the foot."""
    ink = np.zeros((height + 40, sum(widths) + 3 * len(widths) + 40), np.float32)
    ink[19 + height, 20:-20] = 1
    for place, width in enumerate(widths):
        left = 20 + sum(widths[:place]) + 3 * place
        ink[20 : 20 + height, left : left + width] = 1
    return ink


@pytest.mark.parametrize("widths", [[3] * 30, [1, 1], [2] * 3, [12, 1]])
def test_a_character_is_a_hypothesis_however_many_fragments_it_has(widths):
    ink = strokes_side_by_side(*widths)
    lines = in_lines(find_characters(ink, 0.0))
    hypotheses, _ = segment(lines, set(), ink)
    found = {one.character for one in hypotheses}
    assert all(character in found for line in lines for character in line)


def test_hypotheses_are_runs_of_neighbours_in_one_line():
    ink, lines = lines_of("425", height=100, pen=10, at=(30, 60))
    hypotheses, prices = segment(lines, set(), ink)
    assert all(0 <= one.span[0] < one.span[1] <= len(prices) for one in hypotheses)
    width = max(one.character.ink.shape[1] for one in hypotheses)
    assert width <= max(character.ink.shape[1] for character in lines[0])


@pytest.mark.parametrize(("height", "top"), [(60, 200), (260, 90)])
def test_what_is_much_lower_or_taller_than_its_line_weighs_little(height, top):
    ink, lines = lines_of("425", height=120, pen=12, at=(30, 150))
    _, other = lines_of("1", height=height, pen=8, at=(400, top))
    weights = [one.weight for one in segment([lines[0] + other[0]], {*lines[0], *other[0]}, ink)[0]]
    assert weights[3] < min(weights[:3]) - 5


def test_what_stands_off_the_course_of_its_line_weighs_little_and_a_line_may_slope():
    ink, (line,) = lines_of("4254", height=100, pen=12, at=(20, 150), gap=0.4)
    weights = []
    for drops in ([0, 0, 0, 0], [0, 20, 40, 60], [0, 0, 0, 30]):
        moved = [replace(one, top=one.top + drop) for one, drop in zip(line, drops, strict=True)]
        weights.append([one.weight for one in segment([moved], set(moved), ink)[0]])
    level, sloping, off = np.array(weights)
    assert sloping == pytest.approx(level, abs=0.1)
    assert off[:3] == pytest.approx(level[:3], abs=0.1)
    assert off[3] < level[3] - 5


def test_a_low_mark_between_digits_does_not_tear_their_line():
    ink = np.zeros((120, 150), np.float32)
    ink[15:55, 10:30] = ink[20:50, 40:60] = ink[20:50, 70:90] = 1
    ink[64:68, 20:40] = 1
    assert [len(line) for line in in_lines(find_characters(ink, 0.0))] == [4]


def test_a_piece_may_be_a_character_at_the_price_of_the_rest():
    ink = np.zeros((100, 120), np.float32)
    ink[20:60, 20:40] = ink[20:60, 70:90] = 1
    alone = segment(lines := in_lines(find_characters(ink, 0.0)), set(lines[0]), ink)[0][0]
    ink[62:70, 20:40] = 1  # what is left of a line below
    lines = in_lines(find_characters(ink, 0.0))
    first, *_, piece = segment(lines, set(lines[0]), ink)[0]
    assert (first.character.box, piece.character.box) == ((20, 20, 40, 70), (20, 20, 40, 60))
    assert piece.span == first.span == (0, 1)
    assert (piece.character.ink == alone.character.ink).all()
    assert HOPELESS < piece.weight < alone.weight - 1


def test_a_digit_may_be_larger_than_its_line():
    ink, lines = lines_of("000", height=100, pen=12, at=(170, 150))
    _, other = lines_of("3", height=180, pen=12, at=(30, 110))
    weights = [one.weight for one in segment([other[0] + lines[0]], {*lines[0], *other[0]}, ink)[0]]
    assert weights[0] > min(weights[1:]) - 1


def test_what_is_too_wide_for_a_character_weighs_little_and_is_cut():
    ink, ((many,),) = lines_of("000", height=120, pen=12, at=(30, 150), gap=-0.05)
    hypotheses, _ = segment([[many]], set(), ink)
    whole = next(one for one in hypotheses if one.character is many)
    assert whole.weight < max(one.weight for one in hypotheses) - 3


def test_of_what_is_cut_only_what_may_be_a_character_is_a_hypothesis():
    ink, lines = lines_of("04", **TOUCHING)
    hypotheses, _ = segment(lines, set(), ink)
    assert all(one.weight > HOPELESS or one.character in lines[0] for one in hypotheses)


def test_a_line_that_lies_flat_is_measured_by_the_tallest():
    ink, (line,) = lines_of("42", height=120, pen=12, at=(30, 150))
    _, ((bar,),) = lines_of("-", height=120, pen=12, at=(30, 20), strokes={"-": [[(0.05, 0.5), (0.25, 0.5)]]})
    bar_weight = segment([[bar], line], {bar, *line}, ink)[0][0].weight
    assert bar_weight < segment([[bar]], {bar}, ink)[0][0].weight - 5


def test_a_long_level_line_is_left_whole():
    ink, [[line]] = lines_of("-", height=300, pen=4, at=(30, 20), strokes={"-": [[(0.05, 0.5), (0.95, 0.5)]]})
    assert [one.character for one in segment([[line]], set(), ink)[0]] == [line]


def test_a_crowd_of_characters_is_not_cut():
    ink, [[both]] = lines_of("04", **TOUCHING)
    many = [both, *(replace(both) for _ in range(MOST // 4))]
    hypotheses, prices = segment([many], set(), ink)
    assert len(hypotheses) == len(prices) == len(many)


def test_a_character_on_the_border_weighs_less_unless_all_are():
    ink, ((one, other),) = lines_of("42", height=300, pen=30, at=(40, 90), gap=0.2)
    edge = ink[:, : one.left + one.ink.shape[1]]
    cut = replace(one, ink=one.ink[:, 20:], left=0)
    alone = segment([[cut]], {cut}, edge)[0]
    beside = segment([[cut, other]], {cut, other}, ink)[0]
    assert beside[0].weight < alone[0].weight - 0.5
