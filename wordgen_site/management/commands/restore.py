"""`manage.py restore FILE`: puts a backup into an installation that has no database yet."""

from __future__ import annotations

import sqlite3
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from wordgen_site.backup import archive
from wordgen_site.backup.errors import BackupError
from wordgen_site.config.env import env_secret
from wordgen_site.config.secret_key import FILE_NAME


class Command(BaseCommand):
    help = "Put a backup into an empty place (DATA_DIR, and DATABASE_URL if it is set)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="FILE", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = archive.restore(options["source"].expanduser())
        except (BackupError, OSError, DatabaseError, sqlite3.Error) as error:
            raise CommandError(f"Nothing was restored: {error}.") from error
        folder = settings.DATA_DIR
        self.stdout.write(
            self.style.SUCCESS(f"The backup of {manifest['created']} is restored in {folder}.")
        )
        if archive.ENV in manifest["sha256"]:
            self.stdout.write(f"Its .env is in {folder / 'env.restored'}; it is not in use.")
        own = env_secret("SECRET_KEY")
        if own and own != (folder / FILE_NAME).read_text(encoding="ascii").strip():
            self.stderr.write(
                "SECRET_KEY is set and is not the key of the backup: the stored API keys are only"
                f" valid with the key in {folder / FILE_NAME}."
            )
        self.stdout.write("Next: manage.py setup, then manage.py serve.")
