"""The limits of concurrent replies for one API key and for one user, counted in this process.

The engine's queue limits all users together. These limits prevent one key from filling the queue,
and one user with several keys and playground pages.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from django.conf import settings

from generation.openai.errors import ApiError

RETRY_AFTER = 1  # seconds; any reply of the same key or user that ends makes room for another

Release = Callable[[], None]


class ConcurrencyLimit:
    """setting: Name of the setting with the limit; 0 for no limit. who: For the message."""

    def __init__(self, setting: str, who: str) -> None:
        self._setting = setting
        self._who = who
        self._running: Counter[int] = Counter()
        self._lock = threading.Lock()

    def acquire(self, key: int, replies: int) -> Release:
        """Count `replies` more for `key`; return a function that takes them off again.

        Only the first call of that function has an effect. Raises ApiError (429) and counts
        nothing if the key would exceed the limit.
        """
        limit: int = getattr(settings, self._setting)
        with self._lock:
            running = self._running[key]
            if limit and running + replies > limit:
                raise ApiError(
                    429,
                    f"{self._who} has {running} replies in progress and asks for {replies} more;"
                    f" at most {limit} are allowed at once. Try again when one has ended.",
                    kind="rate_limit_error",
                    code="rate_limit_exceeded",
                    headers={"Retry-After": str(RETRY_AFTER)},
                )
            self._running[key] += replies
        released = False

        def release() -> None:
            nonlocal released
            with self._lock:
                if not released:
                    released = True
                    self._running[key] -= replies
                    if not self._running[key]:
                        del self._running[key]

        return release

    @property
    def total(self) -> int:
        """Number of replies in progress for all keys."""
        with self._lock:
            return self._running.total()


class PerKeyLimit(ConcurrencyLimit):
    def __init__(self) -> None:
        super().__init__("MAX_CONCURRENT_PER_KEY", "This API key")


class PerUserLimit(ConcurrencyLimit):
    def __init__(self) -> None:
        super().__init__("MAX_CONCURRENT_PER_USER", "This user")


per_key_limit = PerKeyLimit()
per_user_limit = PerUserLimit()


def hold_places(replies: int, *, user: int, key: int | None = None) -> Release:
    """Count `replies` more for the user, and for the API key if there is one; return what takes
    them off again. Raises ApiError (429) and counts nothing if a limit would be exceeded.
    """
    releases = [per_user_limit.acquire(user, replies)]
    if key is not None:
        try:
            releases.append(per_key_limit.acquire(key, replies))
        except ApiError:
            releases[0]()
            raise

    def release() -> None:
        for each in releases:
            each()

    return release
