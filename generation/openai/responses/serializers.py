"""The body of POST /v1/responses: type, range and default of every field."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields.field_types import StrictCharField, StrictIntegerField
from generation.openai.fields.ignored_fields import IGNORED, MAX_CHARS
from generation.openai.fields.other_fields import ALIASES
from generation.openai.fields.strict_serializer import Refusal, StrictSerializer
from generation.openai.parameters import ParametersSerializer
from generation.openai.responses.input import NOT_STORED, InputField, PromptTextField
from generation.openai.serializers import (
    ChatSerializer,
    ResponseFormatSerializer,
    refuse_logprobs_of_beams,
)

LOGPROBS = "message.output_text.logprobs"
# The others are about tools and reasoning, which no reply has.
INCLUDABLE = (
    LOGPROBS,
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "file_search_call.results",
    "message.input_image.image_url",
    "reasoning.encrypted_content",
    "web_search_call.action.sources",
    "web_search_call.results",
)

# Fields of a chat request, and what they are called here.
RENAMED = {
    "truncate": "truncation",
    "messages": "input",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "response_format": "text.format",
    "verbosity": "text.verbosity",
    "reasoning_effort": "reasoning.effort",
    "logprobs": f"include: ['{LOGPROBS}']",
}
NOT_IN_RESPONSES = frozenset(RENAMED) | {
    "n",
    "best_of",
    "functions",
    "function_call",
    "include_reasoning",
}

STATELESS = Refusal("unsupported_parameter", NOT_STORED)
REFUSED = {
    **ParametersSerializer.refused,
    **{
        name: Refusal("unsupported_parameter", f"In the Responses API it is called {new_name}.")
        for name, new_name in RENAMED.items()
    },
    "n": Refusal("unsupported_parameter", "The Responses API has one reply.", (1,)),
    "include_reasoning": Refusal("unsupported_parameter", "A response has no thoughts.", (False,)),
    **dict.fromkeys(("previous_response_id", "conversation"), STATELESS),
    "prompt": Refusal("unsupported_parameter", "There are no stored prompt templates here."),
    "background": Refusal("unsupported_value", "There is no background mode here.", (False,)),
    "background_options": Refusal("unsupported_parameter", "There is no background mode here."),
    "context_management": Refusal("unsupported_parameter", "No context is compacted here."),
    "moderation": Refusal("unsupported_parameter", "Nothing is moderated here."),
}


class TextFormatSerializer(ResponseFormatSerializer):
    # Fields of a JSON schema, so that the error is about the type.
    tolerated = frozenset({"name", "description", "schema", "strict"})


class TextSerializer(StrictSerializer):
    format = TextFormatSerializer(required=False, help_text="The format of the reply: text.")
    verbosity = StrictCharField(
        required=False, max_length=MAX_CHARS, help_text=f"The length of the reply. {IGNORED}"
    )


class ReasoningSerializer(StrictSerializer):
    tolerated = frozenset({"effort", "summary", "generate_summary", "mode", "context"})


class ResponsesSerializer(ChatSerializer):
    """A chat request with other names for some fields, and with one reply.

    The validated data has the fields of a chat request, for `prepare_chat`.
    """

    refused = REFUSED
    # The other names of max_tokens are unknown here, as max_tokens is.
    aliases = {name: ours for name, ours in ALIASES.items() if ours not in RENAMED}

    input = InputField(
        help_text="A text, or a list of messages. Items of type reasoning are ignored; other items"
        " are refused."
    )
    instructions = PromptTextField(
        required=False, help_text="A system message before the other messages."
    )
    max_output_tokens = StrictIntegerField(
        min_value=1,
        required=False,
        help_text="Maximum tokens of the reply. The largest of ALLOWED_MAX_NEW_TOKENS is the"
        " default and the limit: a larger value counts as that one.",
    )
    text = TextSerializer(required=False, help_text="The form of the reply.")
    include = serializers.ListField(
        child=serializers.ChoiceField(INCLUDABLE),
        required=False,
        max_length=len(INCLUDABLE),
        help_text=f"With {LOGPROBS}, the reply has the log-probability of each token among the"
        " allowed tokens. The other values are ignored: no reply has what they name.",
    )
    truncation = serializers.ChoiceField(
        ["auto", "disabled"],
        required=False,
        help_text="What happens to a prompt that is too long: auto drops the earliest messages,"
        " disabled refuses it. The default is the server's TRUNCATE_INPUT.",
    )
    reasoning = ReasoningSerializer(
        required=False, help_text=f"Options of reasoning models. {IGNORED}"
    )
    max_tool_calls = serializers.IntegerField(
        min_value=1, required=False, help_text=f"Maximum calls of tools. {IGNORED}"
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        return {name: each for name, each in fields.items() if name not in NOT_IN_RESPONSES}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["n"] = 1
        attrs["messages"] = attrs["input"]
        if "instructions" in attrs:
            system = {"role": "system", "content": attrs["instructions"]}
            attrs["messages"] = [system, *attrs["input"]]
        if "max_output_tokens" in attrs:
            attrs["max_tokens"] = attrs["max_output_tokens"]
        attrs["logprobs"] = LOGPROBS in attrs.get("include", ()) or bool(attrs.get("top_logprobs"))
        if attrs["logprobs"]:
            name = "include" if LOGPROBS in attrs.get("include", ()) else "top_logprobs"
            refuse_logprobs_of_beams(attrs, name)
        default = "auto" if settings.TRUNCATE_INPUT else "disabled"
        attrs["truncate"] = attrs.setdefault("truncation", default) == "auto"
        return super().validate(attrs)
