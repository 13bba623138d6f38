"""The schemas of uploads, which are forms."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema

FILES = {
    "file": {
        "type": "string",
        "format": "binary",
        "description": "A list in any format that can be read: text, a table, a workbook, an Anki"
        " deck, a dictionary.",
    },
    "affixes": {
        "type": "string",
        "format": "binary",
        "description": "The `.aff` file of a hunspell dictionary.",
    },
}


class FormSchema(OpenApiSerializerExtension):
    """A form has no null, and has files besides the fields of its serializer."""

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(
            self.target, direction, bypass_extensions=True
        )
        return schema | {
            "properties": FILES | schema["properties"],
            "required": ["file", *schema.get("required", [])],
            "additionalProperties": False,
        }


class NewListForm(FormSchema):
    target_class = "generation.wordlist_api.fields.content_fields.NewListUploadSerializer"
    priority = 1


class NewRevisionForm(FormSchema):
    target_class = "generation.wordlist_api.fields.content_fields.NewRevisionUploadSerializer"
    priority = 1
