"""The data folder is for the server's user alone, whatever the umask."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from tests.process.server import ROOT, environment, free_port
from wordgen_site.config.checks import data_is_open_to_others
from wordgen_site.config.data_dir import is_shared, open_to_others, protect


def databases(folder: Path) -> dict[str, Any]:
    return {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "db.sqlite3"}}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def an_open_folder(folder: Path) -> Path:
    """As an earlier version left it, with a file of the operator."""
    folder.mkdir()
    for name in ("cache", "models"):
        (folder / name).mkdir()
    for name in ("db.sqlite3", "db.sqlite3-wal", "secret_key", "notes.txt"):
        (folder / name).write_text("")
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def test_setup_closes_the_folder_and_the_database_whatever_the_umask(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / "lists").mkdir()
    env = environment(data, free_port(), ENGINE="scripted", WORDLIST_DIR=str(tmp_path / "lists"))
    ended = subprocess.run(
        [sys.executable, "manage.py", "setup"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: os.umask(0) and None,
    )
    assert ended.returncode == 0, ended.stderr
    assert mode(data) == 0o700
    for path in data.rglob("*"):
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_an_open_folder_is_mended_and_the_operators_files_are_left(tmp_path: Path) -> None:
    data = an_open_folder(tmp_path / "data")
    protect(data, databases(data))
    assert open_to_others(data, databases(data)) == []
    assert mode(data) == mode(data / "cache") == 0o700
    assert mode(data / "db.sqlite3") == mode(data / "db.sqlite3-wal") == 0o600
    assert mode(data / "notes.txt") == 0o644


def test_what_a_link_points_to_is_left(tmp_path: Path) -> None:
    """Such as models that several installations share."""
    data, models = an_open_folder(tmp_path / "data"), tmp_path / "models"
    models.mkdir()
    models.chmod(0o755)
    (data / "models").rmdir()
    (data / "models").symlink_to(models)
    protect(data, databases(data))
    assert mode(models) == 0o755


@pytest.mark.parametrize("folder", ["/", "/tmp", str(Path.home()), str(ROOT), str(ROOT.parent)])
def test_a_folder_that_has_other_things_keeps_its_mode(folder: str) -> None:
    assert is_shared(Path(folder))
    assert Path(folder) not in open_to_others(Path(folder), databases(Path(folder)))


@pytest.fixture
def public() -> Iterator[Path]:
    """Other users may enter it, in contrast to pytest's own folders."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_w005_the_check_names_what_is_open(
    settings: Any, public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = an_open_folder(public / "data")
    settings.DATA_DIR = data
    monkeypatch.setitem(connections.settings["default"], "NAME", data / "db.sqlite3")
    (warning,) = data_is_open_to_others(None)
    assert warning.id == "wordgen.W005"
    assert f"{data}, " in warning.msg
    assert str(data / "db.sqlite3") in warning.msg
    public.chmod(0o700)
    assert data_is_open_to_others(None) == []
    public.chmod(0o755)
    protect(data, databases(data))
    assert data_is_open_to_others(None) == []


@pytest.mark.parametrize("command", ["setup", "serve", "check"])
def test_a_folder_with_a_key_in_which_nothing_can_be_made_is_a_sentence(
    command: str, tmp_path: Path
) -> None:
    (tmp_path / "secret_key").write_text("a-key-of-an-earlier-start\n")
    (tmp_path / "cache").write_text("a file where a folder belongs, even for root")
    ended = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=environment(tmp_path, free_port()),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert f"The data folder cannot be used: File exists: {tmp_path / 'cache'}." in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", ["setup", "serve", "check"])
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"DATA_DIR": "/proc/wordgen"}, "The data folder cannot be used"),
        ({"PORT": "abc"}, "Unexpected value PORT='abc'"),
    ],
)
def test_a_folder_or_setting_that_cannot_be_used_is_a_sentence(
    command: str, setting: dict[str, str], said: str, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=environment(tmp_path, free_port()) | setting,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("\n") == 1
