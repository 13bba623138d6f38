"""The database connection of a thread that is about to do something long without it."""

from __future__ import annotations

from django.db import connection


def close_idle_connection() -> None:
    """Close this thread's connection as the end of the request would, so that it does not stand
    open while a reply is written. Whoever needs it again gets a new one.
    """
    # Within somebody's transaction it is theirs; a view of ours is never in one.
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
