"""Pauses (commas, colons), sentence ends, and ellipses, which may also begin a sentence."""

from __future__ import annotations

from vocab.words.orthography.pack import COMMAS
from vocab.words.surroundings import numbers
from vocab.words.surroundings.rules import Rules
from vocab.words.surroundings.states import (
    AFTER_DIGIT,
    AFTER_PAUSE,
    BRACKET_CLOSED,
    BRACKET_ELLIPSIS,
    BRACKET_REMARK,
    BRACKETS,
    LINE_STARTS,
    NO_DASH,
    PAIR_CLOSED,
    UTTERANCE,
    After,
    BoundaryState,
    Marks,
)

# In these states an ellipsis may come, and a word must follow it.
_ELLIPSIS_STARTS = LINE_STARTS | {After.OPENING, After.DIALOGUE, After.MARKER}


def after_unit(rules: Rules, at: BoundaryState) -> Marks:
    marks: Marks = {}
    if _takes_pause(rules, at):
        for pause in rules.pauses:
            marks[pause[0]] = at.to(After.PAUSE, pause[0], sentence_start=pause[0] == ":")
    if at.after is After.PAUSE:
        longer = {pause for pause in rules.pauses if pause[:-1] == at.mark}
        marks = {pause[-1]: at._replace(run=pause) for pause in longer}
    so_far = at.mark if at.after in (After.SENTENCE_END, After.PAUSE) else ""
    for run in rules.runs - rules.pauses:
        if run[:-1] == so_far and _may_continue_end(rules, at, run):
            marks[run[-1]] = _sentence_end(rules, at, run)
    return marks


def after_raya(rules: Rules, at: BoundaryState) -> Marks:
    """The marks after a closing raya: the marks after a word, except further dashes."""
    return after_unit(rules, at.to(After.WORD, NO_DASH))


def commas(rules: Rules, at: BoundaryState) -> Marks:
    return {comma: at.to(After.PAUSE, comma) for comma in rules.pauses & COMMAS}


def _takes_pause(rules: Rules, at: BoundaryState) -> bool:
    if at.after is After.SENTENCE_END:  # "Why?, he asked"; never after a full stop
        may_stop = (
            at.mark not in rules.full_stops or AFTER_DIGIT in at.run
        )  # am 13., 14. und 15. Mai
        return may_stop and rules.is_whole_run(at)
    return at.after is not After.PAUSE


def _may_continue_end(rules: Rules, at: BoundaryState, run: str) -> bool:
    """True if `run`, the marks with the next one, is a prefix of a sentence end allowed here."""
    end = at if at.after is After.SENTENCE_END else at.to(After.SENTENCE_END)
    possible = rules.ends_without_ellipsis if end.ellipsis_before else rules.sentence_ends
    if at.closers[-1:] in rules.runs:
        # A sentence that ¿ or ¡ opened ends with ? or !, after an ellipsis or without one.
        mark, written = at.closers[-1], len(run) - 1
        possible = frozenset(
            end for end in possible if end in rules.ellipses or mark in end[written:]
        )
    return any(end.startswith(run) for end in possible)


def _sentence_end(rules: Rules, at: BoundaryState, run: str) -> BoundaryState:
    note = NO_DASH if NO_DASH in at.run else ""
    if at.after is After.NUMBER and at.run and run in rules.full_stops:
        note = AFTER_DIGIT if rules.orthography.dotted_ordinals else ""
    if at.after is After.SENTENCE_END:  # the run goes on
        ended = at._replace(run=rules.representative.get(run, run) + note)
    else:
        ended = at.to(
            After.SENTENCE_END, rules.representative.get(run, run) + note, sentence_start=True
        )
    # In ¿...? and ¡...! the mark that ends the sentence also closes the pair.
    if not at.closers.endswith(run[-1]):
        return ended
    return ended._replace(run=ended.run + PAIR_CLOSED, closers=at.closers[:-1])


def ellipses(rules: Rules, at: BoundaryState) -> Marks:
    """The first character of an ellipsis that does not follow a word or number directly."""
    if at.after is After.SPACE and not at.ellipsis_before:
        return {run[0]: _after_dot(rules, at, run[0]) for run in rules.ellipses}
    note = ""
    if at.after is After.OPENING and at.closers[-1] in BRACKETS.values():
        note = (
            BRACKET_REMARK
            if BRACKET_REMARK in at.run and not at.ellipsis_before
            else BRACKET_ELLIPSIS
        )
    elif _may_be_utterance(at):
        note = UTTERANCE
    leads = at.after is After.SPACE or (at.after is After.DASH and not at.run)
    if leads or (
        at.after in _ELLIPSIS_STARTS and (not at.ellipsis_before or BRACKET_REMARK in at.run)
    ):
        return {
            run[0]: at.to(After.ELLIPSIS, run[0] + note, sentence_start=True)
            for run in rules.ellipses
        }
    return {}


