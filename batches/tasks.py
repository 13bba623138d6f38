"""What the queue calls. A message carries nothing: which job is next is read from the database."""

from __future__ import annotations

from django.utils import timezone
from django_q.models import OrmQ

from batches.lifecycle import retention
from batches.lifecycle.closing import close_if_free
from batches.models import BatchJob
from batches.nudge import ADVANCE, nudge
from batches.worker import job_slice

# Messages are signed pickles, so they are read one by one; there are only a few.
MESSAGES_LOOKED_AT = 100
MAX_NUDGES = 16
# Closing a job can write a row for each of its items.
ENDINGS_AT_ONCE = 20


def advance() -> None:
    job_slice.advance()


def sweep() -> None:
    """Repair what was lost: see that jobs which are to end do, and that each job which can go on
    has a message waiting.

    Runs every minute, so a job whose worker was killed goes on within a lease and a minute.
    """
    ending = BatchJob.objects.ending().free().values_list("pk", flat=True)
    for pk in list(ending[:ENDINGS_AT_ONCE]):
        close_if_free(pk)
    wanted = min(BatchJob.objects.waiting().count(), MAX_NUDGES)
    if wanted:
        for _ in range(wanted - _queued()):
            nudge()


def purge() -> None:
    """Runs every hour; contents of jobs go only if BATCH_KEEP_DAYS says how long to keep them."""
    retention.purge()
    retention.purge_files()


def _queued() -> int:
    """Count the messages that wait. One with a lock in the future is in some worker's hands, or
    was in those of a worker that died, and then comes back only after the queue's long retry time.
    """
    waiting = OrmQ.objects.filter(lock__lte=timezone.now())[:MESSAGES_LOOKED_AT]
    return sum(message.task.get("func") == ADVANCE for message in waiting)
