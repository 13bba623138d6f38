"""Give freed memory back to the operating system.

glibc keeps freed blocks of up to 32 MB for later. Weights that are copied and freed again and again
leave gigabytes of such blocks, in which nothing else of this size fits.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

RELEASE_BYTES = 1024 * 1024  # to release less is not worth the time


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None  # another C library, or another operating system
    return found


def release_memory() -> None:
    """Takes some milliseconds; other threads of the process continue."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)
