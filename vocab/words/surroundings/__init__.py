"""The characters that may stand between words (spaces, marks, digits), as an automaton.

    text = piece (separator piece)*        piece = opening* (word | number) mark* closing* mark*

An orthography and a style come in; `Surroundings` goes out. The first character is never white
space, runs of marks come from closed sets, pairs are balanced, and every loop contains a word or a
number. docs/language.md has the full description.
"""

from vocab.words.surroundings.automaton import Surroundings
from vocab.words.surroundings.preceding_text import state_after
from vocab.words.surroundings.states import (
    BEFORE_START,
    LINE_STARTS,
    START,
    STRONG,
    After,
    BoundaryState,
)

__all__ = [
    "BEFORE_START",
    "LINE_STARTS",
    "START",
    "STRONG",
    "After",
    "BoundaryState",
    "Surroundings",
    "state_after",
]
