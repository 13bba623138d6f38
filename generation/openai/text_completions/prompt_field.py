"""The prompts of a request: texts, or the token ids of texts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields.field_types import NOT_TEXT, is_text
from generation.openai.serializers import MAX_N

RawPrompt = str | tuple[int, ...]


class PromptField(serializers.Field[list[RawPrompt], Any, Any, Any]):
    """A string, a list of strings, token ids, or a list of token ids. The value is a list."""

    default_error_messages = {
        "invalid": "Expected a string, token ids, or a list of one of these.",
        "empty": "Expected at least one prompt, or at least one token id.",
        "many": f"At most {MAX_N} prompts are accepted in one request.",
        "max_length": f"At most {settings.MAX_MESSAGE_CHARS:,} characters or token ids are"
        " accepted in each prompt.",
        "unicode": NOT_TEXT,
    }

    def to_internal_value(self, data: Any) -> list[RawPrompt]:
        if isinstance(data, str):
            return [self._text(data)]
        if not isinstance(data, list):
            self.fail("invalid")
        if not data:
            self.fail("empty")
        if _is_id(data[0]):
            return [self._ids(data)]
        if len(data) > MAX_N:
            raise serializers.ValidationError(
                self.error_messages["many"], code="array_above_max_length"
            )
        one = self._text if isinstance(data[0], str) else self._ids
        return [one(each) for each in data]

    def _text(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if len(data) > settings.MAX_MESSAGE_CHARS:
            self.fail("max_length")
        if not is_text(data):
            self.fail("unicode")
        return data

    def _ids(self, data: Any) -> tuple[int, ...]:
        if not isinstance(data, list) or not all(map(_is_id, data)):
            self.fail("invalid")
        if not data:
            self.fail("empty")
        if len(data) > settings.MAX_MESSAGE_CHARS:
            self.fail("max_length")
        return tuple(data)

    def to_representation(self, value: Any) -> Any:
        return value


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
