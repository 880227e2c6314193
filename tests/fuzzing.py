"""Requests that nobody should send, for the tests and the benchmark of what the server makes of them."""

import io
import json
import warnings
from functools import cache

from drawing import draw
from PIL import Image, features

BOUNDARY = "parts"
TYPES = ["image/png", "image/jpeg", "image/gif", "image/bmp", "image/webp", "image/tiff"]
STRANGE = [
    "application/json",
    "multipart/form-data",
    "text/plain",
    "",
    "image/svg+xml",
    "application/octet-stream",
    "é",
]
FILES = ["a.png", "", "../../etc", "\u4e2d", "x" * 300]
VALUES = [
    0,
    1,
    16,
    -1,
    17,
    1e308,
    -0.0,
    10**400,
    True,
    None,
    "1",
    [],
    {},
    [[0] * 64],
    "\ud800",
    float("nan"),
    float("inf"),
]


@cache
def pictures():
    """Return a small picture in every format that Pillow writes here, in several ways, as a list of bytes."""
    with warnings.catch_warnings(action="ignore"):  # of formats that will go
        return list(_pictures())


def _pictures():
    Image.init()
    drawn = draw("2", size=(40, 40), height=28, pen=4, at=(10, 6))
    ways = [(form, mode, {}) for form in sorted(Image.SAVE) for mode in ("RGB", "L", "1", "P", "RGBA", "CMYK", "I;16")]
    ways += [("TIFF", "RGB", {"compression": how}) for how in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")]
    ways += [("TIFF", "1", {"compression": "group4"}), ("JPEG", "RGB", {"progressive": True})]
    ways += [(form, "RGB", {"save_all": True, "append_images": [drawn] * 3}) for form in ("GIF", "PNG", "TIFF", "WEBP")]
    for form, mode, options in ways:
        if form in ("PDF", "MPEG") or (form == "WEBP" and not features.check("webp")):
            continue
        file = io.BytesIO()
        try:
            (drawn.convert("L").convert("I;16") if mode == "I;16" else drawn.convert(mode)).save(file, form, **options)
        except (OSError, ValueError, KeyError, SystemError, RuntimeError, AttributeError, TypeError):
            continue  # a mode that this format does not have
        yield file.getvalue()


def spoilt(content, chance):
    """Return a picture that something has happened to: bits, a cut, the head of another, a part twice or away."""
    content = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(content) + 1)
        end = min(len(content), place + chance.randint(1, 64))
        match chance.randrange(7):
            case 0:
                for _ in range(chance.randint(1, 20)):
                    if content:
                        content[chance.randrange(min(len(content), 400))] ^= 1 << chance.randrange(8)
            case 1:
                del content[place:]
            case 2:
                content[: chance.randint(1, 64)] = chance.choice(pictures())[: chance.randint(1, 64)]
            case 3:
                content[place:place] = content[place:end]
            case 4:
                del content[place:end]
            case 5:
                content[place:end] = bytes(chance.randrange(256) for _ in range(place, end))
            case 6:
                content[place:end] = chance.choice([b"\0", b"\xff"]) * (end - place)
    return bytes(content)


def picture(chance):
    """Return the bytes of a picture, mostly spoilt."""
    content = chance.choice(pictures())
    return content if chance.random() < 0.1 else spoilt(content, chance)


def json_body(chance, size=64, full=16):
    """Return a JSON body that is nearly right, or was before something happened to it."""
    instances = [[chance.randint(0, full) for _ in range(size)] for _ in range(chance.randint(1, 3))]
    question = {"instances": instances}
    match chance.randrange(8):
        case 0:
            question = chance.choice([instances, *VALUES])
        case 1:
            question = {"instances": chance.choice(VALUES)}
        case 2:
            instances[0][chance.randrange(size)] = chance.choice(VALUES)
        case 3:
            instances[-1] = chance.choice(VALUES)
        case 4:
            del instances[0][: chance.randint(1, size)]
        case 5:
            question |= {chance.choice(["model", "seen", ""]): chance.choice(VALUES)}
    text = json.dumps(question).encode("utf-8", "surrogatepass")
    return spoilt(text, chance) if chance.random() < 0.3 else text


def form(chance):
    """Return the body of a form: pictures, labels and boxes, or nothing that fits; perhaps broken."""
    parts = []
    for _ in range(chance.randint(0, 3)):
        name = chance.choice(["file", "file", "label", "box", "", 'a"b'])
        head = f'Content-Disposition: form-data; name="{name}"'
        if name == "file":
            head += f'; filename="{chance.choice(FILES)}"'
        value = picture(chance) if name == "file" else chance.choice([b"2", b"", b"1,2,3,4", b"\xff", b"9" * 30])
        parts.append(b"--%b\r\n%b\r\n\r\n%b\r\n" % (BOUNDARY.encode(), head.encode(), value))
    body = b"".join(parts) + b"--%b--\r\n" % BOUNDARY.encode()
    return spoilt(body, chance) if chance.random() < 0.2 else body


def request(chance):
    """Return a request: path, headers, body."""
    match chance.randrange(4):
        case 0:
            kind, body = "application/json", json_body(chance)
        case 1:
            kind, body = f"multipart/form-data; boundary={BOUNDARY}", form(chance)
        case _:
            kind, body = chance.choice(TYPES), picture(chance)
    if chance.random() < 0.05:
        kind = chance.choice(STRANGE)
    path = chance.choice(["/prediction", "/prediction?seen=1", "/correction"])
    return path, {"Content-Type": kind}, body
