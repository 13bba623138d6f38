"""Quotes, brackets, ¿ ? and ¡ !, and the stars of markdown."""

from __future__ import annotations

from vocab.words.orthography.pack import APOSTROPHES, NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE
from vocab.words.surroundings.rules import Rules
from vocab.words.surroundings.states import (
    BRACKETS,
    BULLET,
    EMPHASIS,
    INNER_SPACE,
    REMARK,
    STRONG,
    After,
    BoundaryState,
    Marks,
)


def openings(rules: Rules, at: BoundaryState) -> Marks:
    if len(at.closers) >= rules.orthography.max_open_pairs:
        return {}
    spaced = at.after is After.SPACE or (at.after is After.DASH and not at.run)
    marks: Marks = {}
    for opening, closing in rules.pairs.items():
        # (a bracket (with another) in it), but not ((two at once)).
        nested = opening in BRACKETS and at.after is not After.OPENING
        if nested or closing not in at.closers:
            note = INNER_SPACE if opening in rules.orthography.inner_spaced else ""
            if spaced and opening in BRACKETS:
                note = REMARK
            opened = at.to(After.OPENING, note, fresh=True)
            marks[opening] = opened._replace(closers=at.closers + closing)
    if rules.markdown and not is_emphasised(at):
        fresh = at.fresh or at.after is After.ELLIPSIS
        bullet = BULLET if rules.at_line_start(at) and not at.closers else ""
        opened = at.to(After.OPENING, EMPHASIS + bullet, fresh=fresh)
        marks[EMPHASIS] = opened._replace(closers=at.closers + EMPHASIS)
    return marks


def after_elision(rules: Rules, at: BoundaryState) -> Marks:
    """l'«amico», but not l''amico'; و«هذا», but not و'هذا', which looks like one word"""
    opened = openings(rules, at)
    return {mark: opened[mark] for mark in opened.keys() - set(APOSTROPHES)}


def after_opening(rules: Rules, at: BoundaryState) -> Marks:
    if at.run == INNER_SPACE:
        inside = at._replace(run="")
        return dict.fromkeys((" ", NO_BREAK_SPACE, NARROW_NO_BREAK_SPACE), inside)
    marks: Marks = {}
    if at.run.startswith(EMPHASIS):
        marks[EMPHASIS] = at._replace(run="", closers=at.closers[:-1] + STRONG)
    if BULLET in at.run:
        marks[" "] = at.to(After.MARKER, fresh=True)._replace(closers=at.closers[:-1])
    return marks


def closings(rules: Rules, at: BoundaryState) -> Marks:
    """The mark that closes the innermost pair; ? and ! do it as sentence ends."""
    if not at.closers or at.closers[-1] in rules.runs:
        return {}
    fresh = rules.is_fresh_after(at)
    if at.closers[-1] == STRONG:
        return {EMPHASIS: at.to(After.CLOSING_STAR, fresh=fresh)}
    return {at.closers[-1]: _closed(rules, at, at.closers[-1], fresh=fresh)}


def after_closing_star(rules: Rules, at: BoundaryState) -> Marks:
    return {EMPHASIS: _closed(rules, at, EMPHASIS, fresh=at.fresh)}


def _closed(rules: Rules, at: BoundaryState, mark: str, *, fresh: bool) -> BoundaryState:
    closed = at.to(After.CLOSING, rules.endings_behind.get(mark, ""), fresh=fresh)
    return closed._replace(closers=at.closers[:-1])


def is_emphasised(at: BoundaryState) -> bool:
    return EMPHASIS in at.closers or STRONG in at.closers
