"""Checks a finished text of a language without spaces with a segmenter (`units=words`).

It shares only the segmenter with the code that wrote the text. The text is split at its marks and
at the signs and units beside its numbers, the segmenter splits each stretch of letters between
them, and the pieces are joined to listed words so that the number of unlisted pieces is minimal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from vocab.words.checker.letter_groups import in_run, in_word
from vocab.words.checker.listed_words import ListedWords, straight
from vocab.words.checker.report import VocabReport, Written, report_of
from vocab.words.checker.style_rules import StyleRules, label_pattern
from vocab.words.orthography import Orthography, Style
from vocab.words.orthography.exercise_marks import CIRCLED, number_labels
from vocab.words.orthography.pack import FRACTIONS
from vocab.words.segmenting.segmenters import Segmenter

_DIGITS = re.compile(r"\d+")
_FRACTIONS = "".join(FRACTIONS)
_SPACES = (" ", "\u00a0", "\u202f")


class SegmentChecker:
    """Checks texts against `words`, the entries that the request allows, the best rank first."""

    def __init__(
        self,
        words: Sequence[str],
        orthography: Orthography,
        style: Style,
        segment: Segmenter,
    ) -> None:
        self._listed = ListedWords(words, orthography, style)
        self._rules = StyleRules(orthography, style)
        self._segment = segment
        self._label = label_pattern(number_labels(orthography), "?")
        spaced = {space + unit for space in ("", *_SPACES) for unit in orthography.units}
        self._number = re.compile(
            rf"(?P<sign>(?:{_any_of(orthography.signs)})[{''.join(_SPACES)}]?)?"
            rf"(?:\d+[{_FRACTIONS}]?|[{_FRACTIONS}])"
            rf"(?P<unit>{_any_of(orthography.ordinals | spaced)})?"
        )

    def lists(self, word: str) -> bool:
        """True if the list has the word in this spelling."""
        return self._listed.lists(word)

    def rank_of(self, word: str) -> int | None:
        """Return the rank of a listed word, from 1; None if the list has no such spelling."""
        return self._listed.rank_of(word)

    def report(self, text: str) -> VocabReport:
        return self.report_on(self.written(text))

    def report_on(self, pieces: Sequence[Written]) -> VocabReport:
        """pieces: What `written` has returned."""
        return report_of(pieces, self.lower)

    def lower(self, text: str) -> str:
        """Return the text in lower case, as the language writes it."""
        return self._listed.lower(text)

    def written(self, text: str) -> list[Written]:
        """Return the words in order, and the numbers and marks that the style does not allow."""
        text = unicodedata.normalize("NFC", text)
        starts = self._rules.sentence_starts(straight(text))
        found: list[Written] = []
        at = number_end = 0
        while at < len(text):
            end = at + 1
            number, label = self._number_at(text, at), self._label.match(text, at)
            if number is not None:
                end = number_end = number.end()
                found += self._beside(number)
            elif label is not None:
                end = label.end()
                reason = self._rules.label(text, at, label.end("label"))
                if reason is not None:
                    found.append(Written(at, label["label"], False, True, reason=reason))
            elif text[at] in FRACTIONS:
                reason = self._rules.number(text, at, end)
                if reason is not None:
                    found.append(Written(at, text[at], False, True, reason=reason))
            elif in_word(text[at]):
                while end < len(text) and self._goes_on(text, end):
                    end += 1
                found += self._words_in_stretch(text, at, end, starts)
            else:
                before = text[max(0, at - 1) : at]
                after_number = _in_number(before) or number_end == at > 0
                after = text[at + 1 : at + 2]
                minus = _in_number(after)
                reason = self._rules.mark(text[at], before, after_number=after_number, minus=minus)
                if reason is not None:
                    found.append(Written(at, text[at], False, True, reason=reason))
            at = end
        return found

    def _number_at(self, text: str, start: int) -> re.Match[str] | None:
        """Return a number with a sign or a unit that is not part of a longer run of letters."""
        match = self._number.match(text, start)
        if match is None or not (match["sign"] or match["unit"]):
            return None
        before = text[max(0, start - 1) : start]
        inside = in_run(text[start]) and in_run(before) and before not in CIRCLED  # ①5℃
        end = match.end()
        ends_run = in_run(text[end - 1]) and text[end - 1] not in FRACTIONS
        if inside or (ends_run and in_run(text[end : end + 1])):
            return None
        return None if self._rules.beside_number() and self.lists(match[0]) else match

    def _goes_on(self, text: str, at: int) -> bool:
        in_stretch = in_word(text[at]) and text[at] not in FRACTIONS | CIRCLED
        return in_stretch and not self._number_at(text, at)

    def _beside(self, match: re.Match[str]) -> Iterator[Written]:
        """Yield the sign, the number and the unit if the style does not allow them."""
        sign, unit = match["sign"] or "", match["unit"] or ""
        start, end = match.start() + len(sign), match.end() - len(unit)
        beside = self._rules.beside_number()
        number = self._rules.number(match.string, start, end)
        before = self._rules.sign(match.string, match.start(), start)
        parts = ((match.start(), sign, before), (start, match.string[start:end], number))
        for at, part, reason in (*parts, (end, unit, beside)):
            if part and reason:
                yield Written(at, part, False, True, reason=reason)

    def _words_in_stretch(
        self, text: str, start: int, end: int, starts: Sequence[bool]
    ) -> Iterator[Written]:
        for at, piece, known in self._joined(text[start:end]):
            begin = start + at
            if known and _DIGITS.fullmatch(piece) and not self.lists(piece):
                reason = self._rules.number(text, begin, begin + len(piece))
                if reason:
                    yield Written(begin, piece, False, True, reason=reason)
                continue
            capitals = self._listed.capitals_of(piece) if known else None
            reason = capitals and self._rules.capitals(capitals, sentence_start=starts[begin])
            yield Written(begin, piece, any(map(str.isalnum, piece)), known, reason=reason)

    def _joined(self, stretch: str) -> Iterator[tuple[int, str, bool]]:
        """Yield each word or number of a stretch with its position, and whether it is listed."""
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
                if count > 1 and len(word) > self._listed.longest:
                    break
                known = self.lists(word) or (count == 1 and _DIGITS.fullmatch(word) is not None)
                if count == 1 or known:
                    left, words, _ = best[count - 1]
                    ways.append((left + (not known), words + 1, count))
            best.insert(0, min(ways))
        first = position = 0
        while first < len(pieces):
            count = best[first][2]
            word = "".join(pieces[first : first + count])
            known = count > 1 or self.lists(word) or _DIGITS.fullmatch(word) is not None
            yield position, word, known
            first, position = first + count, position + len(word)


def _in_number(character: str) -> bool:
    return character.isdigit() or character in FRACTIONS


def _any_of(texts: Iterable[str]) -> str:
    """Return a pattern of any of these texts, the longest one first."""
    return "|".join(map(re.escape, sorted(texts, key=len, reverse=True))) or "(?!)"
