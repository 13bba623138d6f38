"""The units of entries in a language without spaces, for `units=characters`.

A unit is a letter with the vowels and marks that are written around it (学, กี่), or a run of letters
and digits of other scripts (OK in 卡拉OK, 5G, New York). Signs without a letter are no units.
"""

from __future__ import annotations

from collections.abc import Iterable

import regex

from vocab.words.orthography.entries import LEADING_MARKS, TRAILING_MARKS
from vocab.words.orthography.scripts import (
    FOLLOWING_VOWELS,
    LEADING_VOWELS,
    STACKING_SIGNS,
    UNSPACED,
    is_unspaced,
)

_LEADING, _FOLLOWING = "".join(LEADING_VOWELS), "".join(FOLLOWING_VOWELS)
_LETTER = rf"[{UNSPACED}--[\p{{M}}{_LEADING}{_FOLLOWING}]]"
_ADDED = rf"[[{UNSPACED}&&\p{{M}}]{_FOLLOWING}]"
_STACKED = rf"(?<=[{''.join(STACKING_SIGNS)}]){_LETTER}"
_CLUSTER = rf"[{_LEADING}]*{_LETTER}(?:{_ADDED}|{_STACKED})*"
_CLUSTERS_AND_OTHERS = regex.compile(rf"{_CLUSTER}|[^{UNSPACED}]+", regex.V1)
_ALONE = regex.compile(_LETTER, regex.V1)
_FIRST, _LAST = (regex.escape("".join(marks)) for marks in (LEADING_MARKS, TRAILING_MARKS))
_RUN = regex.compile(rf"[{_FIRST}]?[\p{{L}}\p{{N}}](?:.*[\p{{L}}\p{{N}}])?\p{{M}}*[{_LAST}]*")


def units_of(entries: Iterable[str], first_rank: int = 1) -> tuple[dict[str, int], dict[str, int]]:
    """Return the letters and the runs, each with the rank of the first entry that has it.

    A vowel or a mark without a letter is left out.
    """
    entries = tuple(entries)
    # In most entries of Chinese and Japanese each character is a unit, which needs no pattern.
    odd = {letter for letter in set("".join(entries)) if not _ALONE.fullmatch(letter)}
    found: dict[str, int] = {}
    for rank, entry in enumerate(entries, start=first_rank):
        units = _CLUSTERS_AND_OTHERS.findall(entry) if odd and not odd.isdisjoint(entry) else entry
        for unit in units:
            if unit not in found:
                found[unit] = rank
    letters: dict[str, int] = {}
    runs: dict[str, int] = {}
    for unit, rank in found.items():
        if is_unspaced(unit[0]):
            letters[unit] = rank
        elif run := _RUN.search(unit):
            runs.setdefault(run[0], rank)
    return letters, runs
