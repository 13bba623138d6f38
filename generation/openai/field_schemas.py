"""How the serializers that validate requests are told in OpenAPI's words.

A request's fields may be null, which counts as left out, and a field that nobody knows is refused.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import (
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema

from generation.openai.strict import StrictSerializer
from generation.openai.tokenizing import TokenIdsField

# What the components are called; a serializer's own name, without "Serializer", otherwise.
NAMES = {
    "ChatSerializer": "ChatCompletionRequest",
    "TokenizeSerializer": "TokenizeRequest",
    "DetokenizeSerializer": "DetokenizeRequest",
    "BatchItemSerializer": "BatchJobItem",
}
NULL: dict[str, Any] = {"type": "null"}


class StrictSerializerSchema(OpenApiSerializerExtension):
    target_class = "generation.openai.serializers.StrictSerializer"
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str | None:
        return NAMES.get(type(self.target).__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(
            self.target, direction, bypass_extensions=True
        )
        properties: dict[str, Any] = schema.setdefault("properties", {})
        required = schema.get("required", [])
        for name, field in properties.items():
            if name not in required:
                properties[name] = _or_null(field)
        for name, value in _accepted(self.target).items():
            properties.setdefault(name, value)
        return schema | {"additionalProperties": False}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return schema | {"type": [schema["type"], "null"]}
    told = ("description", "default")
    outside = {key: value for key, value in schema.items() if key in told}
    inside = {key: value for key, value in schema.items() if key not in told}
    return outside | {"anyOf": [inside, NULL]}


def _accepted(serializer: StrictSerializer) -> dict[str, Any]:
    """Fields that are taken without being used."""
    ignored = {
        name: {"description": "Accepted and ignored."}
        for name in sorted(getattr(serializer, "tolerated", ()))
    }
    neutral = {
        name: {"enum": list(values), "description": "Only what changes nothing is accepted."}
        for name, values in sorted(getattr(serializer, "neutral", {}).items())
    }
    return ignored | neutral


class ContentFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.fields.ContentField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        text = {"type": "string", "maxLength": self.target.max_chars}
        part = {
            "type": "object",
            "properties": {"type": {"enum": ["text"]}, "text": text},
            "required": ["type", "text"],
        }
        return {
            "oneOf": [text, {"type": "array", "items": part, "minItems": 1}],
            "description": "A string, or parts of type text, which are joined by line breaks.",
            "examples": ["Write a short story about a dog."],
        }


class TokenIdsFieldSchema(OpenApiSerializerFieldExtension):
    target_class = TokenIdsField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        token = {"type": "integer", "minimum": 0}
        return {
            "type": "array",
            "items": token,
            "maxItems": settings.MAX_MESSAGE_CHARS,
            "description": "Ids of the model's tokenizer.",
            "examples": [[504, 3418]],
        }
