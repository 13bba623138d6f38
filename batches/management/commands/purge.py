"""`manage.py purge`: delete everything whose time is over. A worker does the same once an hour."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Sum
from tqdm import tqdm

from batches.lifecycle import retention
from batches.lifecycle.leftovers import Leftovers, count_leftovers, purge_leftovers
from batches.models import BatchJob


class Command(BaseCommand):
    help = (
        "Delete the contents of jobs that ended more than BATCH_KEEP_DAYS ago, and expired files,"
        " idempotency keys, sessions, drafts and rows of the task queue."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days",
            type=int,
            metavar="N",
            help="minimum days since the end of a job (default: BATCH_KEEP_DAYS, where 0 keeps"
            " the contents of all jobs)",
        )
        parser.add_argument("--dry-run", action="store_true", help="only count what is to delete")

    def handle(self, *args: Any, **options: Any) -> None:
        days: int | None = options["days"]
        if days is None:
            days = settings.BATCH_KEEP_DAYS or None
        elif days < 0:
            raise CommandError("--days must not be negative.")
        jobs = BatchJob.objects.none() if days is None else retention.purgeable(days)
        items = jobs.aggregate(items=Sum("total", default=0))["items"]
        if options["dry_run"]:
            self._tell(
                "To delete",
                jobs.count(),
                items,
                retention.old_files().count(),
                retention.old_answers().count(),
                count_leftovers(),
            )
            return
        answers = retention.old_answers().count()
        # disable=None shows no bar if the output is not a terminal.
        with tqdm(total=items, desc="deleting", unit="item", disable=None) as bar:
            purged = retention.purge(days, on_deleted=bar.update)
        files = purged.files + retention.purge_files()
        self._tell("Deleted", purged.jobs, purged.items, files, answers, purge_leftovers())

    def _tell(
        self, what: str, jobs: int, items: int, files: int, answers: int, others: Leftovers
    ) -> None:
        self.stdout.write(
            f"{what}: the contents of {jobs:,} jobs with {items:,} items; {files:,} files,"
            f" {answers:,} idempotency keys, {others.sessions:,} sessions,"
            f" {others.drafts:,} drafts, {others.tasks:,} rows of the task queue."
        )
