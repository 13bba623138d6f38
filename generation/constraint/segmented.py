"""A constraint whose texts a segmenter, too, has to cut into listed words (`units=words`).

The constraint underneath lets listed words follow one another; which words a reader sees in them a
segmenter says, and not before a stretch is closed by a mark. So a state carries the stretch under
way and its verdict, and decoding has to ask three things more than of other constraints: whether a
state is lost, whether a reply may be cut there, and how many of the last tokens may yet have to be
taken back (`generation/engine/decoding/backtracking.py` does).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from generation.constraint.session import Constraint, ConstraintSession, DeadEnd, State, TokenIds
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.segment_verdict import SegmentVerifier, Verdict, is_letter


class Judged(NamedTuple):
    """inner: the state underneath. partial: the first bytes of a character. held: how many tokens
    reach into the stretch under way. worded: there is more than marks.
    """

    inner: State
    stretch: str = ""
    partial: bytes = b""
    verdict: Verdict = Verdict.LISTED
    held: int = 0
    worded: bool = False


class SegmentedSession:
    """A ConstraintSession."""

    def __init__(
        self, inner: ConstraintSession, table: TokenTable, judge: SegmentVerifier, stops: TokenIds
    ) -> None:
        self._inner = inner
        self._table = table
        self._judge = judge
        self._stops = stops
        self.start: State = Judged(inner.start)

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        """As underneath, but a reply does not end in a stretch that is not listed."""
        assert isinstance(state, Judged)  # noqa: S101
        allowed = self._inner.allowed(state.inner, remaining)
        if not self.is_good(state):
            allowed = allowed[~np.isin(allowed, self._stops)]
        if len(allowed) == 0:
            raise DeadEnd
        return allowed

    def advance(self, state: State, token_id: int) -> State:
        assert isinstance(state, Judged)  # noqa: S101
        inner = self._inner.advance(state.inner, token_id)
        text, partial = _decoded(state.partial + self._table.bytes_of.get(token_id, b""))
        stretch, held = state.stretch, state.held + 1
        worded = state.worded or any(map(is_letter, text))
        for character in text:
            if is_letter(character):
                stretch += character
                continue
            if self._judge.verdict(stretch) is not Verdict.LISTED:
                return Judged(inner, stretch, partial, Verdict.UNLISTED, held, worded)
            stretch, held = "", 0
        held = max(held, 1) if stretch or partial else 0
        return Judged(inner, stretch, partial, self._judge.verdict(stretch), held, worded)

    def parts(self, state: State, remaining: int | None = None) -> None:
        """None: which stop tokens are allowed depends on the verdict on the open stretch."""

    reachable = None

    # --- what only this constraint can be asked ---------------------------------------------------

    def is_lost(self, state: State) -> bool:
        """True if no reply goes on from here."""
        assert isinstance(state, Judged)  # noqa: S101
        return state.verdict is Verdict.UNLISTED

    def is_good(self, state: State) -> bool:
        """True if a reply may be cut here: all of it is listed words."""
        assert isinstance(state, Judged)  # noqa: S101
        return state.verdict is Verdict.LISTED and not state.partial

    def is_empty(self, state: State) -> bool:
        """True if nothing was said yet, though there may be marks."""
        assert isinstance(state, Judged)  # noqa: S101
        return not state.worded

    def held(self, state: State) -> int:
        """How many of the last tokens are not settled."""
        assert isinstance(state, Judged)  # noqa: S101
        return state.held


class SegmentedConstraint:
    """A Constraint around another."""

    def __init__(
        self, inner: Constraint, table: TokenTable, judge: SegmentVerifier, stops: TokenIds
    ) -> None:
        self._inner = inner
        self._table = table
        self._judge = judge
        self._stops = stops

    @property
    def is_full(self) -> bool:
        return self._inner.is_full

    @property
    def state_count(self) -> int:
        return self._inner.state_count

    @property
    def rows_made(self) -> int:
        return self._inner.rows_made

    def session(self) -> SegmentedSession:
        return SegmentedSession(self._inner.session(), self._table, self._judge, self._stops)


def _decoded(data: bytes) -> tuple[str, bytes]:
    """The whole characters, and the first bytes of the next one."""
    try:
        return data.decode(), b""
    except UnicodeDecodeError as error:
        return data[: error.start].decode(), data[error.start :]
