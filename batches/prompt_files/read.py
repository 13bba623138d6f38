"""Read a file of prompts. Its content decides the format, and its name where both would do."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice
from typing import Any, TypeVar

from batches.intake.json_stream import InvalidJson, NotAList, read_list
from batches.prompt_files.prompt_file import PromptFile, PromptFileError
from generation.openai.bounded_json import loads
from vocab.importing.decode import decode, find_encoding
from vocab.importing.proposal import Options
from vocab.importing.readers import xlsx
from vocab.importing.source import MAX_COLUMNS, Source
from vocab.words.parse import Limits, WordlistError

T = TypeVar("T")

DELIMITERS = "\t;,|"
SAMPLE_ROWS = 200
# In a table, at least this share of the rows has the most common number of cells.
MOST = 0.8


def read_prompt_file(data: bytes, filename: str, *, max_rows: int, max_bytes: int) -> PromptFile:
    """Raises PromptFileError for a file that is none of these formats, is empty or too large."""
    if len(data) > max_bytes:
        raise PromptFileError(
            f"The file has {len(data):,} bytes; at most {max_bytes:,} are accepted."
        )
    name = filename.lower()
    try:
        found = _workbook(data, filename, max_rows, max_bytes) or _text(data, name, max_rows)
    except WordlistError as error:
        message = str(error)
        raise PromptFileError(f"{message[0].upper()}{message[1:]}.") from None
    if not found.rows and not found.requests:
        raise PromptFileError("There is no prompt in the file.")
    return found


def _workbook(data: bytes, filename: str, max_rows: int, max_bytes: int) -> PromptFile | None:
    source = Source(data, filename, Options(header=False), Limits(max_bytes=max_bytes))
    if not xlsx.matches(source):
        return None
    rows = (row.cells for row in xlsx.read(source).rows)
    return PromptFile("an Excel sheet", _same_width(_bounded(rows, max_rows)))


def _text(data: bytes, name: str, max_rows: int) -> PromptFile:
    encoding = find_encoding(data)
    if encoding is None:
        raise PromptFileError(
            "This is not a text file, a table, an Excel workbook (.xlsx) or JSON."
        )
    text = decode(data, encoding)
    if text.lstrip().startswith("["):
        return _json_list(text, max_rows)
    if name.endswith((".jsonl", ".ndjson")) or text.lstrip().startswith("{"):
        return _json_lines(text, max_rows)
    delimiter = _delimiter(text, name)
    if delimiter is None:
        lines = (line.strip() for line in text.split("\n"))
        rows = _bounded(((line,) for line in lines if line), max_rows)
        return PromptFile("a text with a prompt in each line", tuple(rows))
    return PromptFile("a table", _same_width(_bounded(_csv_rows(text, delimiter), max_rows)))


def _delimiter(text: str, name: str) -> str | None:
    """Return the mark between the cells; None for a file with a prompt in each line.

    A comma stands in ordinary sentences too, so a .txt file and a pasted text are a table only with
    tabs, as cells copied from a spreadsheet have.
    """
    is_table = name.endswith((".csv", ".tsv", ".tab"))
    for delimiter in DELIMITERS if is_table else "\t":
        try:
            rows = list(islice(_csv_rows(text, delimiter), SAMPLE_ROWS))
        except PromptFileError:
            continue
        widths = Counter(map(len, rows))
        if widths and max(widths) > 1:
            width, times = widths.most_common(1)[0]
            if width > 1 and times >= MOST * len(rows):
                return delimiter
    return "," if is_table else None  # a table of one column may have quoted cells


def _csv_rows(text: str, delimiter: str) -> Iterator[tuple[str, ...]]:
    reader = csv.reader(StringIO(text), delimiter=delimiter)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise PromptFileError(
                f"Line {reader.line_num}: a cell is too long; is a quotation mark not closed?"
            ) from error
        if row is None:
            return
        if len(row) > MAX_COLUMNS:
            raise PromptFileError(
                f"Line {reader.line_num} has {len(row):,} cells; at most {MAX_COLUMNS} are"
                " accepted."
            )
        if any(cell.strip() for cell in row):
            yield tuple(row)


def _json_list(text: str, max_rows: int) -> PromptFile:
    try:
        values = list(_bounded(read_list([text.encode()], max_element_chars=len(text)), max_rows))
    except InvalidJson as error:
        raise PromptFileError(f"The file is not valid JSON: {error}.") from None
    except NotAList:
        raise PromptFileError("The file is JSON, but not a list of prompts.") from None
    return _of_values(values, "a JSON list", "Item")


def _json_lines(text: str, max_rows: int) -> PromptFile:
    values = []
    lines = ((number, line) for number, line in enumerate(text.split("\n"), start=1))
    for number, line in _bounded(((n, line) for n, line in lines if line.strip()), max_rows):
        try:
            values.append(loads(line))
        except (ValueError, RecursionError):
            raise PromptFileError(f"Line {number} is not valid JSON.") from None
    return _of_values(values, "JSON lines", "Line")


def _of_values(values: Sequence[Any], description: str, part: str) -> PromptFile:
    """Strings are prompts, objects with `messages` are requests, other objects are rows."""
    if all(isinstance(value, str) for value in values):
        return PromptFile(description, tuple((value,) for value in values if value.strip()))
    for number, value in enumerate(values, start=1):
        if not isinstance(value, str | dict):
            raise PromptFileError(f"{part} {number} is neither a text nor an object.")
        if isinstance(value, str) is not isinstance(values[0], str):
            raise PromptFileError(
                f"{part} {number} is not like those before: all are texts or all objects."
            )
    requests = [_request(value) for value in values]
    if all("messages" in request for request in requests):
        return PromptFile(f"{description} of requests", requests=tuple(requests))
    for number, request in enumerate(requests, start=1):
        if "messages" in request:
            raise PromptFileError(f"{part} {number} has messages, and others have none.")
    headings = tuple(dict.fromkeys(str(name) for value in values for name in value))
    if len(headings) > MAX_COLUMNS:
        raise PromptFileError(
            f"The objects have {len(headings):,} different names; at most {MAX_COLUMNS} are"
            " accepted."
        )
    rows = tuple(tuple(_cell(value.get(name)) for name in headings) for value in values)
    return PromptFile(description, rows, headings)


def _request(value: dict[str, Any]) -> dict[str, Any]:
    """Return the request of a line of OpenAI's batch files, and any other object unchanged."""
    body = value.get("body")
    if not isinstance(body, dict):
        return value
    custom_id = {"custom_id": value["custom_id"]} if "custom_id" in value else {}
    return {**body, **custom_id}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _bounded(rows: Iterable[T], max_rows: int) -> Iterator[T]:
    for number, row in enumerate(rows):
        if number > max_rows:  # one more, because the first row may have headings
            raise PromptFileError(f"The file has more than {max_rows:,} prompts, the maximum.")
        yield row


def _same_width(rows: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    found = list(rows)
    width = max(map(len, found), default=0)
    return tuple((*row, *[""] * (width - len(row))) for row in found)
