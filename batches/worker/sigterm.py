"""Turn a SIGTERM that arrives during a slice into an orderly stop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_sigterm() -> Iterator[threading.Event]:
    """Yield an event that a SIGTERM sets. The signal takes effect at the end of the block.

    Without this, SIGTERM would end a django-q2 worker process at any line. Workers receive it if
    a supervisor signals all processes of a service and not only the main one. Outside of the main
    thread, which alone may set signal handlers, the event is never set.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    previous_handler = signal.signal(signal.SIGTERM, on_signal)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, previous_handler)
        if stop.is_set():
            os.kill(os.getpid(), signal.SIGTERM)
