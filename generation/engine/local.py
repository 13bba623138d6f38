"""Answer requests with a transformers model in this process, many at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from generation.constraint.segmented import SegmentedSession
from generation.constraint.session import ConstraintSession, DeadEnd, TokenIds
from generation.constraint.stats import ConstraintStats
from generation.engine.contract import (
    Completion,
    Emit,
    EngineOutOfMemory,
    GenerationCancelled,
    GenerationRequest,
    Priority,
    Serving,
)
from generation.engine.decoding.backtracking import BacktrackingRun
from generation.engine.decoding.beam_search import BeamSearchRun
from generation.engine.decoding.single import (
    DecodingInput,
    DecodingRun,
    SampledToken,
    SingleSequenceRun,
)
from generation.engine.handle import Handle, Relay
from generation.engine.loading.model import LoadedModel
from generation.engine.model.kv_cache import UnsupportedCache
from generation.engine.model.runner import ModelRunner
from generation.engine.processors.input import InputProcessor, no_continuation
from generation.engine.processors.output import OutputProcessor
from generation.engine.scheduler.batch import Batch
from generation.engine.scheduler.sequence_group import SequenceGroup
from generation.engine.service.decoder import as_engine_error
from generation.engine.stats.counters import Counters, Snapshot
from generation.engine.transformers_fallback import TransformersDecoder
from vocab.words.vocabulary import Vocabulary

logger = logging.getLogger(__name__)

# Those who write wait for a chunk of a prompt: on a processor about as long as for a pass of many
# rows. A GPU takes no longer for one eight times as long.
CHUNK = 2048
CHUNKS = {"cpu": 256}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """max_rows: sequences decoded at once; a beam is one. cache_tokens: rows times the longest of
    them, what the key-value cache may come to hold. prefill_chunk: prompt tokens of one step; 0:
    what suits the device.
    prefix_tokens: of earlier prompts that are kept to be gone on from.
    """

    max_rows: int = 64
    cache_tokens: int = 49_152
    prefill_chunk: int = 0
    prefix_tokens: int = 8_192


class LocalDecoder:
    """A decoder (see `service.decoder.Decoder`).

    options: see InputProcessor. Raises UnsupportedCache for an architecture that cannot be decoded
    row by row.
    """

    def __init__(
        self, loaded: LoadedModel, *, limits: Limits | None = None, **options: Any
    ) -> None:
        self._loaded = loaded
        self._limits = limits or Limits()
        self._preparer = InputProcessor(loaded, **options)
        self._model = ModelRunner(loaded.model)
        self._jobs: list[Job] = []
        self.use(Counters())

    def use(self, counters: Counters) -> None:
        self._counters = counters
        self._batch = Batch(
            self._model,
            counters,
            max_rows=self._limits.max_rows,
            max_tokens=self._limits.cache_tokens,
            chunk=self._limits.prefill_chunk or CHUNKS.get(self._model.device.type, CHUNK),
            prefix_tokens=self._limits.prefix_tokens,
        )

    def choose_threads(self) -> None:
        """Compute small passes with one thread where that is faster."""
        self._model.choose_threads()

    # --- what the engine's thread asks -----------------------------------------------------------

    @property
    def busy(self) -> bool:
        return self._batch.busy

    @property
    def batch(self) -> Batch:
        return self._batch

    @property
    def serving(self) -> Serving:
        return Serving("rows", min(self._loaded.context, self._limits.cache_tokens))

    @property
    def cache_usage(self) -> float:
        return self._batch.held_tokens / self._limits.cache_tokens

    @property
    def constraints(self) -> ConstraintStats:
        return self._preparer.constraints

    def snapshot(self) -> Snapshot:
        return self._counters.snapshot(busy=self.busy)

    def has_to_build(self, request: GenerationRequest) -> bool:
        return self._preparer.has_to_build(request)

    def build(self, request: GenerationRequest) -> None:
        """Also slices the output head, which beams do not need."""
        reachable = reachable_of(self._preparer.build(request))
        if self._model.head is not None and request.sampling.num_beams == 1:
            self._model.head.slice_for(reachable)

    def prepare(self, request: GenerationRequest, handle: Handle) -> Job:
        prepared = self._preparer.prepare(request)
        reply, beams = prepared.reply, prepared.sampling.num_beams
        columns = len(reply.prompt) + reply.sampling.max_tokens
        if not self._batch.fits_alone(beams, columns):
            raise EngineOutOfMemory(
                f"The request needs {beams} rows of {columns} tokens, more than this server has"
                " memory for. Try fewer beams, a shorter prompt or fewer max_tokens."
            )
        run = run_of(reply)
        urgent = request.priority == Priority.CHAT
        writer = OutputProcessor(self._loaded, request, prepared.sampling, prepared.prompt, handle)
        job = Job(handle, writer, self._ended)
        job.entry = SequenceGroup(
            run,
            job,
            limit=columns,
            urgent=urgent,
            reachable=reachable_of(reply.session),
            keep=urgent,
            # A batch item always has a seed; thousands of them share a prompt's beginning.
            repeatable=urgent and request.sampling.seed is not None,
        )
        return job

    def admit(self, job: Job) -> bool:
        if not self._batch.make_room(job.entry):
            return False
        self._jobs.append(job)
        self._batch.join(job.entry)
        return True

    def step(self) -> None:
        for job in [job for job in self._jobs if job.handle.cancelled]:
            self._batch.drop(job.entry)
            job.failed(GenerationCancelled())
        self._batch.step()

    def abandon(self, error: Exception) -> None:
        self._batch.clear()
        for job in list(self._jobs):
            job.failed(error)

    def _ended(self, job: Job, failed: bool) -> None:
        self._jobs.remove(job)
        self._counters.count_request(failed=failed)

    # --- beside the queue ------------------------------------------------------------------------

    def decode(
        self,
        request: GenerationRequest,
        emit: Emit,
        cancelled: Callable[[], bool],
    ) -> Completion:
        """Answer one request now, in the caller's thread. Raises what makes it fail."""
        handle = Relay(emit)
        self.admit(self.prepare(request, handle))
        while not handle.done:
            if cancelled():
                handle.cancel()
            self.step()
        return handle.result()

    def warm(self, vocabulary: Vocabulary) -> None:
        """See InputProcessor.warm. Slices the output head for the list as well."""
        session = self._preparer.warm(vocabulary)
        if self._model.head is not None:
            self._model.head.slice_for(reachable_of(session))