def _may_be_utterance(at: BoundaryState) -> bool:
    """True if marks alone may be a whole piece: after a spaced dash or a dash at a line start.

    Never inside a pair and never twice in a row, because every loop must contain a word.
    """
    dash = (at.after is After.DASH and not at.run) or at.after is After.DIALOGUE
    return dash and not at.closers and not at.ellipsis_before


def utterances(rules: Rules, at: BoundaryState) -> Marks:
    """The marks of - ? and - !, which no word follows directly. `ellipses` handles - ..."""
    if not _may_be_utterance(at):
        return {}
    firsts = {run[0] for run in rules.remarks - rules.ellipses}
    return {mark: at.to(After.ELLIPSIS, mark + UTTERANCE, sentence_start=True) for mark in firsts}


def is_utterance(rules: Rules, at: BoundaryState) -> bool:
    """True after marks that may be a whole piece."""
    return at.after is After.ELLIPSIS and at.run[-1] == UTTERANCE and at.mark in rules.remarks


def _after_dot(rules: Rules, at: BoundaryState, mark: str) -> BoundaryState:
    """The state after part of an ellipsis that follows a space.

    A complete ellipsis ends the sentence, as it does directly after a word.
    """
    whole = mark in rules.ellipses
    return at.to(After.SENTENCE_END if whole else After.ELLIPSIS, mark, sentence_start=whole)


def after_ellipsis(rules: Rules, at: BoundaryState) -> Marks:
    """The marks after an ellipsis or after marks that count as one.

    If `at.sentence_start` is true, a word must follow the ellipsis.
    """
    marks: Marks = {}
    note = at.run[len(at.mark) :]
    for run in rules.remarks if note != BRACKET_CLOSED else ():
        if run.startswith(at.mark) and run != at.mark:
            longer = run[: len(at.mark) + 1]
            after = (
                at._replace(run=longer + note)
                if at.sentence_start
                else _after_dot(rules, at, longer)
            )
            marks[longer[-1]] = after
    mentioned = note == BRACKET_REMARK and at.mark in rules.mentions
    if mentioned and at.mark in rules.orthography.number_signs | {"-"}:
        marks |= numbers.after_minus(rules, at._replace(run=""))  # (-1): it is a number
    if mentioned or (at.mark in rules.remarks and note in (BRACKET_REMARK, BRACKET_ELLIPSIS)):
        marks |= _alone_in_brackets(rules, at)
    if is_utterance(rules, at):  # a word must follow on the next line
        marks["\n"] = at.to(After.LINE, sentence_start=True)._replace(ellipsis_before=True)
    if rules.has_spaces and (
        is_utterance(rules, at)
        or (note == BRACKET_CLOSED and not at.ellipsis_before and not at.closers)
    ):
        marks[" "] = at.to(After.SPACE, AFTER_PAUSE, sentence_start=True)._replace(
            ellipsis_before=True
        )
    elif at.mark in rules.ellipses and rules.has_spaces:
        marks[" "] = at.to(
            After.MARKER, AFTER_PAUSE, sentence_start=True
        )  # a word must follow: no dash
    return marks


def remarks(rules: Rules, at: BoundaryState) -> Marks:
    """The marks that may be the only content of a bracket: (!) and (?), (,) and (+)."""
    if BRACKET_REMARK not in at.run or at.ellipsis_before:
        return {}
    firsts = {run[0] for run in rules.remarks - rules.ellipses} | rules.mentions
    return {
        mark: at.to(After.ELLIPSIS, mark + BRACKET_REMARK, sentence_start=True) for mark in firsts
    }


def _alone_in_brackets(rules: Rules, at: BoundaryState) -> Marks:
    """The closing bracket after its only content: [...]"""
    closers = at.closers[:-1]
    if BRACKET_REMARK in at.run:
        closed = at.to(After.CLOSING, sentence_start=at.mark in rules.ellipses)
        closed = closed._replace(closers=closers, ellipsis_before=True)
    else:
        closed = at._replace(run=at.mark + BRACKET_CLOSED, closers=closers)
    return {at.closers[-1]: closed}
