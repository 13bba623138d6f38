"""A backup that is made while others write is whole, and comes back into an empty place only."""

from __future__ import annotations

import os
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.checks import run_checks

from tests.process.postgres import NO_POSTGRES, binaries, running_postgres
from tests.process.server import KEY, environment, manage
from wordgen_site.backup.errors import BackupError
from wordgen_site.backup.sqlite_database import SqliteDatabase

BACKUPS = 40 if os.environ.get("LONG_FAULTS") else 3
WAIT = 30.0
FIND_KEY = f"""
from batches.models import FilePart
from generation.auth.api_key import ApiKey
from vocab.models import Wordlist
print(ApiKey.objects.find("{KEY}").user, *Wordlist.objects.values_list("slug", "current__text"))
"""


# --- the copy of an SQLite database --------------------------------------------------------------


def new_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE pairs (n INTEGER UNIQUE, text TEXT)")
        database.execute("CREATE TABLE twins (n INTEGER UNIQUE, text TEXT)")
        database.execute("CREATE INDEX texts ON pairs (text)")
        rows = [(-n, f"{n:x}" * 500) for n in range(1, 10_000)]
        database.executemany("INSERT INTO pairs VALUES (?, ?)", rows)


@contextmanager
def writers(path: Path, count: int) -> Iterator[None]:
    """Each transaction writes the same row into two tables."""
    stop = threading.Event()
    written = threading.Semaphore(0)

    def write(number: int) -> None:
        with closing(sqlite3.connect(path, timeout=WAIT)) as database:
            while not stop.is_set():
                with database:
                    row = (number, f"{number:x}" * 100)
                    database.execute("INSERT INTO pairs VALUES (?, ?)", row)
                    database.execute("INSERT INTO twins VALUES (?, ?)", row)
                number += count
                written.release()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        assert written.acquire(timeout=WAIT)
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(WAIT)


def test_a_copy_beside_writers_has_the_state_of_one_moment(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    new_database(path)
    sizes = []
    with writers(path, 3):
        for number in range(BACKUPS):
            copy = tmp_path / f"copy-{number}"
            SqliteDatabase({"NAME": path}).dump(copy)
            assert not copy.with_name(f"{copy.name}-wal").exists()
            with closing(sqlite3.connect(copy)) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                select = "SELECT n FROM {} WHERE n >= 0 ORDER BY n"
                pairs = database.execute(select.format("pairs")).fetchall()
                assert pairs == database.execute(select.format("twins")).fetchall()
                sizes.append(len(pairs))
            copy.unlink()
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0]


