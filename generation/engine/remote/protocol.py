"""Requests, texts, completions and errors as lines of JSON between two server processes.

All values of `contract.py` are transferred unchanged: every field, every log-probability to the
last bit, every error with its type. A vocabulary is sent as a reference, which the receiver
resolves in the same database. A blank line keeps the connection alive. A message with unknown or
missing fields comes from another version: it raises NotUnderstood.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from generation.engine.contract import (
    Completion,
    EngineError,
    GenerationRequest,
    Message,
    Piece,
    Priority,
    Sampling,
    TokenLogprob,
    ToolCall,
)
from vocab.words.orthography import Style
from vocab.words.request_words import FirstWords, RequestWords
from vocab.words.text_limits import TextLimits, WordRange
from vocab.words.vocabulary import Vocabulary
from vocab.words.word_filter import WordFilter

KEEP_ALIVE = b"\n"
LOGPROBS = ("logprobs", "prompt_logprobs")  # the fields of a completion that have them
PROMPT_TRUNCATED = b'{"prompt_truncated": true}\n'

T = TypeVar("T")


class PromptTruncated:
    """Sent before the first piece if the start of the prompt was dropped."""


class NotUnderstood(Exception):
    """The message is not one that this version sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyReference:
    """The data that a vocabulary is made from: see `Vocabulary`.

    digest, n_words: Of the request's list. words: What the request adds to it and takes away.
    """

    digest: str
    language: str
    n_words: int
    style: Style
    words: RequestWords | None


# --- requests ------------------------------------------------------------------------------------


def encode_request(request: GenerationRequest, model: str) -> bytes:
    """model: Name of the model that must answer."""
    words = request.vocabulary
    body = {
        "model": model,
        "messages": [_message_values(message) for message in request.messages],
        "prompt": request.prompt,
        "sampling": _values(request.sampling),
        "vocabulary": words and _reference_values(words),
        "token_paths": request.token_paths,
        "finish": request.finish,
        "limits": request.limits and asdict(request.limits),
        "priority": int(request.priority),
        "owner": request.owner,
        "truncate": request.truncate,
        "reserve": request.reserve,
        "added": request.added,
        "thinking": request.thinking,
        "thought": request.thought,
    }
    return json.dumps(body).encode()


