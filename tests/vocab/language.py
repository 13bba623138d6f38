"""The language of a wordlist as a regular expression: a second oracle for tests.

It shares no code with vocab.words. It is slow, so tests use it with small lists only.
"""

from __future__ import annotations

from collections.abc import Iterable

import regex

OPENING = {"¿": "?", "¡": "!", "«": "»", "“": "”", '"': '"', "(": ")"}


def forms(word: str) -> set[str]:
    found = {word, word.upper()}
    if word == word.lower():
        letter = next(index for index, character in enumerate(word) if character.isalpha())
        found.add(word[:letter] + word[letter].upper() + word[letter + 1 :])
    return found | {form.replace("'", "’") for form in found}


def spanish(words: Iterable[str], *, exact: bool = False) -> regex.Pattern[str]:
    """Return a pattern of words and the marks around them. It does not check pairs.

    exact: The words are spellings, so they get no capitals and no other apostrophe.
    """
    spellings = {form for word in words for form in ([word] if exact else forms(word))}
    alternatives = "|".join(regex.escape(form) for form in sorted(spellings))
    end = r"(?:\.\.\.|\.|!\?|\?!|!|\?|…)"
    mark = rf"(?:[,;:]|{end})?"
    unit = rf"[¿¡«“\"(]*(?:{alternatives})(?:{mark}[»”\")])*{mark}"
    separator = r"(?: |\n\n|\n| [–—-] |(?<![,;:])—)"
    dialogue = r"(?:[—–] ?)?"
    lines = rf"{dialogue}{unit}(?:(?:\n\n|\n){dialogue}{unit}|{separator}{unit})*"
    return regex.compile(lines)


def is_prefix(pattern: regex.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(text, partial=True) is not None
