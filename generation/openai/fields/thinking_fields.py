"""The request fields about thoughts, with vLLM's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields.field_types import StrictBooleanField, StrictIntegerField
from generation.openai.fields.strict_serializer import StrictSerializer

NAMES = ("chat_template_kwargs", "thinking_token_budget", "include_reasoning")


class TemplateOptions(StrictSerializer):
    """The variables of a chat template. `thinking` is DeepSeek's name of the other one."""

    enable_thinking = StrictBooleanField(
        required=False, help_text="Whether the model thinks before it answers."
    )
    thinking = StrictBooleanField(required=False, help_text="Another name of enable_thinking.")

    def validate(self, attrs: dict[str, bool]) -> dict[str, bool]:
        if len(set(attrs.values())) > 1:
            raise serializers.ValidationError(
                {"thinking": "It is another name of enable_thinking, which has another value."},
                code="invalid_value",
            )
        return {"enable_thinking": next(iter(attrs.values()))} if attrs else {}


def template_options_field() -> TemplateOptions:
    return TemplateOptions(
        required=False, help_text="By default the server's ENABLE_THINKING applies."
    )


def thinks(fields: Mapping[str, Any]) -> bool:
    """Return whether validated fields ask for a thought."""
    options: dict[str, bool] = fields.get("chat_template_kwargs") or {}
    wanted = options.get("enable_thinking", bool(settings.ENABLE_THINKING))
    return wanted and fields.get("thinking_token_budget") != 0


class ThinkingSerializer(StrictSerializer):
    chat_template_kwargs = template_options_field()
    thinking_token_budget = StrictIntegerField(
        min_value=0,
        required=False,
        help_text="Maximum tokens of the thought before the reply. MAX_THINKING_TOKENS is the"
        " default and the limit: a larger value counts as that one.",
    )
    include_reasoning = serializers.BooleanField(
        default=False, help_text="Whether to return the thought as reasoning_content."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs.get("thinking_token_budget") and not thinks(attrs):
            raise serializers.ValidationError(
                {"thinking_token_budget": "It needs chat_template_kwargs.enable_thinking."},
                code="invalid_value",
            )
        return attrs
