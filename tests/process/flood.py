"""Daphne with the site's patches and an application that sends over a WebSocket without an end.

An HTTP request gets the counts: messages sent and received, and open sockets.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

import wordgen_site.asgi

__all__ = ["application", "wordgen_site"]

MESSAGE = "x" * 64 * 1024
# An end after all, of 640 MB, for a server that takes everything.
MAX_SENT = 10_000
counts: Counter[str] = Counter()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(counts).encode()})
        return
    await send({"type": "websocket.accept"})
    counts["open"] += 1
    sending = asyncio.create_task(flood(send))
    while (message := await receive())["type"] != "websocket.disconnect":
        counts["received"] += message["type"] == "websocket.receive"
    counts["disconnected"] += 1
    await sending
    counts["open"] -= 1


async def flood(send: Any) -> None:
    while counts["sent"] < MAX_SENT and not counts["disconnected"]:
        await send({"type": "websocket.send", "text": MESSAGE})
        counts["sent"] += 1
        await asyncio.sleep(0)
