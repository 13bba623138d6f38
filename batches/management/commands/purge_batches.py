"""`manage.py purge_batches`: delete the prompts and results of old jobs; their totals stay."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Sum

from batches.lifecycle.retention import purge, purgeable


class Command(BaseCommand):
    help = "Deletes the prompts and results of jobs that ended some days ago."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days", type=int, metavar="N", help="jobs that ended longer ago (BATCH_KEEP_DAYS)"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        days: int | None = options["days"]
        if days is None:
            days = settings.BATCH_KEEP_DAYS or None
        if days is None:
            raise CommandError("BATCH_KEEP_DAYS is 0, which keeps everything: give --days.")
        if days < 0:
            raise CommandError("--days must not be negative.")
        if options["dry_run"]:
            found = purgeable(days)
            items = found.aggregate(items=Sum("total", default=0))["items"]
            self.stdout.write(f"{found.count():,} jobs with {items:,} items would be deleted.")
            return
        purged = purge(days)
        self.stdout.write(
            f"Deleted the contents of {purged.jobs:,} jobs: {purged.items:,} items,"
            f" {purged.files:,} files."
        )
