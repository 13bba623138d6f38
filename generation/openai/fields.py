"""Request fields that DRF has no exact counterpart for, and OpenAI's fields we only tolerate."""

from __future__ import annotations

import math
from typing import Any

from rest_framework import serializers

# Fields of OpenAI's that change nothing here: taken and ignored.
HARMLESS = frozenset(
    {
        "user",
        "safety_identifier",
        "metadata",
        "store",
        "service_tier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "parallel_tool_calls",
        "reasoning_effort",
        "verbosity",
    }
)

# Fields that would change the answer: taken only with the value that leaves it as it is.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (None, 1),
    "stop": (None, [], ""),
    "presence_penalty": (None, 0),
    "frequency_penalty": (None, 0),
    "logit_bias": (None, {}),
    "logprobs": (None, False),
    "top_logprobs": (None, 0),
    "response_format": (None, {"type": "text"}),
    "tools": (None, []),
    "tool_choice": (None, "none"),
    "functions": (None, []),
    "function_call": (None, "none"),
    "modalities": (None, ["text"]),
    "audio": (None,),
    "prediction": (None,),
    "web_search_options": (None,),
    "vocab_constraint_mode": (None, "hard"),
}


class FiniteFloatField(serializers.FloatField):
    """A float that is a number: DRF's own takes "nan" and "inf", which no range check stops."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            self.fail("invalid")
        value = super().to_internal_value(data)
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class ContentField(serializers.Field):  # type: ignore[type-arg]
    """A message's content: a string, or parts of type text, which are joined."""

    default_error_messages = {
        "invalid": "Expected a string or a list of text parts.",
        "unicode": "It holds a character that is no text (NUL or half of a surrogate pair).",
        "part": "Only parts of type 'text' are supported.",
        "max_length": "At most {limit} characters are accepted.",
    }

    def __init__(self, *, max_chars: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_chars = max_chars

    def to_internal_value(self, data: Any) -> str:
        text = data
        if isinstance(data, list):
            text = "\n".join(self._part(part) for part in data)
        if not isinstance(text, str):
            self.fail("invalid")
        if len(text) > self.max_chars:
            self.fail("max_length", limit=self.max_chars)
        # JSON can carry them; tokenizers and databases cannot.
        if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
            self.fail("unicode")
        return text

    def _part(self, part: Any) -> str:
        if not isinstance(part, dict) or part.get("type") != "text":
            self.fail("part")
        text = part.get("text")
        if not isinstance(text, str):
            self.fail("invalid")
        return text

    def to_representation(self, value: Any) -> Any:
        return value
