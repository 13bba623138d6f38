"""The description of what is for operators: health is Django's alone and not in it."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes

from generation.openai.schema.describe import describe

describe(
    "wordgen_site.monitoring.metrics_view.MetricsView",
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
