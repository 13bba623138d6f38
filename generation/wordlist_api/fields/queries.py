"""The query strings of lists, revisions and words."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from generation.openai.pagination import PageSerializer
from generation.wordlist_api.fields.change_fields import MAX_REVISION
from vocab.export import FORMATS

MAX_QUERY_CHARS = 100
MAX_LISTS_PER_PAGE = 100
MAX_WORDS_PER_PAGE = 10_000


class ListsQuery(PageSerializer):
    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_LISTS_PER_PAGE, default=20, help_text="Lists on a page."
    )
    q = serializers.CharField(
        required=False,
        max_length=MAX_QUERY_CHARS,
        help_text="Only lists with this text in their slug or title.",
    )
    language = serializers.CharField(
        required=False,
        max_length=35,
        help_text="Only lists of this language. `es` also means `es-MX`.",
    )
    archived = serializers.BooleanField(
        default=False, help_text="Only archived lists. By default there is none among the others."
    )


class RevisionsQuery(PageSerializer):
    after = serializers.IntegerField(  # type: ignore[assignment]
        required=False, min_value=1, max_value=MAX_REVISION, help_text="`last_id` of the page."
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_LISTS_PER_PAGE, default=20, help_text="Revisions on a page."
    )


class WordsQuery(PageSerializer):
    after = serializers.IntegerField(  # type: ignore[assignment]
        default=0, min_value=0, help_text="`last_id` of the previous page: a rank."
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_WORDS_PER_PAGE, default=1000, help_text="Words on a page."
    )
    revision = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_REVISION,
        help_text="The number of a revision; by default the current one.",
    )
    q = serializers.CharField(
        required=False,
        max_length=MAX_QUERY_CHARS,
        help_text="Only words with this text in them. Accents and capitals do not matter.",
    )


class ExportQuery(serializers.Serializer[Any]):
    format = serializers.ChoiceField(
        list(FORMATS),
        default="txt",
        help_text="`txt`: one entry a line, with facts about the list above. `csv`: for"
        " spreadsheets; an entry that looks like a formula gets an apostrophe. `tsv`: for Anki.",
    )
    revision = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_REVISION,
        help_text="The number of a revision; by default the current one.",
    )


class CompareQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(
        min_value=1,
        max_value=MAX_WORDS_PER_PAGE,
        default=1000,
        help_text="Shown words of each kind.",
    )
    to = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_REVISION,
        help_text="The number of the other revision; by default the current one.",
    )

    def get_fields(self) -> dict[str, Any]:
        first = serializers.IntegerField(
            min_value=1, max_value=MAX_REVISION, help_text="The number of a revision."
        )
        return {"from": first, **super().get_fields()}
