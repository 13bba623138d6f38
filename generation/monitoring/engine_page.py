"""The admin page about the engine that this process uses."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from generation.constraint.stats import ConstraintStats
from generation.engine.stats.counters import Counters
from generation.serving.engine_provider import engine_health, engine_snapshot, own_engine


@staff_member_required
def engine_page(request: HttpRequest) -> HttpResponse:
    health, snapshot = engine_health(), engine_snapshot()
    engine = own_engine()
    counters = engine.counters if engine else Counters()
    stats = (engine and engine.constraints) or ConstraintStats()
    rows = [
        ("Requests waiting", snapshot.waiting),
        ("Running requests", counters.running),
        ("Requests refused because the queue was full", counters.rejections),
        ("Sequences in the last step", snapshot.rows),
        ("Requests", snapshot.requests),
        ("Failed or cancelled requests", snapshot.failures),
        ("Generated tokens", snapshot.tokens),
        ("Computed prompt tokens", snapshot.prompt_tokens),
        ("Tokens per second", f"{snapshot.tokens_per_second:.1f}"),
        ("Time of a step, ms", f"{1e3 * snapshot.step:.1f}"),
        ("of this, for constraints and sampling, ms", f"{1e3 * snapshot.choosing:.1f}"),
        ("Time to the first text, ms", f"{1e3 * snapshot.first_token:.0f}"),
        ("Times that the model ran out of memory", snapshot.shortages),
        ("Prompt tokens of finished requests", counters.prefix_queries),
        ("of these, found in the prefix cache", counters.prefix_hits),
        ("Lists that are ready", len(stats.constraints)),
        ("Requests whose list was ready / was built", f"{stats.hits} / {stats.misses}"),
        ("Mean time to build a list, ms", f"{1e3 * stats.builds.mean:.0f}"),
        ("Computed states of lists", stats.states),
        ("Logit masks / of these, not cached", f"{stats.masks.count} / {stats.rows_made}"),
        ("Mean time of a logit mask, µs", f"{1e6 * stats.masks.mean:.0f}"),
    ]
    context = {
        **admin.site.each_context(request),
        "title": "Engine",
        "health": health,
        "rows": rows,
        "address": settings.ENGINE_URL,
    }
    return render(request, "admin/generation/engine.html", context)
