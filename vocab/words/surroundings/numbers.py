"""Numbers: their digits, and the marks between, before and after the digits.

The `run` of a number is two hexadecimal digits: the number of groups, and the number of digits in
the last group.
"""

from __future__ import annotations

from vocab.words.orthography.pack import (
    FRACTIONS,
    MAX_DIGITS,
    MINUSES,
    NARROW_NO_BREAK_SPACE,
    NO_BREAK_SPACE,
    TYPEWRITER,
)
from vocab.words.surroundings.rules import Rules
from vocab.words.surroundings.states import AFTER_NUMBER, SPACED, After, BoundaryState, Marks
from vocab.words.word_forms import Role

MAX_GROUPS = 5
_FIRST_DIGIT = "11"
# After ½: no digit and no further group follows, but what follows other numbers may.
_FRACTION = "5e"


def starts(rules: Rules, at: BoundaryState, so_far: Marks) -> Marks:
    """The first digit of a number, or a sign before it that has no other meaning in `so_far`."""
    if not rules.has_numbers:
        return {}
    before = at
    if rules.all_numbers and at.after is After.OPENING and at.closers[-1] == TYPEWRITER:
        # '98: the mark was an apostrophe, not the start of a quotation.
        before = at._replace(closers=at.closers[:-1])
    marks = _digits(rules, before, _FIRST_DIGIT)
    if rules.all_numbers:
        signs = rules.orthography.number_signs - set(at.closers)
        if at.after in (After.SPACE, After.OPENING):
            signs |= MINUSES
        marks |= dict.fromkeys(signs - so_far.keys(), at.to(After.NUMBER_SIGN))
        marks |= _fractions(before)
    return marks


def admits(rules: Rules, at: BoundaryState, role: Role) -> bool:
    """True if a sign before a number, or a unit or ordinal after one, may begin at `at`."""
    if role is Role.SIGN:
        starts_number = rules.starts_piece(at) and not rules.ends_run(at)
        return starts_number or at.after in (After.ELISION, After.PROCLITIC)
    if at.after is After.NUMBER:
        return bool(at.run)
    spaced = at.after in (After.SPACE, After.BEFORE_MARK) and at.run.startswith(AFTER_NUMBER)
    return role is Role.UNIT and spaced


def after_sign(rules: Rules, at: BoundaryState) -> Marks:
    if at.run and at.run != SPACED:
        return next_group(rules, at, at.run)
    marks = _digits(rules, at, _FIRST_DIGIT)
    if rules.all_numbers:
        marks |= _fractions(at)
    if at.run:
        spaces = (" ", NO_BREAK_SPACE, NARROW_NO_BREAK_SPACE)
        marks |= dict.fromkeys(spaces, at._replace(run=""))
    return marks


def after_minus(rules: Rules, at: BoundaryState) -> Marks:
    return _digits(rules, at, _FIRST_DIGIT) | _fractions(at) if rules.all_numbers else {}


def next_group(rules: Rules, at: BoundaryState, groups: str) -> Marks:
    """The first digit after a separator.

    groups: The number of groups before the separator, or "" if no number came before it.
    """
    if groups[:1].isdigit() and int(groups[0]) < MAX_GROUPS:
        return _digits(rules, at, f"{int(groups[0]) + 1}1")
    return {}


def after_number(rules: Rules, at: BoundaryState, so_far: Marks) -> Marks:
    if not at.run:
        return {"-": at.to(After.HYPHEN)}  # 100%-ig
    groups, digits = at.run[0], int(at.run[1], 16)
    marks: Marks = {}
    if digits < MAX_DIGITS:
        marks |= _digits(rules, at, f"{groups}{digits + 1:x}")
    if rules.all_numbers:
        marks |= dict.fromkeys(rules.orthography.number_ends, at.to(After.NUMBER))
        if at.run != _FRACTION:
            marks |= _fractions(at)
        # A separator may also be punctuation; only the next character decides.
        for mark in rules.orthography.number_separators:
            meaning = so_far.get(mark)
            if meaning is None and int(groups) == MAX_GROUPS:
                continue
            if meaning is None:
                marks[mark] = at.to(After.NUMBER_SIGN, groups)
            else:
                marks[mark] = meaning._replace(run=meaning.run + groups)
    marks["-"] = at.to(After.HYPHEN, groups)  # 5-year, 2024-05-01
    return marks


def after_space(rules: Rules, at: BoundaryState) -> Marks:
    """The marks and digits that may follow a number and a space: 5 %, 10 000"""
    if not at.run.startswith(AFTER_NUMBER):
        return {}
    marks = dict.fromkeys(rules.orthography.number_ends, at.to(After.NUMBER))
    if at.after is After.BEFORE_MARK:
        marks |= next_group(rules, at, at.run[1:])
    return marks


def _digits(rules: Rules, at: BoundaryState, run: str) -> Marks:
    following = at.to(After.NUMBER, run)._replace(ellipsis_before=False)
    return dict.fromkeys(rules.orthography.digits, following)


def _fractions(at: BoundaryState) -> Marks:
    following = at.to(After.NUMBER, _FRACTION)._replace(ellipsis_before=False)
    return dict.fromkeys(FRACTIONS, following)
