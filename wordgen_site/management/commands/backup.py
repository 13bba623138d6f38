"""`manage.py backup FILE`: writes the database and the secret key to one file, also while the
server runs.
"""

from __future__ import annotations

import sqlite3
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from wordgen_site.backup import archive
from wordgen_site.backup.errors import BackupError


class Command(BaseCommand):
    help = "Write a backup. The server may run meanwhile. `restore` puts it into an empty place."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "target",
            metavar="FILE",
            type=Path,
            help="a new file, or a folder for one with the time",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["target"].expanduser().absolute()
        if target.is_dir():
            target /= f"wordgen-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar"
        try:
            archive.write(target)
        except (BackupError, OSError, DatabaseError, sqlite3.Error) as error:
            raise CommandError(f"No backup was written: {error}.") from error
        size = target.stat().st_size
        self.stdout.write(self.style.SUCCESS(f"{target} has the backup ({size:,} bytes)."))
        self.stdout.write("It contains the secret key and all texts: keep it private.")
