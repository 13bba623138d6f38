"""What the rest of the project knows of an engine: a request goes in, a handle comes out.

The handle streams text, can be waited for and can be cancelled. Nothing here imports torch, and
nobody outside this package asks which engine answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Literal, Protocol

from generation.engine.handle import Handle
from vocab.words.vocabulary import Vocabulary

if TYPE_CHECKING:
    from generation.constraint.stats import ConstraintStats
    from generation.engine.service.health import Health
    from generation.engine.stats.counters import Counters, Snapshot

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length"]

LOGPROB_FLOOR = -9999.0  # what OpenAI reports for "never"


class Priority(IntEnum):
    """Lower goes first."""

    CHAT = 0
    BATCH = 1


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the next token is chosen.

    max_tokens: most tokens to generate, >= 1. temperature: 0 is greedy. top_k: 0 is off.
    num_beams: > 1 searches with beams, sampled ones if temperature > 0. seed: None draws one.
    stop: strings that end the reply and are left out of it. presence_penalty, frequency_penalty:
    taken off the scores of tokens that the reply already has, once and per occurrence.
    repetition_penalty counts the prompt's tokens too. Penalties spare marks under a vocabulary.
    min_tokens: nothing ends the reply before so many tokens, where the vocabulary lets it go on.
    logit_bias: token id to what is added to its score; what is masked stays masked.
    logprobs: how many of the likeliest tokens to report for each token; None for no report, which
    is all that beams give. num_beam_groups: > 1 divides `num_beams` into groups that are kept
    apart by `diversity_penalty` for each beam of an earlier group with the same token.
    """

    max_tokens: int = 512
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 50
    repetition_penalty: float = 1.0
    num_beams: int = 1
    length_penalty: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    min_tokens: int = 0
    logit_bias: Mapping[int, float] = field(default_factory=dict)
    logprobs: int | None = None
    num_beam_groups: int = 1
    diversity_penalty: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """One prompt.

    vocabulary: the words it may be answered with, None for any. token_paths: "canonical" spells
    them only as the tokenizer does, "all" by any tokens. finish: where a reply ends that runs out
    of tokens, after a "sentence" if one is in reach, or after any "word".
    """

    messages: tuple[Message, ...]
    sampling: Sampling = field(default_factory=Sampling)
    vocabulary: Vocabulary | None = None
    token_paths: Literal["canonical", "all"] = "canonical"
    finish: Literal["sentence", "word"] = "sentence"
    priority: Priority = Priority.CHAT


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token and its log-probability among the tokens that were allowed in its place.

    data: its bytes, which need not be whole characters. logprob: >= LOGPROB_FLOOR. top: the
    likeliest tokens there, likeliest first, without tops of their own.
    """

    token_id: int
    data: bytes
    logprob: float
    top: tuple[TokenLogprob, ...] = ()

    @property
    def text(self) -> str:
        return self.data.decode(errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A finished reply.

    text: under a vocabulary, whole words of it and nothing else. finish_reason: "length" if
    max_tokens cut it. prompt_truncated: the prompt did not fit and its start was left out.
    seconds: from the first prompt token to the last. logprobs: one for each token of the text,
    if they were asked for; none for what a stop string or an unfinished word took away.
    cached_tokens: those of the prompt that another request had computed.
    """

    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    completion_tokens: int
    prompt_truncated: bool = False
    seed: int = 0
    seconds: float = 0.0
    logprobs: tuple[TokenLogprob, ...] | None = None
    cached_tokens: int = 0


class Emit(Protocol):
    """Takes text that has become final, and the log-probabilities of its tokens."""

    def __call__(self, text: str, logprobs: Sequence[TokenLogprob] = ()) -> None: ...


@dataclass(frozen=True, slots=True)
class Serving:
    """How a loaded model is served.

    decoding: many requests at a time in "rows", or one at a time by transformers' own
    "generate()"; "scripted" for no model at all. context: most tokens, prompt and reply.
    """

    decoding: Literal["rows", "generate", "scripted"]
    context: int


class Engine(Protocol):
    def submit(self, request: GenerationRequest) -> Handle:
        """Queue the request. Raises EngineBusy at once if the queue is full."""

    def submit_all(self, requests: Sequence[GenerationRequest]) -> list[Handle]:
        """Queue all of them, or none and raise EngineBusy."""

    def warm_up(self) -> None:
        """Load the model now. Raises ModelUnavailable."""

    def health(self) -> Health:
        """The state of the engine. Asking loads nothing."""

    def snapshot(self) -> Snapshot:
        """The engine's totals and medians; all zero if they cannot be read."""

    def close_after_fork(self) -> None:
        """Close, in a forked child, the descriptors that the child shares with its parent."""

    # Statistics of this process: empty for an engine that runs in another one.

    @property
    def serving(self) -> Serving | None:
        """How this process serves the model; None until it has loaded the model."""

    @property
    def counters(self) -> Counters: ...

    @property
    def cache_usage(self) -> float:
        """The part of ENGINE_CACHE_TOKENS that running requests use, from 0 to 1."""

    @property
    def constraints(self) -> ConstraintStats | None:
        """Statistics of the wordlists in use; None until the model is loaded."""


class EngineError(Exception):
    """A request cannot be answered; the message is for its sender."""


class EngineBusy(EngineError):
    """The queue is full. retry_after: seconds after which a place is likely."""

    def __init__(self, waiting: int, retry_after: int = 5) -> None:
        super().__init__(f"The server is busy: {waiting} requests are waiting. Try again shortly.")
        self.retry_after = retry_after


class ModelUnavailable(EngineError):
    """The model cannot be loaded: not found, not enough memory or disk."""


class EngineOutOfMemory(EngineError):
    """The request does not fit into memory, not even alone."""


class EngineStopped(EngineError):
    """The engine ended under the request, or its step for many failed: it may be sent again."""


class InvalidRequest(EngineError):
    """A parameter that this model or decoding cannot honour; the message names it."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class PromptTooLong(EngineError):
    """The prompt has more tokens than fit, and truncation is off."""

    def __init__(self, limit: int, given: int) -> None:
        super().__init__(
            f"This model's maximum context length is {limit} tokens. However, your messages"
            f" resulted in {given} tokens. Please reduce the length of the messages."
        )
        self.limit = limit
        self.given = given


class InvalidPrompt(EngineError):
    """The model's chat template refuses these messages."""


class NoContinuation(EngineError):
    """The vocabulary allows no token here: a list that this model's tokens cannot write."""


class GenerationCancelled(EngineError):
    """The sender, or its connection, gave up."""

    def __init__(self) -> None:
        super().__init__("The request was cancelled.")
