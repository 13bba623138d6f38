"""Requests that wait for the engine: a bounded queue, chat before batch, first come first served.

Those whose list has to be built first stand aside meanwhile and hold their place.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from dataclasses import dataclass
from typing import Any

from generation.engine.contract import GenerationCancelled, GenerationRequest, Priority
from generation.engine.service.tracked_handle import TrackedHandle


@dataclass(slots=True, eq=False)
class QueuedRequest:
    """place: (priority, number). built: nothing has to be built for it any more.

    job: what the decoder made of it, once it has.
    """

    request: GenerationRequest
    handle: TrackedHandle
    place: tuple[int, int]
    built: bool = False
    job: Any = None

    def __lt__(self, other: QueuedRequest) -> bool:
        return self.place < other.place


class RequestQueue:
    """Every method wants `changed` to be held by its caller.

    max_waiting: how many requests may be here, batch items three quarters of that.
    """

    def __init__(self, max_waiting: int) -> None:
        self.changed = threading.Condition()
        self._max_waiting = max_waiting
        self._number = itertools.count()
        self._ready: list[QueuedRequest] = []  # a heap
        self._aside: list[QueuedRequest] = []

    def __len__(self) -> int:
        return len(self._ready) + len(self._aside)

    @property
    def has_ready(self) -> bool:
        return bool(self._ready)

    def has_places(self, number: int, priority: Priority) -> bool:
        """A quarter is kept for chat: it goes first, so no batch item waits longer for it."""
        kept = 0 if priority == Priority.CHAT else self._max_waiting // 4
        return len(self) + number <= self._max_waiting - kept

    def add(self, request: GenerationRequest, handle: TrackedHandle) -> None:
        self.put(QueuedRequest(request, handle, (int(request.priority), next(self._number))))

    def put(self, waiting: QueuedRequest) -> None:
        """Let it wait in its place, and tell the engine's thread."""
        heapq.heappush(self._ready, waiting)
        self.changed.notify()

    def take(self) -> QueuedRequest | None:
        """The first of those that stand ready."""
        return heapq.heappop(self._ready) if self._ready else None

    def drop_cancelled(self) -> None:
        """Free the places of those who left while waiting."""
        left = [each for each in (*self._ready, *self._aside) if each.handle.cancelled]
        if left:
            self._ready = [each for each in self._ready if each not in left]
            heapq.heapify(self._ready)
            self._aside = [each for each in self._aside if each not in left]
            for each in left:
                each.handle.fail(GenerationCancelled())

    def empty(self) -> list[QueuedRequest]:
        """Everybody who was here."""
        everybody, self._ready, self._aside = [*self._ready, *self._aside], [], []
        return everybody

    # --- aside -----------------------------------------------------------------------------------

    def set_aside(self, waiting: QueuedRequest) -> None:
        self._aside.append(waiting)

    def first_aside(self) -> QueuedRequest | None:
        return min(self._aside, default=None)

    def leave_aside(self, waiting: QueuedRequest) -> bool:
        """False if it is not there any more."""
        if waiting not in self._aside:
            return False
        self._aside.remove(waiting)
        return True
