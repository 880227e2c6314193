import numpy as np
import pytest
from sklearn.base import clone

from recognition.features.fisher import FisherVectors, extract_patches

RNG = np.random.default_rng(0)
SHAPE = (64, 64, 3)


def stripes(n, across):
    """Noisy colour pictures with stripes that run down or across."""
    wave = 100 * np.sin(np.arange(64) * 0.8) + 120
    image = np.broadcast_to(wave[:, None, None] if across else wave[None, :, None], SHAPE)
    return np.clip(image + RNG.normal(0, 20, (n, *SHAPE)), 0, 255).astype(np.uint8).reshape(n, -1)


ACROSS, DOWN = stripes(12, True), stripes(12, False)
FITTED = FisherVectors(SHAPE, gaussians=8, edge_components=8, colour_components=4).fit(np.vstack([ACROSS, DOWN]))


def test_vectors_have_length_one_and_the_promised_size():
    vectors = FITTED.transform(ACROSS)
    assert vectors.shape == (12, 2 * 8 * (8 + 4 + 2))
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_pictures_of_one_kind_are_nearer_to_each_other():
    across, down = (FITTED.transform(pictures) for pictures in (ACROSS, DOWN))
    assert (across @ across.T).min() > (across @ down.T).max()


def test_edges_say_nothing_of_contrast_and_colours_do_not_see_edges():
    picture = ACROSS[:1].reshape(1, *SHAPE)
    edges, colours, places = extract_patches(picture)
    faint_edges, _, _ = extract_patches(picture // 2)
    np.testing.assert_allclose(edges, faint_edges, atol=0.1)
    assert edges.shape[:2] == colours.shape[:2] == places.shape[:2]
    grey = np.full((1, *SHAPE), 128)
    assert np.abs(extract_patches(grey)[1].reshape(-1, 16, 3)[..., 1:]).max() < 1e-5


def test_a_picture_alone_gets_the_vector_that_it_gets_among_others():
    np.testing.assert_allclose(FITTED.transform(DOWN[:1]), FITTED.transform(DOWN)[:1], atol=1e-4)


def test_a_picture_of_one_colour_has_a_vector():
    assert np.isfinite(FITTED.transform(np.zeros((1, 64 * 64 * 3), dtype=np.uint8))).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_the_seed_decides_the_vocabulary(seed):
    again = FisherVectors(SHAPE, gaussians=8, edge_components=8, colour_components=4, seed=seed)
    again.fit(np.vstack([ACROSS, DOWN]))
    assert np.allclose(again.means_, FITTED.means_, atol=1e-4) == (seed == 0)


def test_a_mirror_image_has_nearly_the_vector_of_the_picture():
    slope = np.add.outer(np.arange(64), np.arange(64))[..., None] * 12 % 256
    slanting = np.clip(slope + RNG.normal(0, 9, SHAPE), 0, 255)
    picture, mirrored, other = FITTED.transform([slanting.ravel(), slanting[:, ::-1].ravel(), ACROSS[0]])
    assert picture @ mirrored > 0.99
    assert picture @ other < 0.9


def test_smaller_squares_look_at_the_middle():
    framed = ACROSS[0].reshape(SHAPE).copy()
    framed[:, :9] = framed[:, -9:] = 0
    pictures = np.stack([ACROSS[0], framed.ravel()])

    def likeness(squares):
        plain, changed = clone(FITTED).set_params(squares=squares).fit(np.vstack([ACROSS, DOWN])).transform(pictures)
        return plain @ changed

    assert likeness((1, 0.7)) > likeness((1,)) + 0.02
