"""The base of every request body: it refuses unknown fields and fields that have no effect.

Otherwise a mistyped `vocab_n_word` would silently be ignored. A field with null counts as not sent,
because clients send null for fields that they leave unset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from generation.openai.bounded_json import loads

NON_FIELD = "non_field_errors"
# A context for serializers whose input may have numbers as text, such as a query string.
NUMBERS_AS_TEXT = {"numbers_as_text": True}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A field that this server does not support.

    accepted: Values that request nothing, so that they are allowed. null is always allowed.
    """

    code: str
    reason: str
    accepted: tuple[Any, ...] = ()

    def refuses(self, value: Any) -> bool:
        return value is not None and not any(_same(value, allowed) for allowed in self.accepted)


def _same(given: Any, value: Any) -> bool:
    return bool(given == value) and isinstance(given, bool) == isinstance(value, bool)


def _from_text(value: Any) -> Any:
    """Return the JSON value that a text of a query string means; a text that means none."""
    try:
        return loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields.

    tolerated: Fields that are ignored, whatever their value.
    refused: Fields that are only accepted with a value that requests nothing.
    aliases: Other names of fields. An error names the one that was sent.
    """

    tolerated: frozenset[str] = frozenset()
    refused: Mapping[str, Refusal] = {}
    aliases: Mapping[str, str] = {}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(
                {NON_FIELD: ["Expected a JSON object."]}, code="invalid"
            )
        sent = {name: value for name, value in data.items() if value is not None}
        for name in sent:
            if name in self.fields or name in self.tolerated or name in self.aliases:
                continue
            refusal = self.refused.get(name)
            if refusal is None:
                raise serializers.ValidationError(
                    {name: ["Unrecognized request argument supplied."]}, code="unknown_parameter"
                )
            value = _from_text(sent[name]) if self.numbers_are_text else sent[name]
            if refusal.refuses(value):
                raise serializers.ValidationError({name: [refusal.reason]}, code=refusal.code)
        renamed = self._rename_aliases(sent)
        try:
            return super().to_internal_value(sent)
        except serializers.ValidationError as error:
            if not renamed or not isinstance(error.detail, dict):
                raise
            raise serializers.ValidationError(
                {renamed.get(name, name): value for name, value in error.detail.items()}
            ) from error

    @property
    def numbers_are_text(self) -> bool:
        return "numbers_as_text" in self.context

    def _rename_aliases(self, sent: dict[str, Any]) -> dict[str, str]:
        """Give the values of aliases to their fields. Return the alias of each of these fields.

        Raises ValidationError if a field has two values.
        """
        renamed: dict[str, str] = {}
        for alias in [name for name in sent if name in self.aliases]:
            name, value = self.aliases[alias], sent.pop(alias)
            if name in sent and not _same(sent[name], value):
                message = (
                    f"It is another name of {renamed.get(name, name)}, which has another value."
                )
                raise serializers.ValidationError({alias: [message]}, code="invalid_value")
            sent[name], renamed[name] = value, alias
        return renamed


def wrong(name: str, message: str, code: str = "invalid_value") -> serializers.ValidationError:
    return serializers.ValidationError({name: message}, code=code)
