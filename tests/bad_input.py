"""Tables of what nobody should send, and what is answered: the same on every server."""

import json

from drawing import draw, saved
from PIL import Image
from questions import FLAT_TWO, TWO

SITE = "https://example.org"
TOKEN = "a-token-of-some-length"

FOREIGN = {
    "a page of another site": {"Sec-Fetch-Site": "cross-site", "Origin": SITE},
    "a neighbour's page": {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:8000"},
    "an old browser on another site": {"Origin": SITE},
    "a file, or a frame without an origin": {"Origin": "null"},
    "a site that the browser does not name": {"Sec-Fetch-Site": "cross-site"},
    "half an address": {"Origin": "http://["},
    "a host without a scheme": {"Origin": "127.0.0.1"},
    "nothing": {"Origin": ""},
}

WRONG_TOKENS = ["", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ", "Bearer gr\xfc\xdf"]

STRANGE_HEADERS = [
    {"Accept": "text/html;q=x, */*;q=\xff"},
    {"Accept-Encoding": ";;q=,"},
    {"Authorization": "Digest x=\xff"},
    {"Cache-Control": "max-age=\xff"},
    {"Cookie": "=;\xff=\x80"},
    {"Content-Type": 'application/json; charset="'},
    {"Content-Type": "application/json; x*=utf-8''%ff; x*1=y"},
    {"Expect": "100-continu\xe9"},
    {"Forwarded": "for=\xff"},
    {"If-Match": '"'},
    {"If-Modified-Since": "Thu, 99 Foo 99999 99:99:99 +9999"},
    {"If-None-Match": 'W/"'},
    {"If-Range": "Thu, 99 Foo 99999"},
    {"Range": "bytes=9-1,99999999999999999999-"},
    {"Referer": "http://["},
    {"Sec-Fetch-Site": "\xff"},
    {"X-Forwarded-Host": "["},
    {"X-Request-ID": "\xff"},
]

NOT_JSON = {
    "nothing": (b"", "not JSON"),
    "half": (b'{"instances": [[1, 2', "not JSON"),
    "a word": (b"two", "not JSON"),
    "two values": (b"{} {}", "not JSON"),
    "NaN": (b'{"instances": [[NaN]]}', "NaN is no JSON number"),
    "Infinity": (b'{"instances": [[Infinity]]}', "Infinity is no JSON number"),
    "minus Infinity": (b'{"instances": [[-Infinity]]}', "-Infinity is no JSON number"),
    "100,000 brackets": (b"[" * 100_000, "nested too deep"),
    "100,000 objects": (b'{"a":' * 100_000, "nested too deep"),
    "no UTF-8": (b'{"instances": "\xff"}', "not UTF-8"),
    "UTF-16": ('{"instances": []}'.encode("utf-16"), "not UTF-8"),
    "a number of 5,000 digits": (b"1" * 5000, "not JSON"),
}


def changed(value):
    """Return a question about an image of which one number is something else."""
    return {"instances": [FLAT_TWO, [*FLAT_TWO[:10], value, *FLAT_TWO[11:]]]}


def spoilt(literal):
    """Return the same as JSON text, with the number written in this way."""
    return json.dumps(changed("?")).replace('"?"', literal).encode()


MISFITS = {
    "a list": ([], 'no "instances"'),
    "null": (None, 'no "instances"'),
    "missing": ({}, 'no "instances"'),
    "misspelt": ({"instance": [FLAT_TWO]}, 'no "instances"'),
    "empty": ({"instances": []}, "it is []"),
    "a string": ({"instances": "2"}, 'it is "2"'),
    "an object": ({"instances": {"0": FLAT_TWO}}, "must be a list"),
    "null instances": ({"instances": None}, "it is null"),
    "one bare image": ({"instances": FLAT_TWO}, "instance 0 has 1 number; this"),
    "an empty image": ({"instances": [[]]}, "instance 0 has 0 numbers"),
    "a null image": ({"instances": [FLAT_TWO, None]}, "instance 1 holds null"),
    "an object for an image": ({"instances": [{}]}, "instance 0 holds {}"),
    "63 numbers": ({"instances": [FLAT_TWO, FLAT_TWO[1:]]}, "instance 1 has 63 numbers; this model takes 64 (8x8)"),
    "65 numbers": ({"instances": [[0, *FLAT_TWO]]}, "instance 0 has 65 numbers"),
    "ragged": ({"instances": [[*TWO[:7], [0] * 7]]}, "instance 0 has a row of 7 where 8 belong"),
    "ragged with the right sum": ({"instances": [[[0] * 7] * 4 + [[0] * 9] * 4]}, "where 8 belong"),
    "rows and numbers": ({"instances": [[*TWO[:7], 0]]}, "instance 0 holds [0, 0, 10"),
    "seven rows": ({"instances": [TWO[:7]]}, "instance 0 holds [0, 0, 10"),
    "nested five deep": ({"instances": [[[TWO]]]}, "instance 0 holds [["),
    "a string inside": (changed("5"), 'instance 1 holds "5"'),
    "a long string inside": (changed("x" * 10_000), 'instance 1 holds "xxx'),
    "half a surrogate inside": (changed("\ud800"), "instance 1 holds"),
    "null inside": (changed(None), "instance 1 holds null"),
    "true inside": (changed(True), "instance 1 holds true"),
    "only booleans": ({"instances": [[True] * 64]}, "instance 0 holds true"),
    "negative": (changed(-1), "instance 1 holds -1 at position 10"),
    "a little below": (changed(-0.001), "instance 1 holds -0.001"),
    "seventeen": (changed(17), "instance 1 holds 17 at position 10; this model takes numbers from 0"),
    "10^400": (changed(10**400), "instance 1 holds a number of many digits"),
    "minus 10^400": (changed(-(10**400)), "instance 1 holds a number of many digits"),
    "1e400": (spoilt("1e400"), "instance 1 holds Infinity"),
}


def png(picture):
    """Return a picture as the bytes of a PNG file."""
    return saved(picture, compress_level=1).getvalue()


BAD_PICTURES = {
    "text named .png": (b"no picture", 400, "not a picture"),
    "nothing": (b"", 400, "not a picture"),
    "truncated JPEG": (saved(draw("2"), "JPEG").getvalue()[:3000], 400, "damaged"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 400, "an SVG drawing; export it as PNG"),
    "SVG with a prologue": (b'<?xml version="1.0"?>\n<!-- drawn --><svg/>', 400, "an SVG drawing; export it as PNG"),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", 400, "a HEIC photo; save it as JPEG"),
    "HEIF": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", 400, "a HEIC photo; save it as JPEG"),
    "AVIF": (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", 400, "an AVIF picture; save it as PNG or JPEG"),
    "PDF": (b"%PDF-1.7\n", 400, "a PDF; save the page as PNG"),
    "HTML": (b"<html><svg></svg></html>", 400, "not a picture that can be read here; give one of PNG"),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", 400, "not a picture"),
    "one pixel": (png(Image.new("RGB", (1, 1))), 400, "blank"),
    "20000x2": (png(Image.new("L", (20_000, 2), 255)), 400, "blank"),
    "blank": (png(Image.new("L", (300, 200), 250)), 400, "blank"),
    "all transparent": (png(Image.new("RGBA", (300, 200))), 400, "blank"),
    "400 million pixels": (png(Image.new("1", (20_000, 20_000))), 413, "50,000,000 pixels"),
    "a WebP of 21 million pixels": (
        saved(Image.new("L", (7_000, 3_000)), "WEBP").getvalue(),
        413,
        "at most 20,000,000",
    ),
    "51 million pixels": (png(Image.new("1", (8_000, 6_400))), 413, "8000x6400 pixels"),
}
