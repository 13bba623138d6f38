"""Closing the database connection of a thread that does not need it for a long time."""

from __future__ import annotations

from django.db import connection


def close_idle_connection() -> None:
    """Close this thread's connection, as Django does at the end of a request.

    Otherwise it would stay open during a generation. The next query opens a new one.
    """
    # In a transaction the connection must stay open. The views are never in one; tests are.
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
