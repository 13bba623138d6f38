"""The description of what is for operators: health is Django's alone and not in it."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes

from wordgen_site.schema_tools import describe

describe(
    "wordgen_site.metrics.MetricsView",
    get={
        "operation_id": "metrics",
        "summary": "What this process does, for Prometheus",
        "tags": ["Operation"],
        "responses": {
            (200, "text/plain"): OpenApiTypes.STR,
            (200, "application/openmetrics-text"): OpenApiTypes.STR,
        },
    },
)
