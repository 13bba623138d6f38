"""An Anki deck (.apkg) or collection (.colpkg): a database in an archive.

The package `anki` has another licence, and a list needs only a few columns, so they are read here.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import zstandard

from vocab.importing.proposal import Ranking, Role, Row, Table
from vocab.importing.source import MAX_UNPACKED_BYTES, Source
from vocab.words.parse import WordlistError

# The last one is in every deck; in newer decks it has one note that asks for a newer Anki.
_COLLECTIONS = ("collection.anki21b", "collection.anki21", "collection.anki2")
_ABOUT = ("note type", "deck", "tags", "interval")
_SEPARATOR = "\x1f"
MAX_FIELDS = 100
MAX_NOTE_BYTES = 4 * 1024 * 1024
# A made-up file can make a query run for ever.
MAX_SECONDS = 20.0
STEPS_PER_CHECK = 10_000


def matches(source: Source) -> bool:
    if source.archive is None:
        return False
    return not set(_COLLECTIONS).isdisjoint(source.archive.namelist())


def read(source: Source) -> Table:
    """Raises WordlistError for a deck that is damaged or has too many notes."""
    try:
        with _database(_collection(source)) as database:
            types, decks = _note_types(database), _decks(database)
            notes = _notes(database, source.limits.max_lines)
    except (sqlite3.Error, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise WordlistError(f"the deck cannot be read: {error}") from error
    used = Counter(note[1] for note in notes)
    order = sorted(types, key=lambda each: -used[each])
    names: dict[str, None] = {}
    for each in order:
        if used[each]:
            names.update(dict.fromkeys(types[each][1]))
    fields = list(names)[:MAX_FIELDS]

    def rows() -> Iterator[Row]:
        for number, (_, kind, tags, content, deck, interval) in enumerate(notes, start=1):
            name, own = types.get(kind, ("", fields))
            cells = dict(zip(own, str(content).split(_SEPARATOR), strict=False))
            about = (name, decks.get(deck, ""), str(tags).strip(), str(interval or 0))
            yield Row(number, (*about, *(cells.get(field, "") for field in fields)))

    deck_names = sorted({decks[note[4]] for note in notes if note[4] in decks})
    return Table(
        rows(),
        f"an Anki deck: {', '.join(deck_names[:3])}" if deck_names else "an Anki deck",
        names=(*_ABOUT, *fields),
        roles={0: Role.NOTE_TYPE, 1: Role.DECK, 2: Role.TAGS, 3: Role.INTERVAL, 4: Role.WORD}
        | dict.fromkeys(range(5, len(fields) + 4), Role.OTHER),
        ranking=Ranking.UNRANKED,
    )


def _collection(source: Source) -> bytes:
    for name in _COLLECTIONS:
        content = source.member(name)
        if content is not None:
            return _unpacked(content) if name.endswith("b") else content
    raise WordlistError("the archive has no Anki collection")


def _unpacked(content: bytes) -> bytes:
    try:
        with zstandard.ZstdDecompressor(max_window_size=MAX_UNPACKED_BYTES).stream_reader(
            content, read_across_frames=True
        ) as reader:
            unpacked = reader.read(MAX_UNPACKED_BYTES + 1)
    except (zstandard.ZstdError, MemoryError) as error:
        raise WordlistError(f"the deck cannot be unpacked: {error}") from error
    if len(unpacked) > MAX_UNPACKED_BYTES:
        raise WordlistError(
            f"the deck unpacks to more than {MAX_UNPACKED_BYTES:,} bytes, which is the limit"
        )
    return bytes(unpacked)


@contextmanager
def _database(content: bytes) -> Iterator[sqlite3.Connection]:
    """Open the database read-only. Its file is deleted afterwards."""
    # Not in memory: deserialize() would need a second copy, and a broken file can be written to.
    handle, path = tempfile.mkstemp(suffix=".anki")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            database.text_factory = lambda data: data.decode("utf-8", errors="replace")
            # Anki's own order of text; without it, its indices cannot be used.
            database.create_collation("unicase", _unicase)
            deadline = time.monotonic() + MAX_SECONDS
            database.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_PER_CHECK)
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_NOTE_BYTES)
            yield database
    finally:
        os.unlink(path)


def _unicase(one: str, other: str) -> int:
    one, other = one.casefold(), other.casefold()
    return (one > other) - (one < other)


def _tables(database: sqlite3.Connection) -> set[str]:
    # Only tables: a view in a made-up file could be any query.
    return {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type='table'")}


def _note_types(database: sqlite3.Connection) -> dict[int, tuple[str, list[str]]]:
    """Return the name and the fields of each note type."""
    if {"notetypes", "fields"} <= _tables(database):
        types: dict[int, tuple[str, list[str]]] = {
            int(id_): (str(name), [])
            for id_, name in database.execute("SELECT id, name FROM notetypes LIMIT 10000")
        }
        for id_, name in database.execute(
            "SELECT ntid, name FROM fields ORDER BY ntid, ord LIMIT 100000"
        ):
            if id_ in types:
                types[id_][1].append(str(name))
        return types
    models = _json(database, "models")
    return {
        int(id_): (str(model["name"]), [str(each["name"]) for each in model["flds"]])
        for id_, model in models.items()
    }


def _decks(database: sqlite3.Connection) -> dict[int, str]:
    if "decks" in _tables(database):
        rows = database.execute("SELECT id, name FROM decks LIMIT 10000")
        return {int(id_): str(name).replace(_SEPARATOR, "::") for id_, name in rows}
    if "col" not in _tables(database):
        return {}
    return {int(id_): str(deck["name"]) for id_, deck in _json(database, "decks").items()}


def _json(database: sqlite3.Connection, column: str) -> dict[str, Any]:
    row = database.execute(f"SELECT {column} FROM col LIMIT 1").fetchone()  # noqa: S608 no input
    value = json.loads(row[0]) if row else {}
    if not isinstance(value, dict):
        raise ValueError(f"its {column} are not readable")
    return value


def _notes(database: sqlite3.Connection, limit: int) -> list[tuple[Any, ...]]:
    """Return id, note type, tags, fields, deck and longest interval of each note."""
    if "notes" not in _tables(database):
        raise ValueError("it has no notes")
    cards: dict[int, tuple[int, int]] = {}
    query = "SELECT nid, did, ivl FROM cards ORDER BY ord DESC LIMIT ?"
    for note, deck, interval in (
        database.execute(query, (4 * limit,)) if "cards" in _tables(database) else ()
    ):
        longest = max(int(interval or 0), cards.get(note, (0, 0))[1])
        cards[note] = (deck, longest)
    notes = database.execute(
        "SELECT id, mid, tags, flds FROM notes ORDER BY id LIMIT ?", (limit + 1,)
    )
    found, size = [], 0
    for note in notes:
        found.append((*note, *cards.get(note[0], (0, 0))))
        size += len(note[2] or "") + len(note[3] or "")
        if len(found) > limit or size > MAX_UNPACKED_BYTES:
            raise WordlistError(f"the deck has more than {limit:,} notes or very long ones")
    return found
