"""What an API key may do."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import TextChoices


class Scope(TextChoices):
    CHAT = "chat", "chat: write replies and count tokens"
    BATCH = "batch", "batch: start, see and end batch jobs of the user"
    FILES = "files", "files: upload, read and delete files of the user"
    METRICS = "metrics", "metrics: read the figures of the server"
    LISTS_READ = "lists:read", "lists:read: see wordlists and their words"
    LISTS_WRITE = "lists:write", "lists:write: create, change and delete wordlists of the user"


# A key that is bound to a list must not change what it is bound to.
NOT_FOR_BOUND_KEYS = frozenset({Scope.LISTS_WRITE})


def default_scopes() -> list[str]:
    """Return all but the right to change lists, which is the only one that changes shared data."""
    return [scope.value for scope in Scope if scope != Scope.LISTS_WRITE]


def validate_scopes(scopes: object) -> None:
    """Raise ValidationError for anything else than a list of scopes."""
    if not isinstance(scopes, list):
        raise ValidationError("Expected a list of scopes.")
    for scope in scopes:
        if scope not in Scope.values:
            raise ValidationError(f"{scope!r} is not a scope. There are: {', '.join(Scope)}.")
