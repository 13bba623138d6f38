"""Where a text can stand between two words, and the notes that a place carries."""

from __future__ import annotations

import string
from enum import IntEnum
from typing import NamedTuple

_NOTES = string.digits + string.ascii_lowercase


class After(IntEnum):
    """What came last, where no word is under way."""

    START = 0
    LINE = 1  # one newline
    PARAGRAPH = 2  # a blank line
    MARKER = 3  # a heading's or a list item's marker and its space
    SPACE = 4
    OPENING = 5
    DASH = 6  # a word follows: a tight dash, or a spaced one with its second space
    DIALOGUE = 7  # a dash at the start of a line
    ELISION = 8  # the apostrophe of l'homme
    HYPHEN = 9
    SPACED_DASH = 10  # needs its second space
    BEFORE_MARK = 11  # a no-break space, after which only marks may come
    STEM = 12  # the l of l'homme: an apostrophe must follow
    WORD = 13
    NUMBER = 14
    NUMBER_SIGN = 15  # needs a digit
    PAUSE = 16
    SENTENCE_END = 17
    CLOSING = 18
    HASHES = 19  # a heading's marker without its space
    LIST_NUMBER = 20
    LIST_MARK = 21  # a list item's marker without its space
    CLOSING_STAR = 22  # the first * of a closing **
    ELLIPSIS = 23  # before a word (...and), or not whole; what a bracket may hold alone
    PROCLITIC = 24  # the و of و«هذا»: an opening mark must follow


class BoundaryState(NamedTuple):
    """A place: a state of the automaton.

    run: what of the last run still matters: dashes, sentence ends, digits, hyphens of a word.
    closers: the marks that will close what is open, the innermost last.
    fresh: a sentence starts with the next word. apostrophe: the one in use in this text. dotted:
    before this run there was an ellipsis (or other marks that count as one), and since then no
    word, number or new line.
    """

    after: After
    run: str = ""
    closers: str = ""
    fresh: bool = False
    apostrophe: str = ""
    dotted: bool = False

    def to(self, after: After, run: str = "", *, fresh: bool = False) -> BoundaryState:
        """The place after another mark, with the same things open."""
        dotted = self.dotted or self.in_dots
        return BoundaryState(after, run, self.closers, fresh, self.apostrophe, dotted)

    @property
    def in_dots(self) -> bool:
        """True behind an ellipsis, and behind one with other marks after it (...?)."""
        return self.after in _DOTS and self.mark.startswith(("...", "…"))

    @property
    def mark(self) -> str:
        """The marks of a run, without what is noted behind them."""
        return self.run.rstrip(_NOTES)


_DOTS = (After.SENTENCE_END, After.ELLIPSIS)
ELLIPSES = frozenset({"...", "…", "……", "...."})
# Character -> the place behind it.
Marks = dict[str, BoundaryState]

START = BoundaryState(After.START, fresh=True)
LINE_STARTS = frozenset({After.START, After.LINE, After.PARAGRAPH})
UNIT_ENDS = frozenset({After.WORD, After.NUMBER, After.PAUSE, After.SENTENCE_END, After.CLOSING})
# After these words and numbers begin.
UNIT_STARTS = LINE_STARTS | {
    After.MARKER, After.SPACE, After.OPENING, After.DASH, After.DIALOGUE,
}  # fmt: skip
# After these only words, or what else they say themselves.
WORD_STARTS = UNIT_STARTS | {After.ELISION, After.HYPHEN}

# Notes in `run`: letters and digits, behind the marks if there are any.
TIED = "-"  # of a word: a dash or hyphen joined it to the last one, so no other may follow
SLASHED = "h"  # of such a word: it was a slash, so one more may follow; of that one
SUFFIX = "s"  # of a word, once for each it has
# Of a closing mark: an ending may follow with its apostrophe, and without.
APOSTROPHE_ENDING, BARE_ENDING = "a", "b"
AFTER_CLOSING = "c"  # of a hyphen: a word must follow
SUSPENDED = "v"  # of a hyphen: no word may follow directly
OPENED = "o"  # of a hyphen, which is none: the (un) of (un)able was there
FINAL = "f"  # of what follows a closing raya: no dash may follow
PAIR_CLOSED = "q"  # of a sentence end: it closed what began with ¿ or ¡
AFTER_DIGIT = "t"  # of a full stop: it may be that of an ordinal number
SPACED = "x"  # of a sign before a number: a space may follow it
AFTER_PAUSE = "p"  # of a space or a spaced dash
BEFORE_ANY, BEFORE_CLOSING, AFTER_NUMBER = "w", "c", "n"  # of a space: which marks may follow it
INNER_SPACE = " "  # of an opening mark: a space may follow it
# Of an opening bracket behind a space, and of what it may hold alone; of an ellipsis that is alone
# in a bracket elsewhere; and, once that has been closed, of the same: a word must follow it.
REMARK, ALONE, CLOSED = "g", "e", "z"
LONE = "i"  # of marks after a dash, which may be all that somebody says: - ... - Tak?
BULLET = "l"  # of an opening *: it may still turn out to be a bullet

BRACKETS = {"(": ")", "[": "]"}
EMPHASIS = "*"
# What stands in `closers` for a pair of ** (one character a pair).
STRONG = "⁑"
