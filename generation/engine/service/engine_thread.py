"""The daemon thread that owns the model, and the queue before it.

Requests join, leave and are cancelled between any two steps of the model. A wordlist that is used
for the first time is built in a second thread meanwhile, and a long prompt is encoded there. Both
are daemon threads: Python joins the threads of an executor at exit, and a shutdown would wait for
the generation to end.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from generation.constraint.stats import ConstraintStats
from generation.engine.contract import (
    EngineBusy,
    EngineError,
    EngineStopped,
    GenerationRequest,
    Message,
    Priority,
    Sampling,
    Serving,
)
from generation.engine.handle import Handle
from generation.engine.load_progress import load_progress
from generation.engine.service.decoder import Decoder, as_engine_error
from generation.engine.service.health import Health
from generation.engine.service.request_queue import QueuedRequest, RequestQueue
from generation.engine.service.tracked_handle import TrackedHandle
from generation.engine.stats.counters import Counters, Snapshot

logger = logging.getLogger(__name__)

# The engine's thread is stalled after this time without progress. A step is one pass of the model,
# or one chunk of a prompt; where a large model needs longer for it, twice its longest step counts.
STALLED_SECONDS = 10.0
# The part of the longest step that is remembered after each other step.
LONGEST_STEP_DECAY = 0.99
# Health reports an error for this long. Then it says "idle", so that somebody sends a request:
# only a request makes the engine try again.
FAULT_SECONDS = 30.0
# Before each step, at most this number of owners is asked whether their first chat fits.
MAX_BLOCKED_OWNERS = 8


class ThreadedEngine:
    """Loads the decoder on first use or by `start_loading`, in its own thread, and again after a
    failure.

    load: Makes the decoder; raises ModelUnavailable.
    max_waiting: Maximum number of requests in the queue; running requests do not count.
    """

    def __init__(self, load: Callable[[], Decoder], max_waiting: int) -> None:
        self._load = load
        self._decoder: Decoder | None = None
        self._queue = RequestQueue(max_waiting)
        self._changed = self._queue.changed
        self._builder: threading.Thread | None = None
        self._thread: threading.Thread | None = None
        self._counters = Counters()
        self._health = Health("idle")
        self._load_wanted = False
        self._works = False  # the engine's thread has something to do
        self._longest_step = 0.0

    # --- any thread ------------------------------------------------------------------------------

    def submit(self, request: GenerationRequest) -> Handle:
        (handle,) = self.submit_all([request])
        return handle

    def submit_all(self, requests: Sequence[GenerationRequest]) -> list[Handle]:
        with self._changed:
            self._queue.drop_cancelled()
            try:
                self._queue.check_capacity(len(requests), requests[0])
            except EngineBusy:
                self._counters.count_rejection()
                raise
            self._counters.count_submission(
                n=len(requests), max_tokens=requests[0].sampling.max_tokens
            )
            return [self._enqueue(request) for request in requests]

    def start_loading(self) -> None:
        """Load the decoder now. Does not wait for it; requests that come meanwhile do."""
        with self._changed:
            if self._decoder is None:
                self._health = Health("loading")
                self._load_wanted = True
                self._changed.notify()
                self._start_thread()

    def warm_up(self) -> None:
        self.submit(one_token_request()).result()

    def health(self) -> Health:
        now, health = time.monotonic(), self._health
        silent = now - self._counters.last_progress
        if (
            self._works
            and health.state == "ready"
            and silent > max(STALLED_SECONDS, 2 * self._longest_step)
        ):
            return Health("stalled", f"no progress for {silent:.0f} seconds")
        if health.state == "loading":
            return Health("loading", load_progress.step)
        if not health.is_good and now - health.since > FAULT_SECONDS:
            return Health("idle", health.detail)
        return health

    @property
    def serving(self) -> Serving | None:
        return self._decoder.serving if self._decoder else None

    @property
    def counters(self) -> Counters:
        return self._counters

    @property
    def cache_usage(self) -> float:
        return self._decoder.cache_usage if self._decoder else 0.0

    @property
    def constraints(self) -> ConstraintStats | None:
        return self._decoder.constraints if self._decoder else None

    def snapshot(self) -> Snapshot:
        with self._changed:
            waiting = len(self._queue)
        return self._counters.snapshot(waiting=waiting, busy=self._is_busy())

    def close_after_fork(self) -> None:
        """Nothing to close: the threads do not exist in the child."""

    def _enqueue(self, request: GenerationRequest) -> Handle:
        handle = TrackedHandle(self._counters)
        handle.on_cancel(self._drop_cancelled)
        self._queue.add(request, handle)
        self._start_thread()
        return handle

    def _start_thread(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
            self._thread.start()

    def _drop_cancelled(self) -> None:
        """End cancelled requests in the queue at once.

        The engine's thread may be busy for long: with the loading of the model, or with a whole
        reply of a decoder that answers one request at a time.
        """
        with self._changed:
            self._queue.drop_cancelled()

    # --- the engine's thread ---------------------------------------------------------------------

    def _run(self) -> None:
        """Serve until the process ends. If the thread fails, all its requests fail with it."""
        try:
            while True:
                with self._changed:
                    self._works = False
                    self._changed.wait_for(self._has_work)
                    self._counters.note_progress()
                    self._works = True
                if self._load_wanted:
                    self._load_ahead()
                self._admit()
                if self._is_busy():
                    self._step()
        except BaseException as error:
            logger.critical("the engine's thread ended", exc_info=True)
            self._end(error)

    def _has_work(self) -> bool:
        return self._load_wanted or self._queue.has_ready or self._is_busy()

    def _load_ahead(self) -> None:
        """Load the decoder without a request, to which a failure would be reported."""
        self._load_wanted = False
        with suppress(Exception):  # it is logged, and health has it
            self._ready_decoder()

    def _is_busy(self) -> bool:
        decoder = self._decoder
        return decoder is not None and decoder.busy

    def _admit(self) -> None:
        """Admit requests in order, until one does not fit.

        If that is a chat, the first chats of other owners are tried too: an owner with few replies
        may take the place of a reply of an owner with many.
        """
        blocked: set[str] = set()
        while len(blocked) < MAX_BLOCKED_OWNERS:
            with self._changed:
                self._queue.drop_cancelled()
                queued = self._queue.take(blocked)
            if queued is None:
                return
            self._counters.note_progress()
            admitted = self._try_to_admit(queued)
            with self._changed:
                if admitted:
                    self._queue.serve(queued)
                else:
                    self._queue.put(queued)
            if not admitted:
                if queued.request.priority != Priority.CHAT:
                    return
                blocked.add(queued.request.owner)

    def _try_to_admit(self, queued: QueuedRequest) -> bool:
        """Return False if the request, and those behind it, must wait. If it fails, its handle
        gets the error.
        """
        try:
            decoder = self._ready_decoder()
            if queued.job is None and decoder.has_to_build(queued.request):
                self._set_aside(queued)
                return True
            if queued.job is None:
                queued.job = decoder.prepare(queued.request, queued.handle)
            if not decoder.admit(queued.job):
                return False
            queued.handle.admitted()
            return True
        except Exception as error:
            self._fail(queued, error)
            return True

    def _fail(self, queued: QueuedRequest, error: Exception) -> None:
        self._counters.count_request(failed=True)
        queued.handle.fail(as_engine_error(error))

    def _ready_decoder(self) -> Decoder:
        if self._decoder is None:
            self._health = Health("loading")
            load_progress.begin()
            try:
                decoder = self._load()
            except Exception as error:
                logger.error("model load failed: %s", error)
                self._health = Health("failed", str(error))
                raise
            decoder.use(self._counters)
            self._decoder = decoder
            self._counters.note_progress()
            self._health = Health("ready")
            load_progress.end()
        return self._decoder

    def _step(self) -> None:
        assert self._decoder is not None  # noqa: S101
        started = time.monotonic()
        self._counters.note_progress()
        try:
            self._decoder.step()
        except Exception as error:
            shown = as_engine_error(error)
            if type(shown) is EngineError:  # it is not known which request caused it, if any
                shown = EngineStopped("A step of the model failed; please send the request again.")
            self._decoder.abandon(shown)
        else:
            # From the last progress: a step can be a whole reply, which makes progress meanwhile.
            self._longest_step = max(
                time.monotonic() - max(started, self._counters.last_progress),
                LONGEST_STEP_DECAY * self._longest_step,
            )

    # --- the build thread ------------------------------------------------------------------------

    def _set_aside(self, queued: QueuedRequest) -> None:
        """Let the request wait for its wordlist and its prompt while others continue."""
        with self._changed:
            self._queue.set_aside(queued)
            if self._builder is None or not self._builder.is_alive():
                self._builder = threading.Thread(
                    target=self._build, name="engine-build", daemon=True
                )
                self._builder.start()

    def _build(self) -> None:
        """Prepare the requests that are set aside, one after the other."""
        while True:
            with self._changed:
                self._queue.drop_cancelled()
                decoder, queued = self._decoder, self._queue.first_set_aside()
                if queued is None or decoder is None:
                    self._builder = None
                    return
            failure: Exception | None = None
            try:
                decoder.build(queued.request)
                # Here, because a long prompt takes time too, which other replies would wait for.
                queued.job = decoder.prepare(queued.request, queued.handle)
            except Exception as error:
                failure = error
            with self._changed:
                if not self._queue.remove_set_aside(queued):
                    continue  # cancelled, or failed because the engine stopped
                if failure is None:
                    self._queue.put(queued)
            if failure is not None:
                self._fail(queued, failure)
                del failure  # its traceback refers to this frame, which would be a cycle

    # --- the end ---------------------------------------------------------------------------------

    def _end(self, error: BaseException) -> None:
        """The thread is about to end. Fail all requests, so that a new thread starts empty."""
        self._health = Health("dead", repr(error))
        stopped = EngineStopped("The engine stopped; please send the request again.")
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            try:
                decoder.abandon(stopped)
            except Exception:
                logger.exception("the engine's requests could not be failed")
        with self._changed:
            waiting = self._queue.take_all()
            self._thread = None
        for each in waiting:
            each.handle.fail(stopped)


def one_token_request() -> GenerationRequest:
    """Return the smallest request that makes an engine load its model."""
    return GenerationRequest(
        messages=(Message("user", "Hello"),), sampling=Sampling(max_tokens=1, temperature=0.0)
    )
