"""The request bodies: type, range and default of every field.

The chat API, batch jobs and the playground all validate with these serializers.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields.field_types import (
    ArrayField,
    LogitBiasField,
    StrictBooleanField,
    StrictIntegerField,
    ToolChoiceField,
)
from generation.openai.fields.ignored_fields import IgnoredSerializer
from generation.openai.fields.strict_serializer import Refusal, StrictSerializer, wrong
from generation.openai.fields.thinking_fields import ThinkingSerializer
from generation.openai.message_serializers import TEXT_ROLES, UNSUPPORTED, messages_field
from generation.openai.parameters import ParametersSerializer

__all__ = [
    "ROLES",
    "BatchItemSerializer",
    "ChatSerializer",
    "ParametersSerializer",
    "tools_field",
]

ROLES = TEXT_ROLES
MAX_TOOLS = 128
MAX_TOP_LOGPROBS = 20
# A larger n could never be accepted: each reply counts in the queue and for the key.
MAX_N = min(
    settings.MAX_N,
    settings.ENGINE_MAX_QUEUE,
    settings.MAX_CONCURRENT_PER_KEY or settings.MAX_N,
)

TEXT_ONLY = Refusal("unsupported_value", 'The only supported modality is ["text"].', (["text"],))
REFUSED = {
    **ParametersSerializer.refused,
    "modalities": TEXT_ONLY,
    **dict.fromkeys(("audio", "moderation", "prediction", "web_search_options"), UNSUPPORTED),
}


# A model may answer without a call, and here it always does.
TOOL_FIELDS = ("tools", "functions", "tool_choice", "function_call")


def tools_field() -> ArrayField:
    return ArrayField(
        child=serializers.DictField(),
        required=False,
        max_length=MAX_TOOLS,
        help_text="Tools that the reply may call. Accepted and ignored: it never calls one.",
    )


class StreamOptionsSerializer(StrictSerializer):
    include_usage = serializers.BooleanField(
        default=False, help_text="Whether a last chunk has the number of tokens."
    )
    include_obfuscation = StrictBooleanField(required=False, help_text="Accepted and ignored.")
    continuous_usage_stats = StrictBooleanField(
        required=False,
        help_text="Accepted and ignored: the number of tokens is in the last chunk only.",
    )


class ResponseFormatSerializer(StrictSerializer):
    tolerated = frozenset({"json_schema"})  # so that the error is about the type

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


class ReplySerializer(IgnoredSerializer, ParametersSerializer):
    """The fields that every endpoint has that writes replies."""

    n = StrictIntegerField(
        min_value=1,
        max_value=MAX_N,
        default=1,
        help_text="Number of replies to a prompt. Each one counts in the queue.",
    )
    best_of = StrictIntegerField(
        min_value=1,
        max_value=MAX_N,
        required=False,
        help_text="Number of replies that are written, of which the n best are returned, best"
        " first; n by default. All of them count in the queue and in the usage. A stream has no"
        " more than n.",
    )
    logit_bias = LogitBiasField(
        required=False,
        help_text="Token ids and the value, -100 to 100, that is added to their logits. A token"
        " that the list forbids stays forbidden.",
    )
    stream = serializers.BooleanField(
        default=False, help_text="Whether to send the reply in pieces, as server-sent events."
    )
    stream_options = StreamOptionsSerializer(
        required=False, help_text="Only allowed when stream is true."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if "stream_options" in attrs and not attrs["stream"]:
            raise wrong("stream_options", "It is only allowed when stream is true.")
        if "best_of" in attrs:
            _check_best_of(attrs)
        if attrs["temperature"] == 0 and attrs["num_beams"] > 1:
            _check_hypotheses(attrs)
        return attrs


def _check_best_of(attrs: dict[str, Any]) -> None:
    n = attrs.get("n", 1)
    if attrs["best_of"] < n:
        raise wrong("best_of", f"It is less than n, which is {n}.")
    if attrs["best_of"] > n and attrs["stream"]:
        raise wrong("best_of", "The best replies are known at the end: they cannot be streamed.")
    if attrs["best_of"] > n and attrs["temperature"] == 0 and attrs["num_beams"] == 1:
        raise wrong(
            "best_of",
            "At temperature 0 all replies are the same. Take a higher temperature, or num_beams.",
        )


def _check_hypotheses(attrs: dict[str, Any]) -> None:
    name = "best_of" if "best_of" in attrs else "n"
    beams = attrs["num_beams"]
    if attrs.get(name, 1) > beams:
        raise wrong(name, f"At temperature 0, a search of {beams} beams has {beams} replies.")


def refuse_logprobs_of_beams(attrs: dict[str, Any], name: str) -> None:
    """Raise ValidationError for a beam search. name: The field that asks for log-probabilities."""
    if attrs["num_beams"] > 1:
        message = "Beam search has no log-probabilities: set num_beams to 1."
        raise wrong(name, message, "unsupported_value")


class ChatSerializer(ThinkingSerializer, ReplySerializer):
    """The body of POST /v1/chat/completions."""

    refused = REFUSED

    messages = messages_field()
    max_completion_tokens = StrictIntegerField(
        min_value=1,
        required=False,
        help_text="The newer name of max_tokens; it has priority.",
    )
    logprobs = StrictBooleanField(
        default=False,
        help_text="Whether to return each token's log-probability among the allowed tokens.",
    )
    top_logprobs = StrictIntegerField(
        min_value=0,
        max_value=MAX_TOP_LOGPROBS,
        required=False,
        help_text="Number of likeliest tokens to return for each position; needs logprobs.",
    )
    tools = tools_field()
    functions = tools_field()
    tool_choice = ToolChoiceField(
        required=False, help_text="auto or none: a tool may be called, but none is."
    )
    function_call = ToolChoiceField(required=False, help_text="The older name of tool_choice.")
    response_format = ResponseFormatSerializer(
        required=False, help_text="The format of the reply: text."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in TOOL_FIELDS:
            attrs.pop(name, None)
        if "max_completion_tokens" in attrs:
            attrs["max_tokens"] = attrs.pop("max_completion_tokens")
        attrs = super().validate(attrs)
        if attrs.get("top_logprobs") and not attrs["logprobs"]:
            raise wrong("top_logprobs", "It is only allowed when logprobs is true.")
        if attrs["logprobs"]:
            refuse_logprobs_of_beams(attrs, "logprobs")
        return attrs


class BatchItemSerializer(StrictSerializer):
    """One item of the list that POST /v1/batch/jobs takes.

    Its other fields are those of a chat request. They are validated later, together with the
    parameters of the job.
    """

    tolerated = (
        frozenset(REFUSED)
        | frozenset(ChatSerializer().fields)
        | ChatSerializer.tolerated
        | frozenset(ChatSerializer.aliases)
    )

    messages = messages_field()
    custom_id = serializers.CharField(
        required=False, max_length=200, help_text="Returned with the item's result."
    )
