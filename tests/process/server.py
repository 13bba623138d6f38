"""Start `manage.py serve` as an operator would, on a free port with a data folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
STOP_SECONDS = 90
KEY = "sesame-open-wordgen-for-tests"
ADMIN = ("admin", "a-long-test-password")


class Server:
    """A running `manage.py serve` and its output."""

    def __init__(self, process: subprocess.Popen[str], url: str, data_dir: Path) -> None:
        self.process = process
        self.url = url
        self.data_dir = data_dir
        self.lines: list[str] = []
        self.ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                with self._changed:
                    self.lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def wait_for(self, text: str) -> None:
        """Wait until `text` is in the output."""
        with self._changed:
            self._changed.wait_for(lambda: self.ended or text in self.log, START_SECONDS)
        assert text in self.log, self.log

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def interrupt(self) -> int:
        """Send one Ctrl-C and return the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)

    def join(self) -> None:
        """Wait until the output has been read to its end."""
        self._reader.join(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(data_dir: Path, port: int, **extra: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(data_dir),
        "MODELS_DIR": os.environ.get("MODELS_DIR", str(ROOT / "data" / "models")),
        "PORT": str(port),
        "SECRET_TOKEN": KEY,
        "ADMIN_USER": ADMIN[0],
        "ADMIN_PASSWORD": ADMIN[1],
        "HF_HUB_OFFLINE": "1",
        "ENGINE_PRELOAD": "false",  # most tests need no model
        **extra,
    }


def manage(env: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=env,
        text=True,
        capture_output=True,
        timeout=300,
        check=False,
    )


def installed(folder: Path, *lists: str, **extra: str) -> dict[str, str]:
    """Make `folder` the data folder of a new installation; return its environment.

    lists: The starter lists that it has.
    """
    env = environment(folder, free_port(), **extra)
    if "DATABASE_URL" in extra:
        _set_up(env, lists)
        return env
    for name, content in _files_after_setup(lists).items():
        path = folder / name
        path.write_bytes(content)
        path.chmod(0o600)
    return env


@cache
def _files_after_setup(lists: tuple[str, ...]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as name:
        _set_up(environment(Path(name), free_port()), lists)
        return {each: Path(name, each).read_bytes() for each in ("db.sqlite3", "secret_key")}


def _set_up(env: dict[str, str], lists: Iterable[str]) -> None:
    """Run `manage.py setup` with some of the starter lists: it takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        for each in lists:
            shutil.copy(ROOT / "wordlists" / f"{each}.txt", folder)
        setup = manage({**env, "WORDLIST_DIR": folder}, "setup", "--no-model")
        assert setup.returncode == 0, setup.stderr


@contextmanager
def running(data_dir: Path, *lists: str, **extra: str) -> Iterator[Server]:
    """Run a server with these starter lists."""
    with started(installed(data_dir, *lists, **extra), data_dir) as server:
        yield server


@contextmanager
def started(env: dict[str, str], data_dir: Path, *options: str) -> Iterator[Server]:
    command = [sys.executable, "manage.py", "serve", *options]
    with started_command(command, env, data_dir, ROOT) as server:
        yield server


@contextmanager
def started_command(
    command: list[str], env: dict[str, str], data_dir: Path, folder: Path
) -> Iterator[Server]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    server = Server(process, f"http://127.0.0.1:{env['PORT']}", data_dir)
    try:
        server.wait_for("Wordgen is running on")
        yield server
    finally:
        if process.poll() is None:
            server.interrupt()
        server.join()


def csrf_token(page: str) -> str:
    match = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert match is not None, page
    return match[1]
