"""The `input` of a request: a text, or a list of items. The value is a list of chat messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields.field_types import NOT_TEXT, ContentField, StrictCharField, is_text
from generation.openai.fields.strict_serializer import StrictSerializer

ROLES = ("system", "developer", "user", "assistant")
NOT_STORED = "Nothing is stored here: send the earlier messages in input instead."
NO_TOOL_ITEMS = "No tool is ever called here, so the input cannot have calls and their outputs."
# Clients that rely on stored responses send a reference; most have a setting for `store`.
REFUSED_ITEMS = {
    "item_reference": f"{NOT_STORED} Clients do so when they are set to store: false; in the AI SDK"
    " that is providerOptions: { openai: { store: false } }.",
    "function_call": NO_TOOL_ITEMS,
    "function_call_output": NO_TOOL_ITEMS,
}


class PromptTextField(StrictCharField):
    """A text for the model, of at most MAX_MESSAGE_CHARS characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": settings.MAX_MESSAGE_CHARS, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not is_text(text):
            raise serializers.ValidationError(NOT_TEXT, code="unicode")
        return text


class InputContentField(ContentField):
    """A message's content: a string, or parts of type input_text and output_text."""

    part_types = ("input_text", "output_text")


class InputMessageSerializer(StrictSerializer):
    # Fields of an earlier answer that the client sends back unchanged.
    tolerated = frozenset({"id", "status", "phase"})

    type = serializers.ChoiceField(["message"], required=False)
    role = serializers.ChoiceField(ROLES)
    content = InputContentField(max_chars=settings.MAX_MESSAGE_CHARS)


class InputItemField(serializers.Field):  # type: ignore[type-arg]
    """One item. The value is a message, or None for an item that has no effect."""

    default_error_messages = {"invalid": "Expected a JSON object."}

    def to_internal_value(self, data: Any) -> dict[str, str] | None:
        if not isinstance(data, Mapping):
            self.fail("invalid")
        kind = data.get("type")
        if kind == "reasoning":  # other models' thoughts, which are no part of a conversation
            return None
        if kind in (None, "message"):
            serializer = InputMessageSerializer()
            message: dict[str, str] = serializer.run_validation(data)
            return {"role": message["role"], "content": message["content"]}
        reason = REFUSED_ITEMS.get(str(kind), "Only items of type 'message' are supported.")
        raise serializers.ValidationError({"type": [reason]}, code="unsupported_value")

    def to_representation(self, value: Any) -> Any:
        return value


class InputField(serializers.Field):  # type: ignore[type-arg]
    default_error_messages = {
        "invalid": "Expected a string or a list of items.",
        "empty": "Expected at least one message.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._text = PromptTextField()
        self._items = serializers.ListField(
            child=InputItemField(), max_length=settings.MAX_MESSAGES
        )

    def to_internal_value(self, data: Any) -> list[dict[str, str]]:
        if isinstance(data, str):
            return [{"role": "user", "content": self._text.run_validation(data)}]
        if not isinstance(data, list):
            self.fail("invalid")
        messages = [item for item in self._items.run_validation(data) if item is not None]
        if not messages:
            self.fail("empty")
        return messages

    def to_representation(self, value: Any) -> Any:
        return value
