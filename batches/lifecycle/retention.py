"""Delete the contents of old jobs, expired files and incomplete uploads.

The row of a job stays, with its totals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from batches import file_store
from batches.models import BatchItem, BatchJob, RememberedAnswer, Result, StoredFile

# Number of items deleted in one transaction. Other writers wait only for a short time.
CHUNK = 500
# An upload that is not complete after this time has broken off.
UPLOAD_HOURS = 24


@dataclass(frozen=True, slots=True)
class Purged:
    """How much was deleted."""

    jobs: int = 0
    items: int = 0
    files: int = 0


def purgeable(days: int) -> QuerySet[BatchJob]:
    """Return the closed jobs that ended more than `days` days ago and still have their contents."""
    before = timezone.now() - dt.timedelta(days=days)
    return BatchJob.objects.closed().filter(finished_at__lt=before, purged_at=None)


def purge(
    days: int | None = None, on_deleted: Callable[[int], object] = lambda count: None
) -> Purged:
    """Delete the prompts and results of jobs that ended more than `days` days ago.

    days: None means BATCH_KEEP_DAYS, where 0 keeps everything.
    on_deleted: Called after each transaction with the number of deleted items.

    If a run is interrupted, the next run continues where it stopped.
    """
    if days is None:
        days = settings.BATCH_KEEP_DAYS
        if days == 0:
            return Purged()
    jobs = items = files = 0
    for pk in list(purgeable(days).values_list("pk", flat=True)):
        # Mark the job first, so that a retry cannot open it while its items are deleted. Its name
        # may be the beginning of a prompt.
        jobs += purgeable(days).filter(pk=pk).update(purged_at=timezone.now(), name="")
    with_items = Exists(BatchItem.objects.filter(job=OuterRef("pk")))
    names = [OuterRef(f"{kind}_file_id") for kind in ("input", "output", "error")]
    with_files = Exists(StoredFile.objects.filter(public_id__in=names))
    for job in BatchJob.objects.filter(with_items | with_files, purged_at__isnull=False):
        files += _delete_files(job)
        items += _delete_items(job, on_deleted)
    return Purged(jobs, items, files)


def purge_files() -> int:
    """Delete expired files, broken uploads and expired Idempotency-Keys.

    Returns the number of deleted files.
    """
    old_answers().delete()
    return sum(file_store.delete(file) for file in list(old_files()))


def old_answers() -> QuerySet[RememberedAnswer]:
    """Return the answers to Idempotency-Keys that have expired."""
    before = timezone.now() - dt.timedelta(hours=RememberedAnswer.KEEP_HOURS)
    return RememberedAnswer.objects.filter(created_at__lt=before)


def old_files() -> QuerySet[StoredFile]:
    """Return the expired files, and those whose upload broke off."""
    now = timezone.now()
    expired = Q(status=StoredFile.Status.PROCESSED, expires_at__lte=now)
    old_uploads = now - dt.timedelta(hours=UPLOAD_HOURS)
    broken = Q(status=StoredFile.Status.UPLOADING, created_at__lt=old_uploads)
    being_written = BatchJob.objects.open().filter(
        Q(output_file_id=OuterRef("public_id")) | Q(error_file_id=OuterRef("public_id"))
    )
    return StoredFile.objects.filter(expired | (broken & ~Exists(being_written)))


def _delete_files(job: BatchJob) -> int:
    """Delete a job's files, which contain its prompts and answers too.

    The input file stays while another job that still has its contents was read from it.
    """
    ids = {job.output_file_id, job.error_file_id}
    others = BatchJob.objects.filter(input_file_id=job.input_file_id, purged_at=None)
    if not others.exists():
        ids.add(job.input_file_id)
    files = StoredFile.objects.filter(public_id__in=ids - {""})
    return sum(file_store.delete(file) for file in list(files))


def _delete_items(job: BatchJob, on_deleted: Callable[[int], object]) -> int:
    deleted = 0
    while pks := list(job.items.order_by("index").values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            Result.objects.filter(item__in=pks).delete()
            count, _ = BatchItem.objects.filter(pk__in=pks).delete()
        deleted += count
        on_deleted(count)
    return deleted
