"""Dashes with spaces, dashes without spaces, and hyphens."""

from __future__ import annotations

from vocab.words.orthography import Hyphens
from vocab.words.orthography.exercise_marks import OPERATORS
from vocab.words.orthography.pack import MINUSES
from vocab.words.surroundings import numbers, pairs, sentence_ends
from vocab.words.surroundings.rules import Rules
from vocab.words.surroundings.states import (
    ADDRESS,
    AFTER_BEGINNING,
    AFTER_CLOSING,
    AFTER_PAUSE,
    BRACKETS,
    JOINED,
    NO_DASH,
    SLASH_JOINED,
    SUSPENDED,
    After,
    BoundaryState,
    Marks,
)


def tight(rules: Rules, at: BoundaryState) -> Marks:
    """The dashes that may follow a unit without a space."""
    if at.after is After.PAUSE or NO_DASH in at.run or rules.minimal:
        return {}
    if at.after is After.WORD and JOINED in at.run:  # का/की/के: at most two slashes
        return {"/": at.to(After.DASH, "/" + SLASH_JOINED)} if SLASH_JOINED in at.run else {}
    sentence_start = rules.sentence_ended(at)
    marks = {
        dash[0]: at.to(After.DASH, dash[0], sentence_start=sentence_start)
        for dash in rules.tight_dashes
    }
    pairs_allowed = rules.style.hyphens is Hyphens.PAIRS
    suspended = rules.orthography.suspended_hyphens
    if at.after is After.WORD and (pairs_allowed or suspended):
        marks["-"] = at.to(After.HYPHEN, "" if pairs_allowed else SUSPENDED)
    elif at.after is After.CLOSING and suspended:  # "Best of"-Liste
        marks["-"] = at.to(After.HYPHEN, AFTER_CLOSING)
    elif "-" in rules.rayas:
        marks["-"] = at.to(After.HYPHEN, SUSPENDED)
    return marks


def after_tight(rules: Rules, at: BoundaryState) -> Marks:
    marks = {
        dash[-1]: at._replace(run=dash)
        for dash in rules.tight_dashes
        if at.run and dash[:-1] == at.mark
    }
    if at.mark in rules.tight_dashes - OPERATORS:  # "But I—" she said.
        marks |= pairs.closings(rules, at.to(After.SENTENCE_END, sentence_start=True))
    if at.mark in rules.rayas:
        marks |= _after_raya(rules, at)
    return marks


def _after_raya(rules: Rules, at: BoundaryState) -> Marks:
    """The space or mark after a closing raya: —dijo María—. and —dijo María— y"""
    return {" ": at.to(After.SPACE, sentence_start=True)} | sentence_ends.after_raya(rules, at)


def spaced(rules: Rules, at: BoundaryState) -> Marks:
    """The dashes that may follow a space."""
    note = AFTER_PAUSE if AFTER_PAUSE in at.run else ""
    return {
        dash[0]: at.to(After.SPACED_DASH, dash[0] + note, sentence_start=at.sentence_start)
        for dash in rules.spaced_dashes
    }


def after_spaced(rules: Rules, at: BoundaryState) -> Marks:
    marks: Marks = {}
    for dash in rules.spaced_dashes:
        if dash == at.mark:
            marks[" "] = at._replace(after=After.DASH, run="")
            if dash[0] not in OPERATORS and AFTER_PAUSE not in at.run:
                marks |= sentence_ends.commas(rules, at)  # - says he -, and goes
                marks |= pairs.closings(rules, at.to(After.SENTENCE_END, sentence_start=True))
        elif dash[:-1] == at.mark:
            marks[dash[-1]] = at._replace(run=dash + at.run[len(at.mark) :])
    if at.mark in MINUSES | {"+"}:
        marks |= numbers.after_minus(rules, at)
    return marks


def after_hyphen(rules: Rules, at: BoundaryState) -> Marks:
    marks: Marks = {}
    follows_word = at.run not in (AFTER_CLOSING, AFTER_BEGINNING, ADDRESS)
    if follows_word and rules.orthography.suspended_hyphens and not rules.minimal:
        # Software-, Vor- und Nachteile
        marks = {" ": at.to(After.SPACE)} | sentence_ends.commas(rules, at)
        if "/" in rules.tight_dashes:  # Ein-/Ausgabe
            marks["/"] = at.to(After.DASH, "/")
        for opening, closing in BRACKETS.items():  # (Stand-)Leitung
            if opening in rules.pairs and at.closers.endswith(closing):
                joined = at.to(After.HYPHEN, AFTER_CLOSING)
                marks[closing] = joined._replace(closers=at.closers[:-1])
    if "-" in rules.rayas and follows_word:
        marks |= _after_raya(rules, at) | pairs.openings(rules, at)  # कहा-“हाँ”
    return marks | numbers.next_group(rules, at, at.run)
