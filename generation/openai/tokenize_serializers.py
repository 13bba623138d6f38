"""The request bodies of POST /tokenize and /detokenize, the same as vLLM's."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields.other_fields import NEUTRAL
from generation.openai.fields.strict_serializer import StrictSerializer
from generation.openai.fields.thinking_fields import template_options_field
from generation.openai.message_serializers import UNSUPPORTED, messages_field
from generation.openai.serializers import tools_field

MODEL_HELP = "The served model or an alias of it; may be left out."


class TextField(serializers.CharField):
    """A string, unchanged; it may be blank. Numbers are refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class TokenIdsField(serializers.Field[list[int], Any, list[int], Any]):
    """A list of integers. One field for all, because the list can be long."""

    default_error_messages = {
        "not_a_list": "Expected a list of token ids.",
        "invalid": "Expected a token id, a whole number.",
        "many": "At most {limit} tokens are accepted.",
    }

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_length = max_length

    def to_internal_value(self, data: Any) -> list[int]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if len(data) > self.max_length:
            message = self.error_messages["many"].format(limit=self.max_length)
            raise serializers.ValidationError(message, code="array_above_max_length")
        for position, value in enumerate(data):
            if not isinstance(value, int) or isinstance(value, bool):
                detail: Any = {position: [self.error_messages["invalid"]]}
                raise serializers.ValidationError(detail, code="invalid")
        return data

    def to_representation(self, value: list[int]) -> list[int]:
        return value


class TokenizeSerializer(StrictSerializer):
    """Either `prompt`, a plain text, or `messages`, a chat that the chat template renders."""

    # vLLM's fields for other prompts than those of this server.
    refused = {
        "continue_final_message": NEUTRAL["continue_final_message"],
        **dict.fromkeys(("chat_template", "mm_processor_kwargs"), UNSUPPORTED),
    }

    model = serializers.CharField(required=False, max_length=500, help_text=MODEL_HELP)
    prompt = TextField(
        required=False,
        max_length=settings.MAX_MESSAGE_CHARS,
        help_text="A text. Exactly one of prompt and messages must be sent.",
    )
    messages = messages_field(required=False)
    add_special_tokens = serializers.BooleanField(
        required=False,
        help_text="Add the tokenizer's special tokens around the prompt. True if left out; with"
        " messages only false is accepted, because the chat template adds them.",
    )
    add_generation_prompt = serializers.BooleanField(
        default=True, help_text="End the rendered messages with the start of the answer."
    )
    tools = tools_field()
    vocab_lang = serializers.CharField(
        max_length=100,
        required=False,
        help_text="With messages: the wordlist of the chat request, of which the prompt may tell"
        " the model.",
    )
    vocab_tell_model = serializers.BooleanField(
        required=False, help_text="With messages: as in the chat request."
    )
    chat_template_kwargs = template_options_field()
    return_token_strs = serializers.BooleanField(
        default=False, help_text="Return the tokenizer's name of each token too."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "prompt" not in attrs and "messages" not in attrs:
            raise serializers.ValidationError(
                {"prompt": "Send a prompt or messages."}, code="required"
            )
        if attrs.get("vocab_tell_model") and "messages" not in attrs:
            raise serializers.ValidationError(
                {"vocab_tell_model": "It needs messages."}, code="invalid_value"
            )
        for name in ("prompt", "add_special_tokens"):
            if "messages" in attrs and attrs.get(name, False) is not False:
                raise serializers.ValidationError(
                    {name: "It cannot be sent together with messages."}, code="invalid_value"
                )
        return attrs


class DetokenizeSerializer(StrictSerializer):
    model = serializers.CharField(required=False, max_length=500, help_text=MODEL_HELP)
    tokens = TokenIdsField(max_length=settings.MAX_MESSAGE_CHARS)
