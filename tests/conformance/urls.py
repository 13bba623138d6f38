"""The site's URLs and two more, which report what the process holds, to find leaks."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import psutil
from django.http import HttpRequest, JsonResponse
from django.urls import path

from generation.chat.chat_call import ChatCall
from generation.chat.per_key_limit import per_key_limit
from generation.engine.handle import Handle
from generation.serving.engine_provider import engine_snapshot
from tests.conformance import puppet
from wordgen_site import urls

handler500 = urls.handler500


async def held(request: HttpRequest) -> JsonResponse:
    """Count on the server's event loop, this request included. `?all` adds the counts that take
    time.
    """
    snapshot = engine_snapshot()
    counted = {
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "replies": per_key_limit.total,
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
            "calls": sum(isinstance(each, ChatCall) for each in objects),
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
