"""The admin's page about the engine that the process uses which answers it."""

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
    health, counted = engine_health(), engine_snapshot()
    engine = own_engine()
    counters = engine.counters if engine else Counters()
    figures = (engine and engine.constraints) or ConstraintStats()
    rows = [
        ("Requests waiting", counted.waiting),
        ("Requests being answered", counters.running),
        ("Refused, the queue being full", counters.rejections),
        ("Rows of the last step", counted.rows),
        ("Requests", counted.requests),
        ("Failed or cancelled", counted.failures),
        ("Tokens written", counted.tokens),
        ("Prompt tokens computed", counted.prompt_tokens),
        ("Tokens a second", f"{counted.tokens_per_second:.1f}"),
        ("A step, ms", f"{1e3 * counted.step:.1f}"),
        ("of it, constraint and choice, ms", f"{1e3 * counted.choosing:.1f}"),
        ("Until the first text, ms", f"{1e3 * counted.first_token:.0f}"),
        ("Times out of memory", counted.shortages),
        ("Prompt tokens of replies", counters.prefix_queries),
        ("of them, computed by another request", counters.prefix_hits),
        ("Lists that are ready", len(figures.constraints)),
        ("Requests whose list was ready, was built", f"{figures.hits}, {figures.misses}"),
        ("Building a list, ms on average", f"{1e3 * figures.builds.mean:.0f}"),
        ("States of lists that are known", figures.states),
        ("Masks, computed of them", f"{figures.masks.count}, {figures.rows_made}"),
        ("A mask, µs on average", f"{1e6 * figures.masks.mean:.0f}"),
    ]
    context = {
        **admin.site.each_context(request),
        "title": "Engine",
        "health": health,
        "rows": rows,
        "address": settings.ENGINE_URL,
    }
    return render(request, "admin/generation/engine.html", context)
