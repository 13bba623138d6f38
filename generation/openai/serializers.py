"""What a request may hold: every field's type, range and default, declared once.

Chat, batch jobs and the playground all validate with these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields import HARMLESS, NEUTRAL, ContentField, FiniteFloatField
from vocab.models import STYLE_FIELDS
from vocab.words.orthography import Case, Hyphens, Numbers, Punctuation, Units

MAX_SEED = 2**63 - 1
NON_FIELD = "non_field_errors"
NEED_A_LIST = ("vocab_n_words", *(f"vocab_{name}" for name in STYLE_FIELDS))
ROLES = ("system", "developer", "user", "assistant")


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know: a mistyped `vocab_n_word` must not pass in silence."""

    tolerated: frozenset[str] = frozenset()
    neutral: Mapping[str, tuple[Any, ...]] = {}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(
                {NON_FIELD: ["Expected a JSON object."]}, code="invalid"
            )
        for name in data:
            if name in self.fields or name in self.tolerated:
                continue
            if name not in self.neutral:
                raise serializers.ValidationError(
                    {name: ["Unrecognized request argument supplied."]}, code="unknown_parameter"
                )
            if not any(_same(data[name], value) for value in self.neutral[name]):
                raise serializers.ValidationError(
                    {name: ["This server does not support this parameter or value."]},
                    code="unsupported_parameter",
                )
        # Clients send null for what they leave unset.
        return super().to_internal_value(
            {name: value for name, value in data.items() if value is not None}
        )


def _same(given: Any, value: Any) -> bool:
    return bool(given == value) and isinstance(given, bool) == isinstance(value, bool)


class MessageSerializer(StrictSerializer):
    tolerated = frozenset({"name", "refusal", "annotations", "audio", "tool_calls"})

    role = serializers.ChoiceField(choices=ROLES)
    content = ContentField(max_chars=settings.MAX_MESSAGE_CHARS)


class ParametersSerializer(StrictSerializer):
    """The parameters that a chat request and a whole batch job share."""

    # Of the prototype's; in a batch job's query string, so as text.
    neutral = {
        "presence_penalty": (0, "0", "0.0"),
        "vocab_constraint_mode": ("hard",),
    }

    max_tokens = serializers.IntegerField(min_value=1, required=False)
    temperature = FiniteFloatField(min_value=0, max_value=2, default=1.0)
    top_p = FiniteFloatField(min_value=0, max_value=1, default=1.0)
    top_k = serializers.IntegerField(min_value=-1, default=50)
    repetition_penalty = FiniteFloatField(min_value=0.01, max_value=10, default=1.0)
    num_beams = serializers.IntegerField(min_value=1, max_value=settings.MAX_NUM_BEAMS, default=1)
    length_penalty = FiniteFloatField(min_value=-10, max_value=10, default=1.0)
    seed = serializers.IntegerField(min_value=-MAX_SEED - 1, max_value=MAX_SEED, required=False)
    vocab_lang = serializers.CharField(max_length=100, required=False)
    vocab_n_words = serializers.IntegerField(min_value=1, required=False)
    vocab_numbers = serializers.ChoiceField(list(Numbers), required=False)
    vocab_punctuation = serializers.ChoiceField(list(Punctuation), required=False)
    vocab_case = serializers.ChoiceField(list(Case), required=False)
    vocab_hyphens = serializers.ChoiceField(list(Hyphens), required=False)
    vocab_units = serializers.ChoiceField(
        list(Units),
        required=False,
        help_text=(
            "Of Chinese, Japanese and Thai. characters: every character is one of the list's."
            " words: a segmenter finds listed words only; needs the extra 'segmenters'."
        ),
    )
    vocab_token_paths = serializers.ChoiceField(["canonical", "all"], default="canonical")
    vocab_finish = serializers.ChoiceField(["sentence", "word"], default="sentence")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in NEED_A_LIST:
            if name in attrs and "vocab_lang" not in attrs:
                raise serializers.ValidationError(
                    {name: "It needs vocab_lang, the list whose words are meant."},
                    code="invalid_value",
                )
        return attrs


class StreamOptionsSerializer(StrictSerializer):
    tolerated = frozenset({"include_obfuscation"})

    include_usage = serializers.BooleanField(default=False)


class ChatSerializer(ParametersSerializer):
    """The body of POST /v1/chat/completions."""

    tolerated = HARMLESS
    neutral = NEUTRAL

    model = serializers.CharField(required=False, max_length=500)
    messages = serializers.ListField(
        child=MessageSerializer(), allow_empty=False, max_length=settings.MAX_MESSAGES
    )
    max_completion_tokens = serializers.IntegerField(min_value=1, required=False)
    stream = serializers.BooleanField(default=False)
    stream_options = StreamOptionsSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if "stream_options" in attrs and not attrs["stream"]:
            raise serializers.ValidationError(
                {"stream_options": "It is only allowed when stream is true."},
                code="invalid_value",
            )
        if "max_completion_tokens" in attrs:
            attrs["max_tokens"] = attrs.pop("max_completion_tokens")
        return attrs


class BatchItemSerializer(StrictSerializer):
    """One item of the list that POST /v1/batch/jobs takes.

    The job's parameters hold for all items, so an item's own are accepted and ignored, as its
    users' files have them.
    """

    tolerated = HARMLESS | frozenset(NEUTRAL) | frozenset(ChatSerializer().fields)

    messages = serializers.ListField(
        child=MessageSerializer(), allow_empty=False, max_length=settings.MAX_MESSAGES
    )
    custom_id = serializers.CharField(required=False, max_length=200)
