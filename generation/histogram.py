"""Histograms with fixed buckets, as Prometheus has them. One observation costs one addition.

A histogram is written under the counters' lock or by the engine's thread alone. Any thread may
read it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

# Bucket bounds in seconds: MICRO for one logit mask, SHORT for one token, LONG for one request.
MICRO = (5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 1e-1)
SHORT = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
LONG = (
    0.1,
    0.3,
    0.5,
    0.8,
    1.0,
    1.5,
    2.0,
    2.5,
    5.0,
    10.0,
    15.0,
    20.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
)
# Bucket bounds in tokens (COUNTS) and in sequences (FEW).
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
FEW = (1, 2, 3, 4, 5, 8, 16)


class Histogram:
    """bounds: Upper bounds of the buckets, ascending. One more bucket takes larger values.

    total: Sum of all observed values.
    """

    __slots__ = ("_bounds", "_counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float, times: int = 1) -> None:
        self._counts[bisect_left(self._bounds, value)] += times
        self.total += value * times

    @property
    def count(self) -> int:
        return sum(self._counts)

    @property
    def mean(self) -> float:
        count = self.count
        return self.total / count if count else 0.0

    def cumulative(self) -> list[tuple[float, int]]:
        """Return (upper bound, number of observations up to it); the last bound is infinity."""
        buckets, seen = [], 0
        for bound, count in zip((*self._bounds, float("inf")), list(self._counts), strict=True):
            seen += count
            buckets.append((bound, seen))
        return buckets
