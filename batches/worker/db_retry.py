"""Wait for a database that is locked, full or restarting, instead of losing what was generated."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 60.0
RETRY_SECONDS = 0.5

T = TypeVar("T")


def with_db_retry(write: Callable[[], T], stop: threading.Event) -> T:
    """Return `write()`, tried again while the database cannot be used, on a new connection.

    Raises the last error after PATIENCE_SECONDS, or at once if `stop` is set. `write` is one
    transaction made of conditional updates: should its commit have come through after all, the
    second try changes nothing, or finds nothing to change and raises LeaseLost.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > until or stop.is_set():
                raise
            logger.warning("database unavailable, trying again: %s", error)
            if not connection.in_atomic_block:
                connection.close()
            stop.wait(RETRY_SECONDS)
