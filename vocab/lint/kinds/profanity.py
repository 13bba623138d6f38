"""Strong profanity and slurs, which the starter lists leave out."""

from __future__ import annotations

from vocab.lint.finding import CannotCheck, Change, Finding
from vocab.lint.subject import Subject
from vocab.words.language_tag import language_name

KIND = "profanity"


def find(subject: Subject) -> Finding | None:
    if subject.tables is None:
        name = language_name(subject.language)
        raise CannotCheck(f"the project has no table of profanity in {name}")
    changes = tuple(map(Change, subject.unreviewed_in(subject.tables.profanity)))
    if not changes:
        return None
    return Finding(
        KIND,
        "Profanity",
        "These are strong profanity or slurs. Replies can contain them, also in a lesson for"
        " children.",
        "Remove them",
        changes,
    )
