"""Digits, the marks between, before and after them.

A number's run is two digits: how many groups it has, and how many digits the last group has.
"""

from __future__ import annotations

from vocab.words.surroundings.places import AFTER_NUMBER, After, Around, Marks
from vocab.words.surroundings.rules import Rules

MAX_DIGITS = 9  # of a group
MAX_GROUPS = 5
_FIRST_DIGIT = "11"


def starts(rules: Rules, at: Around, so_far: Marks) -> Marks:
    """A number, or a sign before one where the sign means nothing else so far."""
    if not rules.has_numbers:
        return {}
    marks = _digits(rules, at, _FIRST_DIGIT)
    if rules.all_numbers:
        signs = rules.orthography.number_signs - rules.pairs.keys() - set(at.closers)
        if at.after is After.SPACE:
            signs |= {"-"}
        marks |= dict.fromkeys(signs - so_far.keys(), at.to(After.NUMBER_SIGN))
    return marks


def after_sign(rules: Rules, at: Around) -> Marks:
    return next_group(rules, at, at.run) if at.run else _digits(rules, at, _FIRST_DIGIT)


def after_minus(rules: Rules, at: Around) -> Marks:
    return _digits(rules, at, _FIRST_DIGIT) if rules.all_numbers else {}


def next_group(rules: Rules, at: Around, groups: str) -> Marks:
    """groups: how many groups the number has that a separator may have gone on; "" for none."""
    if groups[:1].isdigit() and int(groups[0]) < MAX_GROUPS:
        return _digits(rules, at, f"{int(groups[0]) + 1}1")
    return {}


def after_number(rules: Rules, at: Around, so_far: Marks) -> Marks:
    if not at.run:
        return {"-": at.to(After.HYPHEN)}  # 100%-ig
    groups, digits = at.run[0], int(at.run[1])
    marks: Marks = {}
    if digits < MAX_DIGITS:
        marks |= _digits(rules, at, f"{groups}{digits + 1}")
    if rules.all_numbers:
        marks |= dict.fromkeys(rules.orthography.number_ends, at.to(After.NUMBER))
        # As punctuation these lead elsewhere: a digit after them makes them separators.
        for mark in rules.orthography.number_separators:
            meaning = so_far.get(mark)
            if meaning is None and int(groups) == MAX_GROUPS:
                continue
            if meaning is None:
                marks[mark] = at.to(After.NUMBER_SIGN, groups)
            else:
                marks[mark] = meaning._replace(run=mark + groups)
    marks["-"] = at.to(After.HYPHEN, groups)  # 5-year, 2024-05-01
    return marks


def after_space(rules: Rules, at: Around) -> Marks:
    """5 %, 10 000"""
    if not at.run.startswith(AFTER_NUMBER):
        return {}
    marks = dict.fromkeys(rules.orthography.number_ends, at.to(After.NUMBER))
    if at.after is After.BEFORE_MARK:
        marks |= next_group(rules, at, at.run[1:])
    return marks


def _digits(rules: Rules, at: Around, run: str) -> Marks:
    following = at.to(After.NUMBER, run)._replace(dotted=False)
    return dict.fromkeys(rules.orthography.digits, following)
