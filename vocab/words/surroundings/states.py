"""The states of the automaton between words.

`BoundaryState.run` holds marks, and behind them notes: single letters or digits that record what
the marks alone do not tell.
"""

from __future__ import annotations

import string
from enum import IntEnum
from typing import NamedTuple

_NOTES = string.digits + string.ascii_lowercase


class After(IntEnum):
    """What came last in a text that is not inside a word."""

    START = 0
    LINE = 1  # one newline
    PARAGRAPH = 2  # a blank line
    MARKER = 3  # a heading's or a list item's marker and its space
    SPACE = 4
    OPENING = 5
    DASH = 6  # a tight dash, or a spaced one with its second space; a word follows
    DIALOGUE = 7  # a dash at the start of a line
    ELISION = 8  # the apostrophe of l'homme, or the hyphen of într-o
    HYPHEN = 9
    SPACED_DASH = 10  # its second space must follow
    BEFORE_MARK = 11  # a no-break space, after which only marks may come
    STEM = 12  # the l of l'homme: an apostrophe must follow
    WORD = 13
    NUMBER = 14
    NUMBER_SIGN = 15  # a digit must follow
    PAUSE = 16
    SENTENCE_END = 17
    CLOSING = 18
    HASHES = 19  # a heading's marker without its space
    LIST_NUMBER = 20
    LIST_MARK = 21  # a list item's marker without its space
    CLOSING_STAR = 22  # the first * of a closing **
    ELLIPSIS = 23  # before a word (...and), incomplete, or the only content of a bracket
    PROCLITIC = 24  # the و of و«هذا»: an opening mark or a number must follow
    HYPHEN_STEM = 25  # the într of într-o: a hyphen must follow
    BEFORE_START = 26  # the space must follow that stands before the text
    SPACED_START = 27  # the start of a text after that space


class BoundaryState(NamedTuple):
    """A state of the automaton between words.

    run: The part of the last run of marks that still matters, then notes (see below).
    closers: The marks that will close the open pairs, the innermost last.
    sentence_start: True if the next word starts a sentence.
    apostrophe: The apostrophe that this text uses; "" before the first one.
    ellipsis_before: True if an ellipsis (or marks that count as one) came before this run, and no
        word, number or line break since.
    """

    after: After
    run: str = ""
    closers: str = ""
    sentence_start: bool = False
    apostrophe: str = ""
    ellipsis_before: bool = False

    def to(self, after: After, run: str = "", *, sentence_start: bool = False) -> BoundaryState:
        """Return the state after another mark, with the same open pairs."""
        ellipsis_before = self.ellipsis_before or self.in_ellipsis
        return BoundaryState(
            after, run, self.closers, sentence_start, self.apostrophe, ellipsis_before
        )

    @property
    def in_ellipsis(self) -> bool:
        """True after an ellipsis, also after one with further marks (...?)."""
        return self.after in _ELLIPSIS_ENDS and self.mark.startswith(("...", "…"))

    @property
    def mark(self) -> str:
        """The marks of `run` without the notes."""
        return self.run.rstrip(_NOTES)


_ELLIPSIS_ENDS = (After.SENTENCE_END, After.ELLIPSIS)
ELLIPSES = frozenset({"...", "…", "……", "...."})
# Character -> the state after it.
Marks = dict[str, BoundaryState]

START = BoundaryState(After.START, sentence_start=True)
# The start of a text whose tokens begin with a space that is not part of it.
BEFORE_START = BoundaryState(After.BEFORE_START, sentence_start=True)
LINE_STARTS = frozenset({After.START, After.SPACED_START, After.LINE, After.PARAGRAPH})
UNIT_ENDS = frozenset({After.WORD, After.NUMBER, After.PAUSE, After.SENTENCE_END, After.CLOSING})
# Words and numbers may begin in these states.
UNIT_STARTS = LINE_STARTS | {
    After.MARKER, After.SPACE, After.OPENING, After.DASH, After.DIALOGUE,
}  # fmt: skip
# Words may begin in these states. The last two list their other characters themselves.
WORD_STARTS = UNIT_STARTS | {After.ELISION, After.HYPHEN}

# Notes in `run`. Each comment says which kind of `After` the note belongs to.
JOINED = "-"  # word: a dash or hyphen joined it to the last word, so no second one may follow
SLASH_JOINED = "h"  # word: a slash joined it, so one more may follow; dash: it is that second slash
SUFFIX = "s"  # word: once for each suffix
PARTICLE = "m"  # word: a particle may follow directly
RUN_END = "r"  # word: no letter of a script with spaces may follow directly, and no number
# Closing mark: a suffix with its apostrophe may follow, or one without.
APOSTROPHE_ENDING, BARE_ENDING = "a", "b"
AFTER_CLOSING = "c"  # hyphen: a word must follow
SUSPENDED = "v"  # hyphen: no word may follow directly
AFTER_BEGINNING = "o"  # hyphen: not a hyphen, but the (un) of (un)able
NUMERAL = "d"  # word: it has no letter, so no part in brackets follows it
ADDRESS = "k"  # hyphen: it is the @ of an address; word: it is the one behind that mark
NO_DASH = "f"  # any mark after a closing raya: no dash may follow
PAIR_CLOSED = "q"  # sentence end: it closed a pair that ¿ or ¡ opened
AFTER_DIGIT = "t"  # full stop: it may belong to an ordinal number
SPACED = "x"  # sign before a number: a space may follow it
AFTER_PAUSE = "p"  # space or spaced dash: a pause (comma, colon) came before it
# Space: which marks may follow it.
BEFORE_ANY, BEFORE_CLOSING, AFTER_NUMBER = "w", "c", "n"
INNER_SPACE = " "  # opening mark: a space may follow it
BRACKET_REMARK = "g"  # opening bracket after a space, and marks that are its only content: (!)
BRACKET_ELLIPSIS = "e"  # ellipsis that is the only content of any other bracket
BRACKET_CLOSED = "z"  # the same ellipsis after its bracket closed: a word must follow
UTTERANCE = "i"  # marks after a dash that may be the whole utterance: - ... - Tak?
BULLET = "l"  # opening *: it may still turn out to be a bullet

BRACKETS = {"(": ")", "[": "]"}
EMPHASIS = "*"
# Represents a pair of ** in `closers`, where each pair is one character.
STRONG = "⁑"
