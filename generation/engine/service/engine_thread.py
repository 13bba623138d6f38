"""One daemon thread that owns the model, and the queue before it.

Between any two steps of the model requests join, leave and are cancelled. A list that is used for
the first time is built in a second thread meanwhile. Daemon threads, because those of an executor
are joined at exit and a shutdown would wait for the generation.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from generation.constraint.stats import ConstraintStats
from generation.engine.contract import (
    EngineBusy,
    EngineError,
    EngineStopped,
    GenerationRequest,
    Message,
    Sampling,
    Serving,
)
from generation.engine.handle import Handle
from generation.engine.service.decoder import Decoder, as_engine_error
from generation.engine.service.health import Health
from generation.engine.service.request_queue import QueuedRequest, RequestQueue
from generation.engine.service.tracked_handle import TrackedHandle
from generation.engine.stats.counters import Counters, Snapshot

logger = logging.getLogger(__name__)

# A step takes seconds on the slowest machine; a long prompt is computed in chunks.
STALLED_SECONDS = 300.0
# How long a fault is told. Then the next request may try again, which somebody has to send it.
FAULT_SECONDS = 30.0


class ThreadedEngine:
    """Loads the decoder on first use, in its own thread, and again if that failed.

    load: makes the decoder; raises ModelUnavailable.
    max_waiting: how many requests may wait, those being answered not counted; batch items three
    quarters of that.
    """

    def __init__(self, load: Callable[[], Decoder], max_waiting: int) -> None:
        self._load = load
        self._decoder: Decoder | None = None
        self._waiting = RequestQueue(max_waiting)
        self._changed = self._waiting.changed
        self._builder: threading.Thread | None = None
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
            self._waiting.drop_cancelled()
            if not self._waiting.has_places(len(requests), requests[0].priority):
                self._counters.count_rejection()
                raise EngineBusy(len(self._waiting))
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
        return self._decoder.serving if self._decoder else None

    @property
    def counters(self) -> Counters:
        return self._counters

    @property
    def cache_usage(self) -> float:
        """The part of the key-value cache's limit that the replies being written take."""
        return self._decoder.cache_usage if self._decoder else 0.0

    @property
    def constraints(self) -> ConstraintStats | None:
        """What wordlists have cost; None as long as no model is loaded, or it has none."""
        return self._decoder.constraints if self._decoder else None

    def snapshot(self) -> Snapshot:
        decoder = self._decoder
        with self._changed:
            waiting = len(self._waiting)
        return self._counters.snapshot(waiting=waiting, busy=decoder is not None and decoder.busy)

    def close_after_fork(self) -> None:
        """Nothing to close: the threads do not exist in the child."""

    def _enqueue(self, request: GenerationRequest) -> Handle:
        handle = TrackedHandle(self._counters)
        handle.on_cancel(self._let_leave)
        self._waiting.add(request, handle)
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
            self._thread.start()
        return handle

    def _let_leave(self) -> None:
        """Somebody gave up. Whoever waits need not wait for the end of a step, which is a whole
        reply of a decoder that answers one at a time, or the loading of the model.
        """
        with self._changed:
            self._waiting.drop_cancelled()

    # --- the engine's thread ---------------------------------------------------------------------

    def _run(self) -> None:
        """Serve until the process ends. Whatever ends the thread, no request is left waiting."""
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting.has_ready or self._is_busy())
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
                self._waiting.drop_cancelled()
                waiting = self._waiting.take()
            if waiting is None:
                return
            if not self._try_to_admit(waiting):
                with self._changed:
                    self._waiting.put(waiting)
                return

    def _try_to_admit(self, waiting: QueuedRequest) -> bool:
        """False if it must wait on, and those behind it; a request that fails here has been dealt
        with.
        """
        try:
            decoder = self._ready_decoder()
            if not waiting.built and waiting.job is None and decoder.has_to_build(waiting.request):
                self._set_aside(waiting)
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

    def _fail(self, waiting: QueuedRequest, error: Exception) -> None:
        self._counters.count_request(failed=True)
        waiting.handle.fail(as_engine_error(error))

    def _ready_decoder(self) -> Decoder:
        if self._decoder is None:
            self._health = Health("loading")
            try:
                decoder = self._load()
            except Exception as error:
                logger.error("model load failed: %s", error)
                self._health = Health("failed", str(error))
                raise
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

    def _set_aside(self, waiting: QueuedRequest) -> None:
        """Let it wait for its list while others go on."""
        with self._changed:
            self._waiting.set_aside(waiting)
            if self._builder is None or not self._builder.is_alive():
                self._builder = threading.Thread(
                    target=self._build, name="engine-build", daemon=True
                )
                self._builder.start()

    def _build(self) -> None:
        """Build for those who were set aside, one after the other, until none is left."""
        while True:
            with self._changed:
                self._waiting.drop_cancelled()
                decoder, waiting = self._decoder, self._waiting.first_aside()
                if waiting is None or decoder is None:
                    self._builder = None
                    return
            failure: Exception | None = None
            try:
                decoder.build(waiting.request)
            except Exception as error:
                failure = error
            with self._changed:
                if not self._waiting.leave_aside(waiting):
                    continue  # cancelled, or told that the engine stopped
                waiting.built = True
                if failure is None:
                    self._waiting.put(waiting)
            if failure is not None:
                self._fail(waiting, failure)
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
            waiting = self._waiting.empty()
            self._thread = None
        for each in waiting:
            each.handle.fail(stopped)


def one_token() -> GenerationRequest:
    """The least that makes an engine load its model."""
    return GenerationRequest(
        messages=(Message("user", "Hello"),), sampling=Sampling(max_tokens=1, temperature=0.0)
    )
