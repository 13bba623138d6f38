"""One entry on each line; `#` and a space begin a comment."""

from __future__ import annotations

from collections.abc import Iterator

from vocab.importing.columns.headings import role_of
from vocab.importing.proposal import Role, Row, Table
from vocab.importing.source import Source
from vocab.words.parse import is_comment as begins_comment

# A text of a line or two with at least this many commas is a list between commas.
MIN_COMMAS = 4
MAX_LINES_OF_COMMAS = 3


def read(source: Source) -> Table:
    table = Table(iter(()), "a list with one entry on each line")
    lines = list(source.lines())
    if len(lines) <= MAX_LINES_OF_COMMAS and any(
        line.count(",") >= MIN_COMMAS and "\t" not in line for _, line in lines
    ):
        table.description = "words between commas"
        parts = [part for _, line in lines for part in line.split(",")]
        lines = list(enumerate(parts, start=1))
        source.check_rows(len(lines))
    table.rows = content(table, lines)
    header = source.options.header
    if header is None and source.ends_with(".csv", ".tsv"):
        first = next((line for _, line in lines if line.strip()), "")
        header = role_of(first) is Role.WORD
    if header and (row := next(table.rows, None)) is not None:
        table.names = row.cells
    return table


def content(table: Table, lines: list[tuple[int, str]]) -> Iterator[Row]:
    """Yield a row of one cell for each line that is no comment, and count the others."""
    for number, line in lines:
        stripped = line.strip()
        if not stripped:
            table.blanks += 1
        elif is_comment(stripped):
            table.comments += 1
        else:
            yield Row(number, (stripped,))


def is_comment(line: str) -> bool:
    """Return True for a line after '#', unless that is the heading of a column or a word."""
    return begins_comment(line) and not line.startswith(("#\t", "#,", "#;"))
