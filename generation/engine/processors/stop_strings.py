"""Search for stop strings in text that arrives in pieces; `detokenizer.py` cuts the text there."""

from __future__ import annotations

from collections.abc import Sequence

from generation.constraint.tokenizer.token_bytes import TokenTable


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


class StopTokens:
    """The same search for a run that chooses among several replies, and knows tokens only."""

    def __init__(self, strings: Sequence[str], table: TokenTable) -> None:
        self._strings = [string.encode(errors="surrogatepass") for string in strings if string]
        self._longest = max(map(len, self._strings))
        self._table = table

    def __call__(self, tokens: Sequence[int]) -> bool:
        """True if the last token completes a stop string."""
        last = len(self._table.text(tokens[-1:]))
        # At least one byte of the last token belongs to the string. A token has at least a byte.
        tail = self._table.text(tokens[-(self._longest + 1) :])[-(self._longest - 1 + last) :]
        return last > 0 and any(string in tail for string in self._strings)
