"""Where the letters of a text without spaces belong together.

Like the other modules of the checker, this shares facts with the mask but no code.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from vocab.words.orthography.entries import JOINERS, TRAILING_MARKS
from vocab.words.orthography.scripts import (
    FOLLOWING_VOWELS,
    LEADING_VOWELS,
    LETTER_SIGNS,
    STACKING_SIGNS,
    is_unspaced,
)

_VOWELS = LEADING_VOWELS | FOLLOWING_VOWELS


def in_word(character: str) -> bool:
    """True for a character that words consist of; False for ""."""
    return character != "" and (
        character.isalnum()
        or character in JOINERS
        or character in LETTER_SIGNS
        or unicodedata.category(character)[0] == "M"
    )


def in_run(character: str) -> bool:
    """True for a letter or digit of a script that writes words with spaces; False for ""."""
    return in_word(character) and not is_unspaced(character)


def belong_together(before: str, after: str) -> bool:
    """True if a text without spaces never divides these neighbouring characters into two words."""
    if after == "" or (in_run(before) and in_run(after)):
        return after != ""
    added = after in FOLLOWING_VOWELS or after in JOINERS or unicodedata.category(after)[0] == "M"
    stacked = before in STACKING_SIGNS and after not in LEADING_VOWELS
    waits = in_word(after) and (stacked or before in LEADING_VOWELS)
    return in_word(before) and (added or waits)


def is_alone(character: str) -> bool:
    """True for a letter without spaces that takes no other character into its group."""
    is_mark = unicodedata.category(character)[0] == "M"
    return is_unspaced(character) and not is_mark and character not in _VOWELS


def letter_groups(entry: str) -> Iterator[str]:
    """Yield the smallest parts of an entry that `units=characters` allows."""
    group = ""
    for at, character in enumerate(entry):
        run = not is_unspaced(character)
        others = group and run != (not is_unspaced(group[-1]))
        if others or (group and not run and not belong_together(entry[at - 1], character)):
            yield from _trimmed(group)
            group = ""
        group += character
    yield from _trimmed(group)


def _is_letter(character: str) -> bool:
    return character.isalnum() or character in LETTER_SIGNS


def _trimmed(group: str) -> Iterator[str]:
    """Yield the group without signs around it, if a letter or digit remains."""
    if is_unspaced(group[:1]):
        letters = (at for at, each in enumerate(group) if _is_letter(each) and each not in _VOWELS)
        start = next(letters, None)
        while start and group[start - 1] in LEADING_VOWELS:
            start -= 1
        if start is not None:
            yield group[start:]
        return
    known = [at for at, each in enumerate(group) if each.isalnum()]
    if not known:
        return
    start, end = known[0], known[-1] + 1
    while unicodedata.category(group[end : end + 1] or " ")[0] == "M":
        end += 1
    while group[end : end + 1] in TRAILING_MARKS:
        end += 1
    yield group[start - (group[max(0, start - 1)] == "'") : end]
