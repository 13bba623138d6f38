"""What the OpenAPI descriptions of the endpoints that write replies have in common."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from generation.openai.schema.response_schemas import Body, ErrorBody

RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    OpenApiTypes.INT,
    OpenApiParameter.HEADER,
    response=[429, 503],
    description="Seconds to wait before the next attempt.",
)
PROMPT_TRUNCATED = OpenApiParameter(
    "X-Prompt-Truncated",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    enum=["true"],
    response=[200],
    description="Set if the start of the prompt was dropped. In a stream, only if this is known"
    " before the first event.",
)
NO_MODEL = OpenApiResponse(ErrorBody, description="There is no such model (`model_not_found`).")
BUSY = OpenApiResponse(
    ErrorBody, description="Too many requests (`rate_limit_exceeded`): see `Retry-After`."
)
UNAVAILABLE = OpenApiResponse(
    ErrorBody, description="The model is not available now: see `Retry-After`."
)
FORBIDDEN = OpenApiResponse(
    ErrorBody, description="The API key may not use this model (`model_not_allowed`)."
)
# The errors of the endpoints that write replies.
REPLY_ERRORS = {
    403: FORBIDDEN,
    404: OpenApiResponse(
        ErrorBody,
        description="There is no such model (`model_not_found`) or list (`wordlist_not_found`).",
    ),
    413: OpenApiResponse(ErrorBody, description="The body is too large."),
    429: BUSY,
    500: OpenApiResponse(
        ErrorBody,
        description="An error of the server. It has `x-should-retry: false` if the same"
        " request would fail again.",
    ),
    503: UNAVAILABLE,
    504: OpenApiResponse(ErrorBody, description="It took longer than REQUEST_TIMEOUT."),
}
REPLY_HEADERS = [RETRY_AFTER, PROMPT_TRUNCATED]


def reply_responses(body: type[Body], stream_schema: dict[str, Any], stream: str) -> dict[Any, Any]:
    """Return the responses of an operation.

    body: Of a whole reply. stream_schema, stream: Of server-sent events, and an example of them.
    """
    example = OpenApiExample("A stream", value=stream, media_type="text/event-stream")
    return {
        (200, "application/json"): body,
        (200, "text/event-stream"): OpenApiResponse(stream_schema, examples=[example]),
        **REPLY_ERRORS,
    }


def stream_schema(kind: str, piece: dict[str, Any], description: str) -> dict[str, Any]:
    """Return the schema of one event of a stream, in the form of later OpenAPI versions.

    kind: The `object` of its chunks. piece: The properties of a choice that hold its text.
    description: The order of the events.
    """
    choice = {
        "type": "object",
        "required": ["index", *piece, "logprobs", "finish_reason"],
        "properties": {
            "index": {"type": "integer", "minimum": 0},
            **piece,
            "logprobs": {"type": ["object", "null"]},
            "finish_reason": {"enum": ["stop", "length", None]},
        },
    }
    chunk = {
        "type": "object",
        "required": ["id", "object", "created", "model", "choices"],
        "properties": {
            "id": {"type": "string", "description": "The same id in all chunks of an answer."},
            "object": {"enum": [kind]},
            "created": {"type": "integer", "description": "Seconds since 1970."},
            "model": {"type": "string", "description": "The model of the reply."},
            "choices": {
                "type": "array",
                "description": "One piece of one reply. Empty in the chunk with the usage.",
                "items": choice,
            },
            "usage": {"type": ["object", "null"], "description": "If it was requested."},
            "prompt_truncated": {
                "type": "boolean",
                "description": "In the last chunk of each reply: whether the start of the prompt"
                " was dropped.",
            },
        },
    }
    return {
        "type": "object",
        "required": ["data"],
        "properties": {
            "data": {
                "type": "string",
                "anyOf": [
                    {"const": "[DONE]"},
                    {"contentMediaType": "application/json", "contentSchema": chunk},
                ],
                "description": "A chunk, or `[DONE]`.",
            }
        },
        "description": f"Server-sent events. {description} Comments (`: keep-alive`) may come at"
        " any time. A failure after the first piece is an event with an `error`.",
    }
