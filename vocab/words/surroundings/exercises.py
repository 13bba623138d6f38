"""The marks of exercise sheets: labels of items, gaps, footnotes, small pictures and addresses."""

from __future__ import annotations

from vocab.words.orthography.exercise_marks import AT, EMOJI, FOOTNOTE
from vocab.words.surroundings.rules import Rules
from vocab.words.surroundings.states import (
    ADDRESS,
    JOINED,
    LINE_STARTS,
    SPACED,
    After,
    BoundaryState,
    Marks,
)
from vocab.words.word_forms import Role

_FOOTNOTED = frozenset({After.WORD, After.NUMBER})


def is_in_style(rules: Rules, role: Role) -> bool:
    if role is Role.DOMAIN:
        return rules.exercise and rules.orthography.spaced
    if role is Role.NUMBER_LABEL and not rules.has_numbers:
        return False
    if role is Role.LETTER_LABEL and rules.segmented:
        return False  # to a segmenter, the letter is a word off the list
    return rules.exercise or (role not in (Role.GAP, Role.BULLET) and not rules.minimal)


def admits(rules: Rules, at: BoundaryState, role: Role) -> bool:
    """True if a gap, a label or the end of an address may begin at `at`."""
    if role is Role.DOMAIN:
        return at.after is After.WORD and ADDRESS in at.run
    if role is Role.GAP:
        return rules.starts_piece(at) and not rules.ends_run(at)
    return at.after in LINE_STARTS or (rules.exercise and at.after is After.SPACE)


def after_label(rules: Rules, at: BoundaryState) -> BoundaryState:
    """The state after a) or ☐. Without spaces between words, one may follow the label."""
    if rules.orthography.spaced:
        return at.to(After.LIST_MARK, sentence_start=True)
    return at.to(After.MARKER, SPACED, sentence_start=True)


def after_marker(at: BoundaryState) -> Marks:
    return {" ": at._replace(run="")} if at.run == SPACED else {}


def after_unit(rules: Rules, at: BoundaryState) -> Marks:
    marks = emoji(rules, at)
    if at.after in _FOOTNOTED:
        marks[FOOTNOTE] = at.to(After.CLOSING)
    if at.after is After.WORD and rules.orthography.spaced and JOINED not in at.run:
        marks[AT] = at.to(After.HYPHEN, ADDRESS)
    return marks


def emoji(rules: Rules, at: BoundaryState) -> Marks:
    """One may follow a piece, with or without a space. It counts as an ellipsis."""
    if not rules.exercise or at.after is After.PAUSE or at.ellipsis_before or at.in_ellipsis:
        return {}
    shown = at.to(After.CLOSING, sentence_start=True)._replace(ellipsis_before=True)
    return dict.fromkeys(EMOJI, shown)
