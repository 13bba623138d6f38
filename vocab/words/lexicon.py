"""The words of a revision as an automaton over UTF-8 bytes, annotated with ranks.

Every node carries the rank of the word that ends there and the best rank of any word that ends
there or below, so that "the first N entries" is a comparison, not a rebuild: at N an edge exists
if the best rank below it is at most N, and a word ends if its own rank is.

It knows nothing of tokens, models or Django, and what may stand between words is not its business
(see `text.py`).
"""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np

from vocab.words.casing import spellings
from vocab.words.trie import ROOT, RankTrie

__all__ = ["ROOT", "Lexicon"]


class Lexicon:
    """Entries in rank order, in every spelling their case permits.

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
        self._alphabet = alphabet
        forms = self.forms()
        if not forms:
            raise ValueError("no entry can be written with the characters of the alphabet")
        encoded = [form.encode() for form in forms]
        self.trie = RankTrie(
            np.frombuffer(b"".join(encoded), np.uint8).astype(np.int64),
            np.fromiter((len(form) for form in encoded), np.int64, len(encoded)),
            np.fromiter(forms.values(), np.int32, len(encoded)),
        )
        self._labels = self.trie.label.astype(np.uint8).tobytes()  # for bytes.find

    def forms(self) -> dict[str, int]:
        """Return every spelling with the rank of its best entry. Made anew: it is large."""
        forms: dict[str, int] = {}
        for rank, entry in enumerate(self.entries, start=1):
            if not entry:
                raise ValueError(f"entry {rank} is empty")
            for form in spellings(entry, self.language):
                if self._alphabet is None or self._alphabet >= set(form):
                    forms.setdefault(form, rank)  # the first seen is the best
        return forms

    def __len__(self) -> int:
        """The number of entries."""
        return len(self.entries)

    @property
    def nbytes(self) -> int:
        return self.trie.nbytes + len(self._labels)

    def step(self, node: int, text: bytes, max_rank: int) -> int | None:
        """Follow `text` from `node`; None where no word of rank <= `max_rank` goes on that way."""
        for byte in text:
            below = self.trie.children(node)
            child = self._labels.find(byte, below.start, below.stop)
            if child < 0 or self.trie.best_rank[child] > max_rank:
                return None
            node = child
        return node

    def ends_word(self, node: int, max_rank: int) -> bool:
        return bool(self.trie.rank[node] <= max_rank)

    def next_characters(self, node: int, max_rank: int) -> dict[str, int]:
        """Map each character that may follow to the node after it.

        `node` must lie on a character boundary, as every node reached through whole characters
        does.
        """
        found: dict[str, int] = {}
        pending = [(b"", node)]
        while pending:
            prefix, parent = pending.pop()
            below = self.trie.children(parent)
            for child in range(below.start, below.stop):
                if self.trie.best_rank[child] > max_rank:
                    continue
                encoded = prefix + self._labels[child : child + 1]
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
