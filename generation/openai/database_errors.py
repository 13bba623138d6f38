"""Which errors say that the database cannot do its work now, and not that a query is wrong."""

from __future__ import annotations

from django.db import InterfaceError, InternalError, OperationalError

READ_ONLY = "25006"  # PostgreSQL's SQLSTATE for a write in a read-only transaction


def is_unavailable(error: Exception) -> bool:
    """Return whether the database is locked, full, read-only or not there."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", None) == READ_ONLY
    return isinstance(error, OperationalError | InterfaceError)
