"""Makes small files in the formats that people have."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgpack
import openpyxl
import zstandard

from vocab.importing.convert import Conversion, convert
from vocab.importing.proposal import Options, Proposal
from vocab.importing.sniff import sniff


def read(
    content: str | bytes, name: str = "list.txt", language: str = "es", **options: Any
) -> tuple[Proposal, Conversion]:
    """Propose and convert."""
    data = content.encode() if isinstance(content, str) else content
    proposal = sniff(data, name, Options(language=language, **options))
    return proposal, convert(data, proposal, filename=name)


def words_of(
    content: str | bytes, name: str = "list.txt", language: str = "es", **options: Any
) -> list[str]:
    return read(content, name, language, **options)[1].words


def archive(**members: bytes | str) -> bytes:
    """In the names of members `__` stands for a dot and `___` for a slash."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("___", "/").replace("__", "."), content)
    return target.getvalue()


def xlsx(rows: Sequence[Sequence[object]], **more: Sequence[Sequence[object]]) -> bytes:
    """more: Further sheets."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, its_rows in more.items():
        sheet = book.create_sheet(name)
        for row in its_rows:
            sheet.append(row)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def ods(*sheets: str) -> bytes:
    """sheets: For each one the XML of its rows. Their names are T1, T2 and so on."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    tables = "".join(
        f'<table:table table:name="T{number}">{rows}</table:table>'
        for number, rows in enumerate(sheets, start=1)
    )
    content = f"<office:document {spaces}>{tables}</office:document>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return archive(mimetype=kind, content__xml=content)


def ods_row(*cells: str) -> str:
    inside = "".join(
        f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells
    )
    empty = '<table:table-cell table:number-columns-repeated="16000"/>'
    return f"<table:table-row>{inside}{empty}</table:table-row>"


def wordfreq_list(*bins: list[str]) -> bytes:
    return gzip.compress(msgpack.packb([{"format": "cB", "version": 1}, *bins]))


def database(script: str) -> bytes:
    """Return a SQLite file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        connection = sqlite3.connect(path)
        connection.executescript(script)
        connection.close()
        return path.read_bytes()


NOTES = "CREATE TABLE notes(id INTEGER PRIMARY KEY, mid, tags, flds);"
CARDS = "CREATE TABLE cards(id INTEGER PRIMARY KEY, nid, did, ord, ivl);"


def old_collection(notes: Sequence[str], deck: str = "Spanish") -> bytes:
    """A collection with its note types as JSON. Fields are between '|'."""
    models = {"7": {"name": "Basic", "flds": [{"name": "Front"}, {"name": "Back"}]}}
    decks = {"1": {"name": deck}}
    script = f"{NOTES}{CARDS}CREATE TABLE col(models, decks);"
    script += f"INSERT INTO col VALUES('{json.dumps(models)}', '{json.dumps(decks)}');"
    for number, note in enumerate(notes, start=1):
        fields = note.replace("|", "\x1f").replace("'", "''")
        script += f"INSERT INTO notes VALUES({number}, 7, ' A1 ', '{fields}');"
        script += f"INSERT INTO cards VALUES({number}, {number}, 1, 0, {number * 10});"
    return database(script)


def new_collection(notes: Sequence[str]) -> bytes:
    """A collection with its note types in tables, packed."""
    script = (
        f"{NOTES}{CARDS}CREATE TABLE notetypes(id INTEGER PRIMARY KEY, name);"
        "CREATE TABLE fields(ntid, ord, name); INSERT INTO notetypes VALUES(7, 'Basic');"
        "INSERT INTO fields VALUES(7, 0, 'Front'), (7, 1, 'Back');"
        "CREATE TABLE decks(id INTEGER PRIMARY KEY, name); INSERT INTO decks VALUES(1, 'A\x1fB');"
    )
    for number, note in enumerate(notes, start=1):
        fields = note.replace("|", "\x1f")
        script += f"INSERT INTO notes VALUES({number}, 7, '', '{fields}');"
        script += f"INSERT INTO cards VALUES({number}, {number}, 1, 0, 0);"
    return zstandard.compress(database(script))
