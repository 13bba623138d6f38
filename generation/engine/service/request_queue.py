"""The bounded queue of requests: chat before batch items, then one of each owner in turn.

A request whose wordlist must be built first, or whose prompt is long, is set aside meanwhile and
keeps its place.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Collection
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
from generation.engine.turns import Turns

# A part of the queue is reserved for chat. Chat goes first, so no batch item waits longer for it.
CHAT_SHARE = 0.25
# A full queue accepts this share more from owners who have few waiting chats: half of it each.
SPARE_SHARE = 0.25


@dataclass(slots=True, eq=False)
class QueuedRequest:
    """place: (priority, turn, number of arrival).

    job: The decoder's form of it, once prepared.
    """

    request: GenerationRequest
    handle: TrackedHandle
    place: tuple[int, int, int]
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
        self._turns = {priority: Turns() for priority in Priority}
        self._ready: list[QueuedRequest] = []  # a heap
        self._set_aside: list[QueuedRequest] = []

    def __len__(self) -> int:
        return len(self._ready) + len(self._set_aside)

    @property
    def has_ready(self) -> bool:
        return bool(self._ready)

    def check_capacity(self, number: int, like: GenerationRequest) -> None:
        """Raise EngineBusy unless this many requests of this owner fit into the queue."""
        is_chat = like.priority == Priority.CHAT
        reserved = 0 if is_chat else int(CHAT_SHARE * self._max_waiting)
        if len(self) + number <= self._max_waiting - reserved:
            return
        spare = int(SPARE_SHARE * self._max_waiting)
        own = len(self._turns_of(like)) + number
        if not (is_chat and like.owner and own <= max(1, spare // 2)) or (
            len(self) + number > self._max_waiting + spare
        ):
            raise EngineBusy(len(self))

    def add(self, request: GenerationRequest, handle: TrackedHandle) -> None:
        turns = self._turns[request.priority]
        turn = turns.next(request.owner, self._turns_of(request))
        place = (int(request.priority), turn, next(self._number))
        self.put(QueuedRequest(request, handle, place))

    def _turns_of(self, like: GenerationRequest) -> list[int]:
        """The turns of the waiting requests of this owner and priority."""
        return [
            each.place[1]
            for each in (*self._ready, *self._set_aside)
            if each.request.owner == like.owner and each.request.priority == like.priority
        ]

    def put(self, queued: QueuedRequest) -> None:
        """Put the request at its place, and wake the engine's thread."""
        heapq.heappush(self._ready, queued)
        self.changed.notify()

    def take(self, blocked: Collection[str] = ()) -> QueuedRequest | None:
        """Remove and return the first request that is not set aside.

        blocked: Owners whose first chat does not fit now. Then only chats of others are returned.
        """
        if not blocked:
            return heapq.heappop(self._ready) if self._ready else None
        others = (
            each
            for each in self._ready
            if each.request.priority == Priority.CHAT and each.request.owner not in blocked
        )
        first = min(others, default=None)
        if first is not None:
            self._ready.remove(first)
            heapq.heapify(self._ready)
        return first

    def serve(self, queued: QueuedRequest) -> None:
        """The request that was taken has begun or failed, and does not come back."""
        self._turns[queued.request.priority].serve(queued.request.owner, queued.place[1])

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


def _turn_of(queued: QueuedRequest) -> tuple[int, int, tuple[int, int, int]]:
    return int(queued.request.priority), prompt_size(queued.request), queued.place
