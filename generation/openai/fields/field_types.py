"""Request fields that REST framework does not have in this form."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
)
from rest_framework import serializers

from generation.openai.bounded_json import loads
from generation.openai.fields.strict_serializer import NUMBERS_AS_TEXT

MAX_STOPS = 4
MAX_STOP_CHARS = 1000
MAX_BREAKERS = 16
MAX_BREAKER_CHARS = 40
MAX_BIASES = 1000
MAX_BIAS = 100
MAX_METADATA = 16
MAX_METADATA_KEY = 64
MAX_METADATA_VALUE = 512
MAX_NAMED = 20  # maximum number of invalid keys that an error names
NOT_TEXT = "It contains NUL or half of a surrogate pair, which is not text."
_TOKEN_ID = re.compile(r"0|[1-9][0-9]{0,8}")


def is_text(value: str) -> bool:
    """False if the string has a NUL or a lone surrogate.

    JSON can contain both, but tokenizers and databases cannot store them.
    """
    if "\x00" in value:
        return False
    try:
        value.encode()  # fails for a lone surrogate
    except UnicodeEncodeError:
        return False
    return True


class FiniteFloatField(serializers.FloatField):
    """A finite float. REST framework's field accepts "nan" and "inf", which pass range checks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # OpenAI has separate error codes for decimals.
        for validator in self.validators:
            if isinstance(validator, MinValueValidator):
                validator.code = "decimal_below_min_value"
            elif isinstance(validator, MaxValueValidator):
                validator.code = "decimal_above_max_value"

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not may_be_number(self, data):
            self.fail("invalid")
        value = super().to_internal_value(data)
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class StrictIntegerField(serializers.IntegerField):
    """A whole number. REST framework's field also accepts a string with a number."""

    def to_internal_value(self, data: Any) -> int:
        if not may_be_number(self, data):
            self.fail("invalid")
        return super().to_internal_value(data)


def may_be_number(field: serializers.Field[Any, Any, Any, Any], data: Any) -> bool:
    """False for a string, unless it comes from where numbers are text, such as a query."""
    return not isinstance(data, str) or NUMBERS_AS_TEXT.items() <= field.context.items()


class StrictBooleanField(serializers.BooleanField):
    """Only true and false. REST framework's field also accepts 1 and "on".

    That would hide mistakes: `logprobs` is a number in OpenAI's older API.
    """

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictCharField(serializers.CharField):
    """Only a string, unchanged. REST framework's field also accepts numbers, and trims."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": False, "allow_blank": True, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class ArrayField(serializers.ListField):
    """A list, with OpenAI's code for one that is too long."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for validator in self.validators:
            if isinstance(validator, MaxLengthValidator):
                validator.code = "array_above_max_length"


class ToolChoiceField(serializers.Field):  # type: ignore[type-arg]
    """Whether a tool is called. Accepted is what lets the model answer without a call."""

    default_error_messages = {
        "invalid": "Expected 'auto', 'none', 'required' or an object.",
        "required": "No tool can be called here: only 'auto' and 'none' are supported.",
    }

    def to_internal_value(self, data: Any) -> str:
        if data in ("auto", "none"):
            return str(data)
        match data:
            case {"type": "allowed_tools", "allowed_tools": {"mode": "auto"}}:
                return "auto"
            case "required" | {}:
                raise serializers.ValidationError(
                    self.error_messages["required"], code="unsupported_value"
                )
        self.fail("invalid")

    def to_representation(self, value: Any) -> Any:
        return value


