import numpy as np
import pytest
from drawing import draw
from picture_files import by_class, drawn_digits, photo
from PIL import Image

from recognition.data import folders, pictures, sources
from recognition.engine.threads import Threads
from recognition.errors import DataError
from recognition.imaging.characters import find_characters
from recognition.imaging.ink import read_ink
from recognition.imaging.normalization import LIKE_MNIST
from recognition.imaging.pixels import open_picture


def load(folder):
    return sources.load([str(folder)])


def test_pictures_of_things_become_colour_squares_under_the_name_of_their_folder(tmp_path):
    training = load(by_class(tmp_path / "pets", "cats", "dogs")).training
    assert (training.name, training.full, training.counts) == ("pets", 255, {"cats": 4, "dogs": 4})
    assert (training.images.shape, training.images[:].dtype) == ((8, 192, 192, 3), np.uint8)


def test_what_cannot_be_used_is_skipped_and_listed(tmp_path):
    by_class(tmp_path, "cats", "dogs")
    (tmp_path / "cats" / "corrupt.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    (tmp_path / "cats" / "text.png").write_text("no picture")
    photo(tmp_path / "cats" / "cut.jpg")
    (tmp_path / "cats" / "cut.jpg").write_bytes((tmp_path / "cats" / "cut.jpg").read_bytes()[:400])
    (tmp_path / "cats" / ".hidden.png").write_text("")
    (tmp_path / "cats" / "Thumbs.db").write_text("")
    (tmp_path / ".git").mkdir()
    photo(tmp_path / "cats" / ".checkpoints" / "again.png")
    (tmp_path / "labels.csv").write_text("")
    (tmp_path / "empty").mkdir()
    photo(tmp_path / "birds" / "only.png")
    source = load(tmp_path)
    assert source.training.counts == {"cats": 4, "dogs": 4}
    assert len(source.skipped) == 4
    for words in ("corrupt.jpg", "text.png", "cut.jpg", "class birds: has only one image"):
        assert any(words in line for line in source.skipped)


def test_what_a_picture_is_its_content_tells(tmp_path):
    by_class(tmp_path, "cats", "dogs")
    photo(tmp_path / "cats" / "really_a_gif.jpg", mode="P", format="GIF")
    assert load(tmp_path).training.counts["cats"] == 5


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_modes_and_sizes_may_be_mixed(tmp_path, mode):
    by_class(tmp_path, "cats", "dogs")
    photo(tmp_path / "cats" / "other.tif", mode=mode, size=(300, 5))
    source = load(tmp_path)
    assert source.training.counts["cats"] == 5
    assert source.skipped == []


def test_sixteen_bit_greys_keep_their_scale(tmp_path):
    by_class(tmp_path, "cats", "dogs")
    ramp = np.linspace(0, 65535, 60 * 60).reshape(60, 60).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "dogs" / "z_ramp.png")
    image = load(tmp_path).training.images[-1]
    assert image.min() < 5
    assert image.max() > 250
    assert 120 < image.mean() < 135


def test_transparency_is_white_and_the_picture_upright(tmp_path):
    by_class(tmp_path, "cats", "dogs")
    Image.new("RGBA", (20, 20)).save(tmp_path / "cats" / "z_nothing.png")
    half = np.zeros((20, 40, 3), dtype=np.uint8)
    half[:, 20:] = 255  # black left, white right; turned upright it is black above, white below
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me a quarter clockwise"
    Image.fromarray(half).save(tmp_path / "dogs" / "z_turned.jpg", exif=exif)
    images = load(tmp_path).training.images
    assert (images[4] == 255).all()
    assert images[-1][:50].mean() < 10
    assert images[-1][-50:].mean() > 245


def test_small_grey_pictures_are_canonical_images_already(tmp_path):
    ink = np.zeros((4, 28, 28), dtype=np.uint8)
    for i, image in enumerate(ink):
        image[8:20, 8 + i : 12 + i] = 255
    for i, image in enumerate(ink):
        for label, polarity in (("0", image), ("1", 255 - image)):
            (tmp_path / label).mkdir(exist_ok=True)
            Image.fromarray(polarity).save(tmp_path / label / f"{i}.png")
    training = load(tmp_path).training
    np.testing.assert_array_equal(training.images, np.concatenate([ink, ink]))
    assert training.full == 255


