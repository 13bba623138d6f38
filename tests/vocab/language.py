"""The language of a wordlist, said once more as a regular expression: the tests' oracle.

Shares no code with vocab.words. It is slow and only fit for small lists.
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
    """Whole words and the marks around them; which pairs are open is not looked at.

    exact: the words are spellings, to be taken as they are.
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
