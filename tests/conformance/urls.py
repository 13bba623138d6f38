"""The site's own, and what the process holds: for tests of what is left behind."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import psutil
from django.http import HttpRequest, JsonResponse
from django.urls import path

from generation.chat.chat_call import Call
from generation.chat.per_key_limit import per_key_limit
from generation.engine.handle import Handle
from generation.serving.engine_provider import engine_snapshot
from tests.conformance import puppet
from wordgen_site import urls

handler500 = urls.handler500


async def held(request: HttpRequest) -> JsonResponse:
    """Counted on the server's own event loop, this request's own share included. With `?all` also
    what takes time to count.
    """
    snapshot = engine_snapshot()
    counted = {
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "places": per_key_limit.taken,
        "waiting": snapshot.waiting,
        "rows": snapshot.rows,
        "requests": snapshot.requests,
        "tokens": snapshot.tokens,
    }
    if "all" in request.GET:
        gc.collect()
        process = psutil.Process()
        connections = process.net_connections(kind="inet")
        objects: list[Any] = gc.get_objects()
        counted |= {
            "sockets": sum(each.status == psutil.CONN_ESTABLISHED for each in connections),
            "databases": sum("sqlite3" in file.path for file in process.open_files()),
            "handles": sum(isinstance(each, Handle) for each in objects),
            "calls": sum(isinstance(each, Call) for each in objects),
        }
    return JsonResponse(counted)


async def fail_now(request: HttpRequest) -> JsonResponse:
    puppet.fail_now.set()
    return JsonResponse({})


urlpatterns = [
    path("held", held),
    path("fail-now", fail_now),
    *urls.urlpatterns,
]
