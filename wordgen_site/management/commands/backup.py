"""`manage.py backup FILE`: writes the database and the secret key to one file, also while the
server runs.
"""

from __future__ import annotations

import re
import sqlite3
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from wordgen_site.backup import archive
from wordgen_site.backup.errors import BackupError
from wordgen_site.config.data_dir import FOLDER_MODE

WITH_TIME = re.compile(r"wordgen-\d{8}-\d{6}\.tar")


class Command(BaseCommand):
    help = "Write a backup. The server may run meanwhile. `restore` puts it into an empty place."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "target",
            metavar="FILE",
            type=Path,
            nargs="?",
            help="a new file, or a folder for one with the time (default: BACKUP_DIR)",
        )
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            default=settings.BACKUP_KEEP,
            help="of the folder's backups, keep the N newest; 0 keeps all (default: BACKUP_KEEP)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        keep: int = options["keep"]
        if keep < 0:
            raise CommandError("--keep must not be negative.")
        target: Path = (options["target"] or settings.BACKUP_DIR).expanduser().absolute()
        folder: Path | None = None
        try:
            if options["target"] is None:
                target.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            if target.is_dir():
                folder = target
                target /= f"wordgen-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar"
            archive.write(target)
        except (BackupError, OSError, DatabaseError, sqlite3.Error) as error:
            raise CommandError(f"No backup was written: {error}.") from error
        size = target.stat().st_size
        self.stdout.write(self.style.SUCCESS(f"{target} has the backup ({size:,} bytes)."))
        self.stdout.write("It contains the secret key and all texts: keep it private.")
        if folder and keep:
            for old in older_backups(folder, keep):
                old.unlink(missing_ok=True)
                self.stdout.write(f"{old} was deleted: the {keep} newest are kept.")


def older_backups(folder: Path, keep: int) -> list[Path]:
    """Return the backups with a time in their name, without the `keep` newest."""
    return sorted(path for path in folder.iterdir() if WITH_TIME.fullmatch(path.name))[:-keep]
