"""What a picture's file would cost to decode, told from its bytes before Pillow sees it.

A small file can hold a million segments, or a thousand scans of the same pixels, each of which Pillow takes up. A
file is walked here as far as Pillow would before the pixels, by the lengths that its parts announce; a walk never
takes more steps than parts are allowed.
"""

import struct

from recognition.errors import DamagedError, TooLargeError

MAX_BYTES = 16 * 2**20
MAX_PARTS = 5_000  # segments of a JPEG, chunks of a PNG, blocks of a GIF before its pixels, values of a TIFF
MAX_SCANS = 100  # of a JPEG: Photoshop and libjpeg write about ten
MAX_SCANNED = 10**9  # pixels of all scans, each of which takes time: 2 to 3 s; ten of 50 megapixels are half of that
MAX_STRIPS = 30_000  # of a TIFF: one for each row of pixels, of which there are no more

JPEG, PNG, GIF, TIFF = b"\xff\xd8", b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a"), (b"II*\0", b"MM\0*")
START_OF_SCAN, START_OF_FRAME = 0xDA, {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
COMPRESSION, JPEGS = 259, {6, 7}
STRIPS_AND_TILES = 273, 279, 324, 325  # their offsets and their lengths
TIFF_TYPES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}  # bytes of a value


def inspect(content):
    """Refuse a picture whose file is made to cost much more than its pixels.

    Parameters
    ----------
    content : bytes
        Content of the file. What is of no format that is walked here is let through.

    Raises
    ------
    TooLargeError
        If it has more bytes, scans, strips or other parts than a picture needs.
    """
    if len(content) > MAX_BYTES:
        raise TooLargeError(f"the picture has more than {MAX_BYTES:,} bytes; give a smaller one")
    for beginning, walk in WALKS:
        if content.startswith(beginning):
            walk(content)


def _walk_jpeg(content):
    scans, place = _scans(content), 2
    for parts in range(len(content)):
        _limit(parts, MAX_PARTS, "segments")
        marker = content[place : place + 2]
        if len(marker) < 2 or marker[1] == START_OF_SCAN:
            return
        if marker[0] == 0xFF and marker[1] in START_OF_FRAME:
            height, width = (int.from_bytes(content[place + at : place + at + 2]) for at in (5, 7))
            _limit(scans * height * width, MAX_SCANNED, "pixels in its scans")
        is_segment = marker[0] == 0xFF and not (marker[1] in (0, 0xFF) or 0xD0 <= marker[1] <= 0xD9)
        place += 2 + int.from_bytes(content[place + 2 : place + 4]) if is_segment else 1


def _scans(content):
    # Within a scan 0xFF is followed by 0, so that this finds every scan, and those of thumbnails.
    scans = content.count(bytes([0xFF, START_OF_SCAN]))
    _limit(scans, MAX_SCANS, "scans")
    return scans


def _walk_png(content):
    place = len(PNG)
    for parts in range(len(content)):
        _limit(parts, MAX_PARTS, "chunks")
        if place >= len(content):
            return
        place += 12 + int.from_bytes(content[place : place + 4])


def _walk_gif(content):
    flags = content[10:11] or b"\0"
    place = 13 + (3 * (2 << (flags[0] & 7)) if flags[0] & 0x80 else 0)
    parts = 0
    while content[place : place + 1] == b"!":  # an extension: its kind, then blocks until an empty one
        place += 2
        while size := int.from_bytes(content[place : place + 1]):
            place += 1 + size
            parts += 1
            _limit(parts, MAX_PARTS, "blocks")
        place += 1
        parts += 1
        _limit(parts, MAX_PARTS, "blocks")


def _walk_tiff(content):
    order = "<" if content[:2] == b"II" else ">"
    try:
        (place,) = struct.unpack_from(f"{order}I", content, 4)
        (entries,) = struct.unpack_from(f"{order}H", content, place)
        for entry in range(entries):
            tag, kind, count = struct.unpack_from(f"{order}HHI", content, place + 2 + 12 * entry)
            if tag == COMPRESSION and struct.unpack_from(f"{order}H", content, place + 10 + 12 * entry)[0] in JPEGS:
                _scans(content)
            if tag in STRIPS_AND_TILES:
                _limit(count, MAX_STRIPS, "strips")
            elif TIFF_TYPES.get(kind, 1) > 1:  # text and binary data are taken as they are
                _limit(count, MAX_PARTS, "values of one kind")
    except struct.error as error:
        raise DamagedError(f"the picture is damaged ({error}); save it again") from error


def _limit(count, most, what):
    if count > most:
        raise TooLargeError(f"the picture's file has more than {most:,} {what}; save it again, or give another")


WALKS = ((JPEG, _walk_jpeg), (PNG, _walk_png), (GIF, _walk_gif), (TIFF, _walk_tiff))
