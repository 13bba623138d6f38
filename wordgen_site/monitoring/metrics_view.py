"""GET /metrics: what this process does, in Prometheus' text format.

Each process answers for itself: its requests, its engine, its memory. What the database knows
(batch jobs) is the same from all of them. The names are vLLM's with our prefix, where it has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from batches.job_metrics import BatchCollector
from generation.monitoring.engine_metrics import EngineCollector
from wordgen_site.monitoring.request_counts import http_requests

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)
GCCollector(registry=registry)
registry.register(http_requests)
registry.register(EngineCollector())
registry.register(BatchCollector())


class MetricsView(APIView):
    """For whoever has a key, or for everybody if METRICS_PUBLIC."""

    def get(self, request: Request) -> HttpResponse:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return HttpResponse(encode(registry), content_type=content_type)

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [] if settings.METRICS_PUBLIC else list(super().get_authenticators())

    def get_permissions(self) -> Sequence[Any]:
        return [AllowAny()] if settings.METRICS_PUBLIC else super().get_permissions()
