"""The first sheet of an Excel workbook.

openpyxl reads row by row. python-calamine is faster, but a made-up cell far to the right and below
makes it end the process.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

from vocab.importing.proposal import Row, Table
from vocab.importing.readers.delimited import SAMPLE_LINES, has_header
from vocab.importing.source import MAX_COLUMNS, Source
from vocab.words.parse import WordlistError


def matches(source: Source) -> bool:
    if source.archive is None:
        return False
    return "xl/workbook.xml" in source.archive.namelist()


def read(source: Source) -> Table:
    """Raises WordlistError for a damaged workbook and for too many rows or columns."""
    if source.archive is None:
        raise WordlistError("this is not an Excel workbook")
    return sheet_table(_cells(source), "an Excel sheet", source)


def sheet_table(cells: Iterator[tuple[int, list[str]]], description: str, source: Source) -> Table:
    """Return a table of numbered rows; empty rows and columns at the end are left out."""
    table = Table(iter(()), description)
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


def _cells(source: Source) -> Iterator[tuple[int, list[str]]]:
    # It takes a fifth of a second to import, and few files are workbooks.
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that have no words
            book = openpyxl.load_workbook(BytesIO(source.data), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # the size that the file gives may be wrong
            for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                yield number, [_text(value) for value in row]
    except WordlistError:
        raise
    # openpyxl raises many kinds of errors for broken workbooks.
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
