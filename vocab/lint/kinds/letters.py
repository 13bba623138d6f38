"""Single letters that are no words."""

from __future__ import annotations

from vocab.importing.scripts import is_foreign
from vocab.lint.finding import CannotCheck, Change, Finding
from vocab.lint.kinds.contractions import halves
from vocab.lint.subject import Subject
from vocab.words.language_tag import language_name

KIND = "letters"


def find(subject: Subject) -> Finding | None:
    if not subject.orthography.spaced:
        return None
    name = language_name(subject.language)
    if subject.tables is None or subject.tables.one_letter is None:
        raise CannotCheck(f"it is not known which words of {name} have one letter")
    words = subject.tables.one_letter
    attached = subject.orthography.bound | subject.orthography.proclitics
    joined = halves(subject)
    changes = tuple(
        Change(word)
        for word in subject.unreviewed
        if len(word) == 1 and word.isalpha() and not is_foreign(word, subject.language)
        if subject.lower(word) not in words | attached and word not in joined
    )
    if not changes:
        return None
    there = ", ".join(sorted(words))
    known = f" The words of one letter in {name} are {there}." if words else ""
    return Finding(
        KIND,
        "Stray letters",
        f"These single letters are no words. They come from initials, formulas or a cut at an"
        f" apostrophe, and replies would contain them as words.{known}",
        "Remove them",
        changes,
    )
