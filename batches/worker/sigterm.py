"""Notice a SIGTERM while a slice runs, so that its work is put back instead of lost."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_sigterm() -> Iterator[threading.Event]:
    """Give an event that a SIGTERM sets; the process then ends at the end of the block.

    A worker of django-q2 would die of the signal at any line. It is sent to the workers where a
    supervisor signals all processes of a service and not only the main one.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # only the main thread may have handlers
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = signal.signal(signal.SIGTERM, on_signal)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
        if stop.is_set():
            os.kill(os.getpid(), signal.SIGTERM)
