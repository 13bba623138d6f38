"""The items of a slice that the engine has at the same time, and what became of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from batches.models import BatchItem
from generation.chat.chat_call import ChatCall
from generation.engine.contract import EngineBusy, GenerationRequest, ModelUnavailable

# How long the wait for one handle may keep another from being noticed.
NOTICE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class InFlightItem:
    """An item in the engine, with all of its choices.

    width: how many items there were, this one included, when it came in.
    """

    item: BatchItem
    request: GenerationRequest
    call: ChatCall
    width: int


class InFlight:
    """Up to `limit` items in the engine at once. No item's end touches another's."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.flights: list[InFlightItem] = []

    @property
    def room(self) -> int:
        return max(self.limit - len(self.flights), 0)

    def submit(
        self, requests: Sequence[tuple[BatchItem, GenerationRequest, int]]
    ) -> tuple[list[BatchItem], EngineBusy | ModelUnavailable | None]:
        """Hand requests, each with its n, to the engine; return the items that it did not take,
        and its word.

        An engine that is full is asked for no more at once than it took this time.
        """
        width = len(self.flights) + len(requests)
        for place, (item, request, n) in enumerate(requests):
            try:
                call = ChatCall.submit(request, n)
            except (EngineBusy, ModelUnavailable) as error:
                if isinstance(error, EngineBusy):
                    self.limit = max(len(self.flights), 1)
                return [item for item, *_ in requests[place:]], error
            self.flights.append(InFlightItem(item, request, call, width))
        return [], None

    def wait(self, seconds: float, stop: threading.Event) -> list[InFlightItem]:
        """Wait until something has ended, and take out all that has; nothing after `seconds`."""
        until = time.monotonic() + seconds
        while not any(flight.call.is_over for flight in self.flights):
            if time.monotonic() >= until or stop.is_set():
                return []
            open_ = next(each for each in self.flights[0].call.handles if not each.done)
            with suppress(Exception):  # how it ended is looked at by whoever takes it out
                open_.result(NOTICE_SECONDS)
        return self.take_ended()

    def take_ended(self) -> list[InFlightItem]:
        ended = self._take_out(lambda flight: flight.call.is_over)
        for flight in ended:
            flight.call.close()  # those beside one that has failed
        return ended

    def cancel(
        self, which: Callable[[InFlightItem], bool] = lambda flight: True
    ) -> list[BatchItem]:
        """Cancel those that have not ended, take them out and return their items."""
        cancelled = self._take_out(lambda flight: not flight.call.is_over and which(flight))
        for flight in cancelled:
            flight.call.close()
        return [flight.item for flight in cancelled]

    def abandon(self) -> list[BatchItem]:
        """Cancel all, those that have ended unseen too, and return their items."""
        abandoned = self._take_out(lambda flight: True)
        for flight in abandoned:
            flight.call.close()
        return [flight.item for flight in abandoned]

    def _take_out(self, which: Callable[[InFlightItem], bool]) -> list[InFlightItem]:
        taken = [flight for flight in self.flights if which(flight)]
        self.flights = [flight for flight in self.flights if flight not in taken]
        return taken


def has_text(flight: InFlightItem) -> bool:
    """True if the engine has begun to answer, as far as can be seen: beams show no text."""
    return flight.call.has_text or flight.call.is_over


def sorted_for_padding(items: Iterable[BatchItem]) -> list[BatchItem]:
    """Return the items with like ones side by side: the same parameters, then the longest first.

    What is answered at once is padded to the longest of it, and results are kept by index, so
    their order does not change. The longest first, because they need the most memory: if there
    is too little, that shows at once.
    """

    def key(item: BatchItem) -> tuple[int, str, int, int]:
        length = len(str(item.messages))
        own = "" if item.parameters is None else repr(sorted(item.parameters.items()))
        return item.attempts, own, -length, item.index

    return sorted(items, key=key)
