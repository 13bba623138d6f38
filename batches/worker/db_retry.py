"""Repeat a transaction while the database is locked, full, read-only or restarting.

A generated answer would otherwise be lost.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import Error, connection

from generation.openai.database_errors import is_unavailable

logger = logging.getLogger(__name__)

RETRY_DEADLINE_SECONDS = 60.0
RETRY_INTERVAL_SECONDS = 0.5

T = TypeVar("T")


def with_db_retry(run_transaction: Callable[[], T], stop: threading.Event) -> T:
    """Return `run_transaction()`; repeat it on a new connection while the database is unavailable.

    Raises the last error after RETRY_DEADLINE_SECONDS, or at once if `stop` is set. A failed
    commit may have succeeded on the server. `run_transaction` must therefore consist of
    conditional updates: repeated after a successful commit, it changes nothing or raises
    LeaseLost.
    """
    deadline = time.monotonic() + RETRY_DEADLINE_SECONDS
    while True:
        try:
            return run_transaction()
        except Error as error:
            if not is_unavailable(error):
                raise
            if time.monotonic() > deadline or stop.is_set():
                raise
            logger.warning("database unavailable, retrying error=%s", error)
            if not connection.in_atomic_block:
                connection.close()
            stop.wait(RETRY_INTERVAL_SECONDS)
