"""Pictures and JSON that cost a server much more than they look: name -> content type, bytes, status of the answer."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def costly():
    """Return the bodies by their names, each with its content type and the statuses that are right."""
    jpeg = noise((64, 64), "JPEG")
    gif, png = noise((64, 64), "GIF"), noise((64, 64), "PNG")
    colours = 13 + 3 * (2 << (gif[10] & 7))
    progressive = noise((512, 512), "JPEG", progressive=True, quality=50)
    last_scan = progressive[progressive.rfind(b"\xff\xda") : -2]
    comment = chunk(b"tEXt", b"a\0b")
    many_bytes = chunk(b"IDAT", b"0" * (16 * 2**20))
    pictures = {
        "a JPEG of 1,000 scans": (jpeg_of(progressive[:-2], last_scan * 1000), 413),
        "a JPEG of 8 million segments": (jpeg_of(jpeg[:2], b"\xff\xe0\x00\x02" * 7_800_000, jpeg[2:]), 413),
        "a JPEG of 1 million segments": (jpeg_of(jpeg[:2], b"\xff\xe0\x00\x02" * 1_000_000, jpeg[2:]), 413),
        "a GIF of 2 million comments": (
            gif[:colours] + b"\x21\xfe" + b"\x01a" * 2_000_000 + b"\0" + gif[colours:],
            413,
        ),
        "a PNG of 300,000 comments": (png[:33] + comment * 300_000 + png[33:], 413),
        "a PNG of 50,000,000x1": (wide_png(50_000_000, 1), 413),
        "a PNG of over 16 MiB": (png[:33] + many_bytes + png[33:], 413),
        "a TIFF of 900,000 strips": (strips(900_000), 413),
        "a TIFF of 29,999 strips": (strips(29_999), 400),
        "a blank PNG of 50 megapixels": (noise((7071, 7071), "PNG", blank=True), 400),
        "a JPEG of 48 megapixels": (noise((8000, 6000), "JPEG", fine=False, quality=20), 200),
        "a progressive JPEG of 48 megapixels": (
            noise((8000, 6000), "JPEG", fine=False, quality=20, progressive=True),
            200,
        ),
        "a transparent PNG of 48 megapixels": (noise((8000, 6000), "PNG", fine=False, mode="RGBA"), 200),
        "a WebP of 20 megapixels": (noise((5000, 3990), "WEBP", fine=False), 200),
    }
    texts = {
        "11 million empty lists": (b'{"instances":[' + b"[]," * 11_000_000 + b"[]]}", 413),
        "5 million objects": (b'{"instances":[' + b'{"":0},' * 4_700_000 + b"{}]}", 413),
        "200,000 objects": (b'{"instances":[' + b'{"":0},' * 120_000 + b"{}]}", 422),
        "1.5 MB of numbers": (b'{"instances":[[' + b"0," * 760_000 + b"0]]}", 413),
        "32 MiB of brackets": (b"[" * (32 * 2**20), 413),
    }
    return {name: ("image/png", *case) for name, case in pictures.items()} | {
        name: ("application/json", *case) for name, case in texts.items()
    }


def noise(size, form, mode="RGB", fine=True, blank=False, **options):
    """Return a picture as the bytes of a file: of noise, in large squares unless it is to be fine, or of nothing."""
    side = size if fine and not blank else (8, 6)
    values = np.random.default_rng(0).integers(0, 256, (side[1], side[0], 3), dtype=np.uint8)
    picture = Image.new("RGB", size, "white") if blank else Image.fromarray(values).resize(size)
    file = io.BytesIO()
    picture.convert("P" if form == "GIF" else mode).save(file, form, **options)
    return file.getvalue()


def jpeg_of(*parts):
    """Return a JPEG of these parts, with its end."""
    whole = b"".join(parts)
    return whole if whole.endswith(b"\xff\xd9") else whole + b"\xff\xd9"


def chunk(kind, content):
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def wide_png(width, height):
    """Return a black PNG of two colours."""
    rows = zlib.compress((b"\0" + b"\0" * (width // 8 + 1)) * height, 9)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def strips(count):
    """Return a TIFF of 8 pixels a row, each row a strip of its own."""
    entries = [(256, 1, 8), (257, 1, count), (258, 1, 1), (259, 1, 1), (262, 1, 1)]
    entries += [(273, count, 0), (277, 1, 1), (278, 1, 1), (279, count, 0)]
    places = 8 + 2 + 12 * len(entries) + 4
    values = {273: places, 279: places + 4 * count}
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    head += b"".join(struct.pack("<HHII", tag, 4, n, values.get(tag, value)) for tag, n, value in entries)
    pixels = struct.pack("<I", places + 8 * count)
    return head + struct.pack("<I", 0) + pixels * count + struct.pack("<I", 8) * count + b"\0" * 8
