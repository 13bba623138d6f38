"""Health checks for supervisors and load balancers. They need no key."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, JsonResponse

from generation.serving.engine_provider import engine_health
from wordgen_site.monitoring.readiness import engine_problem, storage_problem


def live(request: HttpRequest) -> JsonResponse:
    """Answer 200 whenever the process runs."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 if this process can do its work.

    The database answers, has all migrations and can be written to, the data folder can be written
    to, and the engine is not in a fault. An engine that was not used yet is not loaded for this.
    While it loads, requests are accepted and wait, so this is 200 too, with the status "loading".
    """
    problem = storage_problem() or engine_problem()
    if problem:
        return JsonResponse({"status": "unavailable", **asdict(problem)}, status=503)
    engine = engine_health()
    if engine.state == "loading":
        return JsonResponse({"status": "loading", "step": engine.detail})
    return JsonResponse({"status": "ok"})
