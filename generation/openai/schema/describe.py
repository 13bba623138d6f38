"""Describe an operation from outside of its view."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.utils import extend_schema, extend_schema_view


def describe(view: str, **operations: dict[str, Any]) -> None:
    """view: its dotted path. operations: by method, what `extend_schema` takes."""

    def view_replacement(self: OpenApiViewExtension) -> type:
        target: Any = self.target_class  # loaded by now
        described = type(target.__name__, (target,), {})
        methods = {name: extend_schema(**options) for name, options in operations.items()}
        return extend_schema_view(**methods)(described)

    members = {"target_class": view, "view_replacement": view_replacement}
    type(f"Description of {view}", (OpenApiViewExtension,), members)
