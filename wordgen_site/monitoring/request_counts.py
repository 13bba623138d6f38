"""Counts what this process has answered, by route and kind of status."""

from __future__ import annotations

from django.http import HttpRequest
from prometheus_client import Counter, disable_created_metrics

# Names come from clients: without a closed set each could make a series of its own.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"

# A second series for each, with the time at which it began.
disable_created_metrics()  # type: ignore[no-untyped-call]

http_requests = Counter(
    "wordgen_http_requests",
    "HTTP requests that were answered, by the name of the route and the kind of status.",
    ["method", "handler", "status"],
    registry=None,  # `metrics` has a registry of its own
)


def count_request(request: HttpRequest, status: int) -> None:
    method = request.method if request.method in METHODS else OTHER
    match = request.resolver_match
    handler = match.view_name if match and match.url_name else OTHER
    http_requests.labels(method, handler, f"{status // 100}xx").inc()
