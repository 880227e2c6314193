import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from drawing import draw, saved
from PIL import Image

from recognition.errors import ImageError, TooLargeError
from recognition.imaging import inspection
from recognition.imaging.inspection import inspect

JPEG = saved(draw("2"), "JPEG").getvalue()
PROGRESSIVE = saved(draw("2"), "JPEG", progressive=True).getvalue()
PNG = saved(draw("2")).getvalue()
GIF = saved(draw("2").quantize(4), "GIF").getvalue()


def with_scans(count, jpeg=PROGRESSIVE):
    """Return a JPEG with its last scan again and again."""
    last = jpeg[jpeg.rfind(b"\xff\xda") : -2]
    return jpeg[:-2] + last * count + jpeg[-2:]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def tiff(strips, order="<"):
    """Return a TIFF of 8 black and white columns, each row a strip of its own, all of the same byte."""
    values = {256: (4, 1, 8), 257: (4, 1, strips), 258: (3, 1, 1), 259: (3, 1, 1), 262: (3, 1, 1)}
    values |= {273: (4, strips, None), 277: (3, 1, 1), 278: (4, 1, 1), 279: (4, strips, None)}
    begin = 8 + 2 + 12 * len(values) + 4
    places = {273: begin, 279: begin + 4 * strips}
    content = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(values))
    for tag, (kind, count, value) in values.items():
        if kind == 3:
            content += struct.pack(f"{order}HHIHH", tag, kind, count, value, 0)
        else:
            content += struct.pack(f"{order}HHII", tag, kind, count, places.get(tag, value))
    content += struct.pack(f"{order}I", 0)
    return content + struct.pack(f"{order}I", begin + 8 * strips) * strips + struct.pack(f"{order}I", 1) * strips + b"x"


GOOD = {
    **{form: saved(draw("2"), form).getvalue() for form in ("JPEG", "PNG", "BMP", "WEBP", "TIFF")},
    "GIF": GIF,
    "progressive JPEG": PROGRESSIVE,
    "a JPEG in a TIFF": saved(draw("2"), "TIFF", compression="jpeg").getvalue(),
    "a TIFF of 500 strips": tiff(500),
    "a TIFF in the other order": tiff(500, order=">"),
    "a GIF with a comment": saved(draw("2").quantize(4), "GIF", comment=b"drawn by a program" * 50).getvalue(),
    "a JPEG with a profile": saved(draw("2"), "JPEG", icc_profile=bytes(200_000)).getvalue(),
}


@pytest.mark.parametrize("name", GOOD)
def test_an_ordinary_picture_is_let_through_and_can_be_read(name):
    inspect(GOOD[name])
    with Image.open(io.BytesIO(GOOD[name])) as picture:
        assert np.asarray(picture.convert("L")).size > 0


@pytest.mark.parametrize("content", [b"", b"text"])
def test_what_is_no_picture_is_left_to_the_reader(content):
    inspect(content)


COSTLY = {
    "scans": (with_scans(100), "more than 100 scans"),
    "scans in a TIFF": (
        saved(draw("2"), "TIFF", compression="jpeg").getvalue() + b"\xff\xda" * 200,
        "more than 100 scans",
    ),
    "segments": (JPEG[:2] + b"\xff\xe0\x00\x02" * 6000 + JPEG[2:], "more than 5,000 segments"),
    "bytes between segments": (JPEG[:2] + b"\xff" * 6000 + JPEG[2:], "more than 5,000 segments"),
    "chunks": (PNG[:33] + chunk(b"tEXt", b"a\0b") * 6000 + PNG[33:], "more than 5,000 chunks"),
    "comments": (GIF[:13] + b"!\xfe" + b"\x01a" * 6000 + b"\0", "more than 5,000 blocks"),
    "empty comments": (GIF[:13] + b"!\xfe\0" * 6000, "more than 5,000 blocks"),
    "strips": (tiff(30_001), "more than 30,000 strips"),
    "strips in the other order": (tiff(30_001, order=">"), "more than 30,000 strips"),
    "bytes": (PNG + bytes(16 * 2**20), "more than 16,777,216 bytes"),
}


@pytest.mark.parametrize("name", COSTLY)
def test_a_file_made_to_cost_much_is_refused_before_it_is_decoded(name):
    content, words = COSTLY[name]
    if name.endswith("comments"):
        content = GIF[:10] + b"\0" + content[11:]  # without a table of colours
    with pytest.raises(TooLargeError, match=words):
        inspect(content)


def test_many_scans_of_many_pixels_are_refused_and_of_few_are_not(monkeypatch):
    scans = PROGRESSIVE.count(b"\xff\xda")
    monkeypatch.setattr(inspection, "MAX_SCANNED", scans * 480 * 480)
    inspect(PROGRESSIVE)
    with pytest.raises(TooLargeError, match="pixels in its scans"):
        inspect(with_scans(1))


@pytest.mark.parametrize("name", [name for name in GOOD if name not in ("BMP", "WEBP")])
def test_a_picture_cut_anywhere_is_let_through_or_refused(name):
    content = GOOD[name]
    for end in [*range(0, min(len(content), 60)), len(content) // 2]:
        with suppress(ImageError):  # damaged
            inspect(content[:end])
