"""Pauses, the ends of sentences, and the ellipsis, which may also begin one."""

from __future__ import annotations

from vocab.words.surroundings import pairs, spaces
from vocab.words.surroundings.places import (
    AFTER_PAUSE,
    FINAL,
    LINE_STARTS,
    PAIR_CLOSED,
    After,
    Around,
    Marks,
)
from vocab.words.surroundings.rules import COMMAS, FULL_STOPS, Rules

# Where an ellipsis may come before a word.
_ELLIPSIS_STARTS = LINE_STARTS | {After.SPACE, After.OPENING, After.DIALOGUE, After.MARKER}


def after_unit(rules: Rules, at: Around) -> Marks:
    marks: Marks = {}
    if _takes_pause(rules, at):
        for pause in rules.pauses:
            marks[pause] = at.to(After.PAUSE, pause, fresh=pause == ":")
    if at.after is After.PAUSE:
        return marks
    so_far = at.mark if at.after is After.SENTENCE_END else ""
    for run in rules.runs:
        if run[:-1] == so_far and _may_end(rules, at, run):
            marks[run[-1]] = _sentence_end(at, run)
    return marks


def after_raya(rules: Rules, at: Around) -> Marks:
    """What may come after a dash that follows a word: as after a word, but no dash after that."""
    return after_unit(rules, at.to(After.WORD, FINAL))


def commas(rules: Rules, at: Around) -> Marks:
    return {comma: at.to(After.PAUSE, comma) for comma in rules.pauses & COMMAS}


def _takes_pause(rules: Rules, at: Around) -> bool:
    if at.after is After.SENTENCE_END:  # "Why?, he asked": but not after a full stop
        return at.mark not in FULL_STOPS and rules.is_whole_run(at)
    return at.after is not After.PAUSE


def _may_end(rules: Rules, at: Around, run: str) -> bool:
    """run: what the marks would be together; it may be the start of a longer run."""
    dotted = at.dotted if at.after is After.SENTENCE_END else at.to(After.SENTENCE_END).dotted
    possible = rules.sentence_ends - rules.ellipses if dotted else rules.sentence_ends
    if at.closers[-1:] in rules.runs:
        # What began with ¿ or ¡ ends with its mark, an ellipsis before it or not.
        mark = at.closers[-1]
        possible = frozenset(end for end in possible if end in rules.ellipses or mark in end)
    return any(end.startswith(run) for end in possible)


def _sentence_end(at: Around, run: str) -> Around:
    note = FINAL if FINAL in at.run else ""
    if at.after is After.SENTENCE_END:  # a longer run
        ended = at._replace(run=run + note)
    else:
        ended = at.to(After.SENTENCE_END, run + note, fresh=True)
    # In ¿...? and ¡...! the mark that ends the sentence also closes the pair.
    if not at.closers.endswith(run[-1]):
        return ended
    return ended._replace(run=ended.run + PAIR_CLOSED, closers=at.closers[:-1])


def ellipses(rules: Rules, at: Around) -> Marks:
    """An ellipsis that follows no unit. fresh: nothing at all is before it."""
    if at.after not in _ELLIPSIS_STARTS or at.dotted:
        return {}
    fresh = at.after is not After.SPACE
    return {run[0]: at.to(After.ELLIPSIS, run[0], fresh=fresh) for run in rules.ellipses}


def after_ellipsis(rules: Rules, at: Around) -> Marks:
    marks: Marks = {}
    for run in rules.ellipses:
        if run.startswith(at.mark) and run != at.mark:
            following = run[len(at.mark)]
            marks[following] = at._replace(run=at.mark + following)
    if at.mark in rules.ellipses:
        if rules.has_spaces:
            # With nothing before it, a word must follow: no dash.
            place = After.MARKER if at.fresh else After.SPACE
            marks[" "] = at.to(place, AFTER_PAUSE, fresh=True)
        if not at.fresh:
            marks |= spaces.newline(at)
            marks |= pairs.closings(rules, at.to(After.SENTENCE_END, at.run, fresh=True))
    return marks
