"""How many replies are being written for each API key, in this process.

The queue bounds what all keys together may ask for; this keeps one of them from taking all of it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from django.conf import settings

from generation.openai.errors import ApiError

RETRY_AFTER = 1  # seconds: a place is free as soon as one of the key's own replies ends


class PerKeyLimit:
    def __init__(self) -> None:
        self._taken: Counter[int] = Counter()
        self._lock = threading.Lock()

    def take(self, key: int, places: int) -> Callable[[], None]:
        """Take all of these places or none; return what frees them, which may be called again.

        Raises ApiError (429).
        """
        limit: int = settings.MAX_CONCURRENT_PER_KEY
        with self._lock:
            taken = self._taken[key]
            if limit and taken + places > limit:
                raise ApiError(
                    429,
                    f"This API key has {taken} replies being written and asks for {places} more;"
                    f" at most {limit} are allowed at once. Try again when one has ended.",
                    kind="rate_limit_error",
                    code="rate_limit_exceeded",
                    headers={"Retry-After": str(RETRY_AFTER)},
                )
            self._taken[key] += places
        freed = False

        def free() -> None:
            nonlocal freed
            with self._lock:
                if not freed:
                    freed = True
                    self._taken[key] -= places
                    if not self._taken[key]:
                        del self._taken[key]

        return free

    @property
    def taken(self) -> int:
        """By all keys."""
        with self._lock:
            return self._taken.total()


per_key_limit = PerKeyLimit()
