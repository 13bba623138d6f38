"""A constraint whose texts a segmenter must also split into listed words (`units=words`).

The inner constraint lets listed words follow each other without spaces. A segmenter decides which
words a reader sees in such a stretch of letters, and it can decide only when a mark ends the
stretch. So a state carries the current stretch and its verdict, and decoding asks three more
questions than of other constraints: whether a state is lost, whether a reply may be cut there, and
how many of the last tokens may have to be taken back
(`generation/engine/decoding/backtracking.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from generation.constraint.session import (
    NO_IDS,
    Constraint,
    ConstraintSession,
    DeadEnd,
    State,
    TokenIds,
)
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.segmenting.verifier import SegmentVerifier, Verdict, is_letter
from vocab.words.surroundings import START, BoundaryState


class SegmentedState(NamedTuple):
    """A state of the inner constraint with the current stretch.

    partial: The first bytes of an incomplete character.
    verdict: The segmenter's verdict on the stretch.
    held: Number of last tokens that have characters of the stretch.
    worded: True if the text has more than marks.
    """

    inner: State
    stretch: str = ""
    partial: bytes = b""
    verdict: Verdict = Verdict.LISTED
    held: int = 0
    worded: bool = False


class SegmentedSession:
    """A ConstraintSession with the further questions of decoding.

    stops: The tokens that end a reply.
    """

    def __init__(
        self,
        inner: ConstraintSession,
        table: TokenTable,
        verifier: SegmentVerifier,
        stops: TokenIds,
    ) -> None:
        self.inner = inner
        self._table = table
        self._verifier = verifier
        self._stops = stops
        self.start = self.start_at(START)

    def start_at(self, at: BoundaryState) -> State:
        return SegmentedState(self.inner.start_at(at))

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        """Return the ids that the inner constraint allows, without the stop tokens unless the
        stretch is listed.
        """
        assert isinstance(state, SegmentedState)  # noqa: S101
        allowed = self.inner.allowed(state.inner, remaining)
        if not self.can_cut(state):
            allowed = allowed[~np.isin(allowed, self._stops)]
        if len(allowed) == 0:
            raise DeadEnd
        return allowed

    def advance(self, state: State, token_id: int) -> State:
        assert isinstance(state, SegmentedState)  # noqa: S101
        inner = self.inner.advance(state.inner, token_id)
        text, partial = decoded(state.partial + self._table.bytes_of.get(token_id, b""))
        stretch, held = state.stretch, state.held + 1
        worded = state.worded or any(map(is_letter, text))
        for character in text:
            if self._verifier.goes_on(stretch, character):
                stretch += character
                continue
            if self._verifier.verdict(stretch) is not Verdict.LISTED:
                return SegmentedState(inner, stretch, partial, Verdict.UNLISTED, held, worded)
            stretch, held = "", 0
        held = max(held, 1) if stretch or partial else 0
        return SegmentedState(
            inner, stretch, partial, self._verifier.verdict(stretch), held, worded
        )

    def sentence_ends(self, state: State) -> TokenIds:
        """As of the inner constraint, if the segmenter finds listed words before the mark."""
        assert isinstance(state, SegmentedState)  # noqa: S101
        ends = self.inner.sentence_ends(state.inner)
        # Every mark closes the stretch, so the verdict is the same for all of them.
        if len(ends) and not self.can_cut(self.advance(state, int(ends[0]))):
            return NO_IDS
        return ends

    def parts(self, state: State, remaining: int | None = None) -> None:
        """None: whether stop tokens are allowed depends on the verdict on the stretch."""

    reachable = None

    def around(self, wrap: Callable[[ConstraintSession], ConstraintSession]) -> SegmentedSession:
        """Return this session with another constraint inside."""
        return SegmentedSession(wrap(self.inner), self._table, self._verifier, self._stops)

    # --- the further questions --------------------------------------------------------------------

    def is_lost(self, state: State) -> bool:
        """True if no reply can continue from here."""
        assert isinstance(state, SegmentedState)  # noqa: S101
        return state.verdict is Verdict.UNLISTED

    def can_cut(self, state: State) -> bool:
        """True if a reply may be cut here: all its words are listed and complete."""
        assert isinstance(state, SegmentedState)  # noqa: S101
        return state.verdict is Verdict.LISTED and not state.partial

    def is_empty(self, state: State) -> bool:
        """True if the text has no words, even if it has marks."""
        assert isinstance(state, SegmentedState)  # noqa: S101
        return not state.worded

    def held(self, state: State) -> int:
        """Return the number of last tokens that may have to be taken back."""
        assert isinstance(state, SegmentedState)  # noqa: S101
        return state.held


class SegmentedConstraint:
    """A Constraint around another one."""

    def __init__(
        self, inner: Constraint, table: TokenTable, verifier: SegmentVerifier, stops: TokenIds
    ) -> None:
        self._inner = inner
        self._table = table
        self._verifier = verifier
        self._stops = stops

    @property
    def is_full(self) -> bool:
        return self._inner.is_full

    @property
    def state_count(self) -> int:
        return self._inner.state_count

    @property
    def nbytes(self) -> int:
        return self._inner.nbytes

    @property
    def rows_made(self) -> int:
        return self._inner.rows_made

    def session(self) -> SegmentedSession:
        return SegmentedSession(self._inner.session(), self._table, self._verifier, self._stops)


def decoded(data: bytes) -> tuple[str, bytes]:
    """Return the complete characters, and the first bytes of the next one."""
    try:
        return data.decode(), b""
    except UnicodeDecodeError as error:
        return data[: error.start].decode(), data[error.start :]
