"""The items of a slice that are in the engine at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from batches.models import BatchItem
from generation.chat.chat_call import ChatCall
from generation.engine.contract import EngineBusy, GenerationRequest, ModelUnavailable
from generation.engine.streaming import wait_for


class Replies(NamedTuple):
    """n: Number of choices. best_of: Number of replies to choose them from."""

    n: int = 1
    best_of: int = 1


@dataclass(frozen=True, slots=True)
class InFlightItem:
    """An item in the engine, with all of its choices.

    group_size: Number of items in flight when this one was submitted, including this one and the
    others of the same submission.
    """

    item: BatchItem
    request: GenerationRequest
    call: ChatCall
    group_size: int


class InFlight:
    """Up to `limit` items in the engine at once. The end of one item does not affect the others."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.entries: list[InFlightItem] = []

    @property
    def free_slots(self) -> int:
        return max(self.limit - len(self.entries), 0)

    def submit(
        self, requests: Sequence[tuple[BatchItem, GenerationRequest, Replies]]
    ) -> tuple[list[BatchItem], EngineBusy | ModelUnavailable | None]:
        """Submit requests, each with its number of replies.

        Returns the items that the engine did not accept, and the error with which it refused them.
        If its queue is full, `limit` becomes the number of items that it accepted.
        """
        group_size = len(self.entries) + len(requests)
        for position, (item, request, replies) in enumerate(requests):
            try:
                call = ChatCall.submit(request, replies.n, best_of=replies.best_of)
            except (EngineBusy, ModelUnavailable) as error:
                if isinstance(error, EngineBusy):
                    self.limit = max(len(self.entries), 1)
                return [item for item, *_ in requests[position:]], error
            self.entries.append(InFlightItem(item, request, call, group_size))
        return [], None

    def wait(self, seconds: float, stop: threading.Event) -> list[InFlightItem]:
        """Wait until an item has ended, then remove and return all items that have ended.

        Returns [] after `seconds`, or if `stop` is set. A `stop` that is set during the wait does
        not interrupt it: `Event.set` may deadlock if a signal handler calls it for an event that
        the interrupted thread waits for, so `stop` is not what this method waits for.
        """
        handles = [handle for entry in self.entries for handle in entry.call.handles]

        def ready() -> bool:
            return stop.is_set() or any(entry.call.is_over for entry in self.entries)

        wait_for(handles, ready, seconds)
        return self.take_ended()

    def wait_for_all(self, seconds: float, stop: threading.Event) -> list[InFlightItem]:
        """Wait until all items have ended, at most `seconds`; remove and return those that have."""
        handles = [handle for entry in self.entries for handle in entry.call.handles]

        def ready() -> bool:
            return stop.is_set() or all(entry.call.is_over for entry in self.entries)

        wait_for(handles, ready, seconds)
        return self.take_ended()

    def take_ended(self) -> list[InFlightItem]:
        """Remove and return the items that have ended."""
        ended = self._remove(lambda entry: entry.call.is_over)
        for entry in ended:
            entry.call.close()  # if one choice has failed, the others may still run
        return ended

    def cancel(self, which: Callable[[InFlightItem], bool] = lambda _: True) -> list[BatchItem]:
        """Cancel, remove and return the items that have not ended and for which `which` holds."""
        return self._cancel(lambda entry: not entry.call.is_over and which(entry))

    def cancel_all(self) -> list[BatchItem]:
        """Cancel, remove and return all items, including those that have ended."""
        return self._cancel(lambda _: True)

    def _cancel(self, which: Callable[[InFlightItem], bool]) -> list[BatchItem]:
        removed = self._remove(which)
        for entry in removed:
            entry.call.close()
        return [entry.item for entry in removed]

    def _remove(self, which: Callable[[InFlightItem], bool]) -> list[InFlightItem]:
        removed: list[InFlightItem] = []
        kept: list[InFlightItem] = []
        for entry in self.entries:
            (removed if which(entry) else kept).append(entry)
        self.entries = kept
        return removed


def has_text(entry: InFlightItem) -> bool:
    """Return True if the answer is known to have begun. A beam search shows no text."""
    return entry.call.has_text or entry.call.is_over


def sorted_for_padding(items: Iterable[BatchItem]) -> list[BatchItem]:
    """Return the items without an attempt first, then those with the most attempts.

    Items of equal attempts are sorted by parameters, then by length, longest first.

    Prompts that are answered together are padded to the longest one. The longest prompts need the
    most memory, so a lack of memory shows at once. Results are stored by index, so this order does
    not change theirs.
    """

    def key(item: BatchItem) -> tuple[bool, int, str, int, int]:
        length = len(str(item.messages))
        parameters = "" if item.parameters is None else repr(sorted(item.parameters.items()))
        return item.attempts > 0, -item.attempts, parameters, -length, item.index

    return sorted(items, key=key)
