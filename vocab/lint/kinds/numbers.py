"""Entries without a letter."""

from __future__ import annotations

from vocab.importing.cleaning.damage import is_number
from vocab.lint.finding import Change, Finding
from vocab.lint.subject import Subject

KIND = "numbers"


def find(subject: Subject) -> Finding | None:
    changes = tuple(Change(word) for word in subject.words if is_number(word))
    if not changes:
        return None
    return Finding(
        KIND,
        "Numbers",
        "Numbers need no entry: the list's choice of numbers decides whether replies have digits."
        " As entries they only take ranks from words.",
        "Remove them",
        changes,
    )
