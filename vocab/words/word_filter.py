"""Which entries of a list a request wants: by rank, by length, by their letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vocab.words.graphemes import graphemes_of, groups_of, letters_of


@dataclass(frozen=True, slots=True, kw_only=True)
class WordFilter:
    """Everything that is not None or empty limits the entries.

    letters: The entries have only these letters, in any case. Marks such as ' and - are no letters.
    graphemes: The entries can be read with these letters and groups of letters. A group that the
        language or this tuple has counts as one: `sh` is not `s` and `h`.
    min_length, max_length: Number of letters.
    rank_from, rank_to: Ranks in the list, from 1, both inclusive.
    """

    letters: str = ""
    graphemes: tuple[str, ...] = ()
    min_length: int | None = None
    max_length: int | None = None
    rank_from: int | None = None
    rank_to: int | None = None

    @property
    def is_ranked(self) -> bool:
        return self.rank_from is not None or self.rank_to is not None

    def select(self, entries: Iterable[str], language: str) -> Iterator[str]:
        """Yield the wanted entries. entries: In rank order, the best first."""
        letters = frozenset(letters_of(self.letters, language))
        graphemes = frozenset(letters_of(each, language) for each in self.graphemes)
        groups = groups_of(language) | graphemes
        by_length = self.min_length is not None or self.max_length is not None
        for rank, entry in enumerate(entries, 1):
            if rank < (self.rank_from or 1):
                continue
            if self.rank_to is not None and rank > self.rank_to:
                return
            if letters or graphemes or by_length:
                own = letters_of(entry, language)
                if letters and not letters.issuperset(own):
                    continue
                if graphemes and not graphemes.issuperset(graphemes_of(own, groups)):
                    continue
                if len(own) < (self.min_length or 0):
                    continue
                if self.max_length is not None and len(own) > self.max_length:
                    continue
            yield entry
