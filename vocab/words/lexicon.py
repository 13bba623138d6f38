"""The words of a revision as tries over UTF-8 bytes, annotated with ranks.

Every node has the rank of the word that ends there and the best rank of any word that ends there
or below. So "the first N entries" needs a comparison, not a new trie: for N, an edge exists if the
best rank below it is at most N, and a word ends if its own rank is at most N.

Each class of spellings (`word_forms.py`) has its own trie, built on first use: a list that is only
written in lower case never builds its capitals. `text_automaton.py` adds the marks between words.

A list with a few entries more than another one need not be built again: its lexicon has the classes
of the other lexicon, its `base`, and classes of its own for the entries after those.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cached_property
from sys import getsizeof

import numpy as np

from vocab.words.orthography import Orthography, orthography_for
from vocab.words.trie import ROOT, build_trie
from vocab.words.utf8 import character_length
from vocab.words.word_forms import (
    FORM_CLASSES,
    WORDS,
    FormClass,
    Forms,
    FormTable,
    LetterCase,
    attaches,
)

__all__ = ["ROOT", "ByteTrie", "Lexicon"]

PLAIN_WORDS = frozenset((role, LetterCase.PLAIN) for role in WORDS)
# Maximum number of entries that a lexicon adds to its base. They are built for every new revision,
# and every text has a few positions more while they are apart.
MAX_APPENDED = 1_000


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
    characters: True if the words are the units of the entries (`unspaced_units.py`).
    base: A lexicon for which `may_extend` is true. It is shared and not copied.
    Raises ValueError for an empty list, for an empty entry, or if no word remains.
    """

    def __init__(
        self,
        entries: Sequence[str],
        language: str,
        alphabet: Set[str] | None = None,
        *,
        characters: bool = False,
        base: Lexicon | None = None,
    ) -> None:
        if not entries:
            raise ValueError("a lexicon needs at least one entry")
        self.entries = tuple(entries)
        self.language = language
        self.characters = characters
        self.base = base
        self._alphabet = alphabet
        self._tries: dict[FormClass, ByteTrie | None] = {}
        words = (each for each in FORM_CLASSES if each.role in WORDS)
        if base is None and not any(map(self.forms, words)):
            raise ValueError("no entry can be written with the characters of the alphabet")

    @cached_property
    def orthography(self) -> Orthography:
        orthography = orthography_for(self.language)
        return orthography if self._alphabet is None else orthography.within(self._alphabet)

    @cached_property
    def _table(self) -> FormTable:
        before = len(self.base) if self.base else 0
        return FormTable(
            self.entries[before:],
            self.orthography,
            characters=self.characters,
            first_rank=before + 1,
        )

    @property
    def form_classes(self) -> tuple[FormClass, ...]:
        """All classes: those of the base first."""
        return (*self.base.form_classes, *self.own_classes) if self.base else self.own_classes

    @cached_property
    def own_classes(self) -> tuple[FormClass, ...]:
        """The classes whose spellings this lexicon does not take from its base."""
        if self.base is None:
            return FORM_CLASSES
        appended = (each._replace(appended=True) for each in FORM_CLASSES)
        return tuple(each for each in appended if self.forms(each))

    def forms(self, form_class: FormClass) -> Forms:
        """Map every spelling of a class to the rank of its best entry. Not cached: it is large."""
        if self.base and not form_class.appended:
            return self.base.forms(form_class)
        forms = self._table.forms(form_class)
        if self._alphabet is None:
            return forms
        return {form: rank for form, rank in forms.items() if self._alphabet >= set(form)}

    def trie(self, form_class: FormClass) -> ByteTrie | None:
        """Return the trie of a class, or None for a class without spellings.

        If two threads call this at the same time, both may build the trie.
        """
        if self.base and not form_class.appended:
            return self.base.trie(form_class)
        if form_class not in self._tries:
            forms = self.forms(form_class)
            self._tries[form_class] = ByteTrie(forms) if forms else None
        return self._tries[form_class]

    def drop_forms(self) -> None:
        """Free what `forms` needs, which takes as much memory as the entries. It is made again when
        it is needed.
        """
        self.__dict__.pop("_table", None)
        if self.base:
            self.base.drop_forms()

    @cached_property
    def first_rank(self) -> int:
        """The best rank of a word. Entries before it, such as 's, only attach to words."""
        if self.base:
            return self.base.first_rank
        # Not from the tries: most lists never need those.
        plain = (self.forms(each) for each in FORM_CLASSES if each[:2] in PLAIN_WORDS)
        return min(rank for forms in plain for rank in forms.values())

    def may_extend(self, entries: Sequence[str]) -> bool:
        """True if a lexicon of `entries` may have this one as its base.

        They must be the entries of this one and a few more, and no new entry may give the others
        new spellings.
        """
        size = len(self)
        return (
            self.base is None
            and self._alphabet is None
            and 0 < len(entries) - size <= MAX_APPENDED
            and entries[size - 1] == self.entries[-1]  # most other lists differ here already
            and tuple(entries[:size]) == self.entries
            and not attaches(entries[size:], self.orthography)
        )

    @property
    def alone(self) -> Lexicon:
        """The same lexicon without a base."""
        if self.base is None:
            return self
        return Lexicon(self.entries, self.language, characters=self.characters)

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
