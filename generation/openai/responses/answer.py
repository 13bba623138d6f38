"""The response object, and the events of a stream in their order.

A finished response has OpenAI's fields, and `prompt_truncated`, `wordlist` and `vocab_report`. The
output is one message with one text.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from generation.engine.contract import Completion, Piece
from generation.openai.completions import event, token_logprobs, vocabulary_fields
from generation.openai.errors import INVALID_REQUEST, ApiError
from vocab.pinned_wordlist import PinnedWordlist

Status = Literal["in_progress", "completed", "incomplete", "failed"]

# OpenAI has a closed set of codes for failed responses.
FAILURE_CODES = {INVALID_REQUEST: "invalid_prompt", "rate_limit_error": "rate_limit_exceeded"}
# Where the text of a stream belongs: the only part of the only item.
PLACE = {"output_index": 0, "content_index": 0}


def about_input(error: ApiError) -> ApiError:
    """Name the request's own field in an error about the messages of its prompt."""
    if error.param is not None and error.param.startswith("messages"):
        error.param = "input"
    return error


def response_usage(choice: Completion) -> dict[str, Any]:
    return {
        "input_tokens": choice.prompt_tokens,
        "input_tokens_details": {"cached_tokens": choice.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": choice.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": choice.reasoning_tokens},
        "total_tokens": choice.prompt_tokens + choice.completion_tokens,
    }


def text_part(choice: Completion | None = None) -> dict[str, Any]:
    """Return the content part of a finished reply, or of one that begins."""
    return {
        "type": "output_text",
        "text": "" if choice is None else choice.text,
        "annotations": [],
        "logprobs": [] if choice is None else token_logprobs(choice.logprobs or ()),
    }


def status_of(choice: Completion) -> Literal["completed", "incomplete"]:
    return "incomplete" if choice.finish_reason == "length" else "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseAnswer:
    """Builds one response object, or the events of its stream, all with the same ids.

    fields: The validated fields of the request.
    """

    model: str
    wordlist: PinnedWordlist | None
    fields: Mapping[str, Any]
    id: str = field(default_factory=lambda: f"resp_{uuid.uuid4().hex}")
    message_id: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")
    created_at: int = field(default_factory=lambda: int(time.time()))
    _numbers: Iterator[int] = field(default_factory=count)

    def body(self, *choices: Completion) -> dict[str, Any]:
        (choice,) = choices
        status = status_of(choice)
        incomplete = status == "incomplete"
        return self._response(
            status,
            completed_at=None if incomplete else int(time.time()),
            incomplete_details={"reason": "max_output_tokens"} if incomplete else None,
            output=[self._message(status, text_part(choice))],
            usage=response_usage(choice),
            prompt_truncated=choice.prompt_truncated,
            **vocabulary_fields(self.wordlist, choice.text),
        )

    def _message(self, status: Status, *parts: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self.message_id,
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": list(parts),
        }

    def _response(self, status: Status, **known: Any) -> dict[str, Any]:
        """known: The fields that this status has, instead of null."""
        fields = self.fields
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created_at,
            "status": status,
            "background": False,
            "completed_at": None,
            "error": None,
            "incomplete_details": None,
            "instructions": fields.get("instructions"),
            "max_output_tokens": fields.get("max_output_tokens"),
            "max_tool_calls": None,
            "metadata": fields.get("metadata", {}),
            "model": self.model,
            "output": [],
            "parallel_tool_calls": False,
            "previous_response_id": None,
            "prompt_cache_key": fields.get("prompt_cache_key"),
            "reasoning": {"effort": None, "summary": None},
            "safety_identifier": fields.get("safety_identifier"),
            "service_tier": "default",
            "store": False,
            "temperature": fields["temperature"],
            "text": {"format": {"type": "text"}},
            "tool_choice": "none",
            "tools": [],
            "top_logprobs": fields.get("top_logprobs", 0),
            "top_p": fields["top_p"],
            "truncation": fields["truncation"],
            "usage": None,
            "user": fields.get("user"),
            **known,
        }

    # --- a stream --------------------------------------------------------------------------------

    def first_events(self, n: int) -> Iterator[str]:
        started = self._response("in_progress")
        yield self._event("response.created", response=started)
        yield self._event("response.in_progress", response=started)
        item = self._message("in_progress")
        yield self._event("response.output_item.added", output_index=0, item=item)
        yield self._text_event("response.content_part.added", part=text_part())

    def delta_chunk(self, index: int, piece: Piece) -> str:
        logprobs = token_logprobs(piece.logprobs)
        return self._text_event("response.output_text.delta", delta=piece.text, logprobs=logprobs)

    def finish_chunk(self, index: int, choice: Completion) -> str:
        response = self.body(choice)
        (item,) = response["output"]
        (part,) = item["content"]
        text = {"text": part["text"], "logprobs": part["logprobs"]}
        return "".join(
            [
                self._text_event("response.output_text.done", **text),
                self._text_event("response.content_part.done", part=part),
                self._event("response.output_item.done", output_index=0, item=item),
                self._event(f"response.{response['status']}", response=response),
            ]
        )

    def last_events(self, choices: Sequence[Completion]) -> Iterator[str]:
        return iter(())

    def error_events(self, error: ApiError) -> Iterator[str]:
        """Yield the error, then the failed response, as OpenAI's service does.

        OpenAI's clients raise an exception for `error` in an event, and its description has the
        other keys.
        """
        body = about_input(error).body
        flat = {name: body["error"][name] for name in ("code", "message", "param")}
        yield self._event("error", **flat, **body)
        code = FAILURE_CODES.get(error.kind, "server_error")
        failure = {"code": code, "message": error.message}
        yield self._event("response.failed", response=self._response("failed", error=failure))

    def _text_event(self, name: str, **fields: Any) -> str:
        return self._event(name, item_id=self.message_id, **PLACE, **fields)

    def _event(self, name: str, **fields: Any) -> str:
        numbered = {"type": name, "sequence_number": next(self._numbers), **fields}
        return f"event: {name}\n{event(numbered)}"
