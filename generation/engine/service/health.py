"""The state of an engine, for callers that decide whether to send it requests."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

State = Literal["idle", "loading", "ready", "failed", "stalled", "dead", "unreachable"]


@dataclass(frozen=True, slots=True)
class Health:
    """The state, with an error message in `detail`, or the step of a load.

    idle: There was no request yet.
    failed: The model could not be loaded.
    dead: The engine's thread ended; the next request starts it again.
    stalled: The engine's thread makes no progress.
    unreachable: The process with the engine does not answer.
    since: In seconds of the monotonic clock.
    """

    state: State
    detail: str = ""
    since: float = field(default_factory=time.monotonic, compare=False)

    @property
    def is_good(self) -> bool:
        return self.state in ("idle", "loading", "ready")