def test_small_grey_pictures_of_another_size_are_skipped(tmp_path):
    by_class(tmp_path, "0", "1", mode="L", size=(8, 8), count=12)
    photo(tmp_path / "0" / "large.png", mode="L", size=(9, 9))
    source = load(tmp_path)
    assert source.training.images.shape == (24, 8, 8)
    assert source.training.full == 16
    assert "9x9" in source.skipped[0]


@pytest.mark.parametrize(
    ("classes", "options", "kind", "shape", "why"),
    [
        ("27", {}, "characters", (28, 28), "each label is a single letter or digit; --kind pictures"),
        ("27", {"kind": "pictures"}, "pictures", (192, 192, 3), "--kind says so"),
        (["two", "7"], {}, "pictures", (192, 192, 3), "'two' is not"),
        (["two", "7"], {"kind": "characters"}, "characters", (28, 28), "--kind says so"),
    ],
)
def test_labels_say_whether_a_character_is_looked_for_unless_it_is_asked_for(
    tmp_path, classes, options, kind, shape, why
):
    for label, digit in zip(classes, "27", strict=True):
        (tmp_path / label).mkdir()
        for number in range(2):
            draw(digit, at=(60 + 20 * number, 90), pen=14).save(tmp_path / label / f"{number}.png")
    source = sources.load([str(tmp_path)], **options)
    assert (source.kind, source.training.shape) == (kind, shape)
    (line,) = source.kinds
    assert why in line


def test_small_grey_pictures_stay_as_they_are_whatever_kind_is_asked_for(tmp_path):
    by_class(tmp_path, "0", "1", mode="L", size=(8, 8), count=12)
    source = sources.load([str(tmp_path)], kind="pictures")
    assert (source.kind, source.training.shape) == (None, (8, 8))
    assert "taken as they are" in source.kinds[0]
    assert "--kind has no say" in source.kinds[0]


def test_a_folder_of_broken_pictures_is_refused(tmp_path):
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "1.png").write_text("")
    with pytest.raises(DataError, match=r"1 picture in .* and none can be read"):
        load(tmp_path)


def test_photos_of_characters_become_canonical_images_as_they_do_when_the_model_is_asked(tmp_path):
    drawn_digits(tmp_path)
    data = sources.load([str(tmp_path)]).training
    assert (data.shape, data.full, data.counts) == ((28, 28), 255, {"2": 6, "7": 6})
    with open_picture(tmp_path / "2" / "0.jpg") as picture:
        ink, noise, _ = read_ink(picture)
    (character,) = find_characters(ink, noise)
    np.testing.assert_array_equal(data.images[0], LIKE_MNIST.normalize([character.ink])[0])


def test_photos_of_characters_are_normalized_as_the_data_they_are_joined_with(tmp_path):
    drawn_digits(tmp_path)
    data = sources.load([str(tmp_path), "digits"], repeat_last=1).training
    assert (data.shape, data.full) == ((8, 8), 16)
    assert len(data) == 1797 + 12
    assert data.images[:12].max(axis=(1, 2)).min() >= 14


def test_a_picture_is_opened_once_to_be_read(tmp_path, monkeypatch):
    opened, opening = [], Image.open
    training, _ = folders.find(drawn_digits(tmp_path, count=1))
    reader = pictures.choose_reader(training)
    monkeypatch.setattr(Image, "open", lambda *args, **options: opened.append(args) or opening(*args, **options))
    images, *_ = pictures.read_pictures(training, reader.to_image, Threads())
    assert len(images) == len(opened) == 2


def test_a_photo_without_a_character_is_skipped_and_named(tmp_path):
    drawn_digits(tmp_path)
    Image.new("RGB", (300, 300), "white").save(tmp_path / "2" / "blank.jpg")
    (line,) = sources.load([str(tmp_path)]).skipped
    assert "blank.jpg: the picture is blank" in line
