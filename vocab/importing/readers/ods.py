"""A sheet of an OpenDocument spreadsheet, read row by row."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from io import BytesIO
from xml.etree import ElementTree  # its parser, expat, stops entities that grow

from vocab.importing.proposal import Table
from vocab.importing.readers.xlsx import find_sheet, sheet_table
from vocab.importing.source import MAX_COLUMNS, Source
from vocab.words.parse import WordlistError

_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
# Bounded, so that a made-up file cannot make it slow.
_SHEET_NAME = re.compile(rb'<table:table\s[^>]{0,500}?table:name="([^"]{0,200})"')
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def matches(source: Source) -> bool:
    return (source.member("mimetype") or b"").startswith(_TYPE)


def read(source: Source) -> Table:
    """Raises WordlistError for a damaged sheet and for too many rows or columns."""
    content = source.member("content.xml")
    if content is None:
        raise WordlistError("this is not an OpenDocument spreadsheet")
    names = [html.unescape(name.decode(errors="replace")) for name in _SHEET_NAME.findall(content)]
    names = names or ["sheet 1"]
    index = find_sheet(names, source.options.sheet)
    return sheet_table(_rows(content, index), "an OpenDocument sheet", source, names, index)


def _rows(content: bytes, sheet: int) -> Iterator[tuple[int, list[str]]]:
    """sheet: Its index."""
    number = 0
    try:
        for _, element in ElementTree.iterparse(BytesIO(content)):  # noqa: S314 see above
            if element.tag == f"{_TABLE}table-row" and sheet == 0:
                cells = _cells(element)
                times = _times(element, "rows")
                # An empty row is repeated to the end of the sheet.
                for _ in range(times if cells else 0):
                    number += 1
                    yield number, list(cells)
                number += 0 if cells else times
                element.clear()
            elif element.tag == f"{_TABLE}table-row":
                element.clear()
            elif element.tag == f"{_TABLE}table":
                if sheet == 0:
                    return
                sheet -= 1
                element.clear()
    except (ElementTree.ParseError, ValueError) as error:
        raise WordlistError(f"the spreadsheet cannot be read: {error}") from error


def _times(element: ElementTree.Element, what: str) -> int:
    return max(1, int(element.get(f"{_TABLE}number-{what}-repeated", "1")))


def _cells(row: ElementTree.Element) -> list[str]:
    cells: list[str] = []
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        text = _text(cell)
        times = _times(cell, "columns")
        # The last, empty cell is repeated to the edge of the sheet.
        cells.extend([text] * min(times, MAX_COLUMNS + 1))
        if len(cells) > MAX_COLUMNS and text:
            raise ValueError(f"a row has more than {MAX_COLUMNS} columns")
        if len(cells) > MAX_COLUMNS:
            break
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _text(cell: ElementTree.Element) -> str:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind == "boolean":
        return str(cell.get(f"{_OFFICE}boolean-value")).upper()
    if kind == "date":
        return str(cell.get(f"{_OFFICE}date-value"))[:10]
    if kind == "float":
        return str(cell.get(f"{_OFFICE}value"))
    return "\n".join("".join(part.itertext()) for part in cell.iter(f"{_TEXT}p"))
