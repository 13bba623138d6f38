"""Notes that Anki exported as text: `#separator:tab` and other settings, then a note a line."""

from __future__ import annotations

import csv
from io import StringIO

from vocab.importing.proposal import Ranking, Role, Table
from vocab.importing.readers.delimited import csv_rows
from vocab.importing.source import Source

_SEPARATORS = {
    "tab": "\t",
    "comma": ",",
    "semicolon": ";",
    "space": " ",
    "pipe": "|",
    "colon": ":",
}
_COLUMNS = {
    "guid": Role.OTHER,
    "notetype": Role.NOTE_TYPE,
    "deck": Role.DECK,
    "tags": Role.TAGS,
}


def matches(source: Source) -> bool:
    return source.is_text and source.text[:2000].lstrip().startswith("#separator:")


def read(source: Source) -> Table:
    settings: dict[str, str] = {}
    for _, line in source.lines():
        if not line.startswith("#"):
            break
        key, _, value = line[1:].partition(":")
        settings.setdefault(key.strip().lower(), value.strip())
    chosen = settings.get("separator", "tab").lower()
    delimiter = source.options.delimiter or _SEPARATORS.get(chosen, chosen[:1] or "\t")
    table = Table(
        iter(()), "notes that Anki exported", ranking=Ranking.UNRANKED, delimiter=delimiter
    )
    for name, role in _COLUMNS.items():
        number = settings.get(f"{name} column", "")
        if number.isdecimal() and 0 < int(number) <= 100:
            table.roles[int(number) - 1] = role
    if columns := settings.get("columns"):
        table.names = tuple(next(csv.reader(StringIO(columns), delimiter=delimiter), []))
    elif table.roles:
        names = {index: role.value for index, role in table.roles.items()}
        names |= {index: "guid" for index, role in table.roles.items() if role is Role.OTHER}
        width = max(table.roles) + 1
        free = iter(range(1, width + 1))
        table.names = tuple(names.get(index) or f"field {next(free)}" for index in range(width))
    fields = [index for index in range(101) if index not in table.roles]
    table.roles[fields[0]] = Role.WORD
    table.rows = csv_rows(table, source, delimiter)
    return table
