"""The protocols of a constraint, as decoding uses it.

States are hashable values: a beam forks by copying one.
"""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from vocab.words.surroundings import BoundaryState

State = Hashable
TokenIds = npt.NDArray[np.int64]
NO_IDS: TokenIds = np.empty(0, np.int64)
RowParts = tuple[TokenIds, ...]  # disjoint; the allowed ids are their union


class Place(Enum):
    """Where a text stands.

    BETWEEN: Between words. MAY_END: After letters that are a whole word and may also go on.
    INSIDE: Inside a word.
    """

    BETWEEN = 0
    MAY_END = 1
    INSIDE = 2


class ConstraintSession(Protocol):
    """A constraint as one request uses it."""

    @property
    def start(self) -> State:
        """The state before the first generated token."""

    def start_at(self, at: BoundaryState) -> State:
        """Return the state before the first token of a reply that continues a text.

        at: The state between words at the end of that text; START for a reply of its own, or
            BEFORE_START if its tokens begin with a space that is not part of its text.
        """

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        """Return the ids that may come next, with the stop tokens where the text may end.

        Shape [n], n >= 1, in any order, each id once. Raises DeadEnd if no token is allowed.

        remaining: Maximum number of further tokens of the reply, this one included. Ids after which
            the reply could not end well in time may be left out. None: no limit.
        """

    def parts(self, state: State, remaining: int | None = None) -> RowParts | None:
        """Return what `allowed` returns, as arrays that have no id in common.

        Arrays that many states share are the same objects each time. None if the implementation
        does not keep its rows in parts. Raises DeadEnd if no token is allowed.
        """

    def advance(self, state: State, token_id: int) -> State:
        """Return the state after one of the allowed tokens. Does not change `state`."""

    def sentence_ends(self, state: State) -> TokenIds:
        """Return the allowed ids with which a sentence ends at once, in any order, shape [n].

        The text may end after each of them. Empty where no sentence can end, and also where one has
        just ended.
        """

    @property
    def reachable(self) -> TokenIds | None:
        """The ids that can be allowed in any state, sorted, shape [n]. A few ids that never are
        allowed may be among them. None if the implementation cannot tell.
        """


@runtime_checkable
class WordSession(ConstraintSession, Protocol):
    """A constraint that knows where words begin and end, in a language with spaces."""

    def place(self, state: State) -> Place: ...


class Constraint(Protocol):
    """A vocabulary under one tokenizer, shared by all requests that use it."""

    def session(self) -> ConstraintSession: ...

    @property
    def is_full(self) -> bool:
        """True if its cache of states is full: new requests should get a new constraint."""

    @property
    def state_count(self) -> int:
        """Number of states that it has numbered; 0 if its states are plain values."""

    @property
    def nbytes(self) -> int:
        """Bytes of its caches, without what constraints of the same list share."""

    @property
    def rows_made(self) -> int:
        """Number of times the allowed tokens of a state had to be computed."""


class DeadEnd(Exception):
    """No token can continue the text, and it may not end here."""
