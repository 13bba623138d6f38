"""Copy an SQLite database while others write to it, and put a copy into an empty place.

A copy of the file by cp takes some pages from before a write and others from after it, and misses
the write-ahead log. SQLite's backup API reads all pages in one transaction.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from tqdm import tqdm

from wordgen_site.backup.errors import BackupError

NAME = "db.sqlite3"
# Pages copied between two updates of the progress bar.
PAGES = 2048
LOCK_SECONDS = 30.0


class SqliteDatabase:
    """config: The entry of settings.DATABASES."""

    kind = "sqlite"
    file_name = NAME

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._path = Path(config["NAME"])

    def why_not_empty(self) -> str | None:
        for path in (self._path, *self._companions()):
            if path.exists() and path.stat().st_size:
                return f"there is a database in {path}"
        return None

    def dump(self, target: Path) -> None:
        if not self._path.exists():
            raise BackupError(f"there is no database in {self._path}")
        with (
            closing(sqlite3.connect(self._path, timeout=LOCK_SECONDS)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            # Without a transaction of its own, the copy begins again after each write of others.
            source.isolation_level = None
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            size: int = source.execute("PRAGMA page_size").fetchone()[0]
            with tqdm(desc="database", unit="B", unit_scale=True, disable=None) as bar:

                def show(status: int, remaining: int, total: int) -> None:
                    bar.total = total * size
                    bar.update((total - remaining) * size - bar.n)

                source.backup(copy, pages=PAGES, progress=show)
            source.execute("ROLLBACK")
            # One file: no write-ahead log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        self.check(target)

    def check(self, path: Path) -> None:
        """Raise BackupError unless the file is a whole database with whole indexes."""
        try:
            with closing(sqlite3.connect(path)) as database:
                found = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.OperationalError as error:  # locked, or not readable
            raise BackupError(f"the database cannot be read: {error}") from error
        except sqlite3.DatabaseError as error:
            found = str(error)
        if found != "ok":
            raise BackupError(f"the database is damaged: {found}")

    def load(self, source: Path) -> None:
        """Put the copy into its place; it is there whole or not at all. Never overwrites."""
        self.check(source)
        for path in (self._path, *self._companions()):
            if path.exists() and not path.stat().st_size:
                path.unlink()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, self._path)
        except FileExistsError as error:
            raise BackupError(f"there is a database in {self._path}") from error

    def draft_folder(self) -> Path:
        """The folder for the copy, from which it can be put into its place."""
        return self._path.parent

    def _companions(self) -> list[Path]:
        return [self._path.with_name(f"{self._path.name}{end}") for end in ("-wal", "-journal")]
