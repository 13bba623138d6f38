"""The request body of POST /v1/completions."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from generation.openai.fields.field_types import (
    StrictBooleanField,
    StrictIntegerField,
)
from generation.openai.fields.strict_serializer import Refusal, wrong
from generation.openai.parameters import ParametersSerializer
from generation.openai.serializers import MAX_N, ReplySerializer, refuse_logprobs_of_beams
from generation.openai.text_completions.prompt_field import PromptField

DEFAULT_MAX_TOKENS = 16  # OpenAI's
MAX_LOGPROBS = 5

NO_SUFFIX = Refusal(
    "unsupported_parameter", "Text that comes after the reply is not supported.", ("",)
)
BEGINNING = Refusal(
    "unsupported_value",
    "A text always gets the tokenizer's beginning token; send token ids for a prompt without it.",
    (True,),
)
# Fields of a chat request that read or change its messages.
OF_MESSAGES = (
    "vocab_tell_model",
    "vocab_draft",
    "vocab_allow_prompt_names",
    "vocab_allow_prompt_words",
)
NO_MESSAGES = Refusal(
    "unsupported_value",
    "The prompt is a text that goes to the model as it is, without messages.",
    (False,),
)


class TextCompletionSerializer(ReplySerializer):
    refused = {
        **ParametersSerializer.refused,
        "suffix": NO_SUFFIX,
        "add_special_tokens": BEGINNING,  # a chat's default is False
        **dict.fromkeys(OF_MESSAGES, NO_MESSAGES),
    }

    prompt = PromptField(
        help_text="The text that the reply continues, or its token ids; or a list of several, which"
        " are answered separately. It goes to the model without a chat template."
    )
    max_tokens = StrictIntegerField(
        min_value=0,
        default=DEFAULT_MAX_TOKENS,
        help_text="Maximum tokens of a reply; 0 for no reply. The largest of ALLOWED_MAX_NEW_TOKENS"
        " is the limit: a larger value counts as that one.",
    )
    echo = StrictBooleanField(
        default=False,
        help_text="Whether the text begins with the prompt, and logprobs with its tokens.",
    )
    logprobs = StrictIntegerField(
        min_value=0,
        max_value=MAX_LOGPROBS,
        required=False,
        help_text="Return each token's log-probability among the allowed tokens, and those of this"
        " number of the likeliest tokens. For the tokens of an echoed prompt, every token is"
        " allowed.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        return {name: each for name, each in fields.items() if name not in OF_MESSAGES}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        prompts = len(attrs["prompt"])
        name = "best_of" if "best_of" in attrs else "n"
        if prompts * attrs[name] > MAX_N:
            message = (
                f"{prompts} prompts with {name} = {attrs[name]} are more than {MAX_N} replies."
            )
            raise wrong(name, message)
        if "logprobs" not in attrs:
            return attrs
        if attrs["echo"]:
            if attrs.get("truncate"):
                message = "A prompt whose log-probabilities are returned is never cut."
                raise wrong("truncate", message, "unsupported_value")
            attrs["truncate"] = False
        refuse_logprobs_of_beams(attrs, "logprobs")
        return attrs
