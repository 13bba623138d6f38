"""Finds banned words and phrases in a finished text, independently of the mask.

A word is a run of letters and digits, with apostrophes inside. The words of a phrase have only
white space, hyphens and `*` between them.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

_WORD = re.compile("L+(?:JL+)*")
_GAP = re.compile("S+")


def banned_in(
    text: str, banned: Iterable[str], lower: Callable[[str], str], upper: Callable[[str], str]
) -> Iterator[str]:
    """Yield each place of a banned word or phrase in a text as it is written there.

    lower, upper: Change the case of a text as its language does.
    """
    text = unicodedata.normalize("NFC", text)
    kinds = "".join(map(_kind, text))
    words = [match.span() for match in _WORD.finditer(kinds)]

    def compared(word: str) -> set[str]:
        straight = word.replace("’", "'").replace("ʼ", "'")
        return {lower(straight).replace("ς", "σ"), lower(upper(straight)).replace("ς", "σ")}

    spellings = [compared(text[start:end]) for start, end in words]
    for phrase in banned:
        parts = [compared(part) for part in phrase.replace("-", " ").split()]
        for first in range(len(words) - len(parts) + 1):
            places = words[first : first + len(parts)]
            gaps = itertools.pairwise(places)
            if all(map(set.intersection, parts, spellings[first:])) and all(
                _GAP.fullmatch(kinds[before[1] : after[0]]) for before, after in gaps
            ):
                yield text[places[0][0] : places[-1][1]]


def _kind(character: str) -> str:
    """Return L for letters and digits, J for joints, S for gaps, X for all others."""
    if character.isalnum() or unicodedata.category(character)[0] == "M":
        return "L"
    if character in "'’ʼ":
        return "J"
    return "S" if character.isspace() or character in "*-" else "X"