def decode_request(
    body: bytes, find: Callable[[VocabularyReference], Vocabulary]
) -> tuple[GenerationRequest, str]:
    """Return the request and the name of the model that must answer. Raises NotUnderstood.

    find: Returns the vocabulary of a reference; its exceptions are passed on.
    """
    given = _object(body)
    reference = _reference(given)
    words = find(reference) if reference else None
    try:
        sampling = dict(given.pop("sampling"))
        sampling["logit_bias"] = {int(token): b for token, b in sampling["logit_bias"].items()}
        given |= {
            "messages": tuple(_read_message(message) for message in given["messages"]),
            "sampling": _made(Sampling, sampling),
            "vocabulary": words,
            "limits": given["limits"] and _read_limits(given["limits"]),
            "priority": Priority(given["priority"]),
            "owner": str(given["owner"]),
        }
        model = str(given.pop("model"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotUnderstood(f"request: {error!r}") from error
    return _made(GenerationRequest, given), model


def _message_values(message: Message) -> dict[str, Any]:
    return _values(message) | {"tool_calls": [_values(call) for call in message.tool_calls]}


def _read_message(values: Mapping[str, Any]) -> Message:
    calls = tuple(_made(ToolCall, call) for call in values["tool_calls"])
    return _made(Message, {**values, "tool_calls": calls})


def _reference_values(words: Vocabulary) -> dict[str, Any]:
    source = words.source
    return {
        "digest": source.first.digest if source else words.digest,
        "language": words.language,
        "n_words": source.first.n_words if source else words.n_words,
        "style": _values(words.style),
        "words": source and asdict(source.words),
    }


def _read_limits(values: Mapping[str, Any]) -> TextLimits:
    return _made(TextLimits, {name: _made(WordRange, each) for name, each in values.items()})


def _reference(given: Mapping[str, Any]) -> VocabularyReference | None:
    try:
        words = given["vocabulary"]
        if words is None:
            return None
        own = words["words"] and _request_words(words["words"])
        style = _made(Style, words["style"])
        return _made(VocabularyReference, {**words, "style": style, "words": own})
    except (KeyError, TypeError, ValueError) as error:
        raise NotUnderstood(f"vocabulary: {error!r}") from error


def _request_words(values: Mapping[str, Any]) -> RequestWords:
    lists = tuple(_made(FirstWords, each) for each in values["lists"])
    word_filter = _made(WordFilter, values["word_filter"])
    return _made(RequestWords, {**values, "lists": lists, "word_filter": word_filter})


# --- answers -------------------------------------------------------------------------------------


def piece_line(piece: Piece) -> bytes:
    return _line(
        {
            "text": piece.text,
            "logprobs": _logprobs(piece.logprobs),
            "prompt_logprobs": _logprobs(piece.prompt_logprobs),
            "reasoning": piece.reasoning,
        }
    )


def completion_line(completion: Completion) -> bytes:
    values = _values(completion)
    for name in LOGPROBS:
        if values[name] is not None:
            values[name] = _logprobs(values[name])
    return _line({"completion": values})


def error_line(error: EngineError) -> bytes:
    """The error's attributes, such as `retry_after`, are part of the line."""
    return _line(
        {"error": {"type": type(error).__name__, "message": str(error), "values": vars(error)}}
    )


def read_line(line: bytes) -> Piece | Completion | EngineError | PromptTruncated | None:
    """None for a blank line. Raises NotUnderstood."""
    if not line.strip():
        return None
    try:
        match _object(line):
            case {
                "text": text,
                "logprobs": logprobs,
                "prompt_logprobs": of_prompt,
                "reasoning": reasoning,
            }:
                return Piece(text, _read_logprobs(logprobs), _read_logprobs(of_prompt), reasoning)
            case {"prompt_truncated": True}:
                return PromptTruncated()
            case {"completion": values}:
                for name in LOGPROBS:
                    if values[name] is not None:
                        values[name] = _read_logprobs(values[name])
                return _made(Completion, values)
            case {"error": {"type": kind, "message": message, "values": values}}:
                return _read_error(kind, message, values)
    except (KeyError, TypeError, ValueError) as error:
        raise NotUnderstood(f"line: {error!r}") from error
    raise NotUnderstood(f"line: {line[:80]!r}")


def _read_error(kind: str, message: str, values: Mapping[str, Any]) -> EngineError:
    """Make the error without its constructor, which may need more than the message."""
    found = _error_types().get(kind, EngineError)
    error = found.__new__(found, message)
    error.args = (message,)
    vars(error).update(values)
    return error


def _error_types() -> dict[str, type[EngineError]]:
    return {kind.__name__: kind for kind in EngineError.__subclasses__()}


def _logprobs(logprobs: tuple[TokenLogprob, ...]) -> list[list[Any]]:
    return [
        [each.token_id, base64.b64encode(each.data).decode(), each.logprob, _logprobs(each.top)]
        for each in logprobs
    ]


def _read_logprobs(given: list[list[Any]]) -> tuple[TokenLogprob, ...]:
    return tuple(
        TokenLogprob(token, base64.b64decode(data), logprob, _read_logprobs(top))
        for token, data, logprob, top in given
    )


# --- JSON ----------------------------------------------------------------------------------------


def _line(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body).encode() + b"\n"


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"not JSON: {data[:80]!r}") from error
    if not isinstance(found, dict):
        raise NotUnderstood(f"not an object: {data[:80]!r}")
    return found


def _values(of: Any) -> dict[str, Any]:
    """The fields of a dataclass. JSON makes lists of tuples, and strings of a mapping's keys."""
    return {each.name: _plain(getattr(of, each.name)) for each in fields(of)}


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _made(kind: type[T], values: Mapping[str, Any]) -> T:
    """Raises NotUnderstood unless the values are exactly the fields of the dataclass."""
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    if values.keys() != known:
        names = ", ".join(sorted(values.keys() ^ known))
        raise NotUnderstood(f"{kind.__name__}: {names}")
    return kind(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
    )
