"""Describe an operation for OpenAPI in another module than its view."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.utils import extend_schema, extend_schema_view


def describe(view: str, **operations: dict[str, Any]) -> None:
    """view: Dotted path of the view.
    operations: Arguments of `extend_schema`, by HTTP method.
    """

    def view_replacement(self: OpenApiViewExtension) -> type:
        target: Any = self.target_class  # the library has imported the view by now
        described = type(target.__name__, (target,), {})
        methods = {name: extend_schema(**options) for name, options in operations.items()}
        return extend_schema_view(**methods)(described)

    members = {"target_class": view, "view_replacement": view_replacement}
    type(f"Description of {view}", (OpenApiViewExtension,), members)
