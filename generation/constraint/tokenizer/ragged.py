"""Many token paths in two arrays, so that numpy can work on all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from vocab.words.trie import Int32, Int64

# (lengths, symbols): the length of each path, and the ids of all paths, concatenated.
Paths = tuple[Int64, Int64]
NO_PATHS: Paths = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def flattened(paths: Sequence[Sequence[int]]) -> Paths:
    """Return a list of paths as arrays."""
    lengths = np.fromiter((len(path) for path in paths), np.int64, len(paths))
    return lengths, np.fromiter(chain.from_iterable(paths), np.int64, int(lengths.sum()))


def compact(table: Int32, padding: int) -> Paths:
    """Return the rows of a padded table as paths."""
    is_token = table != padding
    return np.count_nonzero(is_token, axis=1), table[is_token]


def reordered(paths: Paths, order: Int64) -> Paths:
    """Return the paths at the indices `order`, in this order."""
    lengths, symbols = paths
    starts = np.cumsum(lengths) - lengths
    lengths = lengths[order]
    offsets = np.repeat(starts[order] - (np.cumsum(lengths) - lengths), lengths)
    return lengths, symbols[offsets + np.arange(len(offsets))]


def split(paths: Paths, ends: Int64) -> list[Paths]:
    """Cut the paths into consecutive parts. ends: [parts], the index after each part's last path.
    The last one must be the number of paths.
    """
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
    """Merge two groups of paths by their indices, which together are 0 .. n - 1."""
    if len(second_indices) == 0:
        return first
    lengths = np.zeros(len(first_indices) + len(second_indices), np.int64)
    lengths[first_indices], lengths[second_indices] = first[0], second[0]
    symbols = np.empty(int(lengths.sum()), np.int64)
    is_first = np.zeros(len(lengths), np.bool_)
    is_first[first_indices] = True
    from_first = np.repeat(is_first, lengths)
    symbols[from_first], symbols[~from_first] = first[1], second[1]
    return lengths, symbols


def preceded(token: int, paths: Paths) -> Paths:
    """Return the paths with one token before each."""
    lengths, symbols = paths
    counts = lengths + 1
    longer = np.full(int(counts.sum()), token, np.int64)
    is_own = np.ones(len(longer), np.bool_)
    is_own[np.cumsum(counts) - counts] = False
    longer[is_own] = symbols
    return counts, longer
