"""Writes a revision as a file: our own text format, CSV for spreadsheets, TSV for Anki."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from vocab.models import WordlistRevision
from vocab.spreadsheet import BYTE_ORDER_MARK, csv_line


def as_text(revision: WordlistRevision) -> str:
    """Return `#` lines with facts about the list (`# title: ...`), then one entry a line.

    `parse` reads the file back to the same digest.
    """
    wordlist = revision.wordlist
    facts = {
        "title": wordlist.title,
        "language": wordlist.language,
        "revision": revision.reference,
        "entries": str(revision.word_count),
        "ranked": "" if revision.ranked else "no",
        "source": wordlist.source,
        "licence": wordlist.licence,
        "note": revision.note,
        "sha256": revision.sha256,
    }
    # A line break inside a title would turn the rest of the title into an entry.
    header = [f"# {key}: {' '.join(value.split())}\n" for key, value in facts.items() if value]
    return "".join(header) + revision.text + "\n"


def as_csv(revision: WordlistRevision) -> str:
    """Return the columns rank and word; only words if the list is not ranked.

    An entry that a spreadsheet would take for a formula has an apostrophe before it.
    """
    if not revision.ranked:
        return BYTE_ORDER_MARK + "".join(map(csv_line, [["word"], *([w] for w in revision.words)]))
    rows = enumerate(revision.words, 1)
    return BYTE_ORDER_MARK + "".join(map(csv_line, [["rank", "word"], *rows]))


def as_anki_notes(revision: WordlistRevision) -> str:
    """Return notes for Anki's import: the columns word and rank, and a deck with the list's title.

    Notes are text and not formulas, so no entry is changed.
    """
    deck = " ".join(revision.wordlist.title.split())
    ranks = enumerate(revision.words, 1)
    columns = "word\trank" if revision.ranked else "word"
    notes = io.StringIO()
    writer = csv.writer(notes, delimiter="\t", lineterminator="\n")
    writer.writerows((word, rank) if revision.ranked else (word,) for rank, word in ranks)
    header = f"#separator:tab\n#html:false\n#deck:{deck}\n#columns:{columns}\n"
    return header + notes.getvalue()


@dataclass(frozen=True, slots=True)
class Format:
    """label: For menus."""

    render: Callable[[WordlistRevision], str]
    content_type: str
    label: str


# By the ending of the file's name.
FORMATS = {
    "txt": Format(as_text, "text/plain; charset=utf-8", "Text"),
    "csv": Format(as_csv, "text/csv; charset=utf-8", "CSV for spreadsheets"),
    "tsv": Format(as_anki_notes, "text/tab-separated-values; charset=utf-8", "TSV for Anki"),
}


def file_name(revision: WordlistRevision, name: str) -> str:
    """name: A key of FORMATS."""
    return f"{revision.reference}.{name}"
