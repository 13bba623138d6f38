"""The messages of a chat: texts, an assistant's tool calls and the results of tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.bounded_json import loads
from generation.openai.fields.field_types import ArrayField, ContentField, StrictCharField
from generation.openai.fields.ignored_fields import MAX_CHARS
from generation.openai.fields.strict_serializer import Refusal, StrictSerializer

TEXT_ROLES = ("system", "developer", "user", "assistant")
# `function` is OpenAI's older name of a tool's result.
RESULT_ROLES = ("tool", "function")
NEEDED = {"tool": ["tool_call_id"], "function": ["name"]}
MAX_TOOL_CALLS = 128
MAX_CALL_ID = 100

UNSUPPORTED = Refusal("unsupported_parameter", "This server does not support this parameter.")


class ArgumentsField(StrictCharField):
    """The arguments of a call: the text of a JSON object, or an empty text for no arguments."""

    default_error_messages = {"json": "Expected the text of a JSON object."}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            value = loads(text)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise serializers.ValidationError(self.error_messages["json"], code="invalid_value")
        return text


class FunctionCallSerializer(StrictSerializer):
    name = StrictCharField(max_length=MAX_CHARS, allow_blank=False, help_text="The called tool.")
    arguments = ArgumentsField(
        max_length=settings.MAX_MESSAGE_CHARS, help_text="The arguments, as a JSON object's text."
    )


class ToolCallSerializer(StrictSerializer):
    tolerated = frozenset({"index"})  # of the chunk of a stream that the client has joined

    id = StrictCharField(max_length=MAX_CALL_ID, allow_blank=False, help_text="Names this call.")
    type = serializers.ChoiceField(["function"], default="function", help_text="Always `function`.")
    function = FunctionCallSerializer(help_text="The call.")


class MessageSerializer(StrictSerializer):
    # Fields of an earlier answer that the client sends back unchanged.
    tolerated = frozenset({"refusal", "annotations", "reasoning_content"})
    refused = {"audio": UNSUPPORTED}

    role = serializers.ChoiceField(
        choices=(*TEXT_ROLES, *RESULT_ROLES),
        help_text="The author; developer is another name for system. The result of a tool (tool, or"
        " function as it was called before) follows the message with the call.",
    )
    content = ContentField(
        required=False,
        max_chars=settings.MAX_MESSAGE_CHARS,
        help_text="A string, or parts of type text, which are joined by line breaks; at most"
        f" {settings.MAX_MESSAGE_CHARS:,} characters. A message with calls may have none.",
    )
    name = StrictCharField(
        required=False,
        max_length=MAX_CHARS,
        help_text="The tool of a function's result. Otherwise accepted and ignored.",
    )
    tool_calls = ArrayField(
        child=ToolCallSerializer(),
        required=False,
        max_length=MAX_TOOL_CALLS,
        help_text="The calls of an earlier answer, if the model's chat template can write them.",
    )
    function_call = FunctionCallSerializer(
        required=False, help_text="The call of an earlier answer, in OpenAI's older form."
    )
    tool_call_id = StrictCharField(
        required=False, max_length=MAX_CALL_ID, help_text="The call that a tool's result answers."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        role = attrs["role"]
        if not attrs.get("tool_calls"):
            attrs.pop("tool_calls", None)  # an empty list has no calls
        for name, allowed in (
            ("tool_calls", "assistant"),
            ("function_call", "assistant"),
            ("tool_call_id", "tool"),
        ):
            if name in attrs and role != allowed:
                message = f"Only a message of the role {allowed} has it."
                raise serializers.ValidationError({name: message}, code="invalid_value")
        has_calls = "tool_calls" in attrs or "function_call" in attrs
        if has_calls:
            attrs.setdefault("content", "")
        for name in ("content", *NEEDED.get(role, ())):
            if name not in attrs:
                raise serializers.ValidationError(
                    {name: "This field is required."}, code="required"
                )
        return attrs


class MessagesField(ArrayField):
    """Raises ValidationError for a result without a call before it, as OpenAI does."""

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = super().to_internal_value(data)
        open_calls: set[str] = set()
        for index, message in enumerate(messages):
            role = message["role"]
            if role == "assistant":
                open_calls = set(call_names(message))
            elif role == "user":
                open_calls = set()
            elif role in RESULT_ROLES and call_id(message) not in open_calls:
                error = "A result must follow the assistant's message that has its call."
                detail: Any = {index: {"role": [error]}}
                raise serializers.ValidationError(detail, code="invalid_value")
        return messages


def call_names(message: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the tools that a message calls, by the ids of the calls.

    The older form has no ids, so the name is the id.
    """
    names = {call["id"]: call["function"]["name"] for call in message.get("tool_calls", ())}
    if "function_call" in message:
        names[message["function_call"]["name"]] = message["function_call"]["name"]
    return names


def call_id(message: Mapping[str, Any]) -> str:
    """Return the id of the call that a result answers."""
    result: str = message["tool_call_id" if message["role"] == "tool" else "name"]
    return result


def messages_field(*, required: bool = True) -> MessagesField:
    return MessagesField(
        child=MessageSerializer(),
        required=required,
        allow_empty=False,
        max_length=settings.MAX_MESSAGES,
        help_text="The conversation so far, with at least one message. System messages are moved to"
        " the start.",
    )
