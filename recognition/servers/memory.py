"""The memory of a server: what a large picture took goes back to the system once it is read."""

import ctypes
from contextlib import suppress

# Parameters of glibc's mallopt(3). Left alone, it learns from the first large block to keep all up to 32 MiB.
MMAP_THRESHOLD, TRIM_THRESHOLD, ARENA_MAX = -3, -1, -8
SETTINGS = {MMAP_THRESHOLD: 4 * 2**20, TRIM_THRESHOLD: 8 * 2**20, ARENA_MAX: 4}


def give_back_large_blocks():
    """Have this process give large blocks back when they are freed, where its C library can be told so (Linux)."""
    with suppress(AttributeError, OSError, TypeError):  # another library, another system, Windows
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in SETTINGS.items():
            mallopt(parameter, value)
