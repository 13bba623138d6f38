"""`vocab_draft`: whether a draft comes first, and its own budget."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from generation.openai.bounded_json import loads
from generation.openai.fields.field_types import StrictIntegerField, may_be_number
from generation.openai.fields.strict_serializer import StrictSerializer


class DraftOptions(StrictSerializer):
    max_tokens = StrictIntegerField(
        min_value=1, help_text="Maximum tokens of the draft; limited as max_tokens is."
    )


class DraftField(serializers.Field[Any, Any, Any, Any]):
    """The value is a boolean, or the object as it was sent."""

    default_error_messages = {"invalid": "Expected true, false or an object with max_tokens."}

    def to_internal_value(self, data: Any) -> bool | dict[str, int]:
        if isinstance(data, str) and may_be_number(self, data):
            try:
                data = loads(data.lower())
            except (ValueError, RecursionError):
                self.fail("invalid")
        if isinstance(data, bool):
            return data
        if not isinstance(data, dict):
            self.fail("invalid")
        options: dict[str, int] = DraftOptions().run_validation(data)
        return options

    def to_representation(self, value: Any) -> Any:
        return value
