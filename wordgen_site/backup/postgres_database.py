"""Dump a PostgreSQL database, and load a dump into an empty one, with PostgreSQL's own tools."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.backends.postgresql.client import DatabaseClient

from wordgen_site.backup.errors import BackupError

NAME = "db.dump"


class PostgresDatabase:
    """config: The entry of settings.DATABASES."""

    kind = "postgresql"
    file_name = NAME

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config

    def why_not_empty(self) -> str | None:
        try:
            with connection.cursor() as cursor:
                tables = connection.introspection.table_names(cursor)
        except DatabaseError as error:
            raise BackupError(f"the database does not answer: {error}") from error
        return f"the database has the table {tables[0]}" if tables else None

    def dump(self, target: Path) -> None:
        self._run(
            "pg_dump",
            *("--format=custom", "--no-owner", "--no-privileges", f"--file={target}"),
        )

    def check(self, path: Path) -> None:
        """Raise BackupError unless the tools can read the dump to its end."""
        self._run("pg_restore", "--file=/dev/null", str(path), connects=False)

    def load(self, source: Path) -> None:
        """Load the dump in one transaction."""
        self._run(
            "pg_restore",
            *("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"),
            str(source),
        )

    def draft_folder(self) -> Path:
        folder: Path = settings.DATA_DIR
        return folder

    def _run(self, program: str, *options: str, connects: bool = True) -> None:
        """Run one of PostgreSQL's tools. The password goes to it in the environment."""
        found = shutil.which(program)
        if found is None:
            raise BackupError(f"{program} is not installed: it comes with PostgreSQL's client")
        environment = dict(os.environ)
        command = [found]
        if connects:
            # ["psql", "-U", user, "-h", host, "-p", port, name]
            (_, *address), more = DatabaseClient.settings_to_cmd_args_env(dict(self._config), [])
            environment |= more or {}
            command += [*address[:-1], f"--dbname={address[-1]}"]
        ended = subprocess.run(  # noqa: S603
            [*command, *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise BackupError(f"{program} failed: {ended.stderr.strip()}")
