"""The OpenAPI descriptions of /v1/vocab."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from generation.openai.schema.describe import describe
from generation.openai.schema.report_bodies import RankBandBody, VocabReportBody
from generation.openai.schema.response_schemas import ErrorBody, WordlistBody
from generation.vocab_api.fields import CheckSerializer, FormatQuery, ProfileSerializer

Body = serializers.Serializer[Any]
TAGS = ["Texts"]
NO_SCOPE = OpenApiResponse(ErrorBody, description="The key lacks a scope (`insufficient_scope`).")
NO_LIST = OpenApiResponse(
    ErrorBody, description="You may use no such list (`wordlist_not_found`) or model."
)


class TextsFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.vocab_api.fields.TextsField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        text = {"type": "string", "maxLength": settings.VOCAB_CHECK_MAX_CHARS}
        texts = {
            "type": "array",
            "items": text,
            "minItems": 1,
            "maxItems": settings.VOCAB_CHECK_MAX_TEXTS,
        }
        return {"anyOf": [text, texts]}


class CheckedTextBody(Body):
    index = serializers.IntegerField(min_value=0, help_text="Number of the text, from 0.")
    vocab_report = VocabReportBody(help_text="The report on the text.")


class CheckBody(Body):
    object = serializers.ChoiceField(["vocab.check"], help_text="Always `vocab.check`.")
    wordlist = WordlistBody(help_text="The list.")
    results = CheckedTextBody(many=True, help_text="A report on each text, in their order.")


class NeededWordsBody(Body):
    share = serializers.FloatField(min_value=0, max_value=1, help_text="A share of all words.")
    n_words = serializers.IntegerField(
        min_value=0,
        allow_null=True,
        help_text="How many first words of the list have this share; null if the list has less.",
    )


class UnknownWordBody(Body):
    word = serializers.CharField(help_text="The word, as an entry of a list would have it.")
    count = serializers.IntegerField(min_value=1, help_text="How often the texts have it.")


class UnknownWordsBody(Body):
    total = serializers.IntegerField(min_value=0, help_text="Number of different unknown words.")
    data = UnknownWordBody(  # type: ignore[assignment]
        many=True, help_text="The most frequent ones, at most `limit`."
    )


class ProfileBody(Body):
    object = serializers.ChoiceField(["vocab.profile"], help_text="Always `vocab.profile`.")
    wordlist = WordlistBody(help_text="The list.")
    words = serializers.IntegerField(min_value=0, help_text="Number of words of all texts.")
    distinct_words = serializers.IntegerField(
        min_value=0, help_text="The same without repetitions, ignoring case."
    )
    coverage = serializers.FloatField(
        min_value=0,
        max_value=1,
        allow_null=True,
        help_text="The share of the words that are on the list; null without words.",
    )
    bands = RankBandBody(
        many=True,
        allow_null=True,
        help_text="How many words have which ranks; null if the list is not in order of rank.",
    )
    mean_rank = serializers.FloatField(
        allow_null=True, help_text="Mean rank of the words; null without ranks."
    )
    highest_rank = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="Rank of the rarest word; null without ranks."
    )
    needed = NeededWordsBody(
        many=True,
        allow_null=True,
        help_text="How many first words have 95 % and 98 % of the text; null if the list is not in"
        " order of rank.",
    )
    unknown = UnknownWordsBody(help_text="The words off the list, the most frequent first.")


def _responses(body: type[Body], table: str) -> dict[Any, Any]:
    return {
        (200, "application/json"): body,
        (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, description=table),
        403: NO_SCOPE,
        404: NO_LIST,
    }


describe(
    "generation.vocab_api.views.CheckView",
    post={
        "operation_id": "checkTexts",
        "summary": "Check texts against a list",
        "description": "The same report as on replies, for texts of any origin. Nothing is saved.",
        "tags": TAGS,
        "parameters": [FormatQuery],
        "request": CheckSerializer,
        "examples": [
            OpenApiExample(
                "A sentence",
                request_only=True,
                value={"input": "El perro come.", "vocab_lang": "es", "vocab_n_words": 1000},
            )
        ],
        "responses": _responses(CheckBody, "A row for each word, or for each text."),
    },
)

describe(
    "generation.vocab_api.views.ProfileView",
    post={
        "operation_id": "profileTexts",
        "summary": "Which ranks the words of texts have, and which words are unknown",
        "description": "All texts count together. Nothing is saved.",
        "tags": TAGS,
        "parameters": [FormatQuery],
        "request": ProfileSerializer,
        "examples": [
            OpenApiExample(
                "A sentence",
                request_only=True,
                value={"input": "El perro come.", "vocab_lang": "es"},
            )
        ],
        "responses": _responses(ProfileBody, "A row for each different word."),
    },
)
