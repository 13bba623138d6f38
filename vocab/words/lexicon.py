"""The words of a revision as an automaton over UTF-8 bytes, annotated with ranks.

Every node carries the rank of the word that ends there and the best rank of any word that ends
there or below, so that "the first N entries" is a comparison, not a rebuild: at N an edge exists
if the best rank below it is at most N, and a word ends if its own rank is.

It is a trie and not a minimised graph on purpose: two nodes can be merged only if the same
suffixes lead to the same ranks, and ranks are distinct. It knows nothing of tokens, models or
Django, and what may stand between words is not its business (see `text.py`).
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cached_property

import numpy as np
import numpy.typing as npt

from vocab.words.casing import spellings

ROOT = 0
# A rank that no entry has: an unfinished word. Fits int32, larger than any list.
NO_WORD = 2**31 - 1

Int32 = npt.NDArray[np.int32]


class Lexicon:
    """Entries in rank order, in every spelling their case permits.

    Nodes are numbered level by level, so the children of a node are consecutive: node k's
    children are `first_child[k] .. first_child[k + 1] - 1`, sorted by their byte.

    Attributes, all indexed by node, length = number of nodes (+ 1 for `first_child`):
        label: the byte that leads to the node (0 for the root).
        rank: 1-based rank of the word that ends here, or NO_WORD.
        best_rank: the best rank at or below the node.

    alphabet: if given, spellings with other characters are left out; ranks stay as they are.
    Raises ValueError for an empty list, an empty entry, or if no spelling is left.
    """

    def __init__(
        self, entries: Sequence[str], language: str, alphabet: Set[str] | None = None
    ) -> None:
        if not entries:
            raise ValueError("a lexicon needs at least one entry")
        self.entries = tuple(entries)
        self.language = language
        forms: dict[bytes, int] = {}
        for rank, entry in enumerate(self.entries, start=1):
            if not entry:
                raise ValueError(f"entry {rank} is empty")
            for form in spellings(entry, language):
                if alphabet is None or alphabet >= set(form):
                    forms.setdefault(form.encode(), rank)  # the first seen is the best
        if not forms:
            raise ValueError("no entry can be written with the characters of the alphabet")
        keys = sorted(forms)
        self._build(keys, np.fromiter((forms[key] for key in keys), np.int32, len(keys)))

    def _build(self, keys: list[bytes], ranks: Int32) -> None:
        """Build the node arrays from sorted distinct keys, one level of bytes at a time."""
        lengths = np.fromiter((len(key) for key in keys), np.int64, len(keys))
        width = int(lengths.max())
        table = np.zeros((len(keys), width), np.uint8)
        table[np.arange(width) < lengths[:, None]] = np.frombuffer(b"".join(keys), np.uint8)

        # shared[i]: how many leading bytes row i has in common with the row above it.
        same = np.logical_and.accumulate(table[1:] == table[:-1], axis=1)
        limit = np.minimum(lengths[1:], lengths[:-1])
        shared = np.concatenate(([-1], np.minimum(same.sum(axis=1), limit)))

        labels = [np.zeros(1, np.uint8)]
        word_ranks = [np.full(1, NO_WORD, np.int32)]
        best_ranks = [ranks.min(keepdims=True)]
        child_counts = []
        node_of_row = np.zeros(len(keys), np.int64)  # position within the level above
        for depth in range(1, width + 1):
            rows = np.flatnonzero(lengths >= depth)
            # Rows too short for this level lie between two others only where those differ
            # before this depth or continue the short one; `shared` accumulates over the gap.
            gap_shared = np.minimum.reduceat(shared[: rows[-1] + 1], np.append(0, rows[:-1] + 1))
            new = gap_shared < depth
            first_rows = rows[new]
            node_ids = np.cumsum(new) - 1
            child_counts.append(
                np.bincount(node_of_row[first_rows], minlength=len(labels[-1])).astype(np.int32)
            )
            labels.append(table[first_rows, depth - 1])
            best_ranks.append(np.minimum.reduceat(ranks[rows], np.flatnonzero(new)))
            here = np.full(len(first_rows), NO_WORD, np.int32)
            ending = lengths[rows] == depth
            here[node_ids[ending]] = ranks[rows[ending]]
            word_ranks.append(here)
            node_of_row[rows] = node_ids
        child_counts.append(np.zeros(len(labels[-1]), np.int32))

        self.label = np.concatenate(labels).tobytes()
        self.rank: Int32 = np.concatenate(word_ranks)
        self.best_rank: Int32 = np.concatenate(best_ranks).astype(np.int32)
        counts = np.concatenate(child_counts)
        self.first_child: Int32 = np.concatenate(([1], 1 + np.cumsum(counts))).astype(np.int32)

    def __len__(self) -> int:
        """The number of entries."""
        return len(self.entries)

    @property
    def node_count(self) -> int:
        return len(self.label)

    @cached_property
    def nbytes(self) -> int:
        arrays = self.rank.nbytes + self.best_rank.nbytes + self.first_child.nbytes
        return arrays + len(self.label)

    def step(self, node: int, text: bytes, max_rank: int) -> int | None:
        """Follow `text` from `node`; None where no word of rank <= `max_rank` goes on that way."""
        for byte in text:
            low, high = int(self.first_child[node]), int(self.first_child[node + 1])
            child = self.label.find(byte, low, high)
            if child < 0 or self.best_rank[child] > max_rank:
                return None
            node = child
        return node

    def ends_word(self, node: int, max_rank: int) -> bool:
        return bool(self.rank[node] <= max_rank)

    def next_characters(self, node: int, max_rank: int) -> dict[str, int]:
        """Map each character that may follow to the node after it.

        `node` must lie on a character boundary, as every node reached through whole characters
        does.
        """
        found: dict[str, int] = {}
        pending = [(b"", node)]
        while pending:
            prefix, parent = pending.pop()
            for child in range(self.first_child[parent], self.first_child[parent + 1]):
                if self.best_rank[child] > max_rank:
                    continue
                encoded = prefix + self.label[child : child + 1]
                if len(encoded) == _encoded_length(encoded[0]):
                    found[encoded.decode()] = child
                else:
                    pending.append((encoded, child))
        return found


def _encoded_length(first_byte: int) -> int:
    """How many bytes a UTF-8 character has, told by its first (RFC 3629, section 3)."""
    if first_byte < 0x80:
        return 1
    if first_byte < 0xE0:
        return 2
    return 3 if first_byte < 0xF0 else 4
