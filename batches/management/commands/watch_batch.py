"""`manage.py watch_batch ID`: show a progress bar until the job ends."""

from __future__ import annotations

import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from batches.lifecycle.progress import progress_of
from batches.models import BatchJob

POLL_SECONDS = 1.0


class Command(BaseCommand):
    help = "Show the progress of a batch job until it ends. Ctrl-C does not stop the job."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID", help="id of the job, such as batch_0123...")
        parser.add_argument("--once", action="store_true", help="show the progress once and exit")

    def handle(self, *args: Any, **options: Any) -> None:
        job = _find(options["id"])
        pause = threading.Event()
        # The postfix has the job's own estimate of the remaining time. tqdm would only use what it
        # has seen itself.
        layout = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}{postfix}]"
        with tqdm(total=job.total, desc=job.status, unit="item", bar_format=layout) as bar:
            try:
                while True:
                    _show(bar, job)
                    if options["once"] or not job.is_open:
                        break
                    pause.wait(POLL_SECONDS)
                    job = _find(options["id"])
            except KeyboardInterrupt:
                return
        progress = progress_of(job)
        self.stdout.write(
            f"{job.public_id} is {job.status}: {progress['completed']:,} completed,"
            f" {progress['failed']:,} failed, {progress['cancelled']:,} cancelled,"
            f" {progress['total_tokens']:,} tokens."
        )
        if job.error:
            self.stdout.write(job.error)


def _find(public_id: str) -> BatchJob:
    job = BatchJob.objects.filter(public_id=public_id).first()
    if job is None:
        raise CommandError(f"There is no batch job {public_id!r}.")
    return job


def _show(bar: tqdm[Any], job: BatchJob) -> None:
    progress = progress_of(job)
    bar.set_description_str("paused" if job.paused_at else job.status, refresh=False)
    parts = []
    if progress["items_per_minute"] is not None:
        parts.append(f"{progress['items_per_minute']:,.0f} items/min")
    if progress["remaining_seconds"] is not None:
        parts.append(f"{tqdm.format_interval(progress['remaining_seconds'])} left")
    parts.append(f"{progress['total_tokens']:,} tokens")
    if progress["failed"]:
        parts.append(f"{progress['failed']:,} failed")
    bar.set_postfix_str(", ".join(parts), refresh=False)
    bar.total = job.total  # grows while the input file is read
    bar.n = job.answered_count
    bar.refresh()
