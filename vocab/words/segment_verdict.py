"""Whether a segmenter cuts a text without spaces into listed words, asked while it is written.

The text is cut at everything that is no letter and no digit; each stretch in between is segmented
by itself. A stretch is *listed* if the segmenter's pieces are entries or numbers, one by one or
several together: an entry that the segmenter takes apart counts if its pieces make it up. Nothing
is settled before a stretch is closed: another character can make other words of the last ones.

Knows neither tokens nor models. `segment_check.py` asks the same of finished texts and shares none
of this.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from enum import Enum

from vocab.words.segmenters import Segmenter

# Of the words that begin in one way, so many of the commonest are tried as the one under way.
MAX_TRIED = 48
_JOINERS = frozenset("\u200c\u200d")


class Verdict(Enum):
    """Of a stretch that is not closed yet. OPEN: a listed word that goes on can make it LISTED.
    UNLISTED: nothing can, as far as one word ahead shows.
    """

    LISTED = 1
    OPEN = 2
    UNLISTED = 3


def is_letter(character: str) -> bool:
    """True for what a stretch is made of: letters, digits, and the signs that combine with them."""
    return character.isalnum() or character in _JOINERS or unicodedata.category(character)[0] == "M"


class SegmentVerifier:
    """forms: every spelling of the entries in force, the commonest first."""

    def __init__(self, forms: Iterable[str], segment: Segmenter) -> None:
        self._segment = segment
        self._forms = dict.fromkeys(forms)
        self._longest = max(map(len, self._forms), default=0)
        self._begun: dict[str, list[str]] = {}  # the start of a word -> the commonest such words
        for form in self._forms:
            for size in range(1, len(form)):
                known = self._begun.setdefault(form[:size], [])
                if len(known) < MAX_TRIED:
                    known.append(form)

    def verdict(self, stretch: str) -> Verdict:
        if self._is_listed(stretch):
            return Verdict.LISTED
        for size in range(1, min(len(stretch), self._longest - 1) + 1):
            before, begun = stretch[:-size], stretch[-size:]
            if any(self._is_listed(before + word) for word in self._begun.get(begun, ())):
                return Verdict.OPEN
        return Verdict.UNLISTED

    def accepts(self, text: str, start: int = 0) -> bool:
        """True if every stretch of the text is listed, those before `start` not looked at."""
        while start > 0 and is_letter(text[start - 1]):
            start -= 1
        stretch = ""
        for character in (*text[start:], "\n"):
            if is_letter(character):
                stretch += character
            elif stretch:
                if not self._is_listed(stretch):
                    return False
                stretch = ""
        return True

    def _is_listed(self, stretch: str) -> bool:
        if not stretch:
            return True
        pieces = self._segment(stretch)
        if "".join(pieces) != stretch:  # it left something out: no proof of anything
            return False
        covered = [True] + [False] * len(pieces)  # the first i pieces are words
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
