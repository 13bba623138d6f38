"""The fields of a request that hold words: lists of words, further wordlists, a filter.

In the query string of a batch job they are JSON, and a list of words may be separated by commas.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.bounded_json import loads
from generation.openai.fields.field_types import (
    NOT_TEXT,
    StrictCharField,
    StrictIntegerField,
    is_text,
    may_be_number,
)
from generation.openai.fields.strict_serializer import StrictSerializer, wrong

MAX_LISTS = 8  # beside the one of vocab_lang
MAX_REFERENCE_CHARS = 100
MAX_GRAPHEMES = 200
MAX_GRAPHEME_CHARS = 8


def from_query(field: serializers.Field[Any, Any, Any, Any], data: Any) -> Any:
    """Return the JSON value of a text in a query string; other data unchanged.

    Raises ValueError and RecursionError.
    """
    return loads(data) if isinstance(data, str) and may_be_number(field, data) else data


def at(place: int, detail: Any, code: str = "invalid_value") -> serializers.ValidationError:
    """Return the error of one element of a list, by its index."""
    by_index: Any = {place: detail}
    return serializers.ValidationError(by_index, code=code)


class WordsField(serializers.Field[Any, Any, Any, Any]):
    """A list of words and phrases. The value has each of them once, without spaces around it."""

    default_error_messages = {
        "invalid": "Expected a list of words.",
        "word": "Expected a word.",
        "unicode": NOT_TEXT,
        "blank": "A word may not be empty.",
        "long": "A word may have at most {limit} characters.",
        "many": "It has {count:,} words; at most {limit:,} are accepted.",
    }

    def __init__(self, *, max_words: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_words = max_words

    def to_internal_value(self, data: Any) -> list[str]:
        if isinstance(data, str) and may_be_number(self, data):
            try:
                data = loads(data) if data.lstrip().startswith("[") else data.split(",")
            except (ValueError, RecursionError):
                self.fail("invalid")
        if not isinstance(data, list):
            self.fail("invalid")
        if len(data) > self.max_words:
            message = self.error_messages["many"].format(count=len(data), limit=self.max_words)
            raise serializers.ValidationError(message, code="array_above_max_length")
        return list(dict.fromkeys(self._word(word, place) for place, word in enumerate(data)))

    def _word(self, word: Any, place: int) -> str:
        limit = settings.WORDLIST_MAX_ENTRY_CHARS
        if not isinstance(word, str):
            raise self._error("word", place, "invalid_type")
        if len(word) > limit:
            raise self._error("long", place, "string_above_max_length", limit=limit)
        if not is_text(word):
            raise self._error("unicode", place)
        if not word.strip():
            raise self._error("blank", place)
        return word.strip()

    def _error(
        self, key: str, place: int, code: str = "invalid_value", **values: Any
    ) -> serializers.ValidationError:
        message = self.error_messages[key].format(**values)
        return at(place, message, code)

    def to_representation(self, value: Any) -> Any:
        return value


class NamedList(StrictSerializer):
    name = StrictCharField(
        max_length=MAX_REFERENCE_CHARS, help_text="A wordlist, such as es, or es@3."
    )
    n_words = StrictIntegerField(
        min_value=1, required=False, help_text="Only this number of its first words."
    )


class ListsField(serializers.Field[Any, Any, Any, Any]):
    """Names of wordlists, or objects with `name` and `n_words`. The value has objects only."""

    default_error_messages = {
        "invalid": "Expected a list of wordlists: names, or objects with name and n_words.",
        "many": f"At most {MAX_LISTS} lists are accepted.",
    }

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        try:
            data = from_query(self, data)
        except (ValueError, RecursionError):
            self.fail("invalid")
        if not isinstance(data, list):
            self.fail("invalid")
        if len(data) > MAX_LISTS:
            message = self.error_messages["many"]
            raise serializers.ValidationError(message, code="array_above_max_length")
        lists = []
        for place, each in enumerate(data):
            named = {"name": each} if isinstance(each, str) else each
            try:
                lists.append(dict(NamedList().run_validation(named)))
            except serializers.ValidationError as error:
                raise at(place, error.detail) from error
        return lists

    def to_representation(self, value: Any) -> Any:
        return value


class FilterSerializer(StrictSerializer):
    letters = StrictCharField(
        required=False,
        max_length=MAX_GRAPHEMES,
        help_text="Only words that have no other letters than these, in any case.",
    )
    graphemes = WordsField(
        required=False,
        max_words=MAX_GRAPHEMES,
        help_text="Only words that can be read with these letters and groups of letters. A group"
        " that the language counts as one sign, such as sh, must be among them.",
    )
    min_length = StrictIntegerField(
        min_value=1, required=False, help_text="Minimum number of letters."
    )
    max_length = StrictIntegerField(
        min_value=1, required=False, help_text="Maximum number of letters."
    )
    rank_from = StrictIntegerField(
        min_value=1, required=False, help_text="The best rank in the list."
    )
    rank_to = StrictIntegerField(
        min_value=1, required=False, help_text="The last rank in the list."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for low, high in (("min_length", "max_length"), ("rank_from", "rank_to")):
            if low in attrs and high in attrs and attrs[low] > attrs[high]:
                raise wrong(high, f"It is less than {low}.")
        for name in ("letters", "graphemes"):
            if name in attrs and not any(map(str.isalnum, "".join(attrs[name]))):
                raise wrong(name, "It has no letter.")
        for place, grapheme in enumerate(attrs.get("graphemes", ())):
            if len(grapheme) > MAX_GRAPHEME_CHARS:
                message = f"A grapheme may have at most {MAX_GRAPHEME_CHARS} characters."
                raise serializers.ValidationError({"graphemes": at(place, message).detail})
        return attrs


class FilterField(serializers.Field[Any, Any, Any, Any]):
    """An object with the fields of `FilterSerializer`; the value has those that were sent."""

    default_error_messages = {"invalid": "Expected an object.", "empty": "It has no field."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        try:
            data = from_query(self, data)
        except (ValueError, RecursionError):
            self.fail("invalid")
        if not isinstance(data, dict):
            self.fail("invalid")
        chosen: dict[str, Any] = dict(FilterSerializer().run_validation(data))
        if not chosen:
            self.fail("empty")
        return chosen

    def to_representation(self, value: Any) -> Any:
        return value
