"""Prompts that were computed before: keys and values of their tokens, kept while memory lasts."""

from __future__ import annotations

from collections import OrderedDict
from itertools import count

from generation.engine.model.kv_cache import Block

# Copying fewer columns than this saves nothing.
MIN_SHARED = 16


def common_length(first: list[int], second: list[int]) -> int:
    """How many tokens two sequences begin with in common."""
    size = min(len(first), len(second))
    if first[:size] == second[:size]:
        return size
    same, different = 0, size  # of the first `same` all are equal, of `different` not
    while different - same > 1:
        middle = (same + different) // 2
        if first[same:middle] == second[same:middle]:
            same = middle
        else:
            different = middle
    return same


class PrefixCache:
    """Least recently used goes first. max_tokens: of all entries together."""

    def __init__(self, max_tokens: int) -> None:
        self._max_tokens = max_tokens
        self._entries: OrderedDict[int, tuple[list[int], Block]] = OrderedDict()
        self._numbers = count()
        self.tokens = 0

    def longest(self, ids: list[int]) -> tuple[int, Block | None]:
        """How many of the first ids some entry has, and that entry; (0, None) if too few."""
        best, found = 0, None
        for number, (known, _) in self._entries.items():
            shared = common_length(known, ids)
            if shared > best:
                best, found = shared, number
        if found is None or best < MIN_SHARED:
            return 0, None
        self._entries.move_to_end(found)
        return best, self._entries[found][1]

    def wants(self, ids: list[int]) -> bool:
        """False if an entry has all of them already, or they are too many or too few."""
        if not MIN_SHARED <= len(ids) <= self._max_tokens:
            return False
        return all(common_length(known, ids) < len(ids) for known, _ in self._entries.values())

    def add(self, ids: list[int], block: Block) -> None:
        """block: the columns of these ids. Entries that it goes on from are dropped."""
        for number, (known, _) in list(self._entries.items()):
            if len(known) <= len(ids) and common_length(known, ids) == len(known):
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
