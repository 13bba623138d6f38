"""One daemon thread that owns the model; requests wait in a bounded queue, chat before batch.

Between any two steps of the model requests join, leave and are cancelled. A list that is used for
the first time is built in a second thread meanwhile. Daemon threads, because those of an executor
are joined at exit and a shutdown would wait for the generation.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from generation.constraint.figures import ConstraintFigures
from generation.engine.contract import (
    Completion,
    Emit,
    EngineBusy,
    EngineError,
    EngineOutOfMemory,
    EngineStopped,
    GenerationCancelled,
    GenerationRequest,
    Message,
    ModelUnavailable,
    Priority,
    Sampling,
    Serving,
)
from generation.engine.counters import Counters, Snapshot
from generation.engine.handle import Handle
from generation.engine.watching import WatchedHandle

logger = logging.getLogger(__name__)

# A step takes seconds on the slowest machine; a long prompt is computed in chunks.
STALLED_SECONDS = 300.0
# How long a fault is told. Then the next request may try again, which somebody has to send it.
FAULT_SECONDS = 30.0


class Decoder(Protocol):
    """A loaded model that answers one request at a time. Used by the engine thread only."""

    def decode(
        self,
        request: GenerationRequest,
        emit: Emit,
        cancelled: Callable[[], bool],
    ) -> Completion:
        """Answer one request, handing text to `emit` as it becomes certain.

        Asks `cancelled` before every token and raises GenerationCancelled if it says yes.
        """


@runtime_checkable
class BatchDecoder(Protocol):
    """A loaded model that answers many at a time. Used by the engine thread only, `build` apart.

    A job is what it makes of a request; it finishes or fails the job's handle itself.
    """

    @property
    def busy(self) -> bool: ...

    def has_to_build(self, request: GenerationRequest) -> bool:
        """True if `build` should come before `prepare`, which would take long."""

    def build(self, request: GenerationRequest) -> None:
        """Make what requests like this one share. Called by another thread, while others are
        answered. Raises EngineError.
        """

    def prepare(self, request: GenerationRequest, handle: Handle) -> Any:
        """Make a job, which waits until it is admitted. Raises EngineError."""

    def admit(self, job: Any) -> bool:
        """Let the job join; False if there is no room for it now."""

    def step(self) -> None:
        """Advance every job by about one token, and end those whose handle is cancelled."""

    def abandon(self, error: Exception) -> None:
        """Fail every job and forget it: a step has raised."""

    def use(self, counters: Counters) -> None:
        """Count there from now on."""


State = Literal["idle", "loading", "ready", "failed", "stalled", "dead", "unreachable"]


@dataclass(frozen=True, slots=True)
class Health:
    """idle: nothing was asked yet. failed: the model could not be loaded. dead: the thread ended
    under its requests; the next one starts it anew. stalled: a step takes far too long.
    unreachable: the process that has the engine does not answer.

    since: in seconds of the monotonic clock.
    """

    state: State
    detail: str = ""
    since: float = field(default_factory=time.monotonic, compare=False)

    @property
    def is_good(self) -> bool:
        return self.state in ("idle", "loading", "ready")


@dataclass(slots=True, eq=False)
class _Waiting:
    request: GenerationRequest
    handle: WatchedHandle
    job: Any = None
    built: bool = False


_Entry = tuple[int, int, _Waiting]  # priority, order


class QueuedEngine:
    """Loads the decoder on first use, in its own thread, and again if that failed.

    load: makes the decoder; raises ModelUnavailable.
    max_waiting: how many requests may wait, those being answered not counted; batch items three
    quarters of that.
    """

    def __init__(self, load: Callable[[], Decoder | BatchDecoder], max_waiting: int) -> None:
        self._load = load
        self._max_waiting = max_waiting
        self._decoder: BatchDecoder | None = None
        self._waiting: list[_Entry] = []
        self._aside: list[_Entry] = []  # who waits for a list to be built
        self._builder: threading.Thread | None = None
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._counters = Counters()
        self._health = Health("idle")
        self._step_began: float | None = None

    # --- any thread ------------------------------------------------------------------------------

    def submit(self, request: GenerationRequest) -> Handle:
        (handle,) = self.submit_all([request])
        return handle

    def submit_all(self, requests: Sequence[GenerationRequest]) -> list[Handle]:
        with self._changed:
            self._drop_cancelled()
            waiting = len(self._waiting) + len(self._aside)
            if waiting + len(requests) > self._places(requests[0].priority):
                self._counters.count_rejection()
                raise EngineBusy(waiting)
            self._counters.count_submission(
                n=len(requests), max_tokens=requests[0].sampling.max_tokens
            )
            return [self._enqueue(request) for request in requests]

    def warm_up(self) -> None:
        self.submit(one_token()).result()

    def health(self) -> Health:
        now, began, health = time.monotonic(), self._step_began, self._health
        if began is not None and now - began > STALLED_SECONDS:
            return Health("stalled", f"a step has been running for {now - began:.0f} seconds")
        if not health.is_good and now - health.since > FAULT_SECONDS:
            return Health("idle", health.detail)
        return health

    @property
    def serving(self) -> Serving | None:
        """How the model is served; None as long as it is not loaded."""
        return getattr(self._decoder, "serving", None)

    @property
    def counters(self) -> Counters:
        return self._counters

    @property
    def cache_usage(self) -> float:
        """The part of the key-value cache's limit that the replies being written take."""
        return getattr(self._decoder, "cache_usage", 0.0)

    @property
    def constraints(self) -> ConstraintFigures | None:
        """What wordlists have cost; None as long as no model is loaded, or it has none."""
        return getattr(self._decoder, "constraints", None)

    def snapshot(self) -> Snapshot:
        decoder = self._decoder
        with self._changed:
            waiting = len(self._waiting) + len(self._aside)
        return self._counters.snapshot(waiting=waiting, busy=decoder is not None and decoder.busy)

    def _places(self, priority: Priority) -> int:
        """A quarter is kept for chat: it goes first, so no batch item waits longer for it."""
        if priority == Priority.CHAT:
            return self._max_waiting
        return self._max_waiting - self._max_waiting // 4

    def _enqueue(self, request: GenerationRequest) -> Handle:
        waiting = _Waiting(request, WatchedHandle(self._counters))
        waiting.handle.on_cancel(self._let_leave)
        heapq.heappush(self._waiting, (int(request.priority), next(self._order), waiting))
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
            self._thread.start()
        self._changed.notify()
        return waiting.handle

    def _let_leave(self) -> None:
        """Somebody gave up. Whoever waits need not wait for the end of a step, which is a whole
        reply of a decoder that answers one at a time, or the loading of the model.
        """
        with self._changed:
            self._drop_cancelled()

    def _drop_cancelled(self) -> None:
        """Free the places of those who left while waiting."""
        left = [each for each in (*self._waiting, *self._aside) if each[2].handle.cancelled]
        if left:
            self._waiting = [entry for entry in self._waiting if entry not in left]
            heapq.heapify(self._waiting)
            self._aside = [entry for entry in self._aside if entry not in left]
            for *_, waiting in left:
                waiting.handle.fail(GenerationCancelled())

    # --- the engine's thread ---------------------------------------------------------------------

    def _run(self) -> None:
        """Serve until the process ends. Whatever ends the thread, no request is left waiting."""
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._is_busy())
                self._admit()
                if self._is_busy():
                    self._step()
        except BaseException as error:
            logger.critical("the engine's thread ended", exc_info=True)
            self._end(error)

    def _is_busy(self) -> bool:
        return self._decoder is not None and self._decoder.busy

    def _admit(self) -> None:
        """Let in whoever there is room for, in order."""
        while True:
            with self._changed:
                self._drop_cancelled()
                if not self._waiting:
                    return
                entry = heapq.heappop(self._waiting)
            if not self._try_to_admit(entry):
                with self._changed:
                    heapq.heappush(self._waiting, entry)
                return

    def _try_to_admit(self, entry: _Entry) -> bool:
        """False if it must wait on, and those behind it; a request that fails here has been dealt
        with.
        """
        waiting = entry[2]
        try:
            decoder = self._ready_decoder()
            if not waiting.built and waiting.job is None and decoder.has_to_build(waiting.request):
                self._set_aside(entry)
                return True
            if waiting.job is None:
                waiting.job = decoder.prepare(waiting.request, waiting.handle)
            if not decoder.admit(waiting.job):
                return False
            waiting.handle.admitted()
            return True
        except Exception as error:
            self._fail(waiting, error)
            return True

    def _fail(self, waiting: _Waiting, error: Exception) -> None:
        self._counters.count_request(failed=True)
        waiting.handle.fail(as_engine_error(error))

    def _ready_decoder(self) -> BatchDecoder:
        if self._decoder is None:
            self._health = Health("loading")
            try:
                loaded = self._load()
            except Exception as error:
                logger.error("model load failed: %s", error)
                self._health = Health("failed", str(error))
                raise
            decoder = loaded if isinstance(loaded, BatchDecoder) else OneAtATime(loaded)
            decoder.use(self._counters)
            self._decoder = decoder
            self._health = Health("ready")
        return self._decoder

    def _step(self) -> None:
        assert self._decoder is not None  # noqa: S101
        self._step_began = time.monotonic()
        try:
            self._decoder.step()
        except Exception as error:
            said = as_engine_error(error)
            if type(said) is EngineError:  # a fault of one request alone, or of none: who knows
                said = EngineStopped("A step of the model failed; please send the request again.")
            self._decoder.abandon(said)
        finally:
            self._step_began = None

    # --- the building thread, and how it gets and gives back -------------------------------------

    def _set_aside(self, entry: _Entry) -> None:
        """Let it wait for its list while others go on."""
        with self._changed:
            self._aside.append(entry)
            if self._builder is None:
                self._builder = threading.Thread(
                    target=self._build, name="engine-build", daemon=True
                )
                self._builder.start()

    def _build(self) -> None:
        """Build for those who were set aside, one after the other, until none is left."""
        while True:
            with self._changed:
                decoder = self._decoder
                if not self._aside or decoder is None:
                    self._builder = None
                    return
                entry = min(self._aside)
            failure: Exception | None = None
            try:
                decoder.build(entry[2].request)
            except Exception as error:
                failure = error
            with self._changed:
                if entry not in self._aside:
                    continue  # cancelled, or told that the engine stopped
                self._aside.remove(entry)
                entry[2].built = True
                if failure is None:
                    heapq.heappush(self._waiting, entry)
                    self._changed.notify()
            if failure is not None:
                self._fail(entry[2], failure)
                del failure  # its traceback holds this frame

    # --- the end ---------------------------------------------------------------------------------

    def _end(self, error: BaseException) -> None:
        """The thread is about to end: tell everybody, so that a new one starts from nothing."""
        self._health = Health("dead", repr(error))
        stopped = EngineStopped("The engine stopped; please send the request again.")
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            try:
                decoder.abandon(stopped)
            except Exception:
                logger.exception("the engine's requests could not be told")
        with self._changed:
            waiting, self._waiting, self._aside = [*self._waiting, *self._aside], [], []
            self._thread = None
        for *_, each in waiting:
            each.handle.fail(stopped)


