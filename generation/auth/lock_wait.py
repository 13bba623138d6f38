"""A limit on how long a write waits for another transaction's lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

SQLITE_DEFAULT_SECONDS = 5.0  # of Python's sqlite3


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Let the writes in the block fail with an OperationalError after `seconds` of waiting.

    Otherwise a write waits as long as the database is configured to: 20 s with SQLite, and without
    a limit with PostgreSQL.
    """
    milliseconds = max(1, int(seconds * 1000))  # PostgreSQL takes 0 for "no limit"
    if connection.vendor == "sqlite":
        usual = connection.settings_dict["OPTIONS"].get("timeout", SQLITE_DEFAULT_SECONDS)
        _execute(f"PRAGMA busy_timeout = {milliseconds}")
        try:
            yield
        finally:
            _execute(f"PRAGMA busy_timeout = {int(usual * 1000)}")
        return
    with transaction.atomic():
        _execute(f"SET LOCAL lock_timeout = {milliseconds}")
        yield


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
