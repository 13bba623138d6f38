"""The limit of concurrent replies for one API key, counted in this process.

The engine's queue limits all keys together. This limit prevents one key from filling the queue.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from django.conf import settings

from generation.openai.errors import ApiError

RETRY_AFTER = 1  # seconds; any reply of the same key that ends makes room for another


class PerKeyLimit:
    def __init__(self) -> None:
        self._running: Counter[int] = Counter()
        self._lock = threading.Lock()

    def acquire(self, key: int, replies: int) -> Callable[[], None]:
        """Count `replies` more for `key`; return a function that takes them off again.

        Only the first call of that function has an effect. Raises ApiError (429) and counts
        nothing if the key would exceed MAX_CONCURRENT_PER_KEY.
        """
        limit: int = settings.MAX_CONCURRENT_PER_KEY
        with self._lock:
            running = self._running[key]
            if limit and running + replies > limit:
                raise ApiError(
                    429,
                    f"This API key has {running} replies in progress and asks for {replies} more;"
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


per_key_limit = PerKeyLimit()
