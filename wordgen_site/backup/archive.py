"""The archive of a backup: a tar file with a manifest, the database and the secret key.

    manifest.json   version, time, kind of the database, migrations, sha256 of the other files
    db.sqlite3      or db.dump: the database
    secret_key      the key that signs sessions and API keys
    env             the operator's .env, if there is one

Files get their final name when they are complete. Everything is readable by its owner only.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from tqdm import tqdm

from wordgen_site import __version__
from wordgen_site.backup.errors import BackupError
from wordgen_site.backup.postgres_database import PostgresDatabase
from wordgen_site.backup.sqlite_database import SqliteDatabase
from wordgen_site.config.secret_key import FILE_NAME as SECRET_KEY_NAME

FORMAT = 1
MANIFEST, ENV = "manifest.json", "env"
BLOCK_BYTES = 1024 * 1024
# A manifest lists some files and some hundred migrations.
MAX_MANIFEST_BYTES = 1024 * 1024

Database = SqliteDatabase | PostgresDatabase


def database() -> Database:
    config = settings.DATABASES["default"]
    is_sqlite = config["ENGINE"].endswith("sqlite3")
    return SqliteDatabase(config) if is_sqlite else PostgresDatabase(config)


# --- backup --------------------------------------------------------------------------------------


def write(target: Path) -> None:
    """Write a backup to a new file. Raises BackupError and OSError, and then leaves no file."""
    if target.exists():
        raise BackupError(f"{target} exists")
    db = database()
    with _folder(target.parent) as folder:
        draft = folder / target.name
        copy = folder / db.file_name
        db.dump(copy)
        texts = {SECRET_KEY_NAME: settings.SECRET_KEY.encode()}
        if settings.ENV_FILE.is_file():
            texts[ENV] = settings.ENV_FILE.read_bytes()
        digests = {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
        digests[db.file_name] = _digest(copy)
        manifest = {
            "format": FORMAT,
            "version": __version__,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": db.kind,
            "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
            "sha256": digests,
        }
        with draft.open("xb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                _add_text(archive, MANIFEST, json.dumps(manifest, indent=1).encode())
                for name, text in texts.items():
                    _add_text(archive, name, text)
                _add_file(archive, copy)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, target)
        except FileExistsError as error:
            raise BackupError(f"{target} exists") from error


def _add_text(archive: tarfile.TarFile, name: str, text: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(text), 0o600
    archive.addfile(entry, io.BytesIO(text))


def _add_file(archive: tarfile.TarFile, path: Path) -> None:
    entry = tarfile.TarInfo(path.name)
    entry.size, entry.mode = path.stat().st_size, 0o600
    with path.open("rb") as file, _progress("archive", entry.size) as bar:
        archive.addfile(entry, _Watched(file, bar))


# --- restore -------------------------------------------------------------------------------------


def restore(source: Path) -> dict[str, Any]:
    """Put a backup into this installation, which must be empty. Return its manifest.

    The database comes last, so that an interrupted restore leaves a place without a database, and
    can be repeated. Raises BackupError and OSError.
    """
    db = database()
    if reason := db.why_not_empty():
        raise BackupError(f"{reason}; a backup is restored into an empty place only")
    with _opened(source) as archive:
        manifest = _manifest(archive)
        _check(manifest, db)
        settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        db.draft_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        with _folder(db.draft_folder()) as folder:
            for name, digest in manifest["sha256"].items():
                _extract(archive, name, digest, folder / name)
            db.check(folder / db.file_name)
            _place(folder / SECRET_KEY_NAME, settings.DATA_DIR / SECRET_KEY_NAME)
            if (folder / ENV).exists():
                _place(folder / ENV, settings.DATA_DIR / "env.restored")
            db.load(folder / db.file_name)
    return manifest


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source, "r:") as archive:
            yield archive
    except tarfile.TarError as error:
        raise BackupError(f"{source} is not a whole backup: {error}") from error


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    try:
        entry = archive.getmember(MANIFEST)
        file = archive.extractfile(entry) if entry.size <= MAX_MANIFEST_BYTES else None
        manifest: dict[str, Any] = json.load(file) if file else {}
        expected = {SqliteDatabase.file_name, PostgresDatabase.file_name, SECRET_KEY_NAME, ENV}
        if not manifest["sha256"].keys() <= expected:
            raise BackupError("the backup has unknown files")
    except (KeyError, ValueError, AttributeError) as error:
        raise BackupError("the file is not a backup: it has no manifest") from error
    return manifest


def _check(manifest: dict[str, Any], db: Database) -> None:
    if manifest["format"] != FORMAT:
        raise BackupError(f"the backup has the format {manifest['format']}, not {FORMAT}")
    if manifest["database"] != db.kind:
        raise BackupError(
            f"the backup is of a {manifest['database']} database, and DATABASE_URL names a"
            f" {db.kind} database"
        )
    known = MigrationLoader(None).disk_migrations or {}
    unknown = [name for name in manifest["migrations"] if tuple(name) not in known]
    if unknown:
        raise BackupError(
            f"the backup was made by version {manifest['version']}, which is newer than"
            f" {__version__}: it has the migration {'.'.join(unknown[0])}"
        )


def _extract(archive: tarfile.TarFile, name: str, digest: str, target: Path) -> None:
    """Extract one file under a name of ours, so that no name in the archive becomes a path."""
    try:
        entry = archive.getmember(name)
        source = archive.extractfile(entry)
    except KeyError as error:
        raise BackupError(f"the backup lacks {name}") from error
    if source is None:
        raise BackupError(f"the backup lacks {name}")
    found = hashlib.sha256()
    with target.open("xb") as file, _progress(name, entry.size) as bar:
        while block := source.read(BLOCK_BYTES):
            found.update(block)
            file.write(block)
            bar.update(len(block))
        file.flush()
        os.fsync(file.fileno())
    if found.hexdigest() != digest:
        raise BackupError(f"the backup is damaged: {name} has another sha256 than the manifest")


def _place(source: Path, target: Path) -> None:
    """Copy a small file to its final name. The two folders may be on different file systems."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(source.read_bytes())
    draft.replace(target)


# --- both ----------------------------------------------------------------------------------------


@contextmanager
def _folder(parent: Path) -> Iterator[Path]:
    """A private folder, whose files can be linked into `parent`; it is removed in any case."""
    mask = os.umask(0o077)
    try:
        with tempfile.TemporaryDirectory(prefix=".wordgen-backup-", dir=parent) as name:
            yield Path(name)
    finally:
        os.umask(mask)


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file, _progress("sha256", path.stat().st_size) as bar:
        while block := file.read(BLOCK_BYTES):
            found.update(block)
            bar.update(len(block))
    return found.hexdigest()


def _progress(what: str, total: int) -> tqdm[Any]:
    """A progress bar; not shown where the output is not a terminal."""
    return tqdm(desc=what, total=total, unit="B", unit_scale=True, disable=None, leave=False)


class _Watched:
    """A file that is read with progress."""

    def __init__(self, file: IO[bytes], bar: tqdm[Any]) -> None:
        self._file = file
        self._bar = bar

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self._bar.update(len(block))
        return block
