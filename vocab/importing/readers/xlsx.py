"""A sheet of an Excel workbook.

openpyxl reads row by row. python-calamine is faster, but a made-up cell far to the right and below
makes it end the process.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from typing import Any

from vocab.importing.proposal import Row, Table
from vocab.importing.readers.delimited import SAMPLE_LINES, has_header
from vocab.importing.source import MAX_COLUMNS, Source
from vocab.words.parse import WordlistError

MAX_SHEETS = 100


def matches(source: Source) -> bool:
    if source.archive is None:
        return False
    return "xl/workbook.xml" in source.archive.namelist()


def read(source: Source) -> Table:
    """Raises WordlistError for a damaged workbook and for too many rows or columns."""
    if source.archive is None:
        raise WordlistError("this is not an Excel workbook")
    book = _open(source)
    names = [str(sheet.title) for sheet in book.worksheets]
    index = find_sheet(names, source.options.sheet)
    return sheet_table(_cells(book.worksheets[index]), "an Excel sheet", source, names, index)


def find_sheet(names: Sequence[str], wanted: str | None) -> int:
    """Return the index of the sheet with this name or number, or of the first one.

    Raises WordlistError if there is no such sheet.
    """
    if not names:
        raise WordlistError("the workbook has no sheet with cells")
    if wanted is None:
        return 0
    if wanted in names:
        return names.index(wanted)
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    there = ", ".join(repr(name) for name in names[:MAX_SHEETS])
    raise WordlistError(f"there is no sheet {wanted!r}; the sheets are {there}")


def sheet_table(
    cells: Iterator[tuple[int, list[str]]],
    description: str,
    source: Source,
    names: Sequence[str],
    index: int,
) -> Table:
    """Return a table of numbered rows; empty rows and columns at the end are left out.

    names: Of all sheets. index: Of the sheet with these cells.
    """
    table = Table(iter(()), description, sheet=names[index], sheets=tuple(names[:MAX_SHEETS]))
    rows = _rows(table, cells, source.limits.max_lines)
    first = list(islice(rows, SAMPLE_LINES))
    header = source.options.header
    if header is None:
        header = has_header([row.cells for row in first])
    if header and first:
        table.names = tuple(cell.strip() for cell in first.pop(0).cells)

    def chain() -> Iterator[Row]:
        yield from first
        yield from rows

    table.rows = chain()
    return table


def _rows(table: Table, cells: Iterator[tuple[int, list[str]]], limit: int) -> Iterator[Row]:
    for number, row in cells:
        while row and not row[-1].strip():
            row.pop()
        if number > limit:
            raise WordlistError(f"the sheet has more than {limit:,} rows, which is the limit")
        if len(row) > MAX_COLUMNS:
            raise WordlistError(f"row {number} has more than {MAX_COLUMNS} columns")
        if row:
            yield Row(number, tuple(row))
        else:
            table.blanks += 1


def _open(source: Source) -> Any:
    # It takes a fifth of a second to import, and few files are workbooks.
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that have no words
            return openpyxl.load_workbook(BytesIO(source.data), read_only=True, data_only=True)
    # openpyxl raises many kinds of errors for broken workbooks.
    except Exception as error:
        raise WordlistError(f"the workbook cannot be read: {error}") from error


def _cells(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheet.reset_dimensions()  # the size that the file gives may be wrong
            for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                yield number, [_text(value) for value in row]
    except Exception as error:
        raise WordlistError(f"the workbook cannot be read: {error}") from error


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
