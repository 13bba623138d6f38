"""Pauses, the ends of sentences, and the ellipsis, which may also begin one."""

from __future__ import annotations

from vocab.words.surroundings import numbers
from vocab.words.surroundings.rules import COMMAS, FULL_STOPS, Rules
from vocab.words.surroundings.states import (
    AFTER_DIGIT,
    AFTER_PAUSE,
    ALONE,
    BRACKETS,
    CLOSED,
    FINAL,
    LINE_STARTS,
    LONE,
    PAIR_CLOSED,
    REMARK,
    After,
    BoundaryState,
    Marks,
)

# Where an ellipsis may come that a word must follow.
_ELLIPSIS_STARTS = LINE_STARTS | {After.OPENING, After.DIALOGUE, After.MARKER}


def after_unit(rules: Rules, at: BoundaryState) -> Marks:
    marks: Marks = {}
    if _takes_pause(rules, at):
        for pause in rules.pauses:
            marks[pause[0]] = at.to(After.PAUSE, pause[0], fresh=pause[0] == ":")
    if at.after is After.PAUSE:
        longer = {pause for pause in rules.pauses if pause[:-1] == at.mark}
        return {pause[-1]: at._replace(run=pause) for pause in longer}
    so_far = at.mark if at.after is After.SENTENCE_END else ""
    for run in rules.runs:
        if run[:-1] == so_far and _may_end(rules, at, run):
            marks[run[-1]] = _sentence_end(rules, at, run)
    return marks


def after_raya(rules: Rules, at: BoundaryState) -> Marks:
    """What may come after a dash that follows a word: as after a word, but no dash after that."""
    return after_unit(rules, at.to(After.WORD, FINAL))


def commas(rules: Rules, at: BoundaryState) -> Marks:
    return {comma: at.to(After.PAUSE, comma) for comma in rules.pauses & COMMAS}


def _takes_pause(rules: Rules, at: BoundaryState) -> bool:
    if at.after is After.SENTENCE_END:  # "Why?, he asked": but not after a full stop
        may_stop = at.mark not in FULL_STOPS or AFTER_DIGIT in at.run  # am 13., 14. und 15. Mai
        return may_stop and rules.is_whole_run(at)
    return at.after is not After.PAUSE


def _may_end(rules: Rules, at: BoundaryState, run: str) -> bool:
    """run: what the marks would be together; it may be the start of a longer run."""
    dotted = at.dotted if at.after is After.SENTENCE_END else at.to(After.SENTENCE_END).dotted
    possible = rules.undotted_ends if dotted else rules.sentence_ends
    if at.closers[-1:] in rules.runs:
        # What began with ¿ or ¡ ends with its mark, an ellipsis before it or not.
        mark, written = at.closers[-1], len(run) - 1
        possible = frozenset(
            end for end in possible if end in rules.ellipses or mark in end[written:]
        )
    return any(end.startswith(run) for end in possible)


def _sentence_end(rules: Rules, at: BoundaryState, run: str) -> BoundaryState:
    note = FINAL if FINAL in at.run else ""
    if at.after is After.NUMBER and at.run and run in FULL_STOPS:
        note = AFTER_DIGIT if rules.orthography.dotted_ordinals else ""
    if at.after is After.SENTENCE_END:  # a longer run
        ended = at._replace(run=rules.alike.get(run, run) + note)
    else:
        ended = at.to(After.SENTENCE_END, rules.alike.get(run, run) + note, fresh=True)
    # In ¿...? and ¡...! the mark that ends the sentence also closes the pair.
    if not at.closers.endswith(run[-1]):
        return ended
    return ended._replace(run=ended.run + PAIR_CLOSED, closers=at.closers[:-1])


