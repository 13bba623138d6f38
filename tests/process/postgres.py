"""A private PostgreSQL server, started from the installed binaries."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
NO_POSTGRES = "PostgreSQL is not installed: apt-get install postgresql"


def binaries() -> Path | None:
    """Return the folder that holds `initdb` and `pg_ctl`."""
    for folder in FOLDERS:
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


class Postgres:
    """A cluster in a temporary folder. It listens on a socket there and does not run as root."""

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self._folder = folder
        self._bin = bin_folder
        self._data = folder / "data"

    @property
    def url(self) -> str:
        return f"postgres://wordgen@%2F{str(self._folder)[1:].replace('/', '%2F')}/postgres"

    def create(self) -> None:
        self._run("initdb", "-D", str(self._data), "-U", "wordgen", "-A", "trust", "-E", "UTF8")

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self._folder} -c fsync=off"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", mode, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [str(self._bin / program), *arguments]
        if os.getuid() == 0:  # the server refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(
            command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


@contextmanager
def running_postgres(bin_folder: Path) -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="wordgen-pg-") as name:
        folder = Path(name)
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
        server = Postgres(folder, bin_folder)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()
