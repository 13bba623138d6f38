"""What an API key may do besides writing replies."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import TextChoices


class Scope(TextChoices):
    LISTS_READ = "lists:read", "lists:read: see wordlists and their words"
    LISTS_WRITE = "lists:write", "lists:write: create, change and delete wordlists of the user"


# A key that is bound to a list must not change what it is bound to.
NOT_FOR_BOUND_KEYS = frozenset({Scope.LISTS_WRITE})


def default_scopes() -> list[str]:
    return [Scope.LISTS_READ.value]


def validate_scopes(scopes: object) -> None:
    """Raise ValidationError for anything else than a list of scopes."""
    if not isinstance(scopes, list):
        raise ValidationError("Expected a list of scopes.")
    for scope in scopes:
        if scope not in Scope.values:
            raise ValidationError(f"{scope!r} is not a scope. There are: {', '.join(Scope)}.")
