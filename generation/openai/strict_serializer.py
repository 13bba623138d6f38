"""The base of every request body: it refuses unknown fields and fields that have no effect.

Otherwise a mistyped `vocab_n_word` would silently be ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

NON_FIELD = "non_field_errors"


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


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields.

    tolerated: Fields that are ignored, whatever their value.
    refused: Fields that are only accepted with a value that requests nothing.
    """

    tolerated: frozenset[str] = frozenset()
    refused: Mapping[str, Refusal] = {}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(
                {NON_FIELD: ["Expected a JSON object."]}, code="invalid"
            )
        for name in data:
            if name in self.fields or name in self.tolerated:
                continue
            refusal = self.refused.get(name)
            if refusal is None:
                raise serializers.ValidationError(
                    {name: ["Unrecognized request argument supplied."]}, code="unknown_parameter"
                )
            if refusal.refuses(data[name]):
                raise serializers.ValidationError({name: [refusal.reason]}, code=refusal.code)
        # Clients send null for fields that they leave unset.
        return super().to_internal_value(
            {name: value for name, value in data.items() if value is not None}
        )
