"""Entries whose capitals are not those of the language: `i`, `monday`, `haus`, `HELLO`."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale, UnknownLocaleError

from vocab.lint.finding import CannotCheck, Change, Finding
from vocab.lint.subject import Subject
from vocab.words.casing import has_capital, primary_language
from vocab.words.language_tag import language_name

KIND = "casing"


def find(subject: Subject) -> Finding | None:
    names = _proper_names(subject.primary)
    if subject.starter is None and not names:
        name = language_name(subject.language)
        raise CannotCheck(f"it is not known which words of {name} have a capital")
    headings = _in_capitals(subject)
    changes = []
    for word in subject.unreviewed:
        right = _right_case(word, subject, headings=headings) or _name(word, subject, names)
        if right is not None and right != word:
            changes.append(Change(word, (right,)))
    if not changes:
        return None
    return Finding(
        KIND,
        "Capitals",
        "Texts write these words with other capitals. A small letter in the list gives replies with"
        " monday or london; a capital in the list makes replies write it everywhere.",
        "Change the capitals",
        tuple(changes),
    )


def _right_case(word: str, subject: Subject, *, headings: bool) -> str | None:
    """Return the entry of the starter list that the word is, if its case is not possible."""
    if subject.starter is None:
        return None
    forms = subject.starter.by_lower.get(subject.lower(word), ())
    if not forms:
        return None
    if any(not has_capital(form) for form in forms):
        # A word that also exists without capitals may be a name here: Rose.
        return forms[0] if headings or (word.isupper() and len(word) > 3) else None
    return forms[0]


def _in_capitals(subject: Subject) -> bool:
    """Return True if the list has capitals where texts have none, as headings have."""
    if subject.starter is None or (subject.tables and subject.tables.capitalised_nouns):
        return False
    ranks = subject.starter.ranks
    plain = sum(word in ranks and not has_capital(word) for word in subject.words)
    capital = sum(has_capital(word) and subject.lower(word) in ranks for word in subject.unreviewed)
    return capital > plain


def _name(word: str, subject: Subject, names: dict[str, str]) -> str | None:
    if has_capital(word) or (subject.starter and subject.lower(word) in subject.starter.ranks):
        return None
    return names.get(word)


@lru_cache(maxsize=8)
def _proper_names(language: str) -> dict[str, str]:
    """Map CLDR's days, months, languages and countries in lower case to what texts have.

    Only those with capitals; empty for a language that CLDR does not have.
    """
    try:
        locale = Locale.parse(primary_language(language))
    except (UnknownLocaleError, ValueError):
        return {}
    calendar = [locale.days["format"]["wide"], locale.months["format"]["wide"]]
    names = [name for table in calendar for name in table.values()]
    names += [*locale.languages.values(), *locale.territories.values()]
    return {name.lower(): name for name in map(str, names) if has_capital(name)}
