"""The wait for the items in flight: it ends as soon as one of them ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings as django_settings

from batches.models import BatchItem
from batches.worker.in_flight import InFlight, Replies
from generation.engine.contract import Completion, GenerationRequest, Message
from generation.engine.handle import Handle
from tests.batches.conftest import UseEngine
from tests.batches.engines import SteppedEngine

# Far more than the tests take. A wait that misses an event lasts this long.
TIMEOUT_SECONDS = 30.0
REQUEST = GenerationRequest(messages=(Message("user", "Hi."),))
COMPLETION = Completion(text="a", finish_reason="stop", prompt_tokens=1, completion_tokens=1)


class WatchedHandle(Handle):
    """Reports that somebody waits for it, and counts how often its state is read."""

    def __init__(self) -> None:
        super().__init__()
        self.is_watched = threading.Event()
        self.reads = 0

    @contextmanager
    def watched(self, wake: Callable[[], object]) -> Iterator[None]:
        with super().watched(wake):
            self.is_watched.set()
            yield

    @property
    def done(self) -> bool:
        self.reads += 1
        return super().done


class WatchedEngine(SteppedEngine):
    """Keeps its handles open until a test ends them."""

    def __init__(self) -> None:
        super().__init__()
        self.handles: list[WatchedHandle] = []

    def submit(self, request: GenerationRequest) -> Handle:
        self.handles.append(WatchedHandle())
        return self.handles[-1]


@pytest.fixture
def engine(use_engine: UseEngine) -> WatchedEngine:
    engine = WatchedEngine()
    use_engine(engine)
    return engine


def in_flight_items(count: int) -> tuple[InFlight, list[BatchItem]]:
    items = [BatchItem(pk=index + 1, index=index) for index in range(count)]
    in_flight = InFlight(django_settings.BATCH_GROUP_ITEMS)
    assert in_flight.submit([(item, REQUEST, Replies()) for item in items]) == ([], None)
    return in_flight, items


def test_the_wait_ends_when_any_item_ends(engine: WatchedEngine) -> None:
    in_flight, items = in_flight_items(3)

    def finish_the_last() -> None:
        for handle in engine.handles:
            handle.is_watched.wait(TIMEOUT_SECONDS)
        engine.handles[-1].finish(COMPLETION)

    started = time.monotonic()
    thread = threading.Thread(target=finish_the_last)
    thread.start()
    [ended] = in_flight.wait(TIMEOUT_SECONDS, threading.Event())
    thread.join()
    assert time.monotonic() - started < TIMEOUT_SECONDS / 2
    assert ended.item is items[-1]
    assert [entry.item for entry in in_flight.entries] == items[:-1]


def test_the_wait_does_not_poll(engine: WatchedEngine) -> None:
    in_flight, items = in_flight_items(1)
    [handle] = engine.handles
    assert in_flight.wait(0.2, threading.Event()) == []
    # Once before the wait, once after it and once for what has ended, and no more in between.
    assert handle.reads <= 4
    assert [entry.item for entry in in_flight.entries] == items


def test_nothing_is_waited_for_once_the_process_must_stop(engine: WatchedEngine) -> None:
    in_flight, _ = in_flight_items(1)
    stop = threading.Event()
    stop.set()
    started = time.monotonic()
    assert in_flight.wait(TIMEOUT_SECONDS, stop) == []
    assert time.monotonic() - started < TIMEOUT_SECONDS / 2
