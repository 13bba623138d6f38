"""A handle that takes the times of its request and tells the counters about them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from generation.engine.handle import Handle
from generation.engine.stats.counters import Counters, Times

if TYPE_CHECKING:
    from generation.engine.contract import Completion


class TrackedHandle(Handle):
    """Counted as waiting from its making to `admitted`, as running from there to its end."""

    def __init__(self, counters: Counters) -> None:
        super().__init__()
        self._counters = counters
        self._times = Times(submitted=time.monotonic())
        self.on_first_text(self._first_text)

    def admitted(self) -> None:
        """It waits no longer. On the engine's thread, before the step that can end it."""
        self._times.admitted = time.monotonic()
        self._counters.count_admission(self._times)

    # Counted before whoever waits is told, so that it finds itself counted.

    def finish(self, completion: Completion) -> None:
        if not self.done:
            self._counters.count_reply(self._times, completion, completion.finish_reason)
        super().finish(completion)

    def fail(self, error: Exception) -> None:
        if not self.done:
            self._counters.count_reply(self._times, None, "abort" if self.cancelled else "error")
        super().fail(error)

    def _first_text(self) -> None:
        self._times.first = time.monotonic()
        self._counters.count_first_token(self._times.first - self._times.submitted)
