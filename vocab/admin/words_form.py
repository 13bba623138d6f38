"""The form with the rows of a list: what was typed, and the operations it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.exceptions import BadRequest
from django.http import QueryDict

from vocab.editing.operations import Add, EditError, Operation, Remove, Rename, Rerank
from vocab.editing.search import Found


@dataclass(slots=True)
class Row:
    """An entry of the list, and what was typed for it.

    word: As it is listed. rank, spelling: Texts of the inputs.
    """

    word: str
    rank: str
    spelling: str
    remove: bool = False
    error: str = ""


@dataclass(slots=True)
class WordsForm:
    """add: New words, one a line. at: The rank of the first; empty for the end of the list.
    errors: Field name or "" -> a message.
    """

    rows: list[Row] = field(default_factory=list)
    add: str = ""
    at: str = ""
    note: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    _sources: list[Row | str] = field(default_factory=list)

    @classmethod
    def of_page(cls, found: Sequence[Found]) -> WordsForm:
        return cls([Row(word, str(rank), word) for rank, word in found])

    @classmethod
    def of_post(cls, data: QueryDict) -> WordsForm:
        """Raises BadRequest if the rows are not those of the page's form."""
        words, ranks = data.getlist("word"), data.getlist("rank")
        spellings, removed = data.getlist("spelling"), set(data.getlist("remove"))
        if not len(words) == len(ranks) == len(spellings):
            raise BadRequest("The fields word, rank and spelling need one value for each row.")
        rows = [
            Row(word, rank.strip(), spelling.strip(), word in removed)
            for word, rank, spelling in zip(words, ranks, spellings, strict=True)
        ]
        return cls(rows, data.get("add", ""), data.get("at", ""), data.get("note", ""))

    def operations(self, ranks: dict[str, int]) -> list[Operation]:
        """Return what the form asks for. Look at `errors` and at those of the rows afterwards.

        Renames come first, then removals, so that a new rank is the one without the removed words.
        ranks: Word -> its rank in the revision that the page showed.
        """
        found: list[Operation] = []
        new_ranks: dict[str, int] = {}
        for row in self.rows:
            if row.remove:
                continue
            if row.spelling != row.word:
                self._add(found, Rename(row.word, row.spelling), row)
            rank = _whole_number(row.rank)
            if rank is None:
                row.error = f"{row.rank!r} is no rank: use a whole number."
            elif rank != ranks.get(row.word):
                new_ranks[row.spelling or row.word] = rank
        if removed := [row.word for row in self.rows if row.remove]:
            self._add(found, Remove(removed), "")
        if new_ranks:
            self._add(found, Rerank(new_ranks), "")
        if words := [line for line in self.add.splitlines() if line.strip()]:
            at = _whole_number(self.at.strip()) if self.at.strip() else None
            if self.at.strip() and at is None:
                self.errors["at"] = f"{self.at!r} is no rank: use a whole number."
            self._add(found, Add(words, at), "add")
        elif self.at.strip():
            self.errors["add"] = "Type the words that get this rank."
        return found

    def _add(self, found: list[Operation], operation: Operation, source: Row | str) -> None:
        found.append(operation)
        self._sources.append(source)

    def take_error(self, error: EditError) -> None:
        """Show the error of an operation where it was typed."""
        source = self._sources[error.index] if self._sources else ""
        if isinstance(source, Row):
            source.error = sentence(error)
        else:
            self.errors[source] = sentence(error)

    @property
    def has_errors(self) -> bool:
        return bool(self.errors) or any(row.error for row in self.rows)


def sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _whole_number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None
