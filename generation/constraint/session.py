"""What decoding asks of a constraint, whichever way it is computed.

States are hashable values: a beam forks by copying one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

State = Hashable
TokenIds = npt.NDArray[np.int64]
NO_IDS: TokenIds = np.empty(0, np.int64)
RowParts = tuple[TokenIds, ...]  # the allowed ids are their union


class ConstraintSession(Protocol):
    @property
    def start(self) -> State:
        """The state before the first generated token."""

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        """Return the ids that may come next, stop tokens included where the text may end.

        Shape [n], n >= 1, in no particular order. Raises DeadEnd if there are none.
        remaining: how many tokens the reply may still have, this one included; those that would
        leave it without a good end may be kept back. None: no limit.
        """

    def parts(self, state: State, remaining: int | None = None) -> RowParts | None:
        """Return what `allowed` returns, as arrays that have no id in common.

        Arrays that many states share are the same objects each time. None if the implementation
        does not keep its rows in parts. Raises DeadEnd if no token is allowed.
        """

    def advance(self, state: State, token_id: int) -> State:
        """Return the state after one of the allowed tokens. Does not change `state`."""

    @property
    def reachable(self) -> TokenIds | None:
        """The ids that can be allowed in any state, sorted, shape [n]. A few ids that never are
        allowed may be among them. None if the implementation cannot tell.
        """


class Constraint(Protocol):
    """Made once for a vocabulary and a tokenizer, shared by requests."""

    def session(self) -> ConstraintSession: ...

    @property
    def is_full(self) -> bool:
        """True if it remembers so many states that new requests should get a fresh one."""

    @property
    def state_count(self) -> int:
        """Number of states that it has numbered; 0 if its states are plain values."""

    @property
    def rows_made(self) -> int:
        """Number of times the allowed tokens of a state had to be computed."""


class DeadEnd(Exception):
    """No token can continue the text and it may not end here."""


def joined(parts: RowParts) -> TokenIds:
    """Return the ids of parts that have none in common; of one part the same array."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def united(parts: Sequence[TokenIds]) -> TokenIds:
    """Return the ids of all parts, sorted, each once. Several times as quick as `np.unique`, which
    hashes.
    """
    ids = np.sort(np.concatenate(parts))
    return ids[np.append(True, ids[1:] != ids[:-1])] if len(ids) else ids


def apart(parts: Iterable[TokenIds]) -> RowParts:
    """Return the parts without what larger ones have too, and without empty ones.

    parts: each sorted, as are those that are returned. A part that loses nothing is the same array.
    """
    found: list[TokenIds] = []
    for part in sorted(parts, key=len, reverse=True):
        for larger in found:
            doubled = contains(larger, part)
            if doubled.any():
                part = part[~doubled]
        if len(part):
            found.append(part)
    return tuple(found)


def contains(row: TokenIds, tokens: TokenIds) -> npt.NDArray[np.bool_]:
    """[tokens]: which of them are in `row`, which is sorted."""
    if len(row) == 0:
        return np.zeros(len(tokens), np.bool_)
    at = np.searchsorted(row, tokens)
    at[at == len(row)] = 0
    found: npt.NDArray[np.bool_] = row[at] == tokens
    return found
