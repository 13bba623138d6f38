"""Checks a finished text of a language without spaces with a segmenter (`units=words`).

It shares only the segmenter with the code that wrote the text. The text is split at its marks, the
segmenter splits each stretch of letters between them, and the pieces are joined to listed words so
that the number of unlisted pieces is minimal. The report lists those pieces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from vocab.words.checker.letter_groups import in_run
from vocab.words.checker.report import VocabReport, Written, report_of
from vocab.words.checker.word_checker import MARKS, WordChecker
from vocab.words.orthography import Numbers, Orthography, Style
from vocab.words.segmenting.segmenters import Segmenter

# \w lacks joiners and combining marks. Thai vowels are combining marks.
_LETTERS = re.compile(
    r"(?:[^\W_]|[\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u3099\u309a\u200c\u200d])+"
)
_DIGITS = re.compile(r"\d+")


class SegmentChecker:
    """Checks texts against `words`, the entries that the request allows, in any order."""

    def __init__(
        self,
        words: Sequence[str],
        orthography: Orthography,
        style: Style,
        segment: Segmenter,
    ) -> None:
        self._listed = WordChecker(words, orthography, style)
        self._numbers = style.numbers != Numbers.NONE
        self._segment = segment
        self._longest = max(map(len, words), default=1)

    def lists(self, word: str) -> bool:
        """True if the list has the word in this spelling."""
        return self._listed.lists(word)

    def report(self, text: str) -> VocabReport:
        return report_of(self.written(text), str.lower)

    def written(self, text: str) -> list[Written]:
        """Return the words and symbols in order, without numbers and marks."""
        text = unicodedata.normalize("NFC", text)
        return [
            Written(start, piece, any(map(str.isalnum, piece)), listed)
            for start, piece, listed in self._pieces(text)
        ]

    def _pieces(self, text: str) -> Iterator[tuple[int, str, bool]]:
        end = 0
        for match in _LETTERS.finditer(text):
            yield from self._symbols(text, end, match.start())
            at = match.start()
            for piece, counts, listed in self._words_in_stretch(match[0]):
                if counts:
                    yield at, piece, listed
                at += len(piece)
            end = match.end()
        yield from self._symbols(text, end, len(text))

    def _symbols(self, text: str, start: int, end: int) -> Iterator[tuple[int, str, bool]]:
        for at in range(start, end):
            if text[at] not in MARKS:
                yield at, text[at], False

    def _words_in_stretch(self, stretch: str) -> Iterator[tuple[str, bool, bool]]:
        """Yield each piece, whether it is no number, and whether it is listed."""
        pieces: list[str] = []
        for piece in self._segment(stretch):
            if pieces and in_run(pieces[-1][-1]) and in_run(piece[0]):
                piece = pieces.pop() + piece
            pieces.append(piece)
        if "".join(pieces) != stretch:
            pieces = [stretch]
        # For each position, built from the end: the minimal number of unlisted pieces and of words
        # in the rest, and the number of pieces in the first word.
        best: list[tuple[int, int, int]] = [(0, 0, 0)]
        for at in range(len(pieces) - 1, -1, -1):
            ways = []
            for count in range(1, len(pieces) - at + 1):
                word = "".join(pieces[at : at + count])
                if count > 1 and len(word) > self._longest:
                    break
                known = self._is_number(word) if count == 1 else False
                if count == 1 or self.lists(word):
                    unlisted = count == 1 and not (known or self.lists(word))
                    left, words, _ = best[count - 1]
                    ways.append((left + unlisted, words + 1, count))
            best.insert(0, min(ways))
        at = 0
        while at < len(pieces):
            count = best[at][2]
            word = "".join(pieces[at : at + count])
            is_number = count == 1 and self._is_number(word)
            yield word, not is_number, count > 1 or self.lists(word)
            at += count

    def _is_number(self, piece: str) -> bool:
        return self._numbers and _DIGITS.fullmatch(piece) is not None
