"""A limit on wrong passwords: for one name from one address, and for all names from one address.

Counted in this process alone, and before the password is checked, so that simultaneous attempts do
not slip through. A correct password gives its attempt back.
"""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from math import ceil
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.debug import sensitive_post_parameters

WINDOW_SECONDS = 15 * 60.0
ATTEMPTS_FOR_A_NAME = 10
ATTEMPTS_FROM_AN_ADDRESS = 50
MAX_NAME_CHARS = 150  # as in Django's table of users
MAX_KEPT = 10_000

Key = tuple[str, ...]


class Attempts:
    """The attempts of the last WINDOW_SECONDS, by key. The window begins with the first one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[Key, tuple[float, int]] = {}

    def take(self, limits: dict[Key, int]) -> float:
        """Count an attempt under every key. Returns the seconds to wait if one is at its limit."""
        now = self._clock()
        with self._lock:
            if len(self._windows) >= MAX_KEPT:
                self._forget(now)
            found = {key: self._window(key, now) for key in limits}
            waits = [
                began + WINDOW_SECONDS - now
                for key, (began, count) in found.items()
                if count >= limits[key]
            ]
            if waits:
                return max(waits)
            for key, (began, count) in found.items():
                self._windows[key] = (began, count + 1)
            return 0.0

    def give_back(self, keys: dict[Key, int]) -> None:
        with self._lock:
            for key in keys:
                if key in self._windows:
                    began, count = self._windows[key]
                    self._windows[key] = (began, max(0, count - 1))

    def _window(self, key: Key, now: float) -> tuple[float, int]:
        began, count = self._windows.get(key, (now, 0))
        return (now, 0) if now - began >= WINDOW_SECONDS else (began, count)

    def _forget(self, now: float) -> None:
        """Drop what is over; if that is not enough, the oldest half."""
        kept = sorted(
            (item for item in self._windows.items() if now - item[1][0] < WINDOW_SECONDS),
            key=lambda item: item[1][0],
        )
        self._windows = dict(kept[-MAX_KEPT // 2 :])


attempts = Attempts()


def throttled(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Wrap a login view: 429 after too many wrong passwords."""

    @wraps(view)
    @sensitive_post_parameters()
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        address = client_address(request)
        name = normalized(request.POST.get("username", ""))
        limits: dict[Key, int] = {
            (address, name): ATTEMPTS_FOR_A_NAME,
            (address,): ATTEMPTS_FROM_AN_ADDRESS,
        }
        if wait := attempts.take(limits):
            minutes = ceil(wait / 60)
            return HttpResponse(
                f"Too many wrong passwords. Try again in {minutes} minutes.",
                status=429,
                headers={"Retry-After": str(ceil(wait))},
                content_type="text/plain",
            )
        response = view(request, *args, **kwargs)
        if response.status_code == HTTPStatus.FOUND:  # a wrong password gets the form again
            attempts.give_back(limits)
        return response

    return limited


def normalized(name: str) -> str:
    """Return one form for all spellings that the login form takes for the same user.

    The form strips white space and normalizes; other spellings would have attempts of their own.
    """
    return unicodedata.normalize("NFKC", name.strip()[:MAX_NAME_CHARS]).casefold()


def client_address(request: HttpRequest) -> str:
    """Return the address that the proxy has added to X-Forwarded-For, if there is a proxy."""
    if settings.SECURE_PROXY_SSL_HEADER:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded
    return str(request.META.get("REMOTE_ADDR", ""))
