"""Verifies, while a text without spaces is written, that a segmenter finds only listed words in it.

A stretch is a maximal run of letters and digits, without the signs and units beside numbers; the
segmenter splits each stretch by itself. A stretch is *listed* if its pieces are entries or numbers,
where several pieces may form one entry.
The verdict is final only after the stretch ends: a further character can change its last words.

`checker/segment_checker.py` checks finished texts and shares no code with this module.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

from vocab.words.orthography.entries import JOINERS
from vocab.words.orthography.exercise_marks import CIRCLED
from vocab.words.orthography.pack import FRACTIONS
from vocab.words.orthography.scripts import is_unspaced
from vocab.words.segmenting.beside_numbers import BesideNumbers
from vocab.words.segmenting.segmenters import Segmenter

# Maximum number of words tried as completions of an unfinished word, the most frequent ones first.
MAX_TRIED = 48
MAX_KNOWN_STRETCHES = 512


class Verdict(Enum):
    """The verdict on a stretch that may still grow.

    LISTED: The segmenter finds only listed words.
    OPEN: Completing the last word to a listed one makes the stretch LISTED.
    UNLISTED: No completion of the last word makes the stretch LISTED.
    """

    LISTED = 1
    OPEN = 2
    UNLISTED = 3


def is_letter(character: str) -> bool:
    """True for characters of a stretch: letters, digits, and marks that combine with them."""
    if character in FRACTIONS | CIRCLED:
        return False
    return character.isalnum() or character in JOINERS or unicodedata.category(character)[0] == "M"


class SegmentVerifier:
    """forms: Every spelling of the entries that the request allows, the most frequent first."""

    def __init__(
        self, forms: Iterable[str], segment: Segmenter, beside_numbers: BesideNumbers | None = None
    ) -> None:
        # Only the last stretch of a text changes while it is written.
        self._segment = lru_cache(MAX_KNOWN_STRETCHES)(segment)
        self._beside_numbers = beside_numbers or BesideNumbers()
        self._forms = dict.fromkeys(forms)
        self._longest = max(map(len, self._forms), default=0)
        completions = (*self._beside_numbers.examples, *self._forms)
        self._longest_completion = max(map(len, completions), default=0)
        self._begun: dict[str, list[str]] = {}  # prefix -> the most frequent words with it
        for form in completions:
            for size in range(1, len(form)):
                known = self._begun.setdefault(form[:size], [])
                if len(known) < MAX_TRIED:
                    known.append(form)

    def goes_on(self, stretch: str, character: str) -> bool:
        """True if the verdict on `stretch` may still depend on what follows `character`."""
        return is_letter(character) or self._beside_numbers.is_begun(stretch + character)

    def verdict(self, stretch: str) -> Verdict:
        """Return the verdict on a text that has not been closed since it began (`goes_on`)."""
        if self.accepts(stretch):
            return Verdict.LISTED
        for size in range(1, min(len(stretch), self._longest_completion - 1) + 1):
            before, begun = stretch[:-size], stretch[-size:]
            if any(self.accepts(before + word) for word in self._begun.get(begun, ())):
                return Verdict.OPEN
        return Verdict.UNLISTED

    def accepts(self, text: str, start: int = 0) -> bool:
        """True if every stretch of the text that ends after `start` is listed."""
        while start > 0 and self.goes_on(text[: start - 1], text[start - 1]):
            start -= 1
        stretch = ""
        for character in (*self._beside_numbers.removed(text[start:]), "\n"):
            if is_letter(character):
                stretch += character
            elif stretch:
                if not self._is_listed(stretch):
                    return False
                stretch = ""
        return True

    def _is_listed(self, stretch: str) -> bool:
        pieces = _without_cuts_in_runs(self._segment(stretch))
        if "".join(pieces) != stretch:  # it dropped characters, so its pieces prove nothing
            return False
        covered = [True] + [False] * len(pieces)  # covered[i]: the first i pieces are listed
        for end in range(1, len(pieces) + 1):
            if covered[end - 1] and pieces[end - 1].isdecimal():
                covered[end] = True
                continue
            word = ""
            for first in range(end - 1, -1, -1):
                word = pieces[first] + word
                if len(word) > self._longest:
                    break
                if covered[first] and word in self._forms:
                    covered[end] = True
                    break
        return covered[-1]


def _without_cuts_in_runs(pieces: Iterable[str]) -> list[str]:
    """Join pieces that divide letters or digits of scripts with spaces: 5 and the of 5the."""
    joined: list[str] = []
    for piece in pieces:
        if joined and not (is_unspaced(joined[-1][-1]) or is_unspaced(piece[0])):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined
