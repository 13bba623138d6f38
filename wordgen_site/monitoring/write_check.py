"""Whether this process can write to the database and to the data folder now."""

from __future__ import annotations

import tempfile
import threading
import time

from django.conf import settings
from django.db import DatabaseError

from generation.auth.api_key import ApiKey
from generation.auth.lock_wait import waiting_at_most

# Longer than the longest transaction of this project, the submission of a large job.
LOCK_SECONDS = 6.0
# As much as a few rows and the log of a transaction need.
PROBE_BYTES = 64 * 1024
# Anybody may ask: a result holds for this long, and there is one check at a time.
KEEP_SECONDS = 2.0

_checking = threading.Lock()
_last_problem, _checked_at = "", float("-inf")


def write_problem() -> str:
    """Return what cannot be written to, "database write" or "disk"; "" if all is well.

    During a check, others get the result of the last one.
    """
    global _last_problem, _checked_at
    if time.monotonic() - _checked_at < KEEP_SECONDS or not _checking.acquire(blocking=False):
        return _last_problem
    try:
        _last_problem = _find_problem()
        _checked_at = time.monotonic()
        return _last_problem
    finally:
        _checking.release()


def _find_problem() -> str:
    try:
        try_to_write_to_database()
    except DatabaseError:
        return "database write"
    try:
        try_to_write_to_data_dir()
    except OSError:
        return "disk"
    return ""


def try_to_write_to_database() -> None:
    """Raises DatabaseError if no write is possible, for example during a long transaction."""
    with waiting_at_most(LOCK_SECONDS):
        ApiKey.objects.filter(pk=0).update(name="")  # there is no such row


def try_to_write_to_data_dir() -> None:
    """Raises OSError if no file can be written. A full disk fails here and not in the database."""
    with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
        file.write(bytes(PROBE_BYTES))
        file.flush()
