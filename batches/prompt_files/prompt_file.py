"""What is in a file of prompts, before a person has chosen the column with the prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SUGGESTED_PROMPTS = ("prompt", "prompts", "question", "text", "input", "instruction", "task")
SUGGESTED_IDS = ("custom_id", "id", "key", "nr", "no", "number")
# A longer cell in the first row is a prompt and no heading.
MAX_HEADING_CHARS = 40


class PromptFileError(ValueError):
    """The file cannot be read. The message is a sentence for the person who sent it."""


@dataclass(frozen=True, slots=True)
class PromptFile:
    """Rows of cells, or requests that are complete in themselves.

    description: What kind of file it is, such as "a table".
    headings: Names of the columns, if the format has them by itself, as JSON objects do.
    rows: All rows have the same number of cells.
    requests: Objects with `messages`, as the API takes them; then there are no rows.
    """

    description: str
    rows: tuple[tuple[str, ...], ...] = ()
    headings: tuple[str, ...] | None = None
    requests: tuple[Any, ...] = ()

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0

    @property
    def first_row_seems_a_heading(self) -> bool:
        """Return True if the first row is likely to name the columns."""
        if self.headings is not None or len(self.rows) < 2:
            return False
        first = [cell.strip() for cell in self.rows[0]]
        if any(cell.casefold() in SUGGESTED_PROMPTS for cell in first):
            return True
        named = all(first) and len(set(first)) == len(first) and len(first) > 1
        return named and all(
            len(cell) <= MAX_HEADING_CHARS and not any(map(str.isdecimal, cell)) for cell in first
        )

    def names(self, *, header: bool) -> tuple[str, ...]:
        """Return a name for each column. header: Whether the first row has them."""
        given = self.headings or (self.rows[0] if header and self.rows else ())
        return tuple(
            name.strip() or f"Column {number}" for number, name in enumerate(given, start=1)
        ) or tuple(f"Column {number}" for number in range(1, self.width + 1))

    def content_rows(self, *, header: bool) -> tuple[tuple[str, ...], ...]:
        """Return the rows without that of the names."""
        return self.rows[1:] if header and self.headings is None else self.rows

    def suggested_prompt_column(self, *, header: bool) -> int:
        """Return the index of the column that is named like prompts, or has the longest cells."""
        found = self._named(SUGGESTED_PROMPTS, header)
        if found is not None:
            return found
        rows = self.content_rows(header=header)
        sizes = [sum(len(row[index]) for row in rows) for index in range(self.width)]
        return sizes.index(max(sizes)) if sizes else 0

    def suggested_id_column(self, *, header: bool) -> int | None:
        return self._named(SUGGESTED_IDS, header)

    def _named(self, wanted: tuple[str, ...], header: bool) -> int | None:
        names = [name.casefold() for name in self.names(header=header)]
        return next((names.index(name) for name in wanted if name in names), None)
