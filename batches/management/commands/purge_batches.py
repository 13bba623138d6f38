"""`manage.py purge_batches`: delete the prompts and results of old jobs and keep their totals."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Sum
from tqdm import tqdm

from batches.lifecycle.retention import purge, purgeable


class Command(BaseCommand):
    help = "Delete the prompts, results and files of jobs that ended more than some days ago."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days",
            type=int,
            metavar="N",
            help="minimum days since the end of the job (default: BATCH_KEEP_DAYS)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only count the jobs and items to delete"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        days: int | None = options["days"]
        if days is None:
            days = settings.BATCH_KEEP_DAYS or None
        if days is None:
            raise CommandError("BATCH_KEEP_DAYS is 0, which keeps everything. Give --days.")
        if days < 0:
            raise CommandError("--days must not be negative.")
        jobs = purgeable(days)
        items = jobs.aggregate(items=Sum("total", default=0))["items"]
        if options["dry_run"]:
            self.stdout.write(
                f"The contents of {jobs.count():,} jobs with {items:,} items would be deleted."
            )
            return
        # disable=None shows no bar if the output is not a terminal.
        with tqdm(total=items, desc="deleting", unit="item", disable=None) as bar:
            purged = purge(days, on_deleted=bar.update)
        self.stdout.write(
            f"Deleted the contents of {purged.jobs:,} jobs: {purged.items:,} items,"
            f" {purged.files:,} files."
        )
