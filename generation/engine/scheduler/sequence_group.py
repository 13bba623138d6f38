"""A run in the batch, and whoever asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from generation.constraint.session import TokenIds
from generation.engine.decoding.single import DecodingRun, SampledToken


class Owner(Protocol):
    """Whoever handed in a run. Both are called between passes, on the engine's thread."""

    def chose(self, chosen: Sequence[SampledToken]) -> bool:
        """Take tokens; True to end the run now."""

    def failed(self, error: Exception) -> None:
        """The run is over."""


@dataclass(eq=False)
class SequenceGroup:
    """A run in the batch. limit: columns it may come to have. urgent: goes before others.

    reachable: the ids that can ever be allowed, sorted, the same array for each run under a
    list; None if any can. keep: its tokens are worth remembering, somebody may go on from them.
    repeatable: its prompt is computed from the start, so that it comes out the same each time: what
    was computed in other company may be rounded otherwise. evictions: how often it made way for an
    urgent one.
    """

    run: DecodingRun
    owner: Owner
    limit: int
    urgent: bool = True
    reachable: TokenIds | None = None
    keep: bool = False
    repeatable: bool = False
    context: list[int] = field(default_factory=list)
    reused: int = 0
    order: int = 0
    evictions: int = 0
    cancelled: bool = False
