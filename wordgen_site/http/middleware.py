"""The outermost middleware: the access log, errors in the API's shape, and client disconnects.

All of it is natively async, because a sync-only layer here would hide a disconnect.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.encoding import escape_uri_path

from generation.openai.error_responses import (
    in_openais_shape,
    is_api_path,
    not_found,
    unknown_host,
)
from wordgen_site.monitoring.request_counts import count_request

access_log = logging.getLogger("wordgen.access")

GetResponse = Callable[[HttpRequest], Awaitable[HttpResponseBase]]
CLIENT_CLOSED_REQUEST = 499
REQUEST_ID = "x-request-id"


class AsyncMiddleware:
    async_capable = True
    sync_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)  # type: ignore[type-var]


class RequestLogMiddleware(AsyncMiddleware):
    """Give every response an `x-request-id`, and log the request without its query string.

    The query may contain a key (`?token=`). For the same reason daphne's own access log is off.
    """

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        started = time.perf_counter()
        status = CLIENT_CLOSED_REQUEST
        try:
            response = await self.get_response(request)
            status = response.status_code
            response.headers[REQUEST_ID] = request_id
            return response
        finally:
            count_request(request, status)
            # A batch job makes thousands of internal requests.
            quiet = status == HTTPStatus.OK and request.path.startswith("/internal/")
            log_access(
                request.method,
                request.path,
                status,
                time.perf_counter() - started,
                request_id,
                key=getattr(request, "key_prefix", ""),
                level=logging.DEBUG if quiet else logging.INFO,
            )


def log_access(
    method: str | None,
    path: str,
    status: int,
    seconds: float,
    request_id: str,
    *,
    key: str = "",
    level: int = logging.INFO,
) -> None:
    """Write one line of the access log.

    path: Without its query string. key: The prefix of the API key, if there is one.
    """
    fields = {
        "method": method,
        "path": escape_uri_path(path),
        "status": status,
        "ms": round(seconds * 1000),
        "request_id": request_id,
        **({"key": key} if key else {}),
    }
    text = " ".join(f"{name}=%s" for name in fields)
    access_log.log(level, text, *fields.values(), extra=fields)


class ApiErrorMiddleware(AsyncMiddleware):
    """Replace error pages under the API's paths by JSON, whichever layer made them.

    A wrong host is answered here for every path: Django's own page does not say what is wrong.
    """

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (refusal := unknown_host(request)) is not None:
            return refusal
        if "\0" in request.path and is_api_path(request.path):
            return not_found(request)  # PostgreSQL cannot search for NUL
        return in_openais_shape(request, await self.get_response(request))


class NoStoreMiddleware(AsyncMiddleware):
    """Let no browser or proxy keep a response, unless it says how long, as static files do.

    Nearly everything here is one user's: replies, results, files, pages with a session.
    """

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = await self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class OnDisconnect:
    """Callbacks for the time the client leaves. Added later, they are called at once."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], None]] = []
        self._left = False
        self._lock = threading.Lock()

    def add(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if not self._left:
                self._callbacks.append(callback)
                return
        callback()

    def run(self) -> None:
        with self._lock:
            self._left = True
        for callback in self._callbacks:
            callback()


class DisconnectMiddleware(AsyncMiddleware):
    """Run the callbacks of `request.on_disconnect` when the client leaves before the response.

    Django cancels the waiting coroutine then, but a view that waits in a thread does not notice.
    Without this, its request would stay in the engine until its end.
    """

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        on_disconnect = OnDisconnect()
        request.on_disconnect = on_disconnect  # type: ignore[attr-defined]
        response = asyncio.ensure_future(self.get_response(request))
        try:
            # Shielded: a sync-only layer below delays the cancellation until the view has
            # returned, and the view only returns when the callbacks have run.
            return await asyncio.shield(response)
        except asyncio.CancelledError:
            on_disconnect.run()
            response.cancel()
            await asyncio.wait([response])
            raise
