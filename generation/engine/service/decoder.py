"""The engine thread's view of a loaded model: it answers many requests at a time, or one by one."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from generation.constraint.stats import ConstraintStats
from generation.engine.contract import (
    Completion,
    Emit,
    EngineError,
    EngineOutOfMemory,
    GenerationCancelled,
    GenerationRequest,
    ModelUnavailable,
    Serving,
)
from generation.engine.handle import Handle
from generation.engine.model.out_of_memory import is_out_of_memory
from generation.engine.stats.counters import Counters

logger = logging.getLogger(__name__)


class Decoder(Protocol):
    """A loaded model that answers many requests at a time.

    Only the engine's thread calls it, except for `build` and `prepare`. A job is the decoder's own
    form of a request: the decoder finishes or fails the job's handle itself.
    """

    @property
    def busy(self) -> bool:
        """True while a job is admitted and has not ended."""

    @property
    def serving(self) -> Serving | None:
        """How the model is served; None if there is nothing to say."""

    @property
    def constraints(self) -> ConstraintStats | None:
        """Statistics of the wordlists in use; None if the decoder applies no constraint."""

    @property
    def cache_usage(self) -> float:
        """The used share of the key-value cache's limit, 0 to 1."""

    def has_to_build(self, request: GenerationRequest) -> bool:
        """True if `build` should run before `prepare`, which would take long otherwise."""

    def build(self, request: GenerationRequest) -> None:
        """Build the data that requests with this wordlist share. Raises EngineError.

        The build thread calls this, and then `prepare`, while other requests are answered.
        """

    def prepare(self, request: GenerationRequest, handle: Handle) -> Any:
        """Make the request's job, which then waits to be admitted. Raises EngineError.

        Any thread may call this, also while the handle is cancelled.
        """

    def admit(self, job: Any) -> bool:
        """Start the job; False if there is no room for it now."""

    def step(self) -> None:
        """Advance every job by about one token; end those whose handle is cancelled."""

    def abandon(self, error: Exception) -> None:
        """Fail and forget every job. Called after `step` has raised."""

    def use(self, counters: Counters) -> None:
        """Count into `counters` from now on."""


class SequentialJob(NamedTuple):
    request: GenerationRequest
    handle: Handle


class SequentialDecoder(ABC):
    """A decoder that answers one request at a time, each in one `step`."""

    _job: SequentialJob | None = None
    _counters: Counters
    serving: Serving | None = None
    constraints: ConstraintStats | None = None
    cache_usage = 0.0

    @abstractmethod
    def decode(
        self, request: GenerationRequest, emit: Emit, cancelled: Callable[[], bool]
    ) -> Completion:
        """Answer one request; pass text to `emit` as soon as it is final.

        Calls `cancelled` before every token and raises GenerationCancelled if it returns True.
        """

    @property
    def busy(self) -> bool:
        return self._job is not None

    def has_to_build(self, request: GenerationRequest) -> bool:
        return False

    def build(self, request: GenerationRequest) -> None:
        """Nothing to do: `decode` builds, and other requests wait for it in any case."""
        return

    def prepare(self, request: GenerationRequest, handle: Handle) -> SequentialJob:
        return SequentialJob(request, handle)

    def admit(self, job: SequentialJob) -> bool:
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
            completion = self.decode(request, handle.emit, lambda: self._is_cancelled(handle))
        except Exception as error:
            self.abandon(as_engine_error(error))
        else:
            self._job = None
            self._counters.count_request(failed=False)
            self._counters.count_tokens(completion.completion_tokens)
            handle.finish(completion)

    def _is_cancelled(self, handle: Handle) -> bool:
        self._counters.note_progress()
        return handle.cancelled

    def abandon(self, error: Exception) -> None:
        if self._job is not None:
            handle, self._job = self._job.handle, None
            self._counters.count_request(failed=True)
            handle.fail(error)

    def use(self, counters: Counters) -> None:
        self._counters = counters


def as_engine_error(error: Exception) -> EngineError:
    """Return the error that the sender sees. Unexpected errors are logged and not described."""
    if isinstance(error, EngineError):
        if isinstance(error, ModelUnavailable):
            logger.error("model unavailable: %s", error)
        return error
    if is_out_of_memory(error):
        return EngineOutOfMemory(
            "The model ran out of memory. Try fewer beams or a shorter prompt."
        )
    logger.error("generation failed", exc_info=error)
    return EngineError("The model failed to answer; the server's log has the details.")
