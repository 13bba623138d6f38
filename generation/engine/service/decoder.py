"""What the engine's thread drives: a loaded model that answers many requests at a time, or one that
answers them one after the other and is made to look like the first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

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
from generation.engine.stats.counters import Counters

logger = logging.getLogger(__name__)


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


class SequentialDecoder:
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
    def constraints(self) -> ConstraintStats | None:
        return getattr(self._decoder, "constraints", None)

    def abandon(self, error: Exception) -> None:
        if self._job is not None:
            (_, handle), self._job = self._job, None
            self._counters.count_request(failed=True)
            handle.fail(error)

    def use(self, counters: Counters) -> None:
        self._counters = counters


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
