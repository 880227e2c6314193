import numpy as np
import pytest

from recognition.features.gradients import edge_steepness, gradient_histograms

RNG = np.random.default_rng(0)


def histograms(images, **options):
    """Histograms as (image, direction, row, column), without the power."""
    cells = options.setdefault("cells", 4)
    flat = gradient_histograms(images.reshape(len(images), -1), shape=images.shape[1:], full=16, power=1, **options)
    return flat.reshape(len(images), -1, cells, cells)


def test_the_gradient_is_what_its_parts_add_up_to():
    # Shares along two unit vectors add up to the vector: check on the whole image, which is one sum of gradients.
    image = RNG.random((1, 12, 12)) * 16
    image = np.pad(image, ((0, 0), (6, 6), (6, 6)))
    angles = 2 * np.pi * np.arange(8) / 8
    parts = histograms(image, cells=1)[0, :, 0, 0]
    mirrored = histograms(image[:, :, ::-1], cells=1)[0, :, 0, 0]
    total, total_mirrored = (np.array([part @ np.cos(angles), part @ np.sin(angles)]) for part in (parts, mirrored))
    assert total[1] == pytest.approx(total_mirrored[1], abs=1e-3)
    assert total[0] == pytest.approx(-total_mirrored[0], abs=1e-3)


def test_an_edge_is_found_in_its_direction():
    edge = np.zeros((1, 8, 8))
    edge[:, :, 4:] = 16  # from paper on the left to ink on the right: the gradient points right, direction 0
    inner = histograms(edge)[0][:, 1:3, 1:3].sum(axis=(1, 2))
    assert inner.argmax() == 0
    assert inner[0] > 5 * np.delete(inner, 0).max()


@pytest.mark.parametrize("zoom", [1, 3])
def test_turning_the_image_turns_directions_and_cells(zoom):
    image = RNG.random((2, 8, 8)) * 16
    turned = histograms(np.rot90(image, axes=(1, 2)), zoom=zoom)
    expected = np.rot90(np.roll(histograms(image, zoom=zoom), -2, axis=1), axes=(2, 3))
    np.testing.assert_allclose(turned, expected, atol=1e-4)


def test_inverting_the_ink_turns_every_direction_round():
    image = np.pad(RNG.random((1, 4, 4)) * 16, ((0, 0), (4, 4), (4, 4)))
    inner = histograms(image, cells=6)[:, :, 2:4, 2:4]
    inverted = histograms(16 - image, cells=6)[:, :, 2:4, 2:4]
    np.testing.assert_allclose(inverted, np.roll(inner, 4, axis=1), atol=1e-2)


def test_a_blank_image_has_no_features():
    assert not histograms(np.zeros((1, 8, 8)), zoom=4).any()


def test_many_images_give_what_each_gives_alone():
    images = RNG.random((150, 8, 8)) * 16
    together = histograms(images, zoom=4)
    alone = np.concatenate([histograms(image[None], zoom=4) for image in images])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)


def test_the_scale_of_the_ink_does_not_matter():
    rows = RNG.random((3, 64))
    of_sixteen = gradient_histograms(rows * 16, shape=(8, 8), full=16)
    of_byte = gradient_histograms(rows * 255, shape=(8, 8), full=255)
    np.testing.assert_allclose(of_sixteen, of_byte, rtol=1e-4)
    assert of_sixteen.dtype == np.float32
    assert of_sixteen.shape == (3, 8 * 7 * 7)


def test_rows_of_one_length_differ_in_direction_only():
    images = RNG.uniform(0, 16, (20, 64))
    plain, unit = (gradient_histograms(images, shape=(8, 8), full=16, unit=unit) for unit in (False, True))
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(unit * np.linalg.norm(plain, axis=1, keepdims=True), plain, rtol=1e-4)
    assert not gradient_histograms(np.zeros((1, 64)), shape=(8, 8), full=16, unit=True).any()


def test_steepness_tells_a_soft_edge_from_a_hard_one_wherever_it_is():
    hard, soft = np.zeros((2, 12, 12))
    hard[:, 6:], soft[:, 6], soft[:, 7:] = 16, 8, 16
    images = np.stack([hard, hard.T, np.roll(hard, -2, axis=1), soft])
    down, across = np.split(edge_steepness(images.reshape(4, -1), shape=(12, 12), full=16, levels=4), 2, axis=1)
    np.testing.assert_allclose(across[0], down[1])
    np.testing.assert_array_equal(across[0].nonzero(), [[3]])  # steps of full height alone
    np.testing.assert_allclose(across[2], across[0])
    np.testing.assert_array_equal(across[3].nonzero(), [[1, 3]])  # two half as high, and that at the right border


def test_a_step_between_two_levels_counts_for_both():
    image = np.zeros((1, 5, 5))
    image[0, 2, 2] = 7
    features = edge_steepness(image.reshape(1, -1), shape=(5, 5), full=16, levels=8)
    np.testing.assert_array_equal(features[0, :8].nonzero(), [[2, 3]])
    assert features[0, 2] == pytest.approx(features[0, 3])
