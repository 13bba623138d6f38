"""Which pages may open a WebSocket: those of this site, as with Django's check of a form's origin.

Channels' own validator compares names only, so any server on another port of the same host, such as
another user's, could open a socket with a visitor's session.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.utils.http import is_same_domain


class SameOriginValidator:
    """An ASGI application that refuses sockets of another origin, or of none."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._denier = WebsocketDenier()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_own = is_own_origin(scope.get("headers", []))
        await (self._application if is_own else self._denier)(scope, receive, send)


def is_own_origin(headers: list[tuple[bytes, bytes]]) -> bool:
    """Compare scheme, host and port of `Origin` with `Host`, or with CSRF_TRUSTED_ORIGINS."""
    values = {name.decode("latin1"): value.decode("latin1") for name, value in headers}
    origin = values.get("origin", "").lower()
    if not origin:
        return False
    request = HttpRequest()
    request.META = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in values.items()}
    try:
        host = request.get_host().lower()
    except DisallowedHost:
        return False
    if origin in {f"{scheme}://{host}" for scheme in _schemes(request)}:
        return True
    return any(_matches(origin, trusted.lower()) for trusted in settings.CSRF_TRUSTED_ORIGINS)


def _schemes(request: HttpRequest) -> set[str]:
    if request.is_secure():
        return {"https"}
    # Without a proxy that says it, a socket does not show whether it is encrypted.
    return {"http"} if settings.SECURE_PROXY_SSL_HEADER else {"http", "https"}


def _matches(origin: str, trusted: str) -> bool:
    if "*" not in trusted:
        return origin == trusted
    try:
        given, pattern = urlsplit(origin), urlsplit(trusted.replace("*", "", 1))
    except ValueError:
        return False
    return given.scheme == pattern.scheme and is_same_domain(given.netloc, pattern.netloc)
