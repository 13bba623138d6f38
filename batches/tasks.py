"""What the queue calls. A message carries nothing: which job is next is read from the database."""

from __future__ import annotations

from django.utils import timezone
from django_q.models import OrmQ

from batches import slices
from batches.jobs import ADVANCE, nudge
from batches.models import BatchJob

# Messages are signed pickles, so they are read one by one; there are only a few.
MESSAGES_LOOKED_AT = 100


def advance() -> None:
    slices.advance()


def sweep() -> None:
    """Repair lost messages: if a job can be claimed and nothing is queued for it, nudge.

    Runs every minute, so a job whose worker was killed goes on within a lease and a minute.
    """
    if BatchJob.objects.claimable().exists() and not _is_queued():
        nudge()


def _is_queued() -> bool:
    """True if a message waits. One with a lock in the future is in some worker's hands, or was in
    those of a worker that died, and then it comes back only after the queue's long retry time.
    """
    waiting = OrmQ.objects.filter(lock__lte=timezone.now())[:MESSAGES_LOOKED_AT]
    return any(message.task.get("func") == ADVANCE for message in waiting)
