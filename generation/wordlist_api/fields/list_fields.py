"""The facts about a list that requests set, besides its words."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from generation.openai.fields.field_types import StrictBooleanField, StrictCharField
from generation.openai.fields.strict_serializer import Refusal, StrictSerializer
from vocab.forms import as_sentence
from vocab.models import SLUG, STYLE_FIELDS, Visibility, Wordlist
from vocab.words.language_tag import MAX_TAG_CHARS, UnknownLanguage, canonical_tag

# A list that came with the server keeps that mark until an administrator removes it.
VISIBILITIES = [Visibility.PRIVATE.value, Visibility.SHARED.value]


def _style_field(name: str) -> serializers.ChoiceField:
    field: Any = Wordlist._meta.get_field(name)
    choices = [value for value, _ in field.choices]
    return serializers.ChoiceField(choices, required=False, help_text=field.help_text)


class DetailsSerializer(StrictSerializer):
    """What an owner may change of a list besides its words."""

    title = StrictCharField(
        required=False, allow_blank=False, max_length=200, help_text="The title, for people."
    )
    source = StrictCharField(  # type: ignore[assignment]
        required=False, max_length=500, help_text="Where the words come from."
    )
    licence = StrictCharField(required=False, max_length=200, help_text="The licence of the words.")
    visibility = serializers.ChoiceField(
        VISIBILITIES,
        required=False,
        help_text="`private`: only you may use the list. `shared`: all users of this server may.",
    )
    numbers = _style_field("numbers")
    punctuation = _style_field("punctuation")
    case = _style_field("case")
    hyphens = _style_field("hyphens")
    brackets = _style_field("brackets")
    units = _style_field("units")


class NamesSerializer(DetailsSerializer):
    """What a new list has besides its words."""

    slug = serializers.RegexField(
        rf"^{SLUG}\Z",
        help_text="What requests call the list: the value of `vocab_lang`. It cannot change.",
        error_messages={"invalid": "Use letters, digits, - and _, at most 64."},
    )
    language = StrictCharField(
        max_length=MAX_TAG_CHARS,
        help_text="A BCP-47 tag such as `es` or `pt-BR`, or a name such as `Spanish`. It decides"
        " casing and punctuation, and cannot change.",
    )

    def validate_language(self, language: str) -> str:
        try:
            return canonical_tag(language)
        except UnknownLanguage as error:
            raise serializers.ValidationError(as_sentence(error), "invalid_choice") from error


class ChangeListSerializer(DetailsSerializer):
    """The body of PATCH."""

    refused = {
        name: Refusal("unsupported_parameter", reason)
        for name, reason in {
            "slug": "The slug of a list cannot change, because requests name it.",
            "language": "The language of a list cannot change.",
            "words": "Use the paths /words, /changes and /revisions to change the words.",
        }.items()
    }
    archived = StrictBooleanField(
        required=False,
        help_text="An archived list is in no menu. Requests that name it still work.",
    )


def details_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that are columns of the list."""
    names = ("title", "source", "licence", "visibility", *STYLE_FIELDS)
    return {name: fields[name] for name in names if name in fields}
