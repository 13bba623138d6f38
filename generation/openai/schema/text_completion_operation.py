"""OpenAPI description of /v1/completions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample

from generation.openai.schema.describe import describe
from generation.openai.schema.replies import REPLY_HEADERS, reply_responses, stream_schema
from generation.openai.schema.text_completion_bodies import TextCompletionBody
from generation.openai.serializers import MAX_N
from generation.openai.text_completions.prompt_field import PromptField
from generation.openai.text_completions.serializers import TextCompletionSerializer

STREAM = """\
data: {"id":"cmpl-1","object":"text_completion","created":1767225600,"model":"m",\
"choices":[{"index":0,"text":" the cat","logprobs":null,"finish_reason":null}]}

data: {"id":"cmpl-1",...,"choices":[{"index":0,"text":"",...,"finish_reason":"stop"}],\
"prompt_truncated":false,"wordlist":{...},"vocab_report":{...}}

data: [DONE]

"""
STREAM_SCHEMA = stream_schema(
    "text_completion",
    {"text": {"type": "string"}},
    "The prompts come first if `echo` is true, then the replies in pieces, then a last piece of"
    " each with the finish_reason (and, with a list, `wordlist` and `vocab_report`). After the"
    " replies come the usage, if it was requested, and `[DONE]`.",
)


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
        "parameters": REPLY_HEADERS,
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
        "responses": reply_responses(TextCompletionBody, STREAM_SCHEMA, STREAM),
    },
)
