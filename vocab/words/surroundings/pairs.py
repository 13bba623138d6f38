"""Pairs of marks: quotation marks, brackets, ¿ ? and ¡ !, and markdown's stars."""

from __future__ import annotations

from vocab.words.orthography.pack import APOSTROPHES, NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE
from vocab.words.surroundings.rules import Rules
from vocab.words.surroundings.states import (
    BRACKET_REMARK,
    BRACKETS,
    BULLET,
    EMPHASIS,
    INNER_SPACE,
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
        # (a bracket (with another) in it) is allowed, ((two at once)) is not.
        nested = opening in BRACKETS and at.after is not After.OPENING
        if nested or closing not in at.closers:
            note = INNER_SPACE if opening in rules.orthography.inner_spaced else ""
            if spaced and opening in BRACKETS:
                note = BRACKET_REMARK
            opened = at.to(After.OPENING, note, sentence_start=True)
            marks[opening] = opened._replace(closers=at.closers + closing)
    if rules.markdown and not is_emphasised(at):
        sentence_start = at.sentence_start or at.after is After.ELLIPSIS
        bullet = BULLET if rules.at_line_start(at) and not at.closers else ""
        opened = at.to(After.OPENING, EMPHASIS + bullet, sentence_start=sentence_start)
        marks[EMPHASIS] = opened._replace(closers=at.closers + EMPHASIS)
    return marks


def after_elision(rules: Rules, at: BoundaryState) -> Marks:
    """The opening marks after an elision or a proclitic: l'«amico» and و«هذا».

    A single quotation mark is not among them: l''amico' and و'هذا' look like one word.
    """
    opened = openings(rules, at)
    return {mark: opened[mark] for mark in opened.keys() - set(APOSTROPHES)}


def touching_brackets(rules: Rules, at: BoundaryState) -> Marks:
    """The brackets that may open directly after a word, a number or a closing mark: 유엔(UN)은."""
    touches = at.after in (After.WORD, After.NUMBER, After.CLOSING)
    if not touches or not rules.orthography.brackets_after_words:
        return {}
    opened = openings(rules, at)
    return {mark: opened[mark] for mark in opened.keys() & BRACKETS.keys()}


def after_opening(rules: Rules, at: BoundaryState) -> Marks:
    if at.run == INNER_SPACE:
        inside = at._replace(run="")
        return dict.fromkeys((" ", NO_BREAK_SPACE, NARROW_NO_BREAK_SPACE), inside)
    marks: Marks = {}
    if at.run.startswith(EMPHASIS):
        marks[EMPHASIS] = at._replace(run="", closers=at.closers[:-1] + STRONG)
    if BULLET in at.run:
        marks[" "] = at.to(After.MARKER, sentence_start=True)._replace(closers=at.closers[:-1])
    return marks


def closings(rules: Rules, at: BoundaryState) -> Marks:
    """The mark that closes the innermost pair. `sentence_ends` handles ? and !."""
    if not at.closers or at.closers[-1] in rules.runs:
        return {}
    sentence_start = rules.sentence_ended(at)
    if at.closers[-1] == STRONG:
        return {EMPHASIS: at.to(After.CLOSING_STAR, sentence_start=sentence_start)}
    variants = rules.orthography.closing_variants
    marks = at.closers[-1] + variants.get(at.closers[-1], "")
    return {mark: _closed(rules, at, mark, sentence_start=sentence_start) for mark in marks}


def after_closing_star(rules: Rules, at: BoundaryState) -> Marks:
    return {EMPHASIS: _closed(rules, at, EMPHASIS, sentence_start=at.sentence_start)}


def _closed(rules: Rules, at: BoundaryState, mark: str, *, sentence_start: bool) -> BoundaryState:
    closed = at.to(After.CLOSING, rules.endings_behind.get(mark, ""), sentence_start=sentence_start)
    return closed._replace(closers=at.closers[:-1])


def is_emphasised(at: BoundaryState) -> bool:
    return EMPHASIS in at.closers or STRONG in at.closers
