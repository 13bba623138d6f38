"""Counts the HTTP requests of this process by method, route and class of status."""

from __future__ import annotations

from django.http import HttpRequest
from prometheus_client import Counter, disable_created_metrics

# Clients send the method names. Without a closed set, each name could create a new time series.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"

# Otherwise each series gets a second one with the time of its creation.
disable_created_metrics()  # type: ignore[no-untyped-call]

http_requests = Counter(
    "wordgen_http_requests",
    "Answered HTTP requests, by name of the route and class of status.",
    ["method", "handler", "status"],
    registry=None,  # metrics_view has its own registry
)


def count_request(request: HttpRequest, status: int) -> None:
    method = request.method if request.method in METHODS else OTHER
    match = request.resolver_match
    handler = match.view_name if match and match.url_name else OTHER
    http_requests.labels(method, handler, f"{status // 100}xx").inc()
