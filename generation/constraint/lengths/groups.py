"""What may come next in a reply, as far as its length in words matters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol, runtime_checkable

from generation.constraint.session import ConstraintSession, State, TokenIds

# A letter stands for any word: only where words begin and sentences end matters.
ANY_LETTER = b"a"


class TokenGroup(NamedTuple):
    """Tokens after which the length of a text is the same.

    text: What each of them adds, with ANY_LETTER for the letters of any word; None for the tokens
        that end the reply.
    needed: The fewest further words that the text needs after them to reach a sentence's end.
    """

    ids: TokenIds
    text: bytes | None
    needed: int


@runtime_checkable
class GroupingSession(ConstraintSession, Protocol):
    def groups(self, state: State) -> Iterable[TokenGroup]:
        """Return the allowed tokens of a state, each at least once."""

    @property
    def most_words(self) -> int:
        """Maximum number of words that a token begins, and that `needed` is where an end is in
        reach, together.
        """
