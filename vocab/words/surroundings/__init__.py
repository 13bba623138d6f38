"""What may stand around words, as an automaton over characters.

    text = piece (separator piece)*        piece = opening* (word | number) mark* closing* mark*

The first character is never white, runs of marks come from closed sets, pairs are balanced, and
nothing can loop without a word or a number in between. docs/language.md says it in full.
"""

from vocab.words.surroundings.automaton import Surroundings
from vocab.words.surroundings.states import LINE_STARTS, START, STRONG, After, BoundaryState

__all__ = ["LINE_STARTS", "START", "STRONG", "After", "BoundaryState", "Surroundings"]
