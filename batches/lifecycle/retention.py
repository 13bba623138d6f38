"""Delete what was in old jobs, files whose time is over, and what uploads left behind.

A job's own row stays, with its totals.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from batches import file_store
from batches.models import BatchItem, BatchJob, RememberedAnswer, Result, StoredFile

# Deleted in one transaction: few enough that nobody waits long for the database.
CHUNK = 500
# An upload that is not complete after so long never will be.
UPLOAD_HOURS = 24


@dataclass(frozen=True, slots=True)
class Purged:
    jobs: int = 0
    items: int = 0
    files: int = 0


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
    jobs = items = files = 0
    for pk in list(purgeable(days).values_list("pk", flat=True)):
        # The mark first: a retry cannot open a job again whose items are going away.
        jobs += purgeable(days).filter(pk=pk).update(purged_at=timezone.now())
    with_items = Exists(BatchItem.objects.filter(job=OuterRef("pk")))
    names = [OuterRef(f"{kind}_file_id") for kind in ("input", "output", "error")]
    with_files = Exists(StoredFile.objects.filter(public_id__in=names))
    for job in BatchJob.objects.filter(with_items | with_files, purged_at__isnull=False):
        files += _delete_files(job)
        items += _delete_items(job)
    return Purged(jobs, items, files)


def purge_files() -> int:
    """Delete files whose time is over, uploads that broke off, and answers remembered for long
    enough; returns how many files.
    """
    now = timezone.now()
    old_answers = now - dt.timedelta(hours=RememberedAnswer.KEEP_HOURS)
    RememberedAnswer.objects.filter(created_at__lt=old_answers).delete()
    expired = Q(status=StoredFile.Status.PROCESSED, expires_at__lte=now)
    old_uploads = now - dt.timedelta(hours=UPLOAD_HOURS)
    broken = Q(status=StoredFile.Status.UPLOADING, created_at__lt=old_uploads)
    being_written = BatchJob.objects.open().filter(
        Q(output_file_id=OuterRef("public_id")) | Q(error_file_id=OuterRef("public_id"))
    )
    files = StoredFile.objects.filter(expired | (broken & ~Exists(being_written)))
    return sum(file_store.delete(file) for file in list(files))


def _delete_files(job: BatchJob) -> int:
    """Delete a job's files: what was asked and answered is in them too. The file that it was
    made of stays while a job that still has its contents was made of it as well.
    """
    ids = {job.output_file_id, job.error_file_id}
    others = BatchJob.objects.filter(input_file_id=job.input_file_id, purged_at=None)
    if not others.exists():
        ids.add(job.input_file_id)
    files = StoredFile.objects.filter(public_id__in=ids - {""})
    return sum(file_store.delete(file) for file in list(files))


def _delete_items(job: BatchJob) -> int:
    deleted = 0
    while pks := list(job.items.order_by("index").values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            Result.objects.filter(item__in=pks).delete()
            deleted += BatchItem.objects.filter(pk__in=pks).delete()[0]
    return deleted
