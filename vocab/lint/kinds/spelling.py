"""Entries that a spelling dictionary does not know."""

from __future__ import annotations

import re
from functools import lru_cache

from babel.core import get_global

from vocab.importing.scripts import is_foreign
from vocab.lint.finding import CannotCheck, Change, Finding
from vocab.lint.restored_marks import restored
from vocab.lint.subject import Subject
from vocab.words.casing import capitalised, upper
from vocab.words.frequency.case_restoration import MAX_INITIALS
from vocab.words.frequency.dictionary import DIRECTORY, DictionaryMissing, Hunspell
from vocab.words.language_tag import language_name

KIND = "spelling"


def find(subject: Subject) -> Finding | None:
    names = _names(subject)
    if not names:
        raise CannotCheck(
            f"there is no hunspell dictionary of {language_name(subject.language)} in {DIRECTORY};"
            f" the names of Debian's packages for it begin with hunspell-{subject.primary}"
        )
    try:
        dictionary = _dictionary(names)
    except DictionaryMissing as error:
        raise CannotCheck(str(error)) from error
    changes = []
    for word in subject.unreviewed:
        if not _is_of_another_kind(word, subject):
            right = _right(word, subject, dictionary)
            if right != word:
                changes.append(Change(word, (right,) if right else ()))
    if not changes:
        return None
    return Finding(
        KIND,
        "Not in the dictionary",
        f"The spelling dictionary ({', '.join(names)}) does not know these entries. Many are"
        " mistakes; names and words of a trade may be right, so look at them first.",
        "Put right those with a likely spelling, and remove the others",
        tuple(changes),
    )


def _is_of_another_kind(word: str, subject: Subject) -> bool:
    lower = subject.lower(word)
    tables = subject.tables
    return (
        len(word) == 1
        or is_foreign(word, subject.language)
        or (
            tables is not None
            and (lower in tables.kept or lower in tables.names or lower in tables.profanity)
        )
        or (subject.starter is not None and lower in subject.starter.by_lower)
    )


def _right(word: str, subject: Subject, dictionary: Hunspell) -> str | None:
    """Return the spelling that the dictionary knows, or None."""
    if any(not part.isalpha() for part in re.split("[ -]", word)):
        return word  # clitics, abbreviations, numbers: a dictionary has few of them
    parts = word.split(" ")
    if all(_is_known(part, subject, dictionary) for part in parts):
        return word
    for form in (capitalised(word, subject.language), restored(word, subject)):
        if form is not None and dictionary.knows(form):
            return form
    # Abbreviations in small letters: usb. It may accept longer words in capitals that are wrong.
    is_abbreviation = len(word) <= MAX_INITIALS and dictionary.knows(upper(word, subject.language))
    return word if is_abbreviation else None


def _is_known(word: str, subject: Subject, dictionary: Hunspell) -> bool:
    # A capital that should not be there is another kind. Dictionaries have etc with its full stop.
    return any(map(dictionary.knows, (word, subject.lower(word), f"{word}.")))


def _names(subject: Subject) -> tuple[str, ...]:
    """Return the dictionaries of the language: those of the tables, or those of its country."""
    if subject.tables and subject.tables.dictionaries:
        return subject.tables.dictionaries
    likely = get_global("likely_subtags").get(subject.primary, "").split("_")[-1]
    region = next((part for part in subject.language.split("-")[1:] if len(part) == 2), likely)
    for name in (f"{subject.primary}_{region}", f"{subject.primary}_{likely}", subject.primary):
        if (DIRECTORY / f"{name}.dic").is_file():
            return (name,)
    return ()


@lru_cache(maxsize=2)
def _dictionary(names: tuple[str, ...]) -> Hunspell:
    return Hunspell(names)
