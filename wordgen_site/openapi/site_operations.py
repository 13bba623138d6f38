"""OpenAPI description of /metrics. The health checks are plain Django views and not described."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes

from generation.openai.schema.describe import describe

describe(
    "wordgen_site.monitoring.metrics_view.MetricsView",
    get={
        "operation_id": "metrics",
        "summary": "Metrics of this process, for Prometheus",
        "tags": ["Operation"],
        "responses": {
            (200, "text/plain"): OpenApiTypes.STR,
            (200, "application/openmetrics-text"): OpenApiTypes.STR,
        },
    },
)
