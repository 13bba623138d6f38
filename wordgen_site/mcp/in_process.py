"""Calls of this server's own HTTP API, in the same process.

A tool is a client of the API like any other: the key, its scopes and limits, the validation and
the errors are those of the endpoint that it calls.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, MutableMapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from wordgen_site.http.early_errors import ApiHandler

# Headers of the client that say who asks, and how it has reached the server.
PASSED_ON = frozenset({b"host", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"})

Message = MutableMapping[str, Any]


class ApiRefusal(Exception):
    """The API has answered with an error. The text is its message, for people."""


@cache
def _handler() -> ApiHandler:
    return ApiHandler()


class InProcessApi:
    """scope: The ASGI scope of the request on whose behalf the API is called.
    token: The API key.
    """

    def __init__(self, scope: Mapping[str, Any], token: str) -> None:
        self._scope = scope
        headers = [(name, value) for name, value in scope["headers"] if name in PASSED_ON]
        self._headers = [
            *headers,
            (b"authorization", f"Bearer {token}".encode()),
            (b"content-type", b"application/json"),
        ]

    async def get(self, path: str, **query: str) -> Any:
        """Return the body of a response. Raises ApiRefusal."""
        return await self._call("GET", path, query, b"")

    async def post(self, path: str, **body: Any) -> Any:
        """Return the body of a response. Raises ApiRefusal. body: None counts as not sent."""
        return await self._call("POST", path, {}, json.dumps(body).encode())

    async def _call(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Any:
        scope = {
            **self._scope,
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": urlencode(query).encode(),
            "headers": [*self._headers, (b"content-length", str(len(body)).encode())],
        }
        messages: asyncio.Queue[Message] = asyncio.Queue()
        messages.put_nowait({"type": "http.request", "body": body, "more_body": False})
        status, parts = 500, []

        async def send(message: Mapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        call = asyncio.ensure_future(_handler()(scope, messages.get, send))
        try:
            await asyncio.shield(call)
        except asyncio.CancelledError:
            # The API ends the reply in the engine, as for any client that leaves.
            messages.put_nowait({"type": "http.disconnect"})
            await asyncio.wait([call])
            raise
        answer = json.loads(b"".join(parts))
        if status != 200:
            raise ApiRefusal(answer["error"]["message"])
        return answer
