"""Given names and surnames."""

from __future__ import annotations

from vocab.lint.finding import CannotCheck, Change, Finding
from vocab.lint.subject import Subject
from vocab.words.language_tag import language_name

KIND = "names"


def find(subject: Subject) -> Finding | None:
    if subject.tables is None:
        name = language_name(subject.language)
        raise CannotCheck(f"the project has no table of names in {name}")
    changes = tuple(map(Change, subject.unreviewed_in(subject.tables.names)))
    if not changes:
        return None
    return Finding(
        KIND,
        "Likely names",
        "These seem to be names of persons, which are frequent in films and news. Without the fix,"
        " replies can tell of these persons; with it, they cannot name anybody.",
        "Remove them",
        changes,
    )
