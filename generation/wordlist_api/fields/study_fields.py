"""Requests that measure a list against a text, and that add the forms of its headwords."""

from __future__ import annotations

from generation.openai.fields.field_types import (
    StrictBooleanField,
    StrictCharField,
    StrictIntegerField,
)
from generation.openai.fields.strict_serializer import StrictSerializer
from generation.wordlist_api.fields.change_fields import BASE, MAX_REVISION, NOTE, WordsField
from vocab.editing.coverage import MAX_TEXT_CHARS

DEFAULT_MISSING = 100
MAX_MISSING = 1000
MOST_FORMS = 500


class CoverageSerializer(StrictSerializer):
    text = StrictCharField(max_length=MAX_TEXT_CHARS, help_text="The text to measure.")
    revision = StrictIntegerField(
        required=False,
        min_value=1,
        max_value=MAX_REVISION,
        help_text="The number of a revision; by default the current one.",
    )
    limit = StrictIntegerField(
        default=DEFAULT_MISSING,
        min_value=1,
        max_value=MAX_MISSING,
        help_text="The most missing words to return, the most frequent first.",
    )


class FormsSerializer(StrictSerializer):
    dry_run = StrictBooleanField(
        default=False, help_text="Return the forms that would be added, and save nothing."
    )
    most = StrictIntegerField(
        required=False,
        min_value=1,
        max_value=MOST_FORMS,
        help_text="The most forms of one headword, the commonest ones; by default all.",
    )
    without = WordsField(required=False, help_text="Forms that are not added.")
    base = BASE
    note = NOTE
