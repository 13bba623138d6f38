"""A handle that reports the times of its request to the counters."""

from __future__ import annotations

import time

from generation.engine.contract import Completion
from generation.engine.handle import Handle
from generation.engine.stats.counters import Counters, Times


class TrackedHandle(Handle):
    """Counted as waiting until `admitted` is called, and as running from then to its end."""

    def __init__(self, counters: Counters) -> None:
        super().__init__()
        self._counters = counters
        self._times = Times(submitted=time.monotonic())
        self.on_first_text(self._first_text)

    def admitted(self) -> None:
        """The request has left the queue. Called before the step that may end it."""
        self._times.admitted = time.monotonic()
        self._counters.count_admission(self._times)

    # The counters come before the waiting threads are notified: a reader that sees the end of the
    # request also sees it counted.

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
