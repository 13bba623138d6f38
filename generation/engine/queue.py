"""One daemon thread that owns the model; requests wait in a bounded queue, chat before batch.

A daemon thread, because the threads of an executor are joined at exit and a shutdown would wait
for the generation.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from typing import Protocol

from generation.engine.contract import (
    Completion,
    EngineBusy,
    EngineError,
    GenerationCancelled,
    GenerationRequest,
    Message,
    ModelUnavailable,
    Sampling,
)
from generation.engine.handle import Handle

logger = logging.getLogger(__name__)


class Decoder(Protocol):
    """A loaded model. Used by the engine thread only."""

    def decode(
        self,
        request: GenerationRequest,
        emit: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> Completion:
        """Answer one request, handing text to `emit` as it becomes certain.

        Asks `cancelled` before every token and raises GenerationCancelled if it says yes.
        """


class QueuedEngine:
    """Loads the decoder on first use, in its own thread, and again if that failed.

    load: makes the decoder; raises ModelUnavailable.
    max_waiting: how many requests may wait, the running one not counted.
    """

    def __init__(self, load: Callable[[], Decoder], max_waiting: int) -> None:
        self._load = load
        self._max_waiting = max_waiting
        self._decoder: Decoder | None = None
        self._waiting: list[tuple[int, int, GenerationRequest, Handle]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def submit(self, request: GenerationRequest) -> Handle:
        with self._changed:
            self._drop_cancelled()
            if len(self._waiting) >= self._max_waiting:
                raise EngineBusy(len(self._waiting))
            return self._enqueue(request)

    def warm_up(self) -> None:
        one_token = Sampling(max_tokens=1, temperature=0.0)
        self.submit(
            GenerationRequest(messages=(Message("user", "Hello"),), sampling=one_token)
        ).result()

    def _enqueue(self, request: GenerationRequest) -> Handle:
        handle = Handle()
        heapq.heappush(self._waiting, (int(request.priority), next(self._order), request, handle))
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
            self._thread.start()
        self._changed.notify()
        return handle

    def _drop_cancelled(self) -> None:
        """Free the places of those who left while waiting."""
        left = [entry for entry in self._waiting if entry[3].cancelled]
        if left:
            self._waiting = [entry for entry in self._waiting if not entry[3].cancelled]
            heapq.heapify(self._waiting)
            for *_, handle in left:
                handle.fail(GenerationCancelled())

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                *_, request, handle = heapq.heappop(self._waiting)
            self._answer(request, handle)

    def _answer(self, request: GenerationRequest, handle: Handle) -> None:
        """Bring one request to its end, whatever happens: the thread must live on."""
        if handle.cancelled:
            handle.fail(GenerationCancelled())
            return
        try:
            if self._decoder is None:
                self._decoder = self._load()
            completion = self._decoder.decode(request, handle.emit, lambda: handle.cancelled)
        except EngineError as error:
            if isinstance(error, ModelUnavailable):
                logger.error("model load failed: %s", error)
            handle.fail(error)
        except Exception as error:
            logger.exception("generation failed")
            handle.fail(_as_engine_error(error))
        else:
            handle.finish(completion)


def _as_engine_error(error: Exception) -> EngineError:
    """What the sender learns of a fault that is not its own: no more than it can act on."""
    if "out of memory" in str(error).lower() or isinstance(error, MemoryError):
        return EngineError("The model ran out of memory. Try fewer beams or a shorter prompt.")
    return EngineError("The model failed to answer; the server's log has the details.")
