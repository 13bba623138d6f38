"""Answer requests with a transformers model in this process, many at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from generation.constraint.segmented import SegmentedSession
from generation.constraint.session import DeadEnd, WordSession
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
from generation.engine.cpu.release_memory import release_memory
from generation.engine.decoding.backtracking import BacktrackingRun
from generation.engine.decoding.beam_search import BeamSearchRun
from generation.engine.decoding.particles import ParticleRun
from generation.engine.decoding.prompt_only import PromptOnlyRun
from generation.engine.decoding.run import DecodingInput, DecodingRun, SampledToken
from generation.engine.decoding.single import SingleSequenceRun
from generation.engine.decoding.word_sampling import WordSamplingRun
from generation.engine.handle import Handle, Relay
from generation.engine.loading.model import LoadedModel
from generation.engine.loading.padded_vocabulary import cut_logits
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

# Prompt tokens of one step, while which all replies wait. On a CPU such a chunk takes about as long
# as a decoding pass of many rows; a GPU computes a chunk of eight times the size as quickly.
GPU_CHUNK = 2048
CHUNKS = {"cpu": 256}
# Of the prefix cache on a CPU, or the bytes of one longest prompt if those are more.
PREFIX_BYTES = 96 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of the key-value cache and of a step.

    max_rows: Maximum number of sequences decoded at once; each beam is one.
    cache_tokens: Maximum size of the key-value cache: rows times the longest row.
    prefill_chunk: Maximum number of prompt tokens of one step; 0 to choose by device.
    prefix_tokens: Maximum number of tokens in the prefix cache.
    prefix_bytes: Maximum number of their bytes; 0 to choose by device and model.
    """

    max_rows: int = 64
    cache_tokens: int = 49_152
    prefill_chunk: int = 0
    prefix_tokens: int = 8_192
    prefix_bytes: int = 0