def ellipses(rules: Rules, at: BoundaryState) -> Marks:
    """An ellipsis that follows no unit, or one after a space."""
    if at.after is After.SPACE and not at.dotted:
        return {run[0]: _dots(rules, at, run[0]) for run in rules.ellipses}
    note = ""
    if at.after is After.OPENING and at.closers[-1] in BRACKETS.values():
        note = REMARK if REMARK in at.run and not at.dotted else ALONE
    elif _may_be_lone(at):
        note = LONE
    leads = at.after is After.SPACE or (at.after is After.DASH and not at.run)
    if leads or (at.after in _ELLIPSIS_STARTS and (not at.dotted or REMARK in at.run)):
        return {run[0]: at.to(After.ELLIPSIS, run[0] + note, fresh=True) for run in rules.ellipses}
    return {}


def _may_be_lone(at: BoundaryState) -> bool:
    """True where marks may be a whole piece: after a spaced dash or one at the start of a line.

    With nothing open and no other such marks before, or a text could go on without words.
    """
    dash = (at.after is After.DASH and not at.run) or at.after is After.DIALOGUE
    return dash and not at.closers and not at.dotted


def lone(rules: Rules, at: BoundaryState) -> Marks:
    """- ? and - !, which no word follows directly; `ellipses` has - ..."""
    if not _may_be_lone(at):
        return {}
    firsts = {run[0] for run in rules.remarks - rules.ellipses}
    return {mark: at.to(After.ELLIPSIS, mark + LONE, fresh=True) for mark in firsts}


def is_lone(rules: Rules, at: BoundaryState) -> bool:
    """True behind marks that may be a whole piece."""
    return at.after is After.ELLIPSIS and at.run[-1] == LONE and at.mark in rules.remarks


def _dots(rules: Rules, at: BoundaryState, mark: str) -> BoundaryState:
    """Behind a space: the same as right behind a word, once the ellipsis is whole."""
    whole = mark in rules.ellipses
    return at.to(After.SENTENCE_END if whole else After.ELLIPSIS, mark, fresh=whole)


def after_ellipsis(rules: Rules, at: BoundaryState) -> Marks:
    """at.fresh: a word must follow, if it is an ellipsis."""
    marks: Marks = {}
    note = at.run[len(at.mark) :]
    for run in rules.remarks if note != CLOSED else ():
        if run.startswith(at.mark) and run != at.mark:
            longer = run[: len(at.mark) + 1]
            after = at._replace(run=longer + note) if at.fresh else _dots(rules, at, longer)
            marks[longer[-1]] = after
    mentioned = note == REMARK and at.mark in rules.mentions
    if mentioned and at.mark in rules.orthography.number_signs | {"-"}:
        marks |= numbers.after_minus(rules, at._replace(run=""))  # (-1) after all
    if mentioned or (at.mark in rules.remarks and note in (REMARK, ALONE)):
        marks |= _alone_in_brackets(rules, at)
    if is_lone(rules, at):  # the next line must have a word
        marks["\n"] = at.to(After.LINE, fresh=True)._replace(dotted=True)
    if rules.has_spaces and (
        is_lone(rules, at) or (note == CLOSED and not at.dotted and not at.closers)
    ):
        marks[" "] = at.to(After.SPACE, AFTER_PAUSE, fresh=True)._replace(dotted=True)
    elif at.mark in rules.ellipses and rules.has_spaces:
        marks[" "] = at.to(After.MARKER, AFTER_PAUSE, fresh=True)  # a word must follow: no dash
    return marks


def remarks(rules: Rules, at: BoundaryState) -> Marks:
    """(!) and (?); (,) and (+)"""
    if REMARK not in at.run or at.dotted:
        return {}
    firsts = {run[0] for run in rules.remarks - rules.ellipses} | rules.mentions
    return {mark: at.to(After.ELLIPSIS, mark + REMARK, fresh=True) for mark in firsts}


def _alone_in_brackets(rules: Rules, at: BoundaryState) -> Marks:
    """The bracket after an ellipsis that is all it holds: [...]"""
    closers = at.closers[:-1]
    if REMARK in at.run:
        closed = at.to(After.CLOSING, fresh=at.mark in rules.ellipses)
        closed = closed._replace(closers=closers, dotted=True)
    else:
        closed = at._replace(run=at.mark + CLOSED, closers=closers)
    return {at.closers[-1]: closed}
