"""Entries in another script than the language's, and entries with a letter from another script."""

from __future__ import annotations

import unicodedata

from vocab.importing.scripts import is_foreign, script_names
from vocab.lint.finding import CannotCheck, Change, Finding
from vocab.lint.subject import Subject
from vocab.words.language_tag import language_name

KIND = "script"
# Letters of Cyrillic and Greek that look like Latin ones.
_LOOK_ALIKES = (
    *zip("аеорсухіјѕԁԛԝАВЕКМНОРСТХІЅЈ", "aeopcyxijsdqwABEKMHOPCTXISJ", strict=True),
    *zip("ουνικρΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ouvikpABEZHIKMNOPTYX", strict=True),
)
_TO_LATIN = str.maketrans(dict(_LOOK_ALIKES))
_FROM_LATIN = {
    name: str.maketrans({b: a for a, b in _LOOK_ALIKES if unicodedata.name(a).startswith(name)})
    for name in ("CYRILLIC", "GREEK")
}
# These scripts are mixed with Latin letters: T恤, 卡拉OK, Tシャツ.
_MIXED = frozenset({"CJK", "HANGUL"})
# Letters of no script: 1ª, and the apostrophe ʼ.
_NEUTRAL = frozenset("ªºµ")


def find(subject: Subject) -> Finding | None:
    scripts = script_names(subject.language)
    if not scripts:
        raise CannotCheck(f"the script of {language_name(subject.language)} is not known here")
    changes = tuple(
        Change(word, _in_own_script(word, subject.language, scripts))
        for word in subject.unreviewed
        if not word.isascii() or scripts != ("LATIN",)
        if _is_wrong(word, subject.language, scripts)
    )
    if not changes:
        return None
    return Finding(
        KIND,
        "Letters of another script",
        f"These entries have letters that {language_name(subject.language)} is not written with."
        " Some are words of another language; in others a letter only looks like the right one.",
        "Put look-alike letters right, and remove the others",
        changes,
    )


def _is_wrong(word: str, language: str, scripts: tuple[str, ...]) -> bool:
    letters = "".join(
        each for each in word if unicodedata.category(each) != "Lm" and each not in _NEUTRAL
    )
    if not _MIXED.isdisjoint(scripts):
        return is_foreign(letters, language)
    return any(is_foreign(each, language) for each in set(letters))


def _in_own_script(word: str, language: str, scripts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the word with the letters that it seems to have; nothing if there are none."""
    table = _TO_LATIN if scripts == ("LATIN",) else _FROM_LATIN.get(scripts[0])
    # A whole word in another script is a word of another language.
    if table is None or is_foreign(word, language):
        return ()
    respelt = word.translate(table)
    return () if _is_wrong(respelt, language, scripts) else (respelt,)
