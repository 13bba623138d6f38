"""The words of a new list or revision, and how a text or a file with them is read."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from generation.openai.fields.field_types import ArrayField, StrictBooleanField, StrictCharField
from generation.openai.fields.strict_serializer import StrictSerializer
from generation.wordlist_api.fields.change_fields import BASE, NOTE, WordsField
from generation.wordlist_api.fields.list_fields import NamesSerializer
from vocab.importing.proposal import Clean, Filter, Options, Ranking, Role, Take
from vocab.importing.readers import NAMES

MAX_FILTERS = 20
MAX_OPTION_CHARS = 200


class ReadingSerializer(StrictSerializer):
    """How a text or a file is read. Without these fields it is guessed."""

    format = serializers.ChoiceField(NAMES, required=False, help_text="The format of the file.")
    encoding = StrictCharField(
        required=False, max_length=40, help_text="The encoding of a text file, such as `cp1252`."
    )
    delimiter = StrictCharField(
        required=False,
        max_length=20,
        help_text="Between columns: `tab`, `comma`, `semicolon`, `space`, or the mark itself.",
    )
    header = StrictBooleanField(
        required=False, help_text="Whether the first row names the columns."
    )
    column = StrictCharField(
        required=False,
        max_length=MAX_OPTION_CHARS,
        help_text="The column with the words: its name, or its number from 1.",
    )
    ranking = serializers.ChoiceField(
        [each.value for each in Ranking], required=False, help_text="What decides the order."
    )
    take = serializers.ChoiceField(
        [each.value for each in Take],
        required=False,
        help_text="Which words of a family become entries.",
    )
    level = StrictCharField(
        required=False,
        max_length=MAX_OPTION_CHARS,
        help_text="Only rows of these levels: `A1,A2`, `A1-B1`, `<=A2` or `1-3`.",
    )
    filters = ArrayField(
        child=StrictCharField(max_length=MAX_OPTION_CHARS),
        required=False,
        max_length=MAX_FILTERS,
        help_text="Only rows with these values: `COLUMN=VALUE,VALUE`, such as `deck=Spanish`.",
    )
    keep = ArrayField(
        child=serializers.ChoiceField([each.value for each in Clean]),
        required=False,
        max_length=len(Clean),
        help_text="Steps of cleaning that are left out, such as `articles`.",
    )

    def validate_filters(self, filters: list[str]) -> list[Filter]:
        rules = []
        for text in filters:
            column, mark, values = text.partition("=")
            if not mark or not column.strip() or not values.strip():
                raise serializers.ValidationError(
                    f"{text!r} is not COLUMN=VALUES.", code="invalid_value"
                )
            rules.append(Filter(column, tuple(values.split(","))))
        return rules


READING = tuple(ReadingSerializer().fields)


class SavingSerializer(ReadingSerializer):
    """The fields of an upload besides its files."""

    note = NOTE
    dry_run = StrictBooleanField(
        default=False, help_text="Only return the report, and save nothing."
    )
    force = StrictBooleanField(
        default=False, help_text="Save in spite of doubts (`import_doubtful`)."
    )


class ContentSerializer(SavingSerializer):
    """The words of a new revision, and whether it is saved."""

    words = WordsField(
        required=False,
        help_text="The entries, the most frequent first. For a very long list use `text` or a"
        " file: a body of JSON may have 100,000 values.",
    )
    ranked = StrictBooleanField(
        required=False,
        help_text="With `words`: whether their order says how common they are. By default as in"
        " the current revision, and true for a new list.",
    )
    text = StrictCharField(
        required=False,
        allow_blank=False,
        help_text="Instead of `words`: the content of a text file, as people have them. It is read"
        " as a file is.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in ("words", "text") if name in attrs]
        if len(given) != 1:
            message = "Send either words or text." if given else "Send words or text, or a file."
            raise serializers.ValidationError(
                {"words": [message]}, code="invalid_value" if given else "required"
            )
        without_effect = READING if "words" in attrs else ("ranked",)
        for name in without_effect:
            if name in attrs:
                other = "ranking" if name == "ranked" else "text or a file"
                raise serializers.ValidationError(
                    {name: [f"It has no effect with {given[0]}. Use {other}."]},
                    code="unsupported_parameter",
                )
        return attrs


class NewListSerializer(NamesSerializer, ContentSerializer):
    """The body of POST /v1/wordlists."""


class NewListUploadSerializer(NamesSerializer, SavingSerializer):
    """The form of POST /v1/wordlists."""


class NewRevisionSerializer(ContentSerializer):
    """The body of POST /v1/wordlists/SLUG/revisions."""

    base = BASE


class NewRevisionUploadSerializer(SavingSerializer):
    """The form of POST /v1/wordlists/SLUG/revisions."""

    base = BASE


def options_of(fields: dict[str, Any], language: str, affixes: bytes | None = None) -> Options:
    """Return validated fields of `ReadingSerializer` as options of the importer."""
    filters = tuple(fields.get("filters", ()))
    if "level" in fields:
        filters += (Filter(Role.LEVEL.value, tuple(fields["level"].split(","))),)
    return Options(
        format=fields.get("format"),
        encoding=fields.get("encoding"),
        delimiter=fields.get("delimiter"),
        header=fields.get("header"),
        column=fields.get("column"),
        language=language,
        ranking=Ranking(fields["ranking"]) if "ranking" in fields else None,
        take=Take(fields["take"]) if "take" in fields else None,
        filters=filters,
        skip=frozenset(map(Clean, fields.get("keep", ()))),
        affixes=affixes,
    )
