"""The values that go into an engine and come out of it, and its errors.

Nothing here imports torch. See `engine_protocol.py` for the engine itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal, Protocol

from vocab.words.text_limits import TextLimits
from vocab.words.vocabulary import Vocabulary

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length"]

MARKER_CHARS = 32  # about the size of a chat template's markers around a message
DRY_SEQUENCE_BREAKERS = ("\n", ":", '"', "*")  # the default of llama.cpp and others
LOGPROB_FLOOR = -9999.0  # OpenAI reports this number for a probability of zero


class Priority(IntEnum):
    """Lower numbers go first."""

    CHAT = 0
    BATCH = 1


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call in an earlier answer. arguments: The text of a JSON object."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """tool_calls: Of an assistant's message. tool_call_id, tool_name: The call that a tool's result
    answers. position: Index in the list that the client sent, for error messages.
    """

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    tool_name: str = ""
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the tokens of a reply are chosen.

    max_tokens: Maximum number of tokens to generate; 0 to read the prompt only.
    temperature: 0 for greedy search.
    top_k: 0 for no limit.
    min_p: A token needs this part of the likeliest one's probability; 0 for no limit.
    num_beams: More than 1 for beam search; beams are sampled if temperature > 0.
    seed: None to draw one.
    stop: Strings that end the reply and are not part of it.
    presence_penalty, frequency_penalty: Subtracted from the logits of tokens that the reply
        contains, once or once per occurrence.
    repetition_penalty: Counts the prompt's tokens as well. Under a vocabulary, no penalty applies
        to punctuation and spaces.
    min_tokens: Minimum number of tokens before the reply may end, where the vocabulary allows it.
    logit_bias: Added to the logits of these token ids; a masked token stays masked.
    logprobs: Number of the most likely tokens to report for each token; None for no report.
        Beam search reports none.
    prompt_logprobs: The same for each token of the prompt. These are the model's own: no
        vocabulary, penalty or bias applies to a prompt. The reply then reports every token that was
        generated, also one without text.
    unit: With "words", a word is drawn with the probability that the model gives it among the words
        of the vocabulary; with "tokens", each token among the allowed ones. None for words where
        they can be drawn, and tokens elsewhere.
    particles: More than 1 for that number of replies, of which those live on that the vocabulary
        suits. For temperature > 0 and one beam; has no effect without a vocabulary.
    weighs: Compute the weight of the reply: see `Completion`.
    num_beam_groups: More than 1 to divide `num_beams` into groups.
    hypothesis: Which of the hypotheses of a beam search is the reply: 0 for the best one. The last
        one if there are fewer.
    dry_multiplier: Above 0 for a penalty on tokens that go on with a repetition: `decoding/dry.py`.
    dry_base: What a repetition that is longer by one token multiplies the penalty by.
    dry_allowed_length: Number of tokens from which on a repetition is penalised.
    dry_penalty_last_n: Number of last tokens of the reply that are looked at; -1 for all.
    dry_sequence_breakers: Strings that a repetition does not go across.
    repeat_sentences: Let the reply say a sentence twice. Without a vocabulary it always may.
    diversity_penalty: Subtracted from a token's score for each beam of an earlier group that has
        chosen it in the same step.
    """

    max_tokens: int = 512
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 50
    min_p: float = 0.0
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
    prompt_logprobs: int | None = None
    unit: Literal["tokens", "words"] | None = None
    particles: int = 1
    weighs: bool = False
    hypothesis: int = 0
    repeat_sentences: bool = False
    dry_multiplier: float = 0.0
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    dry_penalty_last_n: int = -1
    dry_sequence_breakers: tuple[str, ...] = DRY_SEQUENCE_BREAKERS

    @property
    def is_dry(self) -> bool:
        return self.dry_multiplier > 0 and self.dry_penalty_last_n != 0

    @property
    def rows(self) -> int:
        """Maximum number of sequences that the reply is chosen from."""
        return max(self.num_beams, self.particles)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """One prompt: messages for the chat template, or a text that the reply continues.

    prompt: That text, or its token ids; None for messages.
    vocabulary: The words that the reply may contain; None for any text.
    token_paths: "canonical" to spell words only as the tokenizer does, "all" for any tokens.
    finish: Where a reply ends if it reaches max_tokens: after a "sentence" if one can be completed,
        or after any "word".
    limits: Numbers of words of the reply and of its sentences; needs a vocabulary.
    owner: Name of the user who sent it, or "". Requests of different owners are served in turn.
    truncate: True to drop the earliest turns of a prompt that is too long, False to refuse it; None
        for the engine's own setting.
    reserve: Tokens of the context that the prompt must leave free for a later request, which
        continues it.
    added: Tokens by which the prompt may exceed the engine's limit, because earlier requests for
        the same reply have added them. The model's context limits it all the same.
    thinking: "open" to write a thought, which ends where the chat template ends it; "done" to
        answer after `thought`; "off" to answer without one.
    """

    messages: tuple[Message, ...]
    prompt: str | tuple[int, ...] | None = None
    sampling: Sampling = field(default_factory=Sampling)
    vocabulary: Vocabulary | None = None
    token_paths: Literal["canonical", "all"] = "canonical"
    finish: Literal["sentence", "word"] = "sentence"
    limits: TextLimits | None = None
    priority: Priority = Priority.CHAT
    owner: str = ""
    truncate: bool | None = None
    reserve: int = 0
    added: int = 0
    thinking: Literal["off", "open", "done"] = "off"
    thought: str = ""


