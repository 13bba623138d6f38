"""How an engine is, for whoever decides whether to send it requests."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

State = Literal["idle", "loading", "ready", "failed", "stalled", "dead", "unreachable"]


@dataclass(frozen=True, slots=True)
class Health:
    """idle: nothing was asked yet. failed: the model could not be loaded. dead: the thread ended
    under its requests; the next one starts it anew. stalled: a step takes far too long.
    unreachable: the process that has the engine does not answer.

    since: in seconds of the monotonic clock.
    """

    state: State
    detail: str = ""
    since: float = field(default_factory=time.monotonic, compare=False)

    @property
    def is_good(self) -> bool:
        return self.state in ("idle", "loading", "ready")
