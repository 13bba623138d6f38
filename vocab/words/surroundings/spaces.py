"""Spaces, line breaks, and the markers at the start of a line."""

from __future__ import annotations

from vocab.words.orthography.exercise_marks import IDEOGRAPHIC_SPACE
from vocab.words.orthography.pack import NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE
from vocab.words.surroundings import numbers, pairs, sentence_ends
from vocab.words.surroundings.rules import Rules
from vocab.words.surroundings.states import (
    AFTER_NUMBER,
    AFTER_PAUSE,
    BEFORE_ANY,
    BEFORE_CLOSING,
    After,
    BoundaryState,
    Marks,
)

NO_BREAK_SPACES = (NO_BREAK_SPACE, NARROW_NO_BREAK_SPACE)
MAX_HEADING_LEVEL = 6
MAX_LIST_NUMBER_DIGITS = 3


def after_unit(rules: Rules, at: BoundaryState) -> Marks:
    marks = newline(at)
    if rules.has_spaces:
        marks[" "] = _space(rules, at)
    if rules.exercise and not rules.orthography.spaced:
        marks[IDEOGRAPHIC_SPACE] = _space(rules, at)
    no_break = _space(rules, at)._replace(after=After.BEFORE_MARK)
    if spaced_marks(rules, no_break):
        marks |= dict.fromkeys(NO_BREAK_SPACES, no_break)
    return marks


def newline(at: BoundaryState) -> Marks:
    return (
        {}
        if pairs.is_emphasised(at)
        else {"\n": at.to(After.LINE, sentence_start=True)._replace(ellipsis_before=False)}
    )


def _space(rules: Rules, at: BoundaryState) -> BoundaryState:
    sentence_start = rules.sentence_ended(at) or (
        at.after in (After.PAUSE, After.WORD) and at.sentence_start
    )
    run = ""
    if at.after is After.NUMBER and at.run and rules.all_numbers:
        run = AFTER_NUMBER + at.run[0]
    elif rules.orthography.spaced_marks:
        # « Tu viens… ? »
        ended = at.after is After.SENTENCE_END and at.mark not in rules.ellipses
        run = BEFORE_CLOSING if ended or at.after is After.PAUSE else BEFORE_ANY
    if at.after is After.PAUSE:
        run += AFTER_PAUSE
    return at.to(After.SPACE, run, sentence_start=sentence_start)


def spaced_marks(rules: Rules, at: BoundaryState) -> Marks:
    """The marks that may follow a space: oui !"""
    found: Marks = {}
    if at.run[:1] in (BEFORE_ANY, AFTER_NUMBER):
        found |= sentence_ends.after_unit(rules, at.to(After.WORD))
    if at.run[:1] in (BEFORE_ANY, BEFORE_CLOSING, AFTER_NUMBER):
        before = After.SENTENCE_END if at.sentence_start else After.WORD
        found |= pairs.closings(rules, at.to(before, sentence_start=at.sentence_start))
    spaced = rules.orthography.spaced_marks
    marks = {mark: following for mark, following in found.items() if mark in spaced}
    return marks | numbers.after_space(rules, at)


def line_starts(rules: Rules, at: BoundaryState) -> Marks:
    marks: Marks = {}
    if at.after is After.LINE:
        marks["\n"] = at._replace(after=After.PARAGRAPH)
    if rules.markdown and not at.closers:
        marks["#"] = at.to(After.HASHES, "#", sentence_start=True)
        marks["-"] = at.to(After.LIST_MARK, sentence_start=True)
        # With numbers and full stops, 1. is already possible as text.
        if not rules.has_numbers and "." in rules.sentence_ends:
            first = at.to(After.LIST_NUMBER, "1", sentence_start=True)
            marks |= dict.fromkeys(rules.orthography.digits, first)
    for dash in sorted(rules.dialogue_dashes):
        marks[dash[0]] = at.to(After.DIALOGUE, dash[1:], sentence_start=True)
    return marks


def after_dialogue_dash(rules: Rules, at: BoundaryState) -> Marks:
    if at.run == " ":
        return {}
    allowed = (" ", *NO_BREAK_SPACES) if rules.orthography.spaced_marks else (" ",)
    marks = dict.fromkeys(allowed, at._replace(run=" "))
    return marks | {at.run: at._replace(run="")} if at.run else marks


def after_marker(rules: Rules, at: BoundaryState) -> Marks:
    if at.after is After.LIST_NUMBER:
        marks = {".": at.to(After.LIST_MARK, sentence_start=True)}
        if len(at.run) < MAX_LIST_NUMBER_DIGITS:
            longer = at._replace(run=at.run + "1")
            marks |= dict.fromkeys(rules.orthography.digits, longer)
        return marks
    marks = {" ": at.to(After.MARKER, sentence_start=True)}
    if at.after is After.HASHES and len(at.run) < MAX_HEADING_LEVEL:
        marks["#"] = at._replace(run=at.run + "#")
    return marks
