"""Search for stop strings in text that arrives in pieces; `detokenizer.py` cuts the text there."""

from __future__ import annotations

from collections.abc import Sequence


class StopStrings:
    """Searches held text only: text that may begin a stop string is held until that is clear."""

    def __init__(self, strings: Sequence[str]) -> None:
        self._strings = tuple(filter(None, strings))
        self._longest = max(map(len, self._strings), default=0)

    def find(self, held: str, old: int) -> int | None:
        """Return the start of the earliest stop string in the held text.

        old: Number of its first characters that an earlier call has searched.
        """
        starts = [
            start
            for string in self._strings
            if (start := held.find(string, max(0, old - len(string) + 1))) >= 0
        ]
        return min(starts, default=None)

    def pending(self, held: str) -> int:
        """Return how many characters at the end of the held text may begin a stop string."""
        for size in range(min(len(held), self._longest - 1), 0, -1):
            tail = held[-size:]
            if any(string.startswith(tail) for string in self._strings):
                return size
        return 0
