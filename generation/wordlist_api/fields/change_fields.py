"""Changes of words: operations, and the revision that they are made for."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from generation.openai.fields.field_types import ArrayField, StrictCharField, StrictIntegerField
from generation.openai.fields.strict_serializer import StrictSerializer
from vocab.revisions import NOTE_CHARS

MAX_OPERATIONS = 100
MAX_REVISION = 2**31 - 1  # of the database's column

NOTE = StrictCharField(
    required=False,
    max_length=NOTE_CHARS,
    help_text="What is different in this revision. By default a summary of the changes.",
)

BASE = StrictIntegerField(
    required=False,
    min_value=1,
    max_value=MAX_REVISION,
    help_text="The revision that the client has seen. If another one is current, nothing is"
    " changed, and the response is 409 (`revision_conflict`).",
)


class WordsField(ArrayField):
    """A list of strings. A list may have many words, so they are not validated one by one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=StrictCharField(), allow_empty=False, **kwargs)

    def run_child_validation(self, data: list[Any]) -> list[str]:
        for place, word in enumerate(data):
            if not isinstance(word, str):
                wrong: dict[Any, list[str]] = {place: ["Not a valid string."]}
                raise serializers.ValidationError(wrong, code="invalid")
        return data


class AddWordsSerializer(StrictSerializer):
    words = WordsField(help_text="Words to add at the end. Words that are listed are skipped.")
    note = NOTE


class WordToRank(StrictSerializer):
    word = StrictCharField(help_text="A word of the list.")
    to = StrictIntegerField(min_value=1, help_text="The rank that it gets, from 1.")


class WordToWord(StrictSerializer):
    word = StrictCharField(help_text="A word of the list.")
    to = StrictCharField(help_text="Its new spelling. The rank stays the same.")


class OperationSerializer(StrictSerializer):
    """One change: exactly one of `add`, `remove`, `move` and `rename`."""

    add = WordsField(required=False, help_text="Words to add.")
    at = StrictIntegerField(
        required=False,
        min_value=1,
        help_text="With `add`: the rank of the first added word; by default after the last.",
    )
    remove = WordsField(required=False, help_text="Words to remove.")
    move = WordToRank(required=False, help_text="A word that gets another rank.")
    rename = WordToWord(required=False, help_text="A word that gets another spelling.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kinds = [name for name in attrs if name != "at"]
        if len(kinds) != 1:
            raise serializers.ValidationError(
                "Send exactly one of add, remove, move and rename.", code="invalid_value"
            )
        if "at" in attrs and "add" not in attrs:
            raise serializers.ValidationError(
                {"at": ["It has an effect only with add."]}, code="unsupported_parameter"
            )
        return attrs


class ChangesSerializer(StrictSerializer):
    operations = ArrayField(
        child=OperationSerializer(),
        allow_empty=False,
        max_length=MAX_OPERATIONS,
        help_text="Changes, applied in this order, all or none.",
    )
    base = BASE
    note = NOTE


class RestoreSerializer(StrictSerializer):
    revision = StrictIntegerField(
        min_value=1, max_value=MAX_REVISION, help_text="The number of an older revision."
    )
    base = BASE