class LocalDecoder:
    """A decoder (see `service.decoder.Decoder`).

    options: See InputProcessor. Raises UnsupportedCache if the model's architecture does not keep
    keys and values row by row.
    """

    def __init__(
        self, loaded: LoadedModel, *, limits: Limits | None = None, **options: Any
    ) -> None:
        self._loaded = loaded
        self._limits = limits or Limits()
        self._input_processor = InputProcessor(loaded, **options)
        cut_logits(loaded.model, loaded.vocabulary_size)
        self._model = ModelRunner(loaded.model)
        if self._model.head is not None:
            head = self._model.head
            self._input_processor.constraints.other_bytes = lambda: head.nbytes
        self._notes = self._input_processor.notes
        self._groups: list[RequestGroup] = []
        self.use(Counters())

    def use(self, counters: Counters) -> None:
        self._counters = counters
        self._batch = Batch(
            self._model,
            counters,
            max_rows=self._limits.max_rows,
            max_tokens=self._limits.cache_tokens,
            chunk=self._limits.prefill_chunk or CHUNKS.get(self._model.device.type, GPU_CHUNK),
            prefix_tokens=self._prefix_tokens,
        )

    @property
    def _prefix_tokens(self) -> int:
        """The size of the prefix cache. Every token in it takes the same number of bytes."""
        limits, per_token = self._limits, self._model.layout.bytes_per_token
        if limits.prefix_bytes:
            return min(limits.prefix_tokens, limits.prefix_bytes // per_token)
        if self._model.device.type != "cpu":
            return limits.prefix_tokens
        longest = self._input_processor.max_input_tokens
        return min(limits.prefix_tokens, max(PREFIX_BYTES // per_token, longest))

    def choose_threads(self) -> None:
        """Compute small passes with one thread where that is faster."""
        self._model.choose_threads()

    # --- the engine's thread ---------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        return self._batch.busy

    @property
    def batch(self) -> Batch:
        return self._batch

    @property
    def serving(self) -> Serving:
        context = min(self._loaded.context, self._limits.cache_tokens)
        return Serving("rows", context, self._notes)

    @property
    def cache_usage(self) -> float:
        return self._batch.held_tokens / self._limits.cache_tokens

    @property
    def constraints(self) -> ConstraintStats:
        return self._input_processor.constraints

    def snapshot(self) -> Snapshot:
        return self._counters.snapshot(busy=self.busy)

    def has_to_build(self, request: GenerationRequest) -> bool:
        return self._input_processor.has_to_build(request)

    def build(self, request: GenerationRequest) -> None:
        """Also slice the output head, unless all logits are needed: beams, particles, words."""
        session = self._input_processor.build(request)
        reachable = session.reachable if session else None  # computed here, and then kept
        draws_words = self._input_processor.draws_words(request, session)
        needs_all = request.sampling.rows > 1 or draws_words or request.sampling.weighs
        if self._model.head is not None and not needs_all:
            self._model.head.slice_for(reachable)
        if request.vocabulary is not None:
            request.vocabulary.lexicon.drop_forms()
        release_memory()  # of the build, and of what it has replaced in the caches

    def prepare(self, request: GenerationRequest, handle: Handle) -> RequestGroup:
        given = self._input_processor.prepare(request, lambda: handle.cancelled)
        handle.prompt_truncated = given.prompt_truncated
        rows = given.sampling.rows
        columns = len(given.prompt) + given.sampling.max_tokens
        if not self._batch.fits_alone(rows, columns):
            raise EngineOutOfMemory(
                f"The request needs {rows} rows of {columns} tokens, more than this server has"
                " memory for. Try fewer beams or particles, a shorter prompt or fewer max_tokens."
            )
        urgent = request.priority == Priority.CHAT
        return RequestGroup(
            make_run(given),
            limit=columns,
            urgent=urgent,
            owner=request.owner,
            reachable=given.session.reachable if given.session else None,
            # Prompts that are only to be scored would push the chats' prefixes out of the cache.
            keeps_prefix=urgent and given.sampling.prompt_logprobs is None,
            prompt_logprobs=given.sampling.prompt_logprobs,
            # Every batch item has a seed. Thousands of items share the start of a prompt, so they
            # copy it; only a chat that asks for a seed is worth the full computation.
            recomputes_prompt=urgent and request.sampling.seed is not None,
            output=OutputProcessor(self._loaded, request, given, handle),
            handle=handle,
            on_end=self._on_end,
        )

    def admit(self, group: RequestGroup) -> bool:
        if not self._batch.make_room(group):
            return False
        self._groups.append(group)
        self._batch.join(group)
        return True

    def step(self) -> None:
        for group in [group for group in self._groups if group.handle.cancelled]:
            self._batch.drop(group)
            group.fail(GenerationCancelled())
        self._batch.step()

    def abandon(self, error: Exception) -> None:
        self._batch.clear()
        for group in list(self._groups):
            group.fail(error)

    def _on_end(self, group: RequestGroup, failed: bool) -> None:
        self._groups.remove(group)
        self._counters.count_request(failed=failed)

    # --- without the engine's thread -------------------------------------------------------------

    def decode(
        self,
        request: GenerationRequest,
        emit: Emit,
        cancelled: Callable[[], bool],
    ) -> Completion:
        """Answer one request in the caller's thread. Raises the error that makes it fail."""
        handle = Relay(emit)
        self.admit(self.prepare(request, handle))
        while not handle.done:
            if cancelled():
                handle.cancel()
            self.step()
        return handle.result()

    def warm(self, vocabulary: Vocabulary) -> None:
        """See InputProcessor.warm. Slices the output head for the wordlist as well."""
        session = self._input_processor.warm(vocabulary)
        if self._model.head is not None:
            self._model.head.slice_for(session.reachable)
        vocabulary.lexicon.drop_forms()


def make_run(given: DecodingInput) -> DecodingRun:
    """Make the kind of run that the request's parameters and constraint need."""
    if given.sampling.max_tokens == 0:
        return PromptOnlyRun(given)
    if given.sampling.num_beams > 1:
        return BeamSearchRun(given)
    if isinstance(given.session, SegmentedSession):
        return BacktrackingRun(given, given.session)
    if given.sampling.particles > 1 and given.session is not None:
        return ParticleRun(given, given.session)
    if given.draws_words and isinstance(given.session, WordSession):
        return WordSamplingRun(given, given.session)
    return SingleSequenceRun(given)


def make_decoder(
    loaded: LoadedModel, *, limits: Limits, **options: Any
) -> LocalDecoder | TransformersDecoder:
    """Decode many requests at a time if the architecture allows it. options: See InputProcessor."""
    try:
        return LocalDecoder(loaded, limits=limits, **options)
    except UnsupportedCache as error:
        logger.warning("the model answers one request at a time: %s", error)
        return TransformersDecoder(loaded, **options)


class RequestGroup(SequenceGroup):
    """A request in the batch, whose tokens become the text of its handle.

    on_end: Called once with the group and whether it failed.
    """

    def __init__(
        self,
        run: DecodingRun,
        *,
        output: OutputProcessor,
        handle: Handle,
        on_end: Callable[[RequestGroup, bool], None],
        **options: Any,
    ) -> None:
        super().__init__(run, **options)
        self.handle = handle
        self._output = output
        self._on_end = on_end

    def accept(self, tokens: Sequence[SampledToken]) -> bool:
        if self.prompt_logprobs is not None:  # these are the first tokens after the prompt
            self._output.write_prompt(self.prompt_tokens)
            self.prompt_logprobs, self.prompt_tokens = None, []
        if not self._output.write(tokens) and not self.run.done:
            return False
        completion = self._output.completion(
            cached_tokens=self.cached_tokens, log_weight=self.run.log_weight
        )
        self._on_end(self, False)
        self.handle.finish(completion)
        return True

    def fail(self, error: Exception) -> None:
        self._on_end(self, True)
        if isinstance(error, DeadEnd):
            error = no_continuation(self._output.text)
        self.handle.fail(as_engine_error(error))
