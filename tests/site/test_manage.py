"""manage.py, called as from a shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.process.server import environment, free_port, manage
from wordgen_site.command_line import NOT_SET_UP

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("unbuffered", ["", "1"])  # the error comes at the end or at the first line
def test_a_closed_pipe_gives_no_traceback(unbuffered: str) -> None:
    """Like `head` in `manage.py lint_wordlist es | head`."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [sys.executable, "manage.py", "help"],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        os.close(writer)
    assert ended.stderr == ""
    assert ended.returncode == 128 + signal.SIGPIPE


@pytest.mark.parametrize("command", [["lint_wordlist", "es"], ["batch_job", "list"]])
def test_a_database_without_tables_is_reported_in_a_sentence(
    command: list[str], tmp_path: Path
) -> None:
    ended = manage(environment(tmp_path, free_port()), *command)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{NOT_SET_UP} (no such table: ")
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_serve_before_setup_starts_nothing_and_names_the_command(tmp_path: Path) -> None:
    ended = manage(environment(tmp_path, free_port()), "serve")
    assert ended.returncode == 1
    assert f"CommandError: {NOT_SET_UP}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_a_database_that_does_not_answer_has_its_own_error(tmp_path: Path) -> None:
    (tmp_path / "db.sqlite3").mkdir()
    ended = manage(environment(tmp_path, free_port()), "lint_wordlist", "es")
    assert ended.returncode == 1
    assert "unable to open database file" in ended.stderr
    assert NOT_SET_UP not in ended.stderr
