"""OpenAPI descriptions of /v1/responses."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from generation.openai.responses.serializers import ResponsesSerializer
from generation.openai.schema.describe import describe
from generation.openai.schema.replies import REPLY_HEADERS, reply_responses
from generation.openai.schema.response_schemas import ErrorBody
from generation.openai.schema.responses_bodies import STREAM, STREAM_SCHEMA, ResponseBody

NEVER_STORED = OpenApiResponse(ErrorBody, description="Always: no response is stored.")
RESPONSE_ID = OpenApiParameter(
    "response_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The id of a response.",
    examples=[OpenApiExample("A response", value="resp_0123456789abcdef0123456789abcdef")],
)


describe(
    "generation.api.responses_views.ResponsesView",
    post={
        "operation_id": "createResponse",
        "summary": "Write a reply, in the form of OpenAI's Responses API",
        "description": "The same replies as of `/v1/chat/completions`, with other names for some"
        " fields. Nothing is stored: each request sends the whole conversation.",
        "tags": ["Responses"],
        "request": ResponsesSerializer,
        "parameters": REPLY_HEADERS,
        "examples": [
            OpenApiExample(
                "With the 1,000 commonest words of English",
                request_only=True,
                value={
                    "model": "SmolLM2-135M-Instruct",
                    "input": "Write a short story about a dog.",
                    "vocab_lang": "en",
                    "vocab_n_words": 1000,
                    "max_output_tokens": 60,
                },
            ),
            OpenApiExample(
                "A conversation, as a stream",
                request_only=True,
                value={
                    "instructions": "Be brief.",
                    "input": [
                        {"role": "user", "content": "Hello"},
                        {"role": "assistant", "content": "Good day."},
                        {
                            "role": "user",
                            "content": [{"type": "input_text", "text": "What is a list?"}],
                        },
                    ],
                    "stream": True,
                },
            ),
        ],
        "responses": reply_responses(ResponseBody, STREAM_SCHEMA, STREAM),
    },
)

describe(
    "generation.api.responses_views.StoredResponseView",
    get={
        "operation_id": "retrieveResponse",
        "summary": "Always 404: no response is stored",
        "tags": ["Responses"],
        "parameters": [RESPONSE_ID],
        "responses": {404: NEVER_STORED},
    },
    delete={
        "operation_id": "deleteResponse",
        "summary": "Always 404: no response is stored",
        "tags": ["Responses"],
        "parameters": [RESPONSE_ID],
        "responses": {404: NEVER_STORED},
    },
)
