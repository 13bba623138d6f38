"""The bodies of POST /v1/vocab/check and /v1/vocab/profile."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields.field_types import NOT_TEXT, StrictIntegerField, is_text
from generation.openai.fields.strict_serializer import Refusal
from generation.openai.fields.vocab_fields import LENGTH_FIELDS, REFUSED_MODES, VocabSerializer
from vocab.pinned_wordlist import ReportDetail

DEFAULT_UNKNOWN = 100
MAX_UNKNOWN = 1000

# Fields about how a reply is written, and about its prompt.
OF_REPLIES = (
    "vocab_token_paths",
    "vocab_sampling",
    "vocab_particles",
    "vocab_repeat_sentences",
    "vocab_finish",
    "vocab_tell_model",
    "vocab_draft",
    "vocab_report",
    "vocab_allow_prompt_names",
    "vocab_allow_prompt_words",
)
NO_REPLY = Refusal(
    "unsupported_parameter", "It is for replies; here a text is checked that is there already."
)
NO_LENGTH = Refusal("unsupported_parameter", "A profile has no lengths. POST /v1/vocab/check has.")
# What the rules of replies read.
AS_A_REPLY = {"temperature": 1.0, "num_beams": 1, "vocab_particles": 1}


class TextsField(serializers.Field[list[str], Any, Any, Any]):
    """A string, or a list of strings. The value is a list."""

    default_error_messages = {
        "invalid": "Expected a string or a list of strings.",
        "empty": "Expected at least one text.",
        "array_above_max_length": "At most {limit:,} texts are accepted in one request.",
        "max_length": "At most {limit:,} characters are accepted in all texts together.",
        "unicode": NOT_TEXT,
    }

    def to_internal_value(self, data: Any) -> list[str]:
        texts = [data] if isinstance(data, str) else data
        if not isinstance(texts, list):
            self.fail("invalid")
        if not texts:
            self.fail("empty")
        if len(texts) > settings.VOCAB_CHECK_MAX_TEXTS:
            self.fail("array_above_max_length", limit=settings.VOCAB_CHECK_MAX_TEXTS)
        for position, text in enumerate(texts):
            problem = self._problem(text)
            if problem:
                message = self.error_messages[problem]
                at: Any = {position: [message]} if texts is data else message
                raise serializers.ValidationError(at, code=problem)
        if sum(map(len, texts)) > settings.VOCAB_CHECK_MAX_CHARS:
            self.fail("max_length", limit=settings.VOCAB_CHECK_MAX_CHARS)
        return texts

    def _problem(self, text: Any) -> str | None:
        if not isinstance(text, str):
            return "invalid"
        return None if is_text(text) else "unicode"

    def to_representation(self, value: Any) -> Any:
        return value


class TextsSerializer(VocabSerializer):
    """Texts, and the fields that say which words they may have."""

    refused = {**REFUSED_MODES, **dict.fromkeys(OF_REPLIES, NO_REPLY)}
    input = TextsField(help_text="A text, or a list of texts.")
    model = serializers.CharField(
        required=False,
        max_length=500,
        help_text="An alias that binds a wordlist, or the served model; may be left out.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        return {name: each for name, each in fields.items() if name not in OF_REPLIES}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "vocab_lang" not in attrs:
            raise serializers.ValidationError(
                {"vocab_lang": "It is required: a text is checked against the words of a list."},
                code="required",
            )
        checked = super().validate({**AS_A_REPLY, **attrs})
        return {name: value for name, value in checked.items() if name not in AS_A_REPLY}


class FormatQuery(serializers.Serializer[Any]):
    format = serializers.ChoiceField(
        ["json", "csv"],
        required=False,
        help_text="`csv`: a table for spreadsheets. So does the header `Accept: text/csv`.",
    )


class CheckSerializer(TextsSerializer):
    # Not `vocab_report`, which an alias may bind to `off`.
    report = serializers.ChoiceField(
        [ReportDetail.SUMMARY, ReportDetail.WORDS],
        default=ReportDetail.WORDS,
        help_text="summary: counts, and the words off the list. words: also `details`.",
    )


class ProfileSerializer(TextsSerializer):
    refused = {**TextsSerializer.refused, **dict.fromkeys(LENGTH_FIELDS, NO_LENGTH)}
    limit = StrictIntegerField(
        default=DEFAULT_UNKNOWN,
        min_value=1,
        max_value=MAX_UNKNOWN,
        help_text="The most unknown words to return, the most frequent first.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        return {name: each for name, each in fields.items() if name not in LENGTH_FIELDS}
