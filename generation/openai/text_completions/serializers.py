"""The request body of POST /v1/completions."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from generation.openai.fields.field_types import (
    LogitBiasField,
    StrictBooleanField,
    StrictIntegerField,
)
from generation.openai.fields.ignored_fields import IgnoredSerializer
from generation.openai.fields.strict_serializer import Refusal
from generation.openai.parameters import ParametersSerializer, wrong
from generation.openai.serializers import MAX_N, StreamOptionsSerializer
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


class TextCompletionSerializer(IgnoredSerializer, ParametersSerializer):
    refused = {
        **ParametersSerializer.refused,
        "suffix": NO_SUFFIX,
        "add_special_tokens": BEGINNING,  # a chat's default is False
    }

    prompt = PromptField(
        help_text="The text that the reply continues, or its token ids; or a list of several, which"
        " are answered separately. It goes to the model without a chat template."
    )
    max_tokens = StrictIntegerField(
        min_value=1,
        default=DEFAULT_MAX_TOKENS,
        help_text="Maximum tokens of a reply. The largest of ALLOWED_MAX_NEW_TOKENS is the limit: a"
        " larger value counts as that one.",
    )
    n = StrictIntegerField(
        min_value=1,
        max_value=MAX_N,
        default=1,
        help_text="Number of replies to each prompt. Each one counts in the queue.",
    )
    best_of = StrictIntegerField(
        min_value=1,
        required=False,
        help_text="Only the value of n is accepted: every reply that is written is returned.",
    )
    echo = StrictBooleanField(
        default=False, help_text="Whether the text begins with the prompt. Not with logprobs."
    )
    logit_bias = LogitBiasField(
        required=False,
        help_text="Token ids and the value, -100 to 100, that is added to their logits. A token"
        " that the list forbids stays forbidden.",
    )
    logprobs = StrictIntegerField(
        min_value=0,
        max_value=MAX_LOGPROBS,
        required=False,
        help_text="Return each token's log-probability among the allowed tokens, and those of this"
        " number of the likeliest tokens.",
    )
    stream = serializers.BooleanField(
        default=False, help_text="Whether to send the reply in pieces, as server-sent events."
    )
    stream_options = StreamOptionsSerializer(
        required=False, help_text="Only allowed when stream is true."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        prompts, n = len(attrs["prompt"]), attrs["n"]
        if prompts * n > MAX_N:
            raise wrong("n", f"{prompts} prompts with n = {n} are more than {MAX_N} replies.")
        if attrs.get("best_of", n) != n:
            message = f"Every reply that is written is returned, so it can only be n, here {n}."
            raise wrong("best_of", message, "unsupported_value")
        if "stream_options" in attrs and not attrs["stream"]:
            raise wrong("stream_options", "It is only allowed when stream is true.")
        if "logprobs" not in attrs:
            return attrs
        if attrs["echo"]:
            message = "The prompt has no log-probabilities here: leave out echo or logprobs."
            raise wrong("echo", message, "unsupported_value")
        if attrs["num_beams"] > 1:
            message = "Beam search has no log-probabilities: set num_beams to 1."
            raise wrong("logprobs", message, "unsupported_value")
        return attrs
