"""Documents that hold no table of words, with what to do instead."""

from __future__ import annotations

from vocab.importing.proposal import Table
from vocab.importing.source import Source
from vocab.words.parse import WordlistError

_PASTE = "open it, copy the words and save them as a text file with one word on each line"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def matches(source: Source) -> bool:
    return _advice(source) is not None


def read(source: Source) -> Table:
    """Raises WordlistError, always."""
    raise WordlistError(_advice(source) or "this file cannot be read")


def _advice(source: Source) -> str | None:
    data = source.data
    if data.startswith(b"%PDF"):
        return f"this is a PDF, which has no words but places of letters: {_PASTE}"
    if data.startswith(b"{\\rtf"):
        return f"this is a rich text document: {_PASTE}"
    if data.startswith(_OLE):
        return (
            "this is a document of an old Office version: save a table as .xlsx or .csv; for a"
            f" text, {_PASTE}"
        )
    if source.archive is not None:
        names = set(source.archive.namelist())
        if "word/document.xml" in names:
            return f"this is a Word document: {_PASTE}"
        if "content.xml" in names:
            return f"this is an OpenDocument text or drawing: {_PASTE}"
        return (
            "this is an archive with no list that can be read: unpack it and choose the file with"
            " the words"
        )
    if data.startswith(b"SQLite format 3\0"):
        return "this is a database: export the words as .csv (from Anki: File, Export, .apkg)"
    if data[:15].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return f"this is a web page: {_PASTE}"
    return None
