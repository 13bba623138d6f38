"""Build in bulk without looking for cycles.

Parsing a vocabulary or spelling a list makes lists and strings by the hundred thousand and no
cycles; the collector, which counts new objects, would walk all of them again and again. That is a
quarter of the time of a build, and half of a parse.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
