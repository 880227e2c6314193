import gzip
import struct
from dataclasses import replace

import numpy as np
import pytest
from idx_files import IMAGES, LABELS, encode, write, write_set

from recognition.data import idx, sources
from recognition.data.dataset import repeated, split
from recognition.errors import DataError
from recognition.imaging.normalization import Normalizer


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("test", ["t10k", "test"])
def test_a_folder_of_mnist_files_has_both_parts(tmp_path, suffix, test):
    source = sources.load([str(write_set(tmp_path / "mnist", suffix=suffix, test=test))])
    np.testing.assert_array_equal(source.training.images, IMAGES)
    np.testing.assert_array_equal(source.test.images, IMAGES[::2])
    assert source.training.labels.tolist() == [str(i % 3) for i in range(12)]
    assert (source.training.name, source.training.full) == ("mnist", 255)


def test_names_with_a_dot_are_found_too(tmp_path):
    write(tmp_path / "train-images.idx3-ubyte", encode(IMAGES))
    write(tmp_path / "train-labels.idx1-ubyte", encode(LABELS))
    assert sources.load([str(tmp_path)]).test is None


@pytest.mark.parametrize("line", ["1 66", "1 66 98", "1  66  98 "])
def test_emnist_is_turned_upright_and_named_by_its_mapping(tmp_path, line):
    write_set(tmp_path, "emnist-letters")
    (tmp_path / "emnist-letters-mapping.txt").write_text(f"0 65 97\n{line}\n2 67 99\n")
    training = sources.load([str(tmp_path)]).training
    np.testing.assert_array_equal(training.images, IMAGES.swapaxes(1, 2))
    assert training.labels[:3].tolist() == ["A", "B", "C"]
    assert training.name == "emnist-letters"


def test_of_several_sets_a_prefix_chooses_one(tmp_path):
    write_set(tmp_path / "gzip", "emnist-letters")
    write_set(tmp_path / "gzip", "emnist-digits")
    with pytest.raises(DataError, match="2 sets") as caught:
        sources.load([str(tmp_path / "gzip")])
    assert str(tmp_path / "gzip" / "emnist-digits") in str(caught.value)
    assert sources.load([str(tmp_path / "gzip" / "emnist-digits")]).training.name == "emnist-digits"


IMAGE_FILE, LABEL_FILE = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
BAD = {
    "wrong magic": ({IMAGE_FILE: b"\x00\x00\x09\x03" + encode(IMAGES)[4:]}, "begins with 00000903"),
    "labels for images": ({IMAGE_FILE: encode(LABELS)}, "begins with 00000801.*3 dimensions has 00000803"),
    "text": ({IMAGE_FILE: b"<html>"}, "begins with 3c68746d"),
    "empty": ({IMAGE_FILE: b""}, "begins with nothing"),
    "header cut": ({IMAGE_FILE: encode(IMAGES)[:9]}, "within its header"),
    "cut": ({IMAGE_FILE: encode(IMAGES)[:-1]}, "should hold 360 values and holds only 359"),
    "too long": ({IMAGE_FILE: encode(IMAGES) + b"x"}, "holds more"),
    "fewer labels": ({LABEL_FILE: encode(LABELS[:-1])}, "12 train images and 11 labels"),
    "no labels": ({LABEL_FILE: None}, "lacks the file of the train labels"),
    "no training part": ({IMAGE_FILE: None, LABEL_FILE: None}, "lacks the file of the train"),
    "half a gzip": (
        {IMAGE_FILE: None, f"{IMAGE_FILE}.gz": gzip.compress(encode(IMAGES))[:-30]},
        "gz cannot be read: Compressed file ended",
    ),
    "no gzip": ({IMAGE_FILE: None, f"{IMAGE_FILE}.gz": encode(IMAGES)}, "gz cannot be read: Not a gzipped file"),
    "images of nothing": ({IMAGE_FILE: bytes([0, 0, 8, 3]) + struct.pack(">3I", 12, 0, 0)}, "images of 0x0"),
    "endless images": (
        {IMAGE_FILE: bytes([0, 0, 8, 3]) + struct.pack(">3I", 0, 8, 20_000_000)},
        "images of 8x20000000, where each side has 1 to 4,096 pixels",
    ),
    "bad mapping": ({"mapping.txt": b"0 zero"}, "mapping.txt, line 1: '0 zero'"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_one_sentence(tmp_path, case):
    changes, words = BAD[case]
    write_set(tmp_path, suffix="")
    for name, content in changes.items():
        (tmp_path / name).unlink(missing_ok=True)
        if content is not None:
            (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        sources.load([str(tmp_path)])
    assert "\n" not in str(caught.value)


def test_the_shape_is_that_of_the_header(tmp_path):
    write(tmp_path / f"{IMAGE_FILE}.gz", encode(IMAGES))
    assert idx.read_shape(tmp_path / f"{IMAGE_FILE}.gz") == (12, 6, 5)


def test_a_header_that_claims_more_than_there_is_costs_no_memory(tmp_path):
    write_set(tmp_path, suffix="")
    (tmp_path / IMAGE_FILE).write_bytes(bytes([0, 0, 8, 3]) + struct.pack(">3I", len(LABELS), 2**12, 2**12))
    with pytest.raises(DataError, match="should hold 201,326,592 values and holds only 0"):
        sources.load([str(tmp_path)])


def test_images_that_stay_in_their_files_mean_the_same_as_in_memory(tmp_path):
    place = str(write_set(tmp_path))
    for places in ([place], [place] * 2):
        there = sources.load(places).training
        here = replace(there, images=there.images[:])
        assert (there.digest, there.range, there.shape) == (here.digest, here.range, here.shape)
        for mine, its in zip(split(here, 0.5, 0), split(there, 0.5, 0), strict=True):
            np.testing.assert_array_equal(its.images[::3], mine.images[::3])
            np.testing.assert_array_equal(its.rows, mine.rows)
        assert Normalizer.measure(there.images, 255) == Normalizer.measure(here.images, 255)
        assert repeated(there) == repeated(here) == 12 * (len(places) - 1)
