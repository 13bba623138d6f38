"""How much of a text the first n entries of a list cover."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Ends of the bands in which running words are counted. The last band ends with the list.
BANDS = (500, 1_000, 2_000, 3_000, 5_000, 10_000)


@dataclass(frozen=True, slots=True)
class Band:
    """The running words whose ranks are first .. last."""

    first: int
    last: int
    words: int


@dataclass(frozen=True, slots=True)
class RankProfile:
    """words: Number of running words. ranks: Those of the listed ones, from 1."""

    words: int
    ranks: Sequence[int]

    @property
    def coverage(self) -> float:
        """The listed share of the running words, 0 to 1; 1 for a text without words."""
        return len(self.ranks) / self.words if self.words else 1.0

    @property
    def mean_rank(self) -> float | None:
        return sum(self.ranks) / len(self.ranks) if self.ranks else None

    @property
    def highest_rank(self) -> int | None:
        return max(self.ranks, default=None)

    def coverage_of_first(self, n: int) -> float:
        """Return the share of the running words that the first n entries cover."""
        return sum(rank <= n for rank in self.ranks) / self.words if self.words else 1.0

    def entries_needed(self, share: float) -> int | None:
        """Return the smallest n whose `coverage_of_first` is at least `share`; None if the list has
        too few of the words.
        """
        # Without the small number, 0.95 of 20 words could be more than 19.
        needed = math.ceil(share * self.words - 1e-9)
        if needed > len(self.ranks):
            return None
        return sorted(self.ranks)[needed - 1] if needed else 0

    def bands(self, list_size: int) -> list[Band]:
        """list_size: Number of entries that the text may use."""
        ends = [end for end in BANDS if end < list_size] + [list_size]
        counts = Counter(next(end for end in ends if rank <= end) for rank in self.ranks)
        return [Band(before + 1, end, counts[end]) for before, end in pairwise([0, *ends])]