def prompt_size(request: GenerationRequest) -> int:
    """Return the number of characters of the messages, and some more for each message's markers.

    Of a prompt of its own, the number of characters or of tokens.
    """
    return (
        len(request.prompt or "")
        + len(request.thought)
        + sum(
            len(message.content)
            + MARKER_CHARS
            + sum(len(call.arguments) + MARKER_CHARS for call in message.tool_calls)
            for message in request.messages
        )
    )


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token and its log-probability among the tokens that were allowed at its position.

    data: The token's bytes, which may be a part of a character. In `top` and in a prompt, a control
        token has the bytes of its name.
    logprob: At least LOGPROB_FLOOR; None for the first token of a prompt.
    top: The most likely tokens at this position, most likely first, with empty `top`.
    """

    token_id: int
    data: bytes
    logprob: float | None
    top: tuple[TokenLogprob, ...] = ()

    @property
    def text(self) -> str:
        return self.data.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that has become final, and the log-probabilities of its tokens if requested.

    prompt_logprobs: Of the whole prompt, before the first text, if they were requested.
    reasoning: Text of a thought, before the text of the reply.
    """

    text: str
    logprobs: tuple[TokenLogprob, ...] = ()
    prompt_logprobs: tuple[TokenLogprob, ...] = ()
    reasoning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A finished reply.

    text: Under a vocabulary, whole words of it only.
    finish_reason: "length" if max_tokens ended the reply.
    prompt_truncated: The start of the prompt was dropped because it did not fit.
    seconds: Time from the first prompt token to the last token.
    logprobs: One for each token of the text if requested. Tokens that a stop string or an
        incomplete word removed from the text are only reported beside `prompt_logprobs`.
    cached_tokens: Prompt tokens that were copied from another request.
    prompt_logprobs: One for each token of the prompt if requested.
    draft_tokens, reasoning_tokens: Those of the completion tokens that are not in the text.
    reasoning: The thought before the text if it was requested.
    weight: If requested, how likely such a reply is, per token. Under a vocabulary, the mean of
        log Z: Z is the model's probability of all tokens that were allowed at a token's place.
        Without one, the mean log-probability of its tokens. With beams, that in both cases.
    discarded_tokens: Tokens of replies that were written beside this one and are not returned.
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
    prompt_logprobs: tuple[TokenLogprob, ...] | None = None
    draft_tokens: int = 0
    reasoning_tokens: int = 0
    reasoning: str | None = None
    weight: float | None = None
    discarded_tokens: int = 0


class Emit(Protocol):
    """Takes text that has become final, and the log-probabilities of its tokens."""

    def __call__(self, text: str, logprobs: Sequence[TokenLogprob] = ()) -> None: ...


@dataclass(frozen=True, slots=True)
class Serving:
    """How a loaded model is served.

    decoding: "rows" for many requests at a time, "generate" for one at a time by transformers'
        `generate()`, "scripted" for no model at all.
    context: Maximum number of tokens of prompt and reply.
    notes: What a person should know of the model's prompts and decoding, in sentences.
    """

    decoding: Literal["rows", "generate", "scripted"]
    context: int
    notes: tuple[str, ...] = ()


class EngineError(Exception):
    """A request cannot be answered. The message is shown to the client."""


class EngineBusy(EngineError):
    """The queue is full. retry_after: Seconds after which a retry is likely to succeed."""

    def __init__(self, waiting: int, retry_after: int = 5) -> None:
        super().__init__(f"The server is busy: {waiting} requests are waiting. Try again shortly.")
        self.retry_after = retry_after


class ModelUnavailable(EngineError):
    """The model cannot be loaded, for example because it is missing or too large."""


class EngineRefused(ModelUnavailable):
    """Another process's engine does not serve this process. It may well serve others."""


class EngineOutOfMemory(EngineError):
    """The request does not fit into memory, even as the only one."""


class EngineStopped(EngineError):
    """The engine stopped, or a step for many requests failed. The request may be sent again."""


class InvalidRequest(EngineError):
    """The model or the decoding does not support a parameter. The message names it."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class PromptTooLong(EngineError):
    """The prompt has too many tokens, and it is not to be truncated.

    exact: False if it has at least `given` tokens, which follows from its length.
    param: The field of the request that is too long: "messages" or "prompt".
    """

    def __init__(
        self, limit: int, given: int, *, exact: bool = True, param: str = "messages"
    ) -> None:
        super().__init__(
            f"This model's maximum context length is {limit} tokens. However, your {param}"
            f" resulted in {'' if exact else 'at least '}{given} tokens."
            f" Please reduce the length of the {param}."
        )
        self.limit = limit
        self.given = given
        self.param = param


class InvalidPrompt(EngineError):
    """The model's chat template rejects these messages. param: The path of the wrong field."""

    def __init__(self, message: str, param: str = "messages") -> None:
        super().__init__(message)
        self.param = param


class NoContinuation(EngineError):
    """No token is allowed: this model's tokens cannot write the wordlist."""


class GenerationCancelled(EngineError):
    """The client cancelled the request or closed its connection."""

    def __init__(self) -> None:
        super().__init__("The request was cancelled.")
