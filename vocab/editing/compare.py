"""Compares two versions of a list's entries."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moved:
    """A word that both versions have, with its ranks. Ranks count from 1."""

    word: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different in the second version.

    added, removed: Words of one version only, in its order, without those in `recased`.
    recased: Pairs (before, after) of spellings that differ only in capital letters.
    moved: The smallest set of words that changed places; not those that others pushed along.
    """

    added: list[str]
    removed: list[str]
    recased: list[tuple[str, str]]
    moved: list[Moved]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.recased or self.moved)


def compare(before: Sequence[str], after: Sequence[str]) -> Comparison:
    """Compare two versions. Neither may have a word twice."""
    old_rank = {word: rank for rank, word in enumerate(before, 1)}
    new = set(after)
    removed = [word for word in before if word not in new]
    added = [word for word in after if word not in old_rank]
    recased = _recased(removed, added)
    old_spellings = {old for old, _ in recased}
    new_spellings = {spelling for _, spelling in recased}
    kept = [(word, rank) for rank, word in enumerate(after, 1) if word in old_rank]
    in_place = _increasing([old_rank[word] for word, _ in kept])
    moved = [
        Moved(word, old_rank[word], rank)
        for index, (word, rank) in enumerate(kept)
        if index not in in_place
    ]
    return Comparison(
        added=[word for word in added if word not in new_spellings],
        removed=[word for word in removed if word not in old_spellings],
        recased=recased,
        moved=moved,
    )


def _recased(removed: Sequence[str], added: Sequence[str]) -> list[tuple[str, str]]:
    # Polish and polish may both be removed while one of them is added.
    by_letters: dict[str, list[str]] = {}
    for word in reversed(removed):
        by_letters.setdefault(word.casefold(), []).append(word)
    pairs = []
    for word in added:
        candidates = by_letters.get(word.casefold())
        if candidates:
            pairs.append((candidates.pop(), word))
    return pairs


def _increasing(ranks: Sequence[int]) -> set[int]:
    """Return the indexes of a longest increasing subsequence (patience sorting)."""
    tails: list[int] = []  # the lowest last rank of a subsequence of each length
    at: list[int] = []  # the index of that rank
    previous: list[int] = []
    for index, rank in enumerate(ranks):
        length = bisect_left(tails, rank)
        previous.append(at[length - 1] if length else -1)
        if length == len(tails):
            tails.append(rank)
            at.append(index)
        else:
            tails[length] = rank
            at[length] = index
    found: set[int] = set()
    index = at[-1] if at else -1
    while index >= 0:
        found.add(index)
        index = previous[index]
    return found
