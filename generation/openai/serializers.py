"""What a request may hold: every field's type, range and default, declared once.

Chat, batch jobs and the playground all validate with these.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields import (
    ContentField,
    LogitBiasField,
    StrictBooleanField,
    StrictCharField,
)
from generation.openai.ignored_fields import MAX_CHARS, IgnoredSerializer
from generation.openai.parameters import REFUSED_MODES, ParametersSerializer, wrong
from generation.openai.strict_serializer import Refusal, StrictSerializer

__all__ = [
    "ROLES",
    "BatchItemSerializer",
    "ChatSerializer",
    "ParametersSerializer",
]

ROLES = ("system", "developer", "user", "assistant")
MAX_TOP_LOGPROBS = 20
# More could never be taken: each is a place in the queue and counts for the key.
MAX_N = min(
    settings.MAX_N,
    settings.ENGINE_MAX_QUEUE,
    settings.MAX_CONCURRENT_PER_KEY or settings.MAX_N,
)

TEXT_ONLY = Refusal("unsupported_value", 'Only text is written and read: ["text"].', (["text"],))
NO_TOOLS = Refusal("unsupported_parameter", "Tools are not supported.", ([], "none"))
UNSUPPORTED = Refusal("unsupported_parameter", "This server does not support this parameter.")
REFUSED = {
    **REFUSED_MODES,
    **dict.fromkeys(("tools", "tool_choice", "functions", "function_call"), NO_TOOLS),
    "modalities": TEXT_ONLY,
    **dict.fromkeys(("audio", "prediction", "web_search_options"), UNSUPPORTED),
}


class MessageSerializer(StrictSerializer):
    # An answer of ours or of others' that is sent back as it came.
    tolerated = frozenset({"refusal", "annotations"})
    refused = {
        **dict.fromkeys(("tool_calls", "function_call"), NO_TOOLS),
        "audio": UNSUPPORTED,
    }

    role = serializers.ChoiceField(
        choices=ROLES, help_text="Who says it; developer is another name of system."
    )
    content = ContentField(
        max_chars=settings.MAX_MESSAGE_CHARS,
        help_text="A string, or parts of type text, which are joined by line breaks; at most"
        f" {settings.MAX_MESSAGE_CHARS:,} characters.",
    )
    name = StrictCharField(required=False, max_length=MAX_CHARS, help_text="Accepted and ignored.")


def messages_field() -> serializers.ListField:
    return serializers.ListField(
        child=MessageSerializer(),
        allow_empty=False,
        max_length=settings.MAX_MESSAGES,
        help_text="The conversation so far, of at least one message; system messages come first,"
        " whatever their place.",
    )


class StreamOptionsSerializer(StrictSerializer):
    include_usage = serializers.BooleanField(
        default=False, help_text="Whether a last chunk tells how many tokens there were."
    )
    include_obfuscation = StrictBooleanField(required=False, help_text="Accepted and ignored.")


class ResponseFormatSerializer(StrictSerializer):
    tolerated = frozenset({"json_schema"})  # so that the type is what the refusal names

    type = serializers.ChoiceField(
        choices=["text", "json_object", "json_schema"],
        help_text="Only text is supported.",
    )

    def validate_type(self, value: str) -> str:
        if value != "text":
            raise serializers.ValidationError(
                f"Only 'text' is supported, not {value!r}.", code="unsupported_value"
            )
        return value


class ChatSerializer(IgnoredSerializer, ParametersSerializer):
    """The body of POST /v1/chat/completions."""

    refused = REFUSED

    model = serializers.CharField(
        required=False, max_length=500, help_text="The model that is served, if given."
    )
    messages = messages_field()
    max_completion_tokens = serializers.IntegerField(
        min_value=1, required=False, help_text="The newer name of max_tokens; it wins over it."
    )
    n = serializers.IntegerField(
        min_value=1,
        max_value=MAX_N,
        default=1,
        help_text="How many replies to write; each takes a place in the queue.",
    )
    logit_bias = LogitBiasField(
        required=False,
        help_text="Token ids of the model's and what is added to their scores, -100 to 100; a"
        " token that the list forbids stays forbidden.",
    )
    logprobs = StrictBooleanField(
        default=False,
        help_text="Whether to tell each token's log-probability among those that were allowed.",
    )
    top_logprobs = serializers.IntegerField(
        min_value=0,
        max_value=MAX_TOP_LOGPROBS,
        required=False,
        help_text="How many of the likeliest tokens to tell in each place; needs logprobs.",
    )
    response_format = ResponseFormatSerializer(
        required=False, help_text="What the reply is written in: text."
    )
    stream = serializers.BooleanField(
        default=False, help_text="Whether the reply comes in pieces, as server-sent events."
    )
    stream_options = StreamOptionsSerializer(
        required=False, help_text="Only allowed when stream is true."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "max_completion_tokens" in attrs:
            attrs["max_tokens"] = attrs.pop("max_completion_tokens")
        attrs = super().validate(attrs)
        if "stream_options" in attrs and not attrs["stream"]:
            raise wrong("stream_options", "It is only allowed when stream is true.")
        if attrs.get("top_logprobs") and not attrs["logprobs"]:
            raise wrong("top_logprobs", "It is only allowed when logprobs is true.")
        if attrs["logprobs"] and attrs["num_beams"] > 1:
            raise wrong("logprobs", "Beams have none: set num_beams to 1.", "unsupported_value")
        return attrs


class BatchItemSerializer(StrictSerializer):
    """One item of the list that POST /v1/batch/jobs takes.

    The job's parameters hold for all items, so an item's own are accepted and ignored, as its
    users' files have them.
    """

    tolerated = frozenset(REFUSED) | frozenset(ChatSerializer().fields)

    messages = messages_field()
    custom_id = serializers.CharField(
        required=False, max_length=200, help_text="Comes back with the item's result."
    )
