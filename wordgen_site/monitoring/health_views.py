"""Health checks for supervisors and load balancers. They need no key."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from generation.serving.engine_provider import engine_health
from wordgen_site.config.pending_migrations import are_migrations_pending
from wordgen_site.monitoring.write_check import write_problem


def live(request: HttpRequest) -> JsonResponse:
    """Answer 200 whenever the process runs."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 if this process can do its work.

    The database answers, has all migrations and can be written to, the data folder can be written
    to, and the engine is not in a fault. An engine that was not used yet is not loaded for this.
    While it loads, requests are accepted and wait, so this is 200 too, with the status "loading".
    """
    try:
        pending = are_migrations_pending()
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "reason": "database"}, status=503)
    if pending:
        return JsonResponse({"status": "unavailable", "reason": "migrations"}, status=503)
    if problem := write_problem():
        return JsonResponse({"status": "unavailable", "reason": problem}, status=503)
    engine = engine_health()
    if not engine.is_good:
        reason = f"engine {engine.state}"
        return JsonResponse({"status": "unavailable", "reason": reason}, status=503)
    if engine.state == "loading":
        return JsonResponse({"status": "loading", "step": engine.detail})
    return JsonResponse({"status": "ok"})
