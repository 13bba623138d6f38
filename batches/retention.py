"""Delete what was in old jobs. The job's own row stays, with its totals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from batches.models import BatchItem, BatchJob, Result

# Deleted in one transaction: few enough that nobody waits long for the database.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Purged:
    jobs: int = 0
    items: int = 0


def purgeable(days: int) -> QuerySet[BatchJob]:
    """Closed jobs that ended more than `days` days ago and still have their contents."""
    before = timezone.now() - dt.timedelta(days=days)
    return BatchJob.objects.closed().filter(finished_at__lt=before, purged_at=None)


def purge(days: int | None = None) -> Purged:
    """Delete the prompts and results of jobs that ended more than `days` days ago.

    days: BATCH_KEEP_DAYS by default, where 0 keeps everything. Interrupted at any point, the next
    run goes on where it stopped.
    """
    if days is None:
        days = settings.BATCH_KEEP_DAYS
        if days == 0:
            return Purged()
    jobs = items = 0
    for pk in list(purgeable(days).values_list("pk", flat=True)):
        # The mark first: a retry cannot open a job again whose items are going away.
        jobs += purgeable(days).filter(pk=pk).update(purged_at=timezone.now())
    with_items = Exists(BatchItem.objects.filter(job=OuterRef("pk")))
    for job in BatchJob.objects.filter(with_items, purged_at__isnull=False):
        items += _delete_items(job)
    return Purged(jobs, items)


def _delete_items(job: BatchJob) -> int:
    deleted = 0
    while pks := list(job.items.order_by("index").values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            Result.objects.filter(item__in=pks).delete()
            deleted += BatchItem.objects.filter(pk__in=pks).delete()[0]
    return deleted
