"""OpenAPI descriptions of chat, models and the tokenizer."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from generation.openai.schema import field_schemas
from generation.openai.schema.describe import describe
from generation.openai.schema.replies import (
    FORBIDDEN,
    NO_MODEL,
    REPLY_HEADERS,
    RETRY_AFTER,
    UNAVAILABLE,
    reply_responses,
    stream_schema,
)
from generation.openai.schema.response_schemas import (
    ChatCompletionBody,
    DetokenizeBody,
    ModelBody,
    ModelsBody,
    TokenizeBody,
)
from generation.openai.serializers import ChatSerializer
from generation.openai.tokenize_serializers import DetokenizeSerializer, TokenizeSerializer

__all__ = ["field_schemas"]  # importing it registers its extensions

STREAM = """\
data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1767225600,"model":"m",\
"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,\
"finish_reason":null}]}

: keep-alive

data: {"id":"chatcmpl-1",...,"choices":[{"index":0,"delta":{"content":"Once"},...}]}

data: {"id":"chatcmpl-1",...,"choices":[{"index":0,"delta":{},...,"finish_reason":"stop"}],\
"prompt_truncated":false,"wordlist":{...},"vocab_report":{...}}

data: {"id":"chatcmpl-1",...,"choices":[],"usage":{"prompt_tokens":12,...}}

data: [DONE]

"""
STREAM_SCHEMA = stream_schema(
    "chat.completion.chunk",
    {
        "delta": {
            "type": "object",
            "properties": {
                "role": {"enum": ["assistant"]},
                "content": {"type": "string"},
            },
        }
    },
    "Each reply has one with the role, then the text in pieces, then one with the finish_reason"
    " (and, with a list, `wordlist` and `vocab_report`). After the replies come one with the usage,"
    " if it was requested, and `[DONE]`.",
)
CHAT_EXAMPLES = [
    OpenApiExample(
        "With the 1,000 commonest words of English",
        request_only=True,
        value={
            "messages": [{"role": "user", "content": "Write a short story about a dog."}],
            "vocab_lang": "en",
            "vocab_n_words": 1000,
            "max_tokens": 60,
        },
    ),
    OpenApiExample(
        "Without a list, as a stream",
        request_only=True,
        value={
            "model": "SmolLM2-135M-Instruct",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "What is a list?"},
            ],
            "stream": True,
            "stream_options": {"include_usage": True},
        },
    ),
]


describe(
    "generation.api.chat_views.ChatCompletionsView",
    post={
        "operation_id": "createChatCompletion",
        "summary": "Write a reply, with the words of a list or with any words",
        "description": "OpenAI's chat completion. The `vocab_*` fields choose the list and the text"
        " that is allowed between its words. With `stream`, the reply is server-sent events.",
        "tags": ["Chat"],
        "request": ChatSerializer,
        "parameters": REPLY_HEADERS,
        "examples": CHAT_EXAMPLES,
        "responses": reply_responses(ChatCompletionBody, STREAM_SCHEMA, STREAM),
    },
)

describe(
    "generation.api.model_views.ModelsView",
    get={
        "operation_id": "listModels",
        "summary": "The served model and its aliases",
        "description": "An alias binds a wordlist. A key that is bound to an alias or a list sees"
        " only what it may use. This request does not load the model.",
        "tags": ["Models"],
        "responses": {200: ModelsBody},
    },
)

describe(
    "generation.api.model_views.ModelView",
    get={
        "operation_id": "retrieveModel",
        "summary": "One model",
        "description": "The id may contain slashes. This request does not load the model.",
        "tags": ["Models"],
        "parameters": [
            OpenApiParameter(
                "model_id",
                OpenApiTypes.STR,
                OpenApiParameter.PATH,
                description="The id in `GET /v1/models`.",
                examples=[OpenApiExample("The model", value="SmolLM2-135M-Instruct")],
            )
        ],
        "responses": {200: ModelBody, 403: FORBIDDEN, 404: NO_MODEL},
    },
)

describe(
    "generation.api.tokenize_views.TokenizeView",
    post={
        "summary": "The tokens of a text or of messages",
        "description": "Uses the tokenizer, not the model. Messages are rendered as the prompt of a"
        " chat, so their count is its `prompt_tokens`. Also available without `/v1`.",
        "tags": ["Tokenizer"],
        "request": TokenizeSerializer,
        "parameters": [RETRY_AFTER],
        "examples": [
            OpenApiExample("A text", request_only=True, value={"prompt": "The dog sees a cat."}),
            OpenApiExample(
                "A chat",
                request_only=True,
                value={
                    "messages": [{"role": "user", "content": "Hi"}],
                    "return_token_strs": True,
                },
            ),
        ],
        "responses": {200: TokenizeBody, 403: FORBIDDEN, 404: NO_MODEL, 503: UNAVAILABLE},
    },
)

describe(
    "generation.api.tokenize_views.DetokenizeView",
    post={
        "summary": "The text of tokens",
        "description": "The text includes control tokens. Also available without `/v1`.",
        "tags": ["Tokenizer"],
        "request": DetokenizeSerializer,
        "parameters": [RETRY_AFTER],
        "responses": {200: DetokenizeBody, 403: FORBIDDEN, 404: NO_MODEL, 503: UNAVAILABLE},
    },
)