class OneAtATime:
    """Makes a batch decoder of one that answers a request in one go."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._job: tuple[GenerationRequest, Handle] | None = None
        self._counters = Counters()

    @property
    def busy(self) -> bool:
        return self._job is not None

    def has_to_build(self, request: GenerationRequest) -> bool:
        return False

    def build(self, request: GenerationRequest) -> None:
        """It prepares in the step, which others wait for anyway."""

    def prepare(
        self, request: GenerationRequest, handle: Handle
    ) -> tuple[GenerationRequest, Handle]:
        return request, handle

    def admit(self, job: tuple[GenerationRequest, Handle]) -> bool:
        if self._job is not None:
            return False
        self._job = job
        return True

    def step(self) -> None:
        assert self._job is not None  # noqa: S101
        request, handle = self._job
        if handle.cancelled:
            self.abandon(GenerationCancelled())
            return
        try:
            completion = self._decoder.decode(request, handle.emit, lambda: handle.cancelled)
        except Exception as error:
            self.abandon(as_engine_error(error))
        else:
            self._job = None
            self._counters.count_request(failed=False)
            self._counters.count_tokens(completion.completion_tokens)
            handle.finish(completion)

    @property
    def serving(self) -> Serving | None:
        return getattr(self._decoder, "serving", None)

    @property
    def constraints(self) -> ConstraintFigures | None:
        return getattr(self._decoder, "constraints", None)

    def abandon(self, error: Exception) -> None:
        if self._job is not None:
            (_, handle), self._job = self._job, None
            self._counters.count_request(failed=True)
            handle.fail(error)

    def use(self, counters: Counters) -> None:
        self._counters = counters


def one_token() -> GenerationRequest:
    """The least that makes an engine load its model."""
    return GenerationRequest(
        messages=(Message("user", "Hello"),), sampling=Sampling(max_tokens=1, temperature=0.0)
    )


def as_engine_error(error: Exception) -> EngineError:
    """What the sender learns of a fault that is not its own: no more than it can act on."""
    if isinstance(error, EngineError):
        if isinstance(error, ModelUnavailable):
            logger.error("model unavailable: %s", error)
        return error
    if "out of memory" in str(error).lower() or isinstance(error, MemoryError):
        return EngineOutOfMemory(
            "The model ran out of memory. Try fewer beams or a shorter prompt."
        )
    logger.error("generation failed", exc_info=error)
    return EngineError("The model failed to answer; the server's log has the details.")
