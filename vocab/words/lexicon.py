"""The words of a revision as tries over UTF-8 bytes, annotated with ranks.

Every node has the rank of the word that ends there and the best rank of any word that ends there
or below. So "the first N entries" needs a comparison, not a new trie: for N, an edge exists if the
best rank below it is at most N, and a word ends if its own rank is at most N.

Each class of spellings (`word_forms.py`) has its own trie, built on first use: a list that is only
written in lower case never builds its capitals. `text_automaton.py` adds the marks between words.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cached_property
from sys import getsizeof

import numpy as np

from vocab.words.orthography import Orthography, orthography_for
from vocab.words.trie import ROOT, build_trie
from vocab.words.utf8 import character_length
from vocab.words.word_forms import FORM_CLASSES, FormClass, Forms, FormTable, LetterCase, Role

__all__ = ["ROOT", "ByteTrie", "Lexicon"]

PLAIN_WORD = (Role.WORD, LetterCase.PLAIN)


class ByteTrie:
    """The spellings of one class as a trie over bytes. Immutable."""

    def __init__(self, forms: Forms) -> None:
        encoded = [form.encode() for form in forms]
        self.ranks = build_trie(
            np.frombuffer(b"".join(encoded), np.uint8).astype(np.int64),
            np.fromiter((len(form) for form in encoded), np.int64, len(encoded)),
            np.fromiter(forms.values(), np.int32, len(encoded)),
        )
        self._labels = self.ranks.label.astype(np.uint8).tobytes()  # for bytes.find

    @property
    def nbytes(self) -> int:
        return self.ranks.nbytes + len(self._labels)

    def step(self, node: int, text: bytes, max_rank: int) -> int | None:
        """Follow `text` from `node`; None if no word of rank <= `max_rank` continues with it."""
        for byte in text:
            below = self.ranks.children(node)
            child = self._labels.find(byte, below.start, below.stop)
            if child < 0 or self.ranks.best_rank[child] > max_rank:
                return None
            node = child
        return node

    def ends_word(self, node: int, max_rank: int) -> bool:
        return bool(self.ranks.rank[node] <= max_rank)

    def next_characters(self, node: int, max_rank: int) -> dict[str, int]:
        """Map each character that may follow to the node after it.

        `node` must be at a character boundary. Every node reached by complete characters is.
        """
        found: dict[str, int] = {}
        pending = [(b"", node)]
        while pending:
            prefix, parent = pending.pop()
            below = self.ranks.children(parent)
            for child in range(below.start, below.stop):
                if self.ranks.best_rank[child] > max_rank:
                    continue
                encoded = prefix + self._labels[child : child + 1]
                if len(encoded) == character_length(encoded[0]):
                    found[encoded.decode()] = child
                else:
                    pending.append((encoded, child))
        return found


class Lexicon:
    """Entries in rank order, in every permitted spelling.

    alphabet: Characters that spellings may have. Others are left out; ranks stay the same.
    characters: True if the words are the single characters of the entries.
    Raises ValueError for an empty list, for an empty entry, or if no word remains.
    """

    def __init__(
        self,
        entries: Sequence[str],
        language: str,
        alphabet: Set[str] | None = None,
        *,
        characters: bool = False,
    ) -> None:
        if not entries:
            raise ValueError("a lexicon needs at least one entry")
        self.entries = tuple(entries)
        self.language = language
        self.characters = characters
        self._alphabet = alphabet
        self._tries: dict[FormClass, ByteTrie | None] = {}
        if not any(self.forms(each) for each in FORM_CLASSES if each.role is Role.WORD):
            raise ValueError("no entry can be written with the characters of the alphabet")

    @cached_property
    def orthography(self) -> Orthography:
        orthography = orthography_for(self.language)
        return orthography if self._alphabet is None else orthography.within(self._alphabet)

    @cached_property
    def _table(self) -> FormTable:
        return FormTable(self.entries, self.orthography, characters=self.characters)

    def forms(self, form_class: FormClass) -> Forms:
        """Map every spelling of a class to the rank of its best entry. Not cached: it is large."""
        forms = self._table.forms(form_class)
        if self._alphabet is None:
            return forms
        return {form: rank for form, rank in forms.items() if self._alphabet >= set(form)}

    def trie(self, form_class: FormClass) -> ByteTrie | None:
        """Return the trie of a class, or None for a class without spellings.

        If two threads call this at the same time, both may build the trie.
        """
        if form_class not in self._tries:
            forms = self.forms(form_class)
            self._tries[form_class] = ByteTrie(forms) if forms else None
        return self._tries[form_class]

    def drop_forms(self) -> None:
        """Free what `forms` needs, which takes as much memory as the entries. It is made again when
        it is needed.
        """
        self.__dict__.pop("_table", None)

    @cached_property
    def first_rank(self) -> int:
        """The best rank of a word. Entries before it, such as 's, only attach to words."""
        # Not from the tries: most lists never need those.
        plain = (self.forms(each) for each in FORM_CLASSES if each[:2] == PLAIN_WORD)
        return min(rank for forms in plain for rank in forms.values())

    def __len__(self) -> int:
        """The number of entries."""
        return len(self.entries)

    @cached_property
    def entry_bytes(self) -> int:
        return sum(map(getsizeof, self.entries))

    @property
    def nbytes(self) -> int:
        """Bytes of the tries that are built."""
        return sum(trie.nbytes for trie in list(self._tries.values()) if trie)
