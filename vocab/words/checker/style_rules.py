"""What a style allows of the marks, numbers and capitals of a finished text.

It checks single pieces, not their order. Like the other modules of the checker, it shares facts
with the mask but no code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from vocab.words.checker.listed_words import Capitals, straight
from vocab.words.orthography import Case, Numbers, Orthography, Punctuation, Style
from vocab.words.orthography.exercise_marks import (
    EMOJI,
    GAPS,
    bullets,
    letter_labels,
    number_labels,
    spaced_operators,
    tight_operators,
)
from vocab.words.orthography.pack import COMMAS, CURRENCIES, MAX_DIGITS, MINUSES

_NO_BREAK_SPACES = frozenset("\u00a0\u202f")
_WHOLE_NUMBER = re.compile(r"\d+(?:-\d+)*")
_BEFORE_DIGITS = frozenset("+%") | CURRENCIES
_AFTER_DIGITS = frozenset("%٪‰°") | CURRENCIES
_LIST_NUMBER = re.compile(r"^\d{1,3}\. ", re.MULTILINE)
_DECIMALS = re.compile(r"[.,:٫٬]\d")


class Reason(StrEnum):
    """Why a style does not allow a piece of a text, although the list does.

    CAPITAL: It begins with a capital letter that it may not have in this place.
    CAPITALS: It has several capital letters that its entry has not.
    NUMBER: The style has no numbers, or no numbers with these marks or with this many digits.
    MARK: The style has no such character outside of words.
    """

    CAPITAL = "capital"
    CAPITALS = "capitals"
    NUMBER = "number"
    MARK = "mark"


class StyleRules:
    def __init__(self, orthography: Orthography, style: Style) -> None:
        self._facts = orthography
        self._style = style
        self.has_exercises = style.punctuation == Punctuation.EXERCISE
        self._marks = _marks_of(orthography, style)
        markdown = style.punctuation == Punctuation.MARKDOWN
        self._has_list_numbers = markdown and "." in orthography.sentence_ends
        self._ends = set("".join(orthography.sentence_ends)) | {":", "\n"}
        self._commas = set("".join(orthography.pauses)) - self._ends
        closings = {*orthography.pairs.values(), *orthography.closing_variants.values()}
        self._openings = set(map(straight, orthography.pairs))
        self._closings = set(map(straight, closings))
        dashes = orthography.tight_dashes | orthography.spaced_dashes | orthography.raya
        if self.has_exercises:
            dashes |= spaced_operators(orthography) | tight_operators(orthography)
        self._dashes = set("".join(dashes | orthography.dialogue_dashes))
        self._label = label_pattern(
            letter_labels(orthography) | number_labels(orthography) | bullets(orthography),
            "" if orthography.spaced else "?",
        )
        self._rayas = set("".join(orthography.raya))
        # What closes words that break off at a dash: "But I—" and *But I—*.
        self._after_break = self._closings | ({"*"} if markdown else set())
        self._before_closing = self._ends | self._commas | (self._closings - self._openings)

    def mark(
        self, mark: str, before: str = "", *, after_number: bool = False, minus: bool = False
    ) -> Reason | None:
        """Judge a mark.

        before: The character before it.
        after_number: A number ends there: 5-year
        minus: A number begins behind it: -5
        """
        if minus and mark in MINUSES and before == " " and self._style.numbers == Numbers.ALL:
            return None
        after_number |= before in self._facts.number_ends and self._style.numbers == Numbers.ALL
        joins_number = mark == "-" and after_number and self._style.numbers != Numbers.NONE
        return None if mark in self._marks or joins_number else Reason.MARK

    def number(self, text: str, start: int, end: int) -> Reason | None:
        """Judge the number that is `text[start:end]`."""
        number = text[start:end]
        if self._has_list_numbers and _LIST_NUMBER.match(text, start, end + 2):
            return None
        longest = max(map(len, re.findall(r"\d+", number)), default=0)
        own_digits = all(each in self._facts.digits for each in number if each.isdigit())
        if not own_digits or longest > MAX_DIGITS:
            return Reason.NUMBER
        if self._style.numbers == Numbers.DIGITS:
            before, after = text[max(0, start - 1) : start], text[end : end + 1]
            whole = _WHOLE_NUMBER.fullmatch(number)
            tight = self.has_exercises or before in self._facts.tight_dashes
            joined = before == "+" and tight  # 3+4
            signed = (before in _BEFORE_DIGITS and not joined) or after in _AFTER_DIGITS
            decimal = self._facts.spaced and _DECIMALS.match(text, end)
            return Reason.NUMBER if not whole or signed or decimal else None
        return Reason.NUMBER if self._style.numbers == Numbers.NONE else None

    def beside_number(self) -> Reason | None:
        """Judge § of § 5 and km of 5 km."""
        return None if self._style.numbers == Numbers.ALL else Reason.NUMBER

    def sign(self, text: str, start: int, end: int) -> Reason | None:
        """Judge `text[start:end]`, a sign before a number. In 我＋5 it joins two pieces."""
        sign, before = text[start:end], text[max(0, start - 1) : start]
        joins = sign in self._facts.tight_dashes and sign in self._marks and before.strip()
        return None if joins else self.beside_number()

    def label(self, text: str, start: int, end: int) -> Reason | None:
        """Judge the label that is `text[start:end]`: a) or 1)."""
        decimal = text[end - 1] in self._facts.number_separators and text[end : end + 1].isdigit()
        if decimal and self._style.numbers == Numbers.ALL:  # 3.5
            return None
        if self._style.numbers == Numbers.NONE and text[start].isnumeric():
            return Reason.NUMBER
        begins_line = text[max(0, start - 1) : start] in ("", "\n")
        plain = begins_line and self._style.punctuation != Punctuation.MINIMAL
        return None if plain or self.has_exercises else Reason.MARK

    def capitals(self, capitals: Capitals, *, sentence_start: bool) -> Reason | None:
        """Judge the capitals of a listed word."""
        if self._style.case == Case.FREE or capitals == Capitals.OF_ENTRY:
            return None
        if capitals == Capitals.ALL:
            return None if self._style.case == Case.EMPHASIS else Reason.CAPITALS
        starts = sentence_start or self._facts.capital_anywhere
        return None if starts and self._style.case != Case.LOWER else Reason.CAPITAL

    def sentence_starts(self, text: str) -> list[bool]:
        """Return for each position whether a word there may be the first of a sentence.

        text: With ' for every apostrophe.
        """
        starts = [True]
        labelled = {label.end() for label in self._label.finditer(text)}
        word_starts = True  # whether the current word may be the first
        word = ""
        for at, mark in enumerate(text):
            now, before = starts[-1], text[max(0, at - 1) : at]
            if mark.isalnum() or mark == "'":
                word_starts = word_starts if word else now
                word += mark
            else:
                if "'" in word and self._facts.capital_after_apostrophe:  # 't Is, 's Avonds Is
                    now = word_starts
                first_part = mark == " " and word.startswith("'") and " " not in word
                word = word + " " if first_part else ""
            if mark in self._ends or (mark in self._openings and not self._closes(mark, before)):
                now = True
            elif mark in self._dashes:
                after = text[at + 1 : at + 2]
                now = now or after in self._after_break or (mark in self._rayas and after == " ")
            elif mark in self._commas or mark.isalnum():
                now = False
            now = now or at + 1 in labelled or mark in EMOJI
            starts.append(now)
        return starts

    def _closes(self, mark: str, before: str) -> bool:
        """True if a mark that may open a pair closes one here."""
        if mark not in self._closings or not self._facts.spaced:
            return False
        return before.isalnum() or (before != "'" and before in self._before_closing)


def label_pattern(labels: Iterable[str], times: str) -> re.Pattern[str]:
    """Return a pattern of a label and a space, at the start of a line or after a space.

    times: "?" if the space is optional, else "".
    """
    known = "|".join(map(re.escape, sorted(labels, key=len, reverse=True)))
    return re.compile(rf"(?<![^\s])(?P<label>{known}) {times}")


def _marks_of(facts: Orthography, style: Style) -> frozenset[str]:
    """Return every character that a text in this style may have outside of words."""
    minimal = style.punctuation == Punctuation.MINIMAL
    markdown = style.punctuation == Punctuation.MARKDOWN
    exercise = style.punctuation == Punctuation.EXERCISE
    marks = {"\n", "'"}
    in_numbers = style.numbers == Numbers.ALL
    if not minimal or facts.spaced or facts.spaced_dashes or in_numbers:
        marks.add(" ")
    if facts.spaced_marks or facts.inner_spaced or in_numbers:
        marks |= _NO_BREAK_SPACES
    if in_numbers:
        marks |= facts.number_signs | facts.number_ends | facts.number_separators
    if in_numbers and not minimal:
        marks |= MINUSES
    if minimal:
        marks |= {end for end in facts.sentence_ends if len(end) == 1}
        marks |= {pause for pause in facts.pauses if pause in COMMAS}
        marks |= {mark for pair in facts.pairs.items() for mark in pair if pair[0] in "¿¡"}
        return frozenset(marks)
    marks.update("-", *facts.sentence_ends, *facts.pauses, *facts.pairs, *facts.pairs.values())
    marks.update(facts.closing_variants.values())
    marks.update(*facts.spaced_dashes, *facts.tight_dashes, *facts.dialogue_dashes, *facts.raya)
    if "(" in facts.pairs:
        marks |= CURRENCIES | set("+-%°")
    if markdown:
        marks.update("*#")
    if exercise:
        marks |= EMOJI | set("*@\u3000").union(*bullets(facts), *GAPS)
        marks |= spaced_operators(facts) | tight_operators(facts)
    return frozenset(marks)