def run_of(reply: DecodingInput) -> DecodingRun:
    """Whichever way of decoding the request asks for."""
    if reply.sampling.num_beams > 1:
        return BeamSearchRun(reply)
    if isinstance(reply.session, SegmentedSession):
        return BacktrackingRun(reply, reply.session)
    return SingleSequenceRun(reply)


def make_decoder(
    loaded: LoadedModel, *, limits: Limits, **options: Any
) -> LocalDecoder | TransformersDecoder:
    """Many requests at a time if the model's architecture lets it. options: see InputProcessor."""
    try:
        return LocalDecoder(loaded, limits=limits, **options)
    except UnsupportedCache as error:
        logger.warning("the model answers one request at a time: %s", error)
        return TransformersDecoder(loaded, **options)


class Job:
    """A request in the batch. entry: set before it is admitted."""

    entry: SequenceGroup

    def __init__(
        self, handle: Handle, writer: OutputProcessor, ended: Callable[[Job, bool], None]
    ) -> None:
        self.handle = handle
        self._writer = writer
        self._ended = ended

    def chose(self, chosen: Sequence[SampledToken]) -> bool:
        """True once the reply is at its end."""
        if not self._writer.write(chosen) and not self.entry.run.done:
            return False
        completion = self._writer.completion(cached_tokens=self.entry.reused)
        self._ended(self, False)
        self.handle.finish(completion)
        return True

    def failed(self, error: Exception) -> None:
        self._ended(self, True)
        if isinstance(error, DeadEnd):
            error = no_continuation(self._writer.text)
        self.handle.fail(as_engine_error(error))


def reachable_of(session: ConstraintSession | None) -> TokenIds | None:
    """The ids that can ever be allowed, sorted; None if the constraint cannot tell."""
    return getattr(session, "reachable", None)
