"""Checks a finished text against a list, independently of the logit mask.

The mask follows an automaton character by character and is strict about every mark. This module
splits the finished text into marks, numbers and words so that the number of unlisted pieces is
minimal. It does not check the order of marks. It shares the facts of the orthography packs with
the mask but no code, not even the casing rules, so that each one reveals faults of the other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from vocab.words.checker.letter_groups import belong_together, in_run, in_word
from vocab.words.checker.listed_words import Capitals, ListedWords, straight
from vocab.words.checker.report import VocabReport, Written, report_of
from vocab.words.checker.style_rules import Reason, StyleRules, label_pattern
from vocab.words.orthography import (
    Brackets,
    Hyphens,
    Orthography,
    Punctuation,
    Style,
    Units,
)
from vocab.words.orthography.exercise_marks import DOMAINS, GAPS, letter_labels, number_labels
from vocab.words.orthography.pack import FRACTIONS

_FRACTIONS = "".join(FRACTIONS)
_DIGITS_AND_MARKS = r"\d+(?:[.,:٫٬'\u00a0\u202f-]\d+)*"
_NUMBER = re.compile(
    rf"[+%$€£¥₹₺₽¢'–−-]{{0,2}}(?:{_DIGITS_AND_MARKS}[{_FRACTIONS}]?|[{_FRACTIONS}])"
    r"[%٪‰°$€£¥₹₺₽¢]?"
)
_DIGITS = re.compile(r"\d+")
_WHOLE_NUMBER = re.compile(r"\d+(?:-\d+)*")
MARKS = frozenset(
    " \n\u00a0\u202f.,;:!?…¿¡\"“”„‟‚«»‹›‘’'()[]{}‒–—―-/&×*#%‰°$€£¥₹₺₽¢+٪"
    "·。！？，、；：「」『』《》〈〉（）【】～〜~∼<>－・؟،؛।॥\u061f"
    "۔።፣፤፥፦፧፡။៕៖၊។։՝\u2024״"
)
# Marks with which a number or an attached word may begin.
_MARKS_IN_PIECES = frozenset("'.-–−+%$€£¥₹₺₽¢")
_GAP = re.compile("|".join(map(re.escape, sorted(GAPS, key=len, reverse=True))))
_DIGIT_AND_SPACE = re.compile(rf"[\d{_FRACTIONS}][ \u00a0\u202f]")
_SPACE_AND_DIGIT = re.compile(rf"[ \u00a0\u202f]?[\d{_FRACTIONS}]")
# The kind of piece after a suffix. A word has at most two suffixes.
_AFTER_SUFFIX = {
    "word": "suffixed",
    "numeral": "suffixed",
    "number": "suffixed",
    "suffixed": "suffixed twice",
}
# Marks that the report keeps inside an unlisted word in every language: o'clock, ice-cream.
_INNER = "'-·."


class _Piece(NamedTuple):
    """A piece of the text that ends before `end`.

    kind: Its meaning for the next piece: "mark" (also the start of the text), "elision", "word",
        "numeral" (a listed word without a letter), "number", "suffixed", "suffixed twice", or
        "open" (a word that a particle must follow directly).
    """

    end: int
    kind: str
    is_word: bool = False
    listed: bool = True
    is_part: bool = False
    reason: Reason | None = None


class _Segmentation(NamedTuple):
    """A segmentation of the text up to the end of `piece`.

    The lowest (unlisted, out_of_style, words) wins.
    """

    unlisted: int
    out_of_style: int
    words: int
    piece: _Piece | None = None
    start: int = 0
    before: _Segmentation | None = None


class WordChecker:
    """Checks texts against `words`, the entries that the request allows, the best rank first."""

    def __init__(self, words: Sequence[str], orthography: Orthography, style: Style) -> None:
        self._orthography = orthography
        self._style = style
        self._listed = ListedWords(words, orthography, style)
        self._rules = StyleRules(orthography, style)
        self._sign_starts = {sign[0] for sign in orthography.signs}
        self._label = label_pattern(
            letter_labels(orthography) | number_labels(orthography),
            "" if orthography.spaced else "?",
        )
        self._inner = orthography.inner_marks | set(_INNER)
        if style.punctuation != Punctuation.MINIMAL and style.brackets == Brackets.PARTS:
            self._beginnings, self._endings = orthography.beginnings, orthography.endings
        else:
            self._beginnings = self._endings = frozenset[str]()
        self._joints = {"'"} | orthography.prefix_hyphens
        self._joins_words = bool(orthography.particles or orthography.proclitics)
        self._quotes = ""  # suffixes need no apostrophe after these
        if orthography.apostrophe_suffixes or orthography.particles:
            pairs = {straight(a): straight(b) for a, b in orthography.pairs.items()}
            self._closing = "*" + "".join(pairs.values())
            self._opening = set(pairs) - set(pairs.values())
        if orthography.apostrophe_suffixes:
            self._quotes = self._closing.translate(dict.fromkeys(map(ord, "*)]")))

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
        """Return the pieces of the text in order."""
        text = unicodedata.normalize("NFC", text)
        found: list[Written] = []
        cut: _Segmentation | None = self._best_segmentation(straight(text))
        while cut is not None and cut.piece is not None:
            piece = cut.piece
            written = text[cut.start : piece.end]
            found.append(
                Written(
                    cut.start,
                    written,
                    piece.is_word,
                    piece.listed,
                    piece.is_part,
                    piece.reason if piece.listed else None,
                )
            )
            cut = cut.before
        return found[::-1]

    def _best_segmentation(self, text: str) -> _Segmentation:
        """Return the best segmentation (Viterbi's algorithm)."""
        best: list[dict[str, _Segmentation]] = [{} for _ in range(len(text) + 1)]
        best[0]["mark"] = _Segmentation(0, 0, 0)
        sentence_starts = self._rules.sentence_starts(text)
        for start in range(len(text)):
            for kind, before in best[start].items():
                for piece in self._pieces(text, start, kind, sentence_starts[start]):
                    cut = _Segmentation(
                        before.unlisted + (not piece.listed),
                        before.out_of_style + (piece.reason is not None),
                        before.words + piece.is_word,
                        piece,
                        start,
                        before,
                    )
                    known = best[piece.end].get(piece.kind)
                    if known is None or cut[:3] < known[:3]:
                        best[piece.end][piece.kind] = cut
        return min(best[-1].values(), key=lambda cut: cut[:3])

    def _pieces(self, text: str, start: int, kind: str, sentence_start: bool) -> Iterator[_Piece]:
        """Yield every piece that may begin at `start` after a piece of this kind."""
        elided = kind == "elision"
        if elided:
            kind = "mark"
        yield from self._declared(text, start, kind, sentence_start)
        symbol = text[start] not in MARKS and not in_word(text[start])
        if symbol or self._is_mark(text, start, kind):
            before = text[max(0, start - 1) : start]
            reason = self._rules.mark(text[start], before, after_number=kind == "number")
            yield _Piece(start + 1, "mark", reason=reason)
            if not symbol and text[start] not in _MARKS_IN_PIECES:
                return
        if self._quotes and self._follows_closed_pair(text, start, kind):
            yield from self._after_closed_pair(text, start)
        if self._orthography.particles and (in_word(text[start]) or kind == "number"):
            yield from self._particles(text, start, kind)
        if kind != "mark":
            yield from self._attached(text, start, kind)
            if self._orthography.spaced or (kind == "number" and in_run(text[start])):
                yield _Piece(
                    start + 1, "mark", listed=False
                )  # guarantees that a segmentation exists
                return
        yield from self._numbers(text, start)
        yield from self._words(text, start, sentence_start, elided=elided)
        if not symbol:
            yield self._unlisted(text, start)

    def _is_mark(self, text: str, at: int, kind: str) -> bool:
        if text[at] not in MARKS:
            return False
        inside = 0 < at < len(text) - 1 and in_word(text[at - 1]) and in_word(text[at + 1])
        if text[at] == "'":
            if not inside or not self._orthography.spaced:
                return True
            return self._end_of_particles(text, at + 1) > 0  # ‘사랑’은
        if text[at] == "-":  # an unlisted compound is one word, but 5-year is a number and a word
            return not inside or kind == "number" or self._style.hyphens == Hyphens.PAIRS
        return True

    def _attached(self, text: str, start: int, kind: str) -> Iterator[_Piece]:
        for suffix in self._listed.suffixes if kind in _AFTER_SUFFIX else ():
            for end, reason in self._ends(text, start, (suffix,)):
                if not in_word(text[end : end + 1]):
                    yield _Piece(end, _AFTER_SUFFIX[kind], reason=reason)

    def _follows_closed_pair(self, text: str, start: int, kind: str) -> bool:
        """True directly after a mark that closes a pair, which means a piece precedes the mark."""
        if kind != "mark" or text[max(0, start - 1) : start] not in self._closing:
            return False
        before = text[:start].rstrip(self._closing)
        return before != "" and not before[-1].isspace() and before[-1] not in self._opening

    def _after_closed_pair(self, text: str, start: int) -> Iterator[_Piece]:
        for suffix in self._listed.suffixes:
            bare = suffix[1:] if text[start - 1] in self._quotes else suffix
            for end, reason in self._ends(text, start, {suffix, bare}):
                if not in_word(text[end : end + 1]):
                    yield _Piece(end, "suffixed", reason=reason)

    def _particles(self, text: str, start: int, kind: str) -> Iterator[_Piece]:
        """Yield what stands behind a number, a closing mark or a word in Latin letters."""
        end = self._end_of_particles(text, start)
        ends = self._orthography.number_ends
        takes = kind in ("number", "open") or text[max(0, start - 1) : start] in ends
        if end and (takes or self._follows_closed_pair(text, start, kind)):
            yield _Piece(end, "suffixed twice")
        counts = kind == "number" and _is_digit(text[start - 1])
        if counts and self._orthography.words_after_numbers:
            for end in range(start + 1, min(start + self._listed.longest, len(text)) + 1):
                if self._listed.lists(text[start:end]):
                    if not in_word(text[end : end + 1]):
                        yield _Piece(end, "word", is_word=True)
                    elif self._end_of_particles(text, end):
                        yield _Piece(end, "open", is_word=True)
            yield self._unlisted(text, start)

    def _end_of_particles(self, text: str, start: int) -> int:
        """Return the end of the letters at `start` if they are one particle or two, else 0."""
        end = start
        while in_word(text[end : end + 1]):
            end += 1
        letters, known = text[start:end], self._listed.particles
        cuts = range(1, len(letters))
        two = any(letters[:cut] in known and letters[cut:] in known for cut in cuts)
        return end if letters in known or two else 0

    def _declared(self, text: str, start: int, kind: str, sentence_start: bool) -> Iterator[_Piece]:
        """Yield pieces that the orthography lists: (un) and (s) at a word, § and °C at a number."""
        facts = self._orthography
        if kind == "mark" or not facts.spaced:
            yield from self._of_exercises(text, start)
        elif kind in ("word", "suffixed", "suffixed twice") and text[start] == ".":
            yield from self._address_end(text, start)
        if text[start] in "(/:*":
            if kind in ("word", "suffixed"):
                for end, reason in self._ends(text, start, self._endings):
                    if not in_word(text[end : end + 1]):
                        yield _Piece(end, _AFTER_SUFFIX[kind], is_part=True, reason=reason)
            elif kind == "mark":
                for end, reason in self._ends(text, start, self._beginnings, sentence_start):
                    if text[end : end + 1] == "'" or self._begins_word(text, end):
                        yield _Piece(end, "mark", is_part=True, reason=reason)
        if kind == "word" and not facts.spaced:
            kind = "mark"
        if kind not in ("number", "mark"):
            return
        beside = self._rules.beside_number()
        if kind == "number":
            ends = facts.ordinals | facts.units
        else:
            spaced = _DIGIT_AND_SPACE.match(text, start - 2) if start > 1 else None
            ends = facts.units if spaced else frozenset()
        for mark in ends:
            end = start + len(mark)
            if not text.startswith(mark, start):
                continue
            goes_on = end < len(text) and self._goes_on(text[end - 1], text[end])
            if not goes_on or self._end_of_particles(text, end):  # 5km를
                yield _Piece(end, "number", reason=beside)
        for sign in facts.signs if kind == "mark" and text[start] in self._sign_starts else ():
            end = start + len(sign)
            if text.startswith(sign, start) and _SPACE_AND_DIGIT.match(text, end):
                yield _Piece(end, "mark", reason=beside)

    def _of_exercises(self, text: str, start: int) -> Iterator[_Piece]:
        """Yield a gap and the label of an item."""
        gap = _GAP.match(text, start)
        if gap:
            reason = None if self._rules.has_exercises else Reason.MARK
            yield _Piece(gap.end(), "word", reason=reason)
        label = self._label.match(text, start)
        if label:
            end = label.end("label")
            yield _Piece(end, "mark", reason=self._rules.label(text, start, end))

    def _address_end(self, text: str, start: int) -> Iterator[_Piece]:
        """Yield the .org of anna@school.org."""
        words = text[:start].split()[-1]
        for domain in DOMAINS if "@" in words and self._rules.has_exercises else ():
            end = start + len(domain)
            if text.startswith(domain, start) and not in_word(text[end : end + 1]):
                yield _Piece(end, "word")

    def _begins_word(self, text: str, start: int) -> bool:
        """True if a word begins here: letters, or a listed word with a digit first (3D)."""
        if not text[start : start + 1].isdecimal():
            return in_word(text[start : start + 1])
        ends = range(start + 1, min(start + self._listed.longest, len(text)) + 1)
        words = (text[start:end] for end in ends)
        return any(not word.isdecimal() and self._listed.lists(word) for word in words)

    def _ends(
        self, text: str, start: int, parts: Iterable[str], sentence_start: bool = False
    ) -> Iterator[tuple[int, Reason | None]]:
        """Yield the end of each part that stands at `start`, in its own case or in capitals."""
        for part in parts:
            written = text[start : start + len(part)]
            if part in (written, self._listed.lower(written)) or written == self._listed.upper(
                part
            ):
                capitals = _capitals_of(part, written)
                reason = self._rules.capitals(capitals, sentence_start=sentence_start)
                yield start + len(part), reason

    def _numbers(self, text: str, start: int) -> Iterator[_Piece]:
        number = _NUMBER.match(text, start)
        if number is None:
            return
        found = (_DIGITS.match(text, start), _WHOLE_NUMBER.match(text, start), number)
        ends = {match.end() for match in found if match}
        if not number[0][-1].isnumeric():  # 5%ige, 5°C
            ends.add(number.end() - 1)
        if found[0] and self._orthography.words_after_numbers:  # 3 and 3D in 33D
            ends.update(range(start + 1, found[0].end()))
        for end in ends:
            yield _Piece(end, "number", reason=self._rules.number(text, start, end))

    def _words(
        self, text: str, start: int, sentence_start: bool, *, elided: bool
    ) -> Iterator[_Piece]:
        for end in range(start + 1, min(start + self._listed.longest, len(text)) + 1):
            joined = ""
            if end < len(text) and self._goes_on(text[end - 1], text[end]):
                joined = self._kind_of_joined(text, start, end) if self._joins_words else ""
                if not joined:
                    continue
            word = text[start:end]
            capitals = self._listed.capitals_of(word)
            if capitals is not None and not (
                self._orthography.spaced and self._is_word_part(text, start, end)
            ):
                is_numeral = any(map(str.isnumeric, word)) and not any(map(str.isalpha, word))
                if elided and not is_numeral and not self._listed.takes_elision(word):
                    continue
                reason = self._rules.capitals(capitals, sentence_start=sentence_start)
                kind = joined or ("numeral" if is_numeral else "word")
                yield _Piece(end, kind, is_word=True, reason=reason)
                if word in self._orthography.proclitics:  # በ§5
                    yield _Piece(end, "mark", is_word=True, reason=reason)
        for mark in self._joints:
            end = text.find(mark, start, start + 12) + 1
            written = text[start:end]
            stem = self._listed.lower(written)
            counts = text[end : end + 1].isdigit() and stem in self._listed.number_stems
            if end and (counts or stem in self._listed.stems):
                capitals = _capitals_of(stem, written)
                reason = self._rules.capitals(capitals, sentence_start=sentence_start)
                yield _Piece(end, "elision", is_word=True, reason=reason)

    def _kind_of_joined(self, text: str, start: int, end: int) -> str:
        """Return the kind of a word that letters or digits may follow directly: KBS가, በ2016.

        Empty for other words.
        """
        facts = self._orthography
        before_number = _is_digit(text[end]) or text.startswith(tuple(facts.signs), end)
        if text[start:end] in facts.proclitics and before_number:
            return "mark"
        is_latin = text[end - 1].isascii() and not text[end].isascii()
        return "open" if facts.particles and is_latin and self._end_of_particles(text, end) else ""

    def _goes_on(self, before: str, after: str) -> bool:
        """True if no word ends between these neighbouring characters."""
        if self._orthography.spaced:
            return in_word(after)
        return belong_together(before, after)

    def _is_word_part(self, text: str, start: int, end: int) -> bool:
        """True in brackets that touch a word and in other endings: Freund(in), Freund:in."""
        facts, word = self._orthography, self._listed.lower(text[start:end])
        before, after = text[max(0, start - 3) : start], text[end : end + 2]
        begins = f"({word})" in facts.beginnings and before.endswith("(")
        if begins and after.startswith(")") and in_word(after[1:]):
            return True
        return any(
            before.endswith(mark)
            and in_word(before.removesuffix(mark)[-1:])
            and after.startswith(closing)
            and f"{mark}{word}{closing}" in facts.endings
            for mark, closing in (("(", ")"), (":", ""), ("*", ""), ("/-", ""))
        )

    def _unlisted(self, text: str, start: int) -> _Piece:
        """Return the longest piece that looks like one word, or a single symbol."""
        end = start + 1
        while end < len(text):
            if text[end] in self._inner and self._goes_on(text[end - 1], text[end + 1 : end + 2]):
                end += 2
            elif self._looks_like_one_word(text[end - 1], text[end]):
                end += 1
            else:
                break
        is_word = any(in_word(character) for character in text[start:end])
        kind = "mark" if not is_word else "numeral" if text[start:end].isnumeric() else "word"
        return _Piece(end, kind, is_word=is_word, listed=False)

    def _looks_like_one_word(self, before: str, after: str) -> bool:
        letters = not self._orthography.spaced and self._style.units == Units.CHARACTERS
        invisible = unicodedata.category(after) == "Cf"
        return self._goes_on(before, after) or (not letters and (in_word(after) or invisible))


def _is_digit(character: str) -> bool:
    return character.isdecimal() or character in FRACTIONS


def _capitals_of(part: str, written: str) -> Capitals:
    """Return the capitals of a part that may stand in its own case or in capitals."""
    if written == part:
        return Capitals.OF_ENTRY
    first = next(at for at, character in enumerate(part) if character.isalnum())
    return Capitals.FIRST if part[first + 1 :] == written[first + 1 :] else Capitals.ALL
