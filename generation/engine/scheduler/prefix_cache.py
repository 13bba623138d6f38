"""The prefix cache: keys and values of earlier prompts, which later prompts begin with.

`prefill.py` copies them into the rows of later prompts.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import count

from generation.engine.model.kv_cache import Block

# Copying fewer tokens than this saves no time.
MIN_SHARED_TOKENS = 16


def common_prefix_length(first: list[int], second: list[int]) -> int:
    """Return the length of the common prefix, by binary search over slices."""
    size = min(len(first), len(second))
    if first[:size] == second[:size]:
        return size
    # The first `same` tokens are equal; the first `different` tokens are not.
    same, different = 0, size
    while different - same > 1:
        middle = (same + different) // 2
        if first[same:middle] == second[same:middle]:
            same = middle
        else:
            different = middle
    return same


class PrefixCache:
    """Drops the least recently used entry first.

    max_tokens: Maximum number of tokens of all entries together.
    """

    def __init__(self, max_tokens: int) -> None:
        self._max_tokens = max_tokens
        self._entries: OrderedDict[int, tuple[list[int], Block]] = OrderedDict()
        self._numbers = count()
        self.tokens = 0

    def longest(self, ids: list[int]) -> tuple[int, Block | None]:
        """Return the longest common prefix with an entry, and that entry's keys and values.

        (0, None) if it is shorter than MIN_SHARED_TOKENS.
        """
        best, found = 0, None
        for number, (known, _) in self._entries.items():
            shared = common_prefix_length(known, ids)
            if shared > best:
                best, found = shared, number
        if found is None or best < MIN_SHARED_TOKENS:
            return 0, None
        self._entries.move_to_end(found)
        return best, self._entries[found][1]

    def wants(self, ids: list[int]) -> bool:
        """False if an entry begins with these ids already, or if they are too long or too short."""
        if not MIN_SHARED_TOKENS <= len(ids) <= self._max_tokens:
            return False
        entries = self._entries.values()
        return all(common_prefix_length(known, ids) < len(ids) for known, _ in entries)

    def add(self, ids: list[int], block: Block) -> None:
        """block: Keys and values of these ids. Entries that are a prefix of them are dropped."""
        for number, (known, _) in list(self._entries.items()):
            if len(known) <= len(ids) and common_prefix_length(known, ids) == len(known):
                self._drop(number)
        self._entries[next(self._numbers)] = ids, block
        self.tokens += len(ids)
        while self.tokens > self._max_tokens:
            self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        self._entries.clear()
        self.tokens = 0

    def _drop(self, number: int) -> None:
        self.tokens -= len(self._entries.pop(number)[0])
