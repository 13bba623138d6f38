"""Operations on the entries of a wordlist: add, remove, move and rename words.

Ranks count from 1. `vocab.editing.apply` applies them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


class EditError(ValueError):
    """An operation cannot be applied. The message names the word and is for a person.

    index: Which operation it is, from 0.
    place: Which of its words it is, from 0; None if it has one word, or if no word is wrong.
    """

    def __init__(self, index: int, message: str, place: int | None = None) -> None:
        super().__init__(message)
        self.index = index
        self.place = place


@dataclass(frozen=True, slots=True)
class Add:
    """at: The rank of the first added word; None for the end of the list."""

    words: Sequence[str]
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Remove:
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Move:
    """to: The rank that the word has afterwards."""

    word: str
    to: int


@dataclass(frozen=True, slots=True)
class Rerank:
    """Several moves at once: each word has its rank afterwards, whatever the others did."""

    ranks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AddAfter:
    """Each listed word gets its followers right behind it, as forms of a headword."""

    followers: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Rename:
    """The word gets another spelling and keeps its rank."""

    word: str
    to: str


Operation = Add | AddAfter | Remove | Move | Rerank | Rename


@dataclass(frozen=True, slots=True)
class Skipped:
    """place: Which of the operation's words it is, from 0; None if it has one word."""

    word: str
    reason: str
    place: int | None = field(default=None, compare=False)


@dataclass(slots=True)
class Edited:
    """The result of a call of `apply`.

    words: All entries afterwards.
    added, removed, moved, renamed: What was done, in order. `renamed` has pairs (before, after).
    skipped: Words that were listed already, or not listed, so that nothing had to be done.
    """

    words: list[str]
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def is_changed(self) -> bool:
        return bool(self.added or self.removed or self.moved or self.renamed)

    def summary(self) -> str:
        """Return a note for the revision, such as 'added 2 words: perro, gato'."""
        parts = [
            _summary(kind, words)
            for kind, words in (
                ("added", self.added),
                ("removed", self.removed),
                ("moved", self.moved),
                ("renamed", [f"{before} to {after}" for before, after in self.renamed]),
            )
            if words
        ]
        return "; ".join(parts)


SHOWN_WORDS = 5


def _summary(kind: str, words: Sequence[str]) -> str:
    shown = ", ".join(words[:SHOWN_WORDS]) + (", …" if len(words) > SHOWN_WORDS else "")
    return f"{kind} {len(words):,} {'word' if len(words) == 1 else 'words'}: {shown}"
