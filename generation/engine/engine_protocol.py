"""The engine as the rest of the project sees it: a request goes in, a handle comes out.

No code outside of this package asks which engine answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from generation.constraint.stats import ConstraintStats
from generation.engine.contract import GenerationRequest, Serving
from generation.engine.handle import Handle
from generation.engine.service.health import Health
from generation.engine.stats.counters import Counters, Snapshot


class Engine(Protocol):
    def submit(self, request: GenerationRequest) -> Handle:
        """Queue the request. Raises EngineBusy at once if the queue is full."""

    def submit_all(self, requests: Sequence[GenerationRequest]) -> list[Handle]:
        """Queue all of them, or none and raise EngineBusy."""

    def warm_up(self) -> None:
        """Load the model now. Raises ModelUnavailable."""

    def health(self) -> Health:
        """The state of the engine. Asking loads nothing."""

    def snapshot(self) -> Snapshot:
        """The engine's totals and medians; all zero if they cannot be read."""

    def close_after_fork(self) -> None:
        """Close, in a forked child, the descriptors that the child shares with its parent."""

    # Statistics of this process: empty for an engine that runs in another one.

    @property
    def serving(self) -> Serving | None:
        """How this process serves the model; None until it has loaded the model."""

    @property
    def counters(self) -> Counters: ...

    @property
    def cache_usage(self) -> float:
        """The part of ENGINE_CACHE_TOKENS that running requests use, from 0 to 1."""

    @property
    def constraints(self) -> ConstraintStats | None:
        """Statistics of the wordlists in use; None until the model is loaded."""