def damage(path: Path) -> None:
    """Do what a copy by cp does: some pages are older than others."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode=DELETE")
    old = path.read_bytes()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM pairs WHERE n > -5000")
    half = len(old) // 2
    path.write_bytes(path.read_bytes()[:half] + old[half:])


def test_a_damaged_database_is_neither_backed_up_nor_restored(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    new_database(path)
    damage(path)
    with pytest.raises(BackupError, match="the database is damaged"):
        SqliteDatabase({"NAME": path}).dump(tmp_path / "copy")
    with pytest.raises(BackupError, match="the database is damaged"):
        SqliteDatabase({"NAME": tmp_path / "new.sqlite3"}).load(path)
    assert not (tmp_path / "new.sqlite3").exists()


def test_a_database_is_never_overwritten(tmp_path: Path) -> None:
    path, other = tmp_path / "db.sqlite3", tmp_path / "other.sqlite3"
    new_database(path)
    new_database(other)
    before = path.read_bytes()
    database = SqliteDatabase({"NAME": path})
    assert database.why_not_empty() == f"there is a database in {path}"
    with pytest.raises(BackupError, match="there is a database in"):
        database.load(other)
    assert path.read_bytes() == before


def test_check_deploy_warns_of_copies_and_finds_a_damaged_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "db.sqlite3"
    new_database(path)
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", str(path))

    def found() -> list[str]:
        ids = [str(message.id) for message in run_checks(include_deployment_checks=True)]
        return [each for each in ids if each in ("wordgen.I010", "wordgen.E010")]

    assert found() == ["wordgen.I010"]
    damage(path)
    assert found() == ["wordgen.I010", "wordgen.E010"]


# --- the commands --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lists")
    (folder / "en.txt").write_text("the\ndog\n")
    return folder


def installation(folder: Path, lists: Path, **extra: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    env = environment(folder, 8010, WORDLIST_DIR=str(lists), **extra)
    return {**env, "ENV_FILE": str(folder / ".env")}


def run(env: dict[str, str], *command: str) -> str:
    ended = manage(env, *command)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def refusal(env: dict[str, str], *command: str) -> str:
    ended = manage(env, *command)
    assert ended.returncode == 1, ended.stdout
    return ended.stderr


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory, lists: Path) -> Path:
    """A backup of an installation with a user, a key and a list."""
    folder = tmp_path_factory.mktemp("source")
    env = installation(folder / "data", lists)
    (folder / "data" / ".env").write_text("MAX_N=4\n")
    run(env, "setup", "--no-model")
    target = folder / "backup.tar"
    assert str(target) in run(env, "backup", str(target))
    assert f"{target} exists" in refusal(env, "backup", str(target))
    return target


@pytest.mark.process
def test_a_backup_comes_back_into_an_empty_place_only(
    backup: Path, lists: Path, tmp_path: Path
) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    env = installation(tmp_path / "data", lists)
    assert "is restored in" in run(env, "restore", str(backup))
    assert run(env, "shell", "-v", "0", "-c", FIND_KEY) == "admin ('en', 'the\\ndog')\n"
    left = {path.name for path in (tmp_path / "data").iterdir()}
    assert left == {"db.sqlite3", "secret_key", "env.restored"}
    for name in left:
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600
    assert "there is a database in" in refusal(env, "restore", str(backup))
    assert run(env, "shell", "-v", "0", "-c", FIND_KEY).startswith("admin")


@pytest.mark.process
def test_the_oldest_backups_of_the_folder_go(lists: Path, tmp_path: Path) -> None:
    env = installation(tmp_path / "data", lists, BACKUP_KEEP="2")
    run(env, "setup", "--no-model")
    folder = tmp_path / "data" / "backups"
    folder.mkdir()
    old = [folder / f"wordgen-2026010{day}-031000.tar" for day in (1, 2, 3)]
    others = [folder / "wordgen-before-upgrade.tar", folder / "notes.txt"]
    for path in [*old, *others]:
        path.write_text("")
    shown = run(env, "backup")
    left = set(folder.iterdir())
    (new,) = left - set(old) - set(others)
    assert left == {new, old[2], *others}
    assert f"{old[0]} was deleted: the 2 newest are kept." in shown
    with tarfile.open(new) as archive:
        assert "manifest.json" in archive.getnames()
    run(env, "backup", str(folder / "by-name.tar"))  # a file of its own deletes nothing
    assert old[2].exists()
    assert "--keep must not be negative" in refusal(env, "backup", "--keep=-1")


@pytest.mark.process
def test_a_damaged_backup_leaves_the_place_empty(backup: Path, lists: Path, tmp_path: Path) -> None:
    env = installation(tmp_path / "data", lists)
    content = backup.read_bytes()
    with tarfile.open(backup) as archive:
        begin = archive.getmember("db.sqlite3").offset_data
    for number, damaged in enumerate(
        (
            content[: begin + 8192],
            content[: begin + 50_000] + b"damage" + content[begin + 50_006 :],
            b"not a backup",
        )
    ):
        broken = tmp_path / f"{number}.tar"
        broken.write_bytes(damaged)
        assert "Nothing was restored" in refusal(env, "restore", str(broken))
        assert {path.name for path in (tmp_path / "data").iterdir()} <= {"secret_key"}
    run(env, "restore", str(backup))
    assert run(env, "shell", "-v", "0", "-c", FIND_KEY).startswith("admin")


@pytest.mark.process
def test_a_postgresql_database_comes_back(backup: Path, lists: Path, tmp_path: Path) -> None:
    bin_folder = binaries()
    if bin_folder is None:
        pytest.skip(NO_POSTGRES)
    with running_postgres(bin_folder) as first, running_postgres(bin_folder) as second:
        source = installation(tmp_path / "a", lists, DATABASE_URL=first.url)
        run(source, "setup", "--no-model")
        run(source, "backup", str(tmp_path / "pg.tar"))
        target = installation(tmp_path / "b", lists, DATABASE_URL=second.url)
        assert "DATABASE_URL names a postgresql" in refusal(target, "restore", str(backup))
        run(target, "restore", str(tmp_path / "pg.tar"))
        assert run(target, "shell", "-v", "0", "-c", FIND_KEY) == "admin ('en', 'the\\ndog')\n"
        assert "the database has the table" in refusal(target, "restore", str(tmp_path / "pg.tar"))
