"""The processor time of a call, which other processes on the machine do not change."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

# A call that takes less cannot hold the interpreter's lock for longer.
LONGEST_HOLD = 0.2


@contextmanager
def at_most(seconds: float = LONGEST_HOLD) -> Iterator[None]:
    """Fail if the block uses more processor time in this thread."""
    started = time.thread_time()
    yield
    used = time.thread_time() - started
    assert used < seconds, f"{used:.2f} s of processor time"
