"""What every request body has in common: no field is unknown, none is honoured by halves.

A mistyped `vocab_n_word` must not pass in silence as an unconstrained answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

NON_FIELD = "non_field_errors"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A field that this server cannot honour. accepted: the values that ask for nothing; null is
    one of them, always.
    """

    code: str
    reason: str
    accepted: tuple[Any, ...] = ()

    def refuses(self, value: Any) -> bool:
        return value is not None and not any(_same(value, each) for each in self.accepted)


def _same(given: Any, value: Any) -> bool:
    return bool(given == value) and isinstance(given, bool) == isinstance(value, bool)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know. tolerated: taken whatever they hold, and ignored."""

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
        # Clients send null for what they leave unset.
        return super().to_internal_value(
            {name: value for name, value in data.items() if value is not None}
        )
