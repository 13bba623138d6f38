"""GET /metrics: the metrics of this process, in Prometheus' text format.

Each process reports its own requests, engine and memory. The metrics of batch jobs come from the
database, so they are the same in all processes. Metrics that vLLM also has, have vLLM's names with
the prefix `wordgen_`.
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
from generation.auth.scopes import Scope
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
    """Requires a key, unless METRICS_PUBLIC is set."""

    read_scope = Scope.METRICS

    def get(self, request: Request) -> HttpResponse:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return HttpResponse(encode(registry), content_type=content_type)

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [] if settings.METRICS_PUBLIC else list(super().get_authenticators())

    def get_permissions(self) -> Sequence[Any]:
        return [AllowAny()] if settings.METRICS_PUBLIC else super().get_permissions()
