"""`manage.py batch_job list`, and `batch_job cancel|pause|resume|retry|expire ID...`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batches.lifecycle.actions import ACTIONS, Conflict
from batches.lifecycle.progress import progress_of
from batches.models import BatchJob

LISTED = 50


class Command(BaseCommand):
    help = "List the latest batch jobs, or cancel, pause, resume, retry or expire the given jobs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["list", *ACTIONS])
        parser.add_argument(
            "ids", nargs="*", metavar="ID", help="id of a job, such as batch_0123..."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "list":
            self._list()
            return
        if not options["ids"]:
            raise CommandError(f"Give the ids of the jobs to {options['action']}.")
        results = [self._act(options["action"], public_id) for public_id in options["ids"]]
        if errors := [error for error in results if error]:
            raise CommandError("\n".join(errors))

    def _act(self, action: str, public_id: str) -> str | None:
        """Carry out an action and print the job's state. Return the error if it is not possible."""
        job = BatchJob.objects.filter(public_id=public_id).first()
        if job is None:
            return f"{public_id}: There is no such job."
        try:
            ACTIONS[action](job)
        except Conflict as error:
            return f"{public_id}: {error}"
        job.refresh_from_db()
        self._print(job)
        return None

    def _list(self) -> None:
        for job in BatchJob.objects.select_related("owner")[:LISTED]:
            self._print(job)

    def _print(self, job: BatchJob) -> None:
        progress = progress_of(job)
        paused = " (paused)" if job.paused_at else ""
        self.stdout.write(
            f"{job.public_id}  {job.status}{paused}  {progress['completed']:,} of"
            f" {progress['total']:,} completed, {progress['failed']:,} failed,"
            f" {progress['cancelled']:,} cancelled"
        )
