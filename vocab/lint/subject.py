"""The list that is checked, with what is known about its language."""

from __future__ import annotations

from collections.abc import Container, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from vocab.words.casing import lower, primary_language
from vocab.words.frequency import LANGUAGES, Tables, tables_for
from vocab.words.orthography import Orthography, orthography_for
from vocab.words.starter_lists import NoStarterList, StarterList, starter_list


@dataclass(frozen=True)
class Subject:
    """words: The entries in their order.
    language: A BCP-47 tag.
    ranked: True if the list says that its order is the rank.
    """

    words: Sequence[str]
    language: str
    ranked: bool = True

    @property
    def primary(self) -> str:
        return primary_language(self.language)

    @cached_property
    def listed(self) -> frozenset[str]:
        return frozenset(self.words)

    @cached_property
    def orthography(self) -> Orthography:
        return orthography_for(self.language)

    @cached_property
    def starter(self) -> StarterList | None:
        """The starter list of the language, whose entries were reviewed."""
        with suppress(NoStarterList):
            return starter_list(self.language)
        return None

    @cached_property
    def tables(self) -> Tables | None:
        """The tables that the starter list was made with."""
        return tables_for(self.primary) if self.starter and self.primary in LANGUAGES else None

    @cached_property
    def unreviewed(self) -> tuple[str, ...]:
        """The entries that are not in the starter list."""
        ranks = self.starter.ranks if self.starter else {}
        return tuple(word for word in self.words if word not in ranks)

    def unreviewed_in(self, table: Container[str]) -> tuple[str, ...]:
        """Return the unreviewed entries whose lower case is in a table."""
        return tuple(word for word in self.unreviewed if self.lower(word) in table)

    def lower(self, word: str) -> str:
        return lower(word, self.language)
