"""Columns between tabs, commas, semicolons or other marks, and `word 123`."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import islice

from vocab.importing.columns.headings import role_of
from vocab.importing.proposal import Row, Table
from vocab.importing.readers.plain import is_comment
from vocab.importing.source import MAX_COLUMNS, Source
from vocab.words.parse import WordlistError

SAMPLE_LINES = 500
MOST = 0.8
NAMES = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " ", "bar": "|"}
_CSV = ("\t", ";", ",", "|")
# Between a word and its explanation: 'schmal - narrow'. Only the first one in a line counts.
_EXPLAINED = (" - ", " – ", " — ", " = ", ": ")
_WORD_NUMBER = re.compile(r"(\S.*?)[ \t\u00a0]+(\d+(?:[.,]\d+)*)")
_NUMBER_WORD = re.compile(r"(\d+)[ \t\u00a0]+([^\W\d_].*)")
_RANK_WORD_COUNT = re.compile(r"(\d+)[ \t\u00a0]+([^\W\d_].*?)[ \t\u00a0]+(\d+(?:[.,]\d+)*)")
_SPACED = (_RANK_WORD_COUNT, _NUMBER_WORD, _WORD_NUMBER)
_LEVEL_LINE = re.compile(
    r"(\S.*?)\s+((?:[a-z]{1,6}(?: [a-z]{1,4})?\.(?:\s*[,/&]\s*)?)+)\s*((?:[ABC][12]\+?(?:,\s*)?)+)"
)


def matches(source: Source) -> bool:
    return source.options.delimiter is not None or find_delimiter(source) is not None


def read(source: Source) -> Table:
    """Raises WordlistError for a row with too many columns and for a quotation mark left open."""
    chosen = source.options.delimiter
    delimiter = NAMES.get(chosen, chosen) if chosen else find_delimiter(source)
    if not delimiter:
        raise WordlistError(
            "no mark between columns was found; name it with the option delimiter, such as comma"
        )
    table = Table(iter(()), "a table", delimiter=delimiter)
    rows = _rows(table, source, delimiter)
    first = list(islice(rows, SAMPLE_LINES))
    header = source.options.header
    if header is None:
        header = has_header([row.cells for row in first])
    if header and first:
        table.names = tuple(cell.strip() for cell in first[0].cells)
        first = first[1:]
    table.rows = _chain(first, rows)
    return table


def _chain(first: list[Row], rest: Iterator[Row]) -> Iterator[Row]:
    yield from first
    yield from rest


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return True if the first row names the columns."""
    if not rows:
        return False
    cells = [cell.strip() for cell in rows[0] if cell.strip()]
    known = sum(role_of(cell) is not None for cell in cells)
    if known >= 2 or (known == 1 and len(cells) == 1):
        return True
    if known and not any(cell.isdecimal() for cell in cells):
        # 'word' over a column, or the entry 'word'? A heading stands over another kind of cell.
        return (
            any(
                not cells[index].isdecimal() and all(cell.strip().isdecimal() for cell in column)
                for index, column in enumerate(
                    zip(*(row[: len(cells)] for row in rows[1:]), strict=False)
                )
            )
            or len(cells) == known
        )
    return False


def find_delimiter(source: Source) -> str | None:
    """Return the mark between the columns, or None for a file with one column."""
    lines = [line for _, line in islice(_content(source), SAMPLE_LINES)]
    if not lines:
        return None
    tabs = all("\t" in line for line in lines)
    if not tabs and max(_share(lines, pattern) for pattern in _SPACED) >= MOST:
        return " "
    if _share(lines, _LEVEL_LINE) >= MOST:
        return "level"
    for delimiter in _CSV:
        if _fits(lines, delimiter):
            return delimiter
    if source.ends_with(".csv", ".tsv"):
        return next((each for each in _CSV if all(each in line for line in lines[:3])), None)
    for mark in _EXPLAINED:
        if sum(mark in line for line in lines) >= MOST * len(lines):
            return mark
    return None


def _content(source: Source) -> Iterator[tuple[int, str]]:
    for number, line in source.lines():
        if (stripped := line.strip()) and not is_comment(stripped):
            yield number, stripped if "\t" not in line else line


def _share(lines: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(bool(pattern.fullmatch(line[:1000].strip())) for line in lines) / len(lines)


def _fits(lines: Sequence[str], delimiter: str) -> bool:
    if sum(delimiter in line for line in lines) < 0.3 * len(lines):
        return False
    # 'der Hund, -e' is prose: in a table no space follows the mark.
    marks = sum(line.count(delimiter) for line in lines)
    if sum(line.count(delimiter + " ") for line in lines) > marks / 2 and '"' not in lines[0]:
        return False
    try:
        rows = list(csv.reader(StringIO("\n".join(lines)), delimiter=delimiter))
    except csv.Error:
        return False
    widths = Counter(len(row) for row in rows if row)
    width, times = widths.most_common(1)[0]
    if width >= 2 and times >= MOST * sum(widths.values()):
        return True
    if sum(role_of(cell) is not None for cell in rows[0]) >= 2:
        return True
    # Families: rows of any length, with one word in each cell.
    cells = [cell for row in rows for cell in row]
    return len(widths) >= 2 and sum(" " not in cell for cell in cells) >= 0.95 * len(cells)


def _rows(table: Table, source: Source, delimiter: str) -> Iterator[Row]:
    if len(delimiter) > 1 or delimiter == " ":
        return _split_rows(table, source, delimiter)
    return csv_rows(table, source, delimiter)


def _split_rows(table: Table, source: Source, delimiter: str) -> Iterator[Row]:
    for number, line in source.lines():
        stripped = line.strip()
        if not stripped or is_comment(stripped):
            _count(table, stripped)
            continue
        yield Row(number, tuple(split_line(stripped, delimiter)))


def split_line(line: str, delimiter: str) -> Sequence[str]:
    if delimiter == "level":
        match = _LEVEL_LINE.fullmatch(line[:1000])
        return match.groups() if match else [line]
    if delimiter == " ":
        matches = (pattern.fullmatch(line[:1000]) for pattern in _SPACED)
        found = next(filter(None, matches), None)
        return found.groups() if found else [line]
    return line.split(delimiter, 1)


def csv_rows(table: Table, source: Source, delimiter: str) -> Iterator[Row]:
    """Yield the rows that are no comment, and count the others. Raises WordlistError."""
    reader = csv.reader(StringIO(source.text), delimiter=delimiter)
    before = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise WordlistError(
                f"line {before + 1}: a cell is too long; is a quotation mark not closed? ({error})"
            ) from error
        if cells is None:
            return
        number, before = before + 1, reader.line_num
        if len(cells) > MAX_COLUMNS:
            raise WordlistError(
                f"line {number} has {len(cells):,} columns; at most {MAX_COLUMNS} are accepted"
            )
        first = cells[0].strip() if cells else ""
        if not any(cell.strip() for cell in cells) or (is_comment(first) and len(first) > 1):
            _count(table, first)
            continue
        yield Row(number, tuple(cells))


def _count(table: Table, stripped: str) -> None:
    if stripped:
        table.comments += 1
    else:
        table.blanks += 1
