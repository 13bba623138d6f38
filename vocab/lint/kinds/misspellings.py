"""Spellings that the project's tables know to be wrong: `coeur`, `definately`."""

from __future__ import annotations

from vocab.lint.finding import Change, Finding
from vocab.lint.kinds.contractions import halves
from vocab.lint.restored_marks import restored
from vocab.lint.subject import Subject

KIND = "misspellings"


def find(subject: Subject) -> Finding | None:
    tables = subject.tables
    if tables is None:
        return None
    joined = halves(subject)
    changes = []
    for word in subject.unreviewed:
        lower = subject.lower(word)
        if word not in joined and (lower in tables.misspellings or lower in tables.respell):
            right = tables.respell.get(lower)
            if subject.starter is None or right not in subject.starter.ranks:
                right = restored(lower, subject)
            changes.append(Change(word, (right,) if right else ()))
    if not changes:
        return None
    return Finding(
        KIND,
        "Known misspellings",
        "These spellings are common on the web, and they are wrong.",
        "Put right those with one right spelling, and remove the others",
        tuple(changes),
    )
