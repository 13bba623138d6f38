"""Engines that fail or wait in the ways that a worker must survive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

from generation.engine.contract import (
    Completion,
    EngineBusy,
    EngineOutOfMemory,
    GenerationCancelled,
    GenerationRequest,
)
from generation.engine.handle import Handle
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.decoder import SequentialDecoder
from generation.engine.service.health import Health
from generation.engine.stats.counters import Counters, Snapshot


class Killed(BaseException):
    """Ends a worker at any line, like a signal."""


class StubEngine:
    """The parts of an engine that no batch test uses."""

    serving = None
    cache_usage = 0.0
    constraints = None

    def __init__(self) -> None:
        self.counters = Counters()

    def warm_up(self) -> None: ...

    def health(self) -> Health:
        return Health("ready")

    def snapshot(self) -> Snapshot:
        return Snapshot()

    def close_after_fork(self) -> None: ...


class SteppedEngine(StubEngine):
    """Keeps requests open until the test ends each of them, in any order.

    Answers are the scripted decoder's. capacity: more open requests than that are refused.
    """

    def __init__(self, capacity: int = 1000) -> None:
        super().__init__()
        self.decoder = ScriptedDecoder()
        self.capacity = capacity
        self.open: list[tuple[GenerationRequest, Handle]] = []
        self.submitted: list[str] = []
        self.most_open = 0

    def submit(self, request: GenerationRequest) -> Handle:
        self._drop_cancelled()
        if len(self.open) >= self.capacity:
            raise EngineBusy(len(self.open))
        handle = Handle()
        self.open.append((request, handle))
        self.submitted.append(request.messages[-1].content)
        self.most_open = max(self.most_open, len(self.open))
        return handle

    def submit_all(self, requests: Sequence[GenerationRequest]) -> list[Handle]:
        self._drop_cancelled()
        if len(self.open) + len(requests) > self.capacity:
            raise EngineBusy(len(self.open))
        return [self.submit(request) for request in requests]

    def finish(self, place: int = 0, error: Exception | None = None) -> None:
        """End one of the open requests. Do nothing if no request is open."""
        self._drop_cancelled()
        if not self.open:
            return
        request, handle = self.open.pop(place % len(self.open))
        if error is not None:
            handle.fail(error)
            return
        completion = self.decoder.decode(request, handle.emit, lambda: False)
        handle.finish(completion)

    def _drop_cancelled(self) -> None:
        for _, handle in self.open:
            if handle.cancelled:
                handle.fail(GenerationCancelled())
        self.open = [entry for entry in self.open if not entry[1].cancelled]


class InstantEngine(SteppedEngine):
    """Answers in `submit`, after asking `meet` what to do with the request."""

    def __init__(self, meet: Callable[[GenerationRequest], Exception | None]) -> None:
        super().__init__()
        self._meet = meet

    def submit(self, request: GenerationRequest) -> Handle:
        handle = super().submit(request)
        self.finish(-1, self._meet(request))
        return handle


class CrampedEngine(SteppedEngine):
    """Runs out of memory when more than `fits` requests are open at the same time."""

    def __init__(self, fits: int) -> None:
        super().__init__()
        self.fits = fits
        self.widths: list[int] = []

    def submit(self, request: GenerationRequest) -> Handle:
        engine = self

        class Pulled(Handle):
            """All open requests end as soon as the worker waits for one of them."""

            @contextmanager
            def watched(self, wake: Callable[[], object]) -> Iterator[None]:
                with super().watched(wake):
                    engine.run()
                    yield

        self._drop_cancelled()
        handle = Pulled()
        self.open.append((request, handle))
        self.submitted.append(request.messages[-1].content)
        return handle

    def run(self) -> None:
        if self.open:
            self.widths.append(len(self.open))
        error = EngineOutOfMemory("Not enough memory.") if len(self.open) > self.fits else None
        while self.open:
            self.finish(0, error)


class MeddlingDecoder(SequentialDecoder):
    """Calls a function in the engine's thread before it answers."""

    def __init__(self, meddle: Callable[[], object]) -> None:
        self._meddle = meddle

    def decode(
        self,
        request: GenerationRequest,
        emit: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> Completion:
        try:
            self._meddle()
        finally:
            connection.close()  # this thread's own
        return Completion(text="late", finish_reason="stop", prompt_tokens=1, completion_tokens=1)
