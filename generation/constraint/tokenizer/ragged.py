"""Many token paths in two arrays, which is how numpy can work on all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vocab.words.trie import Int32, Int64

# How many tokens each text has, and the ids of all, one text after the other.
Paths = tuple[Int64, Int64]
NO_PATHS: Paths = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def flattened(paths: Sequence[Sequence[int]]) -> Paths:
    """Return the lengths of the paths and all their ids, one path after the other."""
    lengths = np.fromiter((len(path) for path in paths), np.int64, len(paths))
    return lengths, np.fromiter(chain.from_iterable(paths), np.int64, int(lengths.sum()))


def compact(table: Int32, nothing: int) -> Paths:
    """Return the ids of each row, without those that stand for nothing."""
    there = table != nothing
    return np.count_nonzero(there, axis=1), table[there]


def reordered(paths: Paths, order: Int64) -> Paths:
    """Return the paths in the order of these indices."""
    lengths, symbols = paths
    starts = np.cumsum(lengths) - lengths
    lengths = lengths[order]
    offsets = np.repeat(starts[order] - (np.cumsum(lengths) - lengths), lengths)
    return lengths, symbols[offsets + np.arange(len(offsets))]


def split(paths: Paths, ends: Int64) -> list[Paths]:
    """Return the paths in parts. ends: the last one gives them all."""
    lengths, symbols = paths
    cuts = np.append(0, np.cumsum(lengths))[ends[:-1]]
    parts = zip(np.split(lengths, ends[:-1]), np.split(symbols, cuts), strict=True)
    return list(parts)


def interleaved(
    first_indices: Sequence[int] | Int64,
    first: Paths,
    second_indices: Sequence[int] | Int64,
    second: Paths,
) -> Paths:
    """Put two groups of paths into the order of their indices, which are 0 .. n - 1 together."""
    if len(second_indices) == 0:
        return first
    lengths = np.zeros(len(first_indices) + len(second_indices), np.int64)
    lengths[first_indices], lengths[second_indices] = first[0], second[0]
    symbols = np.empty(int(lengths.sum()), np.int64)
    of_first = np.zeros(len(lengths), np.bool_)
    of_first[first_indices] = True
    from_first = np.repeat(of_first, lengths)
    symbols[from_first], symbols[~from_first] = first[1], second[1]
    return lengths, symbols


def preceded(lead: int, paths: Paths) -> Paths:
    """Return the paths with one token before each."""
    lengths, symbols = paths
    counts = lengths + 1
    longer = np.full(int(counts.sum()), lead, np.int64)
    own = np.ones(len(longer), np.bool_)
    own[np.cumsum(counts) - counts] = False
    longer[own] = symbols
    return counts, longer


def follow(lead: int, paths: Paths, longer: Paths) -> npt.NDArray[np.bool_]:
    """[paths]: whether each of `longer` is `lead` and the path of the same index."""
    same: npt.NDArray[np.bool_] = longer[0] == paths[0] + 1
    rows = np.flatnonzero(same)
    if len(rows):
        counts, expected = preceded(lead, reordered(paths, rows))
        equal = expected == reordered(longer, rows)[1]
        same[rows] = np.logical_and.reduceat(equal, np.cumsum(counts) - counts)
    return same


class Behind(NamedTuple):
    """The paths of words in a context where many of them are one token, `lead`, and the path of the
    word by itself.

    bare: the paths of all words by themselves. others: the words that have another path, ascending;
    paths: of those.
    """

    lead: int
    bare: Paths
    others: Int64
    paths: Paths

    @property
    def apart(self) -> npt.NDArray[np.bool_]:
        """[words]: whether each one's path is `lead` and its own."""
        apart = np.ones(len(self.bare[0]), np.bool_)
        apart[self.others] = False
        return apart

    def whole(self) -> Paths:
        """The paths of all words, in order."""
        apart = np.flatnonzero(self.apart)
        behind = preceded(self.lead, reordered(self.bare, apart))
        return interleaved(apart, behind, self.others, self.paths)
