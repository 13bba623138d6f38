"""OpenAPI schemas of the serializers and fields that validate requests.

An optional field may be null, which means the same as leaving it out. Unknown fields are refused.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import (
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema

from generation.openai.fields.field_types import (
    MAX_BIAS,
    MAX_BIASES,
    MAX_BREAKER_CHARS,
    MAX_BREAKERS,
    MAX_METADATA,
    MAX_METADATA_KEY,
    MAX_METADATA_VALUE,
    MAX_STOP_CHARS,
    MAX_STOPS,
)
from generation.openai.fields.ignored_fields import IGNORED
from generation.openai.fields.strict_serializer import StrictSerializer
from generation.openai.fields.word_fields import MAX_LISTS, FilterSerializer
from generation.openai.fields.word_range_field import PATTERN as WORD_RANGE
from generation.openai.responses.input import ROLES, InputContentField
from generation.openai.tokenize_serializers import TokenIdsField

# Parameters of a batch job that are JSON.
JSON_EXAMPLES = {
    "vocab_words": '["la", "casa"]',
    "vocab_lists": '["es"]',
    "vocab_allow": '["perro"]',
    "vocab_names": '["Ana"]',
    "vocab_ban": '["cosa"]',
    "vocab_filter": '{"max_length": 6}',
}
# Names of the components. The default is the serializer's name without "Serializer".
NAMES = {
    "ChatSerializer": "ChatCompletionRequest",
    "ResponsesSerializer": "ResponseRequest",
    "TextSerializer": "ResponseTextOptions",
    "ReasoningSerializer": "ReasoningOptions",
    "TextCompletionSerializer": "CompletionRequest",
    "TokenizeSerializer": "TokenizeRequest",
    "DetokenizeSerializer": "DetokenizeRequest",
    "BatchItemSerializer": "BatchJobItem",
    "BatchSerializer": "BatchRequest",
    "CheckSerializer": "CheckRequest",
    "ProfileSerializer": "ProfileRequest",
    "ExpirySerializer": "FileExpiry",
}
NULL: dict[str, Any] = {"type": "null"}
STOP: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": MAX_STOP_CHARS}


class StrictSerializerSchema(OpenApiSerializerExtension):
    target_class = StrictSerializer
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str | None:
        return NAMES.get(type(self.target).__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(
            self.target, direction, bypass_extensions=True
        )
        if type(self.target).__doc__ is None:  # drop the inherited docstring
            schema.pop("description", None)
        properties: dict[str, Any] = schema.setdefault("properties", {})
        required = schema.get("required", [])
        for name, field in properties.items():
            if name not in required:
                properties[name] = _or_null(field)
        for name, value in _accepted(self.target).items():
            properties.setdefault(name, value)
        for alias, name in sorted(self.target.aliases.items()):
            same = {"description": f"Another name of {name}."}
            properties.setdefault(alias, properties[name] | same)
        return schema | {"additionalProperties": False}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return schema | {"type": [schema["type"], "null"]}
    shared = ("description", "default")
    outside = {key: value for key, value in schema.items() if key in shared}
    inside = {key: value for key, value in schema.items() if key not in shared}
    return outside | {"anyOf": [inside, NULL]}


def _accepted(serializer: StrictSerializer) -> dict[str, Any]:
    """Schemas of the fields that are accepted but have no effect."""
    ignored = {
        name: {"description": IGNORED, "examples": [None]} for name in sorted(serializer.tolerated)
    }
    refused = {
        name: {
            "enum": [*refusal.accepted, None],  # the values that request nothing
            "description": refusal.reason,
        }
        for name, refusal in sorted(serializer.refused.items())
    }
    return ignored | refused


class QuerySchema(OpenApiSerializerExtension):
    """The parameters of a batch job. They are in the query, as text, so they are never null."""

    target_class = "generation.openai.parameters.ParametersSerializer"
    priority = 1

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(
            self.target, direction, bypass_extensions=True
        )
        stop = schema["properties"]["stop"]
        schema["properties"]["stop"] = STOP | {"description": stop["description"]}
        for name, example in JSON_EXAMPLES.items():
            description = schema["properties"][name]["description"]
            schema["properties"][name] = {
                "type": "string",
                "description": f"{description} It is sent as JSON.",
                "examples": [example],
            }
        draft = schema["properties"]["vocab_draft"]
        schema["properties"]["vocab_draft"] = {
            "type": "string",
            "description": draft["description"] + " An object is sent as JSON.",
            "examples": ["true"],
        }
        return schema


class DraftFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.fields.draft_field.DraftField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        budget = {"type": "integer", "minimum": 1, "description": "Maximum tokens of the draft."}
        options = {
            "type": "object",
            "properties": {"max_tokens": budget},
            "required": ["max_tokens"],
            "additionalProperties": False,
        }
        return {"oneOf": [{"type": "boolean"}, options], "examples": [True]}


class WordsFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.fields.word_fields.WordsField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        return {
            "type": "array",
            "items": {
                "type": "string",
                "minLength": 1,
                "maxLength": settings.WORDLIST_MAX_ENTRY_CHARS,
            },
            "maxItems": self.target.max_words,
            "examples": [["casa", "perro"]],
        }


class ListsFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.fields.word_fields.ListsField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        name = {"type": "string", "description": "A wordlist, such as es, or es@3."}
        count = {
            "type": "integer",
            "minimum": 1,
            "description": "Only this number of its first words.",
        }
        named = {
            "type": "object",
            "properties": {"name": name, "n_words": count},
            "required": ["name"],
            "additionalProperties": False,
        }
        return {
            "type": "array",
            "items": {"oneOf": [name, named]},
            "maxItems": MAX_LISTS,
            "examples": [[{"name": "es", "n_words": 500}]],
        }


class FilterFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.fields.word_fields.FilterField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(FilterSerializer(), direction)
        return {**schema, "minProperties": 1, "examples": [{"max_length": 6}]}


class WordRangeFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.fields.word_range_field.WordRangeField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        return {"type": "string", "pattern": WORD_RANGE}


class StopFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.fields.field_types.StopField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        several = {"type": "array", "items": STOP, "maxItems": MAX_STOPS}
        return {"oneOf": [STOP, several], "examples": [["\n\n", "The end."]]}


class SequenceBreakersFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.fields.field_types.SequenceBreakersField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        string = {"type": "string", "minLength": 1, "maxLength": MAX_BREAKER_CHARS}
        return {"type": "array", "maxItems": MAX_BREAKERS, "items": string}


class LogitBiasFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.fields.field_types.LogitBiasField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        return {
            "type": "object",
            "propertyNames": {"pattern": "^(0|[1-9][0-9]{0,8})$"},
            "additionalProperties": {
                "type": "number",
                "minimum": -MAX_BIAS,
                "maximum": MAX_BIAS,
            },
            "maxProperties": MAX_BIASES,
            "examples": [{"504": -100}],
        }


class MetadataFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.fields.field_types.MetadataField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        return {
            "type": "object",
            "propertyNames": {"maxLength": MAX_METADATA_KEY},
            "additionalProperties": {"type": "string", "maxLength": MAX_METADATA_VALUE},
            "maxProperties": MAX_METADATA,
            "examples": [{"class": "7b"}],
        }


class ContentFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.fields.field_types.ContentField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        text = {"type": "string", "maxLength": self.target.max_chars}
        part = {
            "type": "object",
            "properties": {
                "type": {"enum": ["text"], "description": "Always `text`."},
                "text": text | {"description": "The part's text."},
            },
            "required": ["type", "text"],
        }
        return {
            "oneOf": [text, {"type": "array", "items": part, "minItems": 1}],
            "description": "A string, or parts of type text, which are joined by line breaks.",
            "examples": ["Write a short story about a dog."],
        }


class InputFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.responses.input.InputField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        text = {"type": "string", "maxLength": settings.MAX_MESSAGE_CHARS}
        part = {
            "type": "object",
            "properties": {
                "type": {
                    "enum": list(InputContentField.part_types),
                    "description": "Whose text it is.",
                },
                "text": text | {"description": "The part's text."},
            },
            "required": ["type", "text"],
        }
        message = {
            "type": "object",
            "properties": {
                "type": {"enum": ["message", None], "description": "May be left out."},
                "role": {"enum": list(ROLES), "description": "The author."},
                "content": {
                    "oneOf": [text, {"type": "array", "items": part, "minItems": 1}],
                    "description": "A string, or parts, which are joined by line breaks.",
                },
                "id": {"description": "Accepted and ignored."},
                "status": {"description": "Accepted and ignored."},
                "phase": {"description": "Accepted and ignored."},
            },
            "required": ["role", "content"],
            "additionalProperties": False,
        }
        reasoning = {
            "type": "object",
            "properties": {"type": {"enum": ["reasoning"], "description": "The item is ignored."}},
            "required": ["type"],
        }
        items = {
            "type": "array",
            "items": {"anyOf": [message, reasoning]},
            "minItems": 1,
            "maxItems": settings.MAX_MESSAGES,
        }
        return {
            "oneOf": [text, items],
            "examples": ["Write a short story about a dog."],
        }


class ToolChoiceFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "generation.openai.fields.field_types.ToolChoiceField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        mode = {
            "type": "object",
            "properties": {"mode": {"enum": ["auto"], "description": "Always `auto`."}},
            "required": ["mode"],
            "description": "The tools that may be called.",
        }
        allowed = {
            "type": "object",
            "properties": {
                "type": {"enum": ["allowed_tools"], "description": "Always `allowed_tools`."},
                "allowed_tools": mode,
            },
            "required": ["type", "allowed_tools"],
        }
        return {"oneOf": [{"enum": ["auto", "none"]}, allowed], "examples": ["auto"]}


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
