"""The functions that the task queue calls.

A message carries no data. The function reads from the database which job is next. Queued messages
and schedules contain the dotted paths of these functions, so the paths must not change.
"""

from __future__ import annotations

from django.utils import timezone
from django_q.models import OrmQ

from batches.lifecycle import retention
from batches.lifecycle.closing import close_if_free
from batches.lifecycle.leftovers import purge_leftovers
from batches.models import BatchJob
from batches.nudge import ADVANCE, nudge
from batches.worker import job_slice

# Messages are signed pickles, so each one must be decoded to be counted.
MAX_COUNTED_MESSAGES = 100
MAX_NUDGES = 16
# Closing a job can write a row for each of its items, so one sweep closes only this many jobs.
MAX_CLOSED_JOBS = 20


def advance() -> None:
    """Advance one job by one slice."""
    job_slice.advance()


def sweep() -> None:
    """Close jobs that were cancelled or have expired; enqueue a message for each waiting job.

    This repairs lost messages and dead workers. It runs every minute, so a job whose worker was
    killed continues at most about 90 seconds after its lease expires.
    """
    ending_jobs = BatchJob.objects.ending().free().values_list("pk", flat=True)
    for pk in list(ending_jobs[:MAX_CLOSED_JOBS]):
        close_if_free(pk)
    needed = min(BatchJob.objects.waiting().count(), MAX_NUDGES)
    if needed:
        for _ in range(needed - _count_messages()):
            nudge()


def purge() -> None:
    """Delete what nothing needs any more, as `manage.py purge` does. This runs every hour."""
    retention.purge()
    retention.purge_files()
    purge_leftovers()


def _count_messages() -> int:
    """Count the `advance` messages that wait for a worker.

    A message whose `lock` time is in the future does not count: a worker took it, and may have died
    since. In the second case, it returns only after the queue's long retry time.
    """
    waiting = OrmQ.objects.filter(lock__lte=timezone.now())[:MAX_COUNTED_MESSAGES]
    return sum(message.task.get("func") == ADVANCE for message in waiting)
