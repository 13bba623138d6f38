"""The bounded queue of requests: chat before batch items, then in order of arrival.

A request whose wordlist must be built first, or whose prompt is long, is set aside meanwhile and
keeps its place.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from dataclasses import dataclass
from typing import Any

from generation.engine.contract import (
    EngineBusy,
    GenerationCancelled,
    GenerationRequest,
    Priority,
    prompt_size,
)
from generation.engine.service.tracked_handle import TrackedHandle

# A part of the queue is reserved for chat. Chat goes first, so no batch item waits longer for it.
CHAT_SHARE = 0.25


@dataclass(slots=True, eq=False)
class QueuedRequest:
    """place: (priority, number of arrival).

    job: The decoder's form of it, once prepared.
    """

    request: GenerationRequest
    handle: TrackedHandle
    place: tuple[int, int]
    job: Any = None

    def __lt__(self, other: QueuedRequest) -> bool:
        return self.place < other.place


class RequestQueue:
    """The caller of every method holds `changed`.

    max_waiting: Maximum number of requests in the queue.
    """

    def __init__(self, max_waiting: int) -> None:
        self.changed = threading.Condition()
        self._max_waiting = max_waiting
        self._number = itertools.count()
        self._ready: list[QueuedRequest] = []  # a heap
        self._set_aside: list[QueuedRequest] = []

    def __len__(self) -> int:
        return len(self._ready) + len(self._set_aside)

    @property
    def has_ready(self) -> bool:
        return bool(self._ready)

    def check_capacity(self, number: int, priority: Priority) -> None:
        """Raise EngineBusy unless this many requests fit into the queue."""
        reserved = 0 if priority == Priority.CHAT else int(CHAT_SHARE * self._max_waiting)
        if len(self) + number > self._max_waiting - reserved:
            raise EngineBusy(len(self))

    def add(self, request: GenerationRequest, handle: TrackedHandle) -> None:
        self.put(QueuedRequest(request, handle, (int(request.priority), next(self._number))))

    def put(self, queued: QueuedRequest) -> None:
        """Put the request at its place, and wake the engine's thread."""
        heapq.heappush(self._ready, queued)
        self.changed.notify()

    def take(self) -> QueuedRequest | None:
        """Remove and return the first request that is not set aside."""
        return heapq.heappop(self._ready) if self._ready else None

    def drop_cancelled(self) -> None:
        """Remove the cancelled requests and fail their handles."""
        cancelled = [each for each in (*self._ready, *self._set_aside) if each.handle.cancelled]
        if cancelled:
            self._ready = [each for each in self._ready if each not in cancelled]
            heapq.heapify(self._ready)
            self._set_aside = [each for each in self._set_aside if each not in cancelled]
            for each in cancelled:
                each.handle.fail(GenerationCancelled())

    def take_all(self) -> list[QueuedRequest]:
        """Remove and return all requests."""
        everything, self._ready, self._set_aside = [*self._ready, *self._set_aside], [], []
        return everything

    # --- requests that wait for their wordlist or prompt -----------------------------------------

    def set_aside(self, queued: QueuedRequest) -> None:
        self._set_aside.append(queued)

    def first_set_aside(self) -> QueuedRequest | None:
        """Return the one to prepare next: short prompts first, so that no long one delays them."""
        return min(self._set_aside, key=_turn_of, default=None)

    def remove_set_aside(self, queued: QueuedRequest) -> bool:
        """False if the request has been removed already."""
        if queued not in self._set_aside:
            return False
        self._set_aside.remove(queued)
        return True


def _turn_of(queued: QueuedRequest) -> tuple[int, int, tuple[int, int]]:
    return int(queued.request.priority), prompt_size(queued.request), queued.place