class ContentField(serializers.Field):  # type: ignore[type-arg]
    """A message's content: a string, or parts of type text, which are joined by line breaks."""

    part_types: tuple[str, ...] = ("text",)
    default_error_messages = {
        "invalid": "Expected a string or a list of text parts.",
        "empty": "Expected at least one text part.",
        "unicode": NOT_TEXT,
        "part": "Only parts of type {types} are supported.",
        "max_length": "At most {limit} characters are accepted.",
    }

    def __init__(self, *, max_chars: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_chars = max_chars

    def to_internal_value(self, data: Any) -> str:
        text = data
        if isinstance(data, list):
            if not data:
                self.fail("empty")
            text = "\n".join(self._part(part) for part in data)
        if not isinstance(text, str):
            self.fail("invalid")
        if len(text) > self.max_chars:
            self.fail("max_length", limit=self.max_chars)
        if not is_text(text):
            self.fail("unicode")
        return text

    def _part(self, part: Any) -> str:
        if not isinstance(part, dict):
            self.fail("invalid")
        if part.get("type") not in self.part_types:
            types = " and ".join(repr(each) for each in self.part_types)
            raise serializers.ValidationError(
                self.error_messages["part"].format(types=types), code="unsupported_value"
            )
        text = part.get("text")
        if not isinstance(text, str):
            self.fail("invalid")
        return text

    def to_representation(self, value: Any) -> Any:
        return value


class StringsField(serializers.Field):  # type: ignore[type-arg]
    """The base of a field whose value is a list of strings.

    max_strings, max_chars: Limits of the list and of each string.
    """

    max_strings: int
    max_chars: int

    def checked(self, strings: Any) -> list[str]:
        """Return the list. Raises ValidationError."""
        if not isinstance(strings, list) or not all(isinstance(each, str) for each in strings):
            self.fail("invalid")
        if len(strings) > self.max_strings:
            raise serializers.ValidationError(
                f"At most {self.max_strings} strings are accepted.", code="array_above_max_length"
            )
        for each in strings:
            if not each:
                self.fail("blank")
            if len(each) > self.max_chars:
                self.fail("max_length")
            if not is_text(each):
                self.fail("unicode")
        return strings

    def to_representation(self, value: Any) -> Any:
        return value


class StopField(StringsField):
    """A stop string or a list of up to four. The value is a list; an empty one means no stop."""

    max_strings, max_chars = MAX_STOPS, MAX_STOP_CHARS
    default_error_messages = {
        "invalid": "Expected a string or a list of strings.",
        "blank": "A stop string may not be empty.",
        "max_length": f"A stop string may have at most {MAX_STOP_CHARS} characters.",
        "unicode": NOT_TEXT,
    }

    def to_internal_value(self, data: Any) -> list[str]:
        return self.checked([data] if isinstance(data, str) else data)


class SequenceBreakersField(StringsField):
    """A list of strings, or its JSON text, which some clients and every query string have."""

    max_strings, max_chars = MAX_BREAKERS, MAX_BREAKER_CHARS
    default_error_messages = {
        "invalid": "Expected a list of strings.",
        "blank": "A sequence breaker may not be empty.",
        "max_length": f"A sequence breaker may have at most {MAX_BREAKER_CHARS} characters.",
        "unicode": NOT_TEXT,
    }

    def to_internal_value(self, data: Any) -> list[str]:
        if isinstance(data, str):
            try:
                data = loads(data)
            except (ValueError, RecursionError):
                self.fail("invalid")
        return self.checked(data)


class LogitBiasField(serializers.Field):  # type: ignore[type-arg]
    """Token ids, as strings, and the bias that is added to their logits."""

    default_error_messages = {
        "invalid": "Expected an object of token ids and numbers.",
        "key": 'Expected token ids as keys, such as "50256"; these are not token ids: {keys}.',
        "value": f"Expected numbers from -{MAX_BIAS} to {MAX_BIAS}; wrong for: {{keys}}.",
        "many": f"At most {MAX_BIASES} token ids are accepted.",
    }

    def to_internal_value(self, data: Any) -> dict[int, float]:
        if not isinstance(data, Mapping):
            self.fail("invalid")
        if len(data) > MAX_BIASES:
            self._refuse("many")
        if wrong := [key for key in data if not _TOKEN_ID.fullmatch(str(key))]:
            self._refuse("key", wrong)
        if wrong := [key for key, value in data.items() if not _is_bias(value)]:
            self._refuse("value", wrong)
        return {int(key): float(value) for key, value in data.items()}

    def _refuse(self, message: str, keys: list[Any] | None = None) -> None:
        shown = ", ".join(repr(key)[:100] for key in (keys or [])[:MAX_NAMED])
        if keys and len(keys) > MAX_NAMED:
            shown += f" and {len(keys) - MAX_NAMED} more"
        raise serializers.ValidationError(
            self.error_messages[message].format(keys=shown), code="invalid_value"
        )

    def to_representation(self, value: Any) -> Any:
        return value


def _is_bias(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and -MAX_BIAS <= value <= MAX_BIAS  # false for NaN
    )


class MetadataField(serializers.Field):  # type: ignore[type-arg]
    """Up to 16 pairs of strings."""

    default_error_messages = {
        "invalid": "Expected an object whose values are strings.",
        "many": f"At most {MAX_METADATA} pairs are accepted.",
        "key": f"A key may have at most {MAX_METADATA_KEY} characters.",
        "value": "Expected a string.",
        "max_length": f"At most {MAX_METADATA_VALUE} characters are accepted.",
        "unicode": NOT_TEXT,
    }

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict):
            self.fail("invalid")
        if len(data) > MAX_METADATA:
            raise serializers.ValidationError(
                self.error_messages["many"], code="object_above_max_properties"
            )
        for key, value in data.items():
            if len(key) > MAX_METADATA_KEY:
                raise serializers.ValidationError(
                    self.error_messages["key"], code="string_above_max_length"
                )
            if not isinstance(value, str):
                self._refuse(key, "value", "invalid_type")
            if len(value) > MAX_METADATA_VALUE:
                self._refuse(key, "max_length", "string_above_max_length")
            if not (is_text(key) and is_text(value)):
                self.fail("unicode")
        return data

    def _refuse(self, key: str, message: str, code: str) -> NoReturn:
        """Raise ValidationError for one value, which the error names like OpenAI's."""
        raise serializers.ValidationError({key: [self.error_messages[message]]}, code=code)

    def to_representation(self, value: Any) -> Any:
        return value
