"""What an installation needs to do its work, and what of it is missing now."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import DatabaseError

from generation.serving.engine_provider import engine_health
from wordgen_site.config.pending_migrations import pending_migrations
from wordgen_site.monitoring.write_check import write_problem

WRITE_DETAILS = {
    "database write": "The database is read-only, locked or full.",
    "disk": "The data folder cannot be written to: it is full or read-only.",
}
ENGINE_DETAILS = {
    "failed": "The model cannot be loaded; the log says why.",
    "stalled": "The engine makes no progress.",
    "dead": "The engine has ended; the next request starts it again.",
    "unreachable": "The server at ENGINE_URL does not answer.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """reason: A short name that stays the same.
    detail: A sentence for the operator. Everybody may read it, so it has no addresses or paths.
    """

    reason: str
    detail: str


def storage_problem() -> Problem | None:
    """Return what is wrong with the database or the data folder, the first of it."""
    try:
        pending = pending_migrations()
    except DatabaseError:
        return Problem("database", "The database does not answer.")
    if pending:
        return Problem(
            "migrations",
            f"The database lacks {len(pending)}, first {pending[0]}: run manage.py migrate.",
        )
    if problem := write_problem():
        return Problem(problem, WRITE_DETAILS[problem])
    return None


def engine_problem() -> Problem | None:
    """Return what is wrong with the engine that this process uses. Loads no model."""
    health = engine_health()
    if health.is_good:
        return None
    return Problem(f"engine {health.state}", ENGINE_DETAILS[health.state])
