"""OpenAPI description of /v1/completions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from generation.openai.schema.describe import describe
from generation.openai.schema.operations import BUSY, RETRY_AFTER, UNAVAILABLE
from generation.openai.schema.response_schemas import ErrorBody
from generation.openai.schema.text_completion_bodies import TextCompletionBody
from generation.openai.serializers import MAX_N
from generation.openai.text_completions.prompt_field import PromptField
from generation.openai.text_completions.serializers import TextCompletionSerializer

STREAM = """\
data: {"id":"cmpl-1","object":"text_completion","created":1767225600,"model":"m",\
"choices":[{"index":0,"text":" the cat","logprobs":null,"finish_reason":null}]}

data: {"id":"cmpl-1",...,"choices":[{"index":0,"text":"",...,"finish_reason":"stop"}],\
"wordlist":{...},"vocab_report":{...}}

data: [DONE]

"""
CHUNK: dict[str, Any] = {
    "type": "object",
    "required": ["id", "object", "created", "model", "choices"],
    "properties": {
        "id": {"type": "string", "description": "The same id in all chunks of an answer."},
        "object": {"enum": ["text_completion"]},
        "created": {"type": "integer", "description": "Seconds since 1970."},
        "model": {"type": "string", "description": "The model of the reply."},
        "choices": {
            "type": "array",
            "description": "One piece of one reply. Empty in the chunk with the usage.",
            "items": {
                "type": "object",
                "required": ["index", "text", "logprobs", "finish_reason"],
                "properties": {
                    "index": {"type": "integer", "minimum": 0},
                    "text": {"type": "string"},
                    "logprobs": {"type": ["object", "null"]},
                    "finish_reason": {"enum": ["stop", "length", None]},
                },
            },
        },
        "usage": {"type": ["object", "null"], "description": "If it was requested."},
    },
}
# The schema of one event, in the form of later OpenAPI versions.
STREAM_SCHEMA = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {
            "type": "string",
            "anyOf": [
                {"const": "[DONE]"},
                {"contentMediaType": "application/json", "contentSchema": CHUNK},
            ],
            "description": "A chunk, or `[DONE]`.",
        }
    },
    "description": "Server-sent events: the prompts if `echo` is true, the replies in pieces, a"
    " last piece of each with the finish_reason (and, with a list, `wordlist` and `vocab_report`),"
    " the usage if it was requested, and `[DONE]`. Comments (`: keep-alive`) may come at any time."
    " A failure after the first piece is an event with an `error`.",
}


class PromptFieldSchema(OpenApiSerializerFieldExtension):
    target_class = PromptField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        text = {"type": "string", "maxLength": settings.MAX_MESSAGE_CHARS}
        ids = {
            "type": "array",
            "items": {"type": "integer"},
            "minItems": 1,
            "maxItems": settings.MAX_MESSAGE_CHARS,
        }
        several = {"type": "array", "minItems": 1, "maxItems": MAX_N}
        kinds = [text, ids, several | {"items": text}, several | {"items": ids}]
        return {"anyOf": kinds, "examples": ["The dog sees", [504, 2767]]}


describe(
    "generation.api.text_completion_views.TextCompletionsView",
    post={
        "operation_id": "createCompletion",
        "summary": "Continue a text, with the words of a list or with any words",
        "description": "OpenAI's older API, for base models and editors. The text goes to the model"
        " without a chat template, and the name of a control token in it is that token. The reply"
        " begins with a new word: it does not continue the last word of the text. With `stream`, it"
        " is server-sent events.",
        "tags": ["Chat"],
        "request": TextCompletionSerializer,
        "parameters": [RETRY_AFTER],
        "examples": [
            OpenApiExample(
                "With the 1,000 commonest words of English",
                request_only=True,
                value={
                    "prompt": "The old man opened the door and",
                    "vocab_lang": "en",
                    "vocab_n_words": 1000,
                    "max_tokens": 30,
                },
            ),
        ],
        "responses": {
            (200, "application/json"): TextCompletionBody,
            (200, "text/event-stream"): OpenApiResponse(
                STREAM_SCHEMA,
                examples=[OpenApiExample("A stream", value=STREAM, media_type="text/event-stream")],
            ),
            404: OpenApiResponse(
                ErrorBody,
                description="There is no such model (`model_not_found`) or list"
                " (`wordlist_not_found`).",
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
        },
    },
)
