"""Close a job. Every item that is still pending gets its outcome in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from batches.models import BatchItem, BatchJob, Phase
from batches.nudge import nudge

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Ending:
    """The final status of a job that ends early, and the outcome of its unanswered items.

    code, message, http_status: The error of those items, with the fields of OpenAI's error object.
    """

    job_status: BatchJob.Status
    item_status: BatchItem.Status
    code: str
    message: str
    http_status: int | None = None


CANCELLED = Ending(
    BatchJob.Status.CANCELLED,
    BatchItem.Status.CANCELLED,
    "batch_cancelled",
    "The job was cancelled before this request was answered.",
)
EXPIRED = Ending(
    BatchJob.Status.EXPIRED,
    BatchItem.Status.EXPIRED,
    "batch_expired",
    "This request could not be executed before the completion window expired.",
)


def failed(reason: str) -> Ending:
    """Return the ending of a job whose model stayed unavailable."""
    return Ending(BatchJob.Status.FAILED, BatchItem.Status.FAILED, "model_unavailable", reason, 503)


def ending_of(job: BatchJob) -> Ending | None:
    """Return the ending of an open job that was cancelled or has expired; None if it continues.

    A job whose output files are being written already has its ending.
    """
    if job.phase is Phase.WRITING:
        return None
    if job.status == BatchJob.Status.CANCELLING:
        return CANCELLED
    if job.expires_at is not None and job.expires_at <= timezone.now():
        return EXPIRED
    return None


def close(job: BatchJob, ending: Ending | None) -> None:
    """Close an open job. The caller's transaction must have locked its row.

    ending: None if every item has its outcome.

    A batch stays open until its output files are written. If its input file was still being read,
    its items are deleted instead: a batch is accepted whole or not at all.
    """
    status = ending.job_status if ending else BatchJob.Status.COMPLETED
    changes: dict[str, object] = {
        "error": "",  # remove the reason of an earlier wait
        "not_before": None,
        "lease_owner": "",
        "lease_expires_at": None,
        "paused_at": None,
    }
    if job.phase is Phase.VALIDATING:
        _delete_items(job)
        changes["total"] = 0
    elif ending is not None:
        closed = job.items.filter(status=BatchItem.Status.PENDING).update(
            status=ending.item_status,
            error=ending.message,
            error_code=ending.code,
            error_status=ending.http_status,
        )
        is_failure = ending.item_status == BatchItem.Status.FAILED
        counter = "failed_count" if is_failure else "cancelled_count"
        changes[counter] = F(counter) + closed
        if is_failure:
            changes["error"] = ending.message
    if job.input_file_id and job.phase is Phase.ANSWERING:
        changes |= {"closes_as": status, "finalizing_at": timezone.now()}
        if status != BatchJob.Status.CANCELLED:
            changes["status"] = BatchJob.Status.FINALIZING
        nudge()
    else:
        changes |= {"status": status, "finished_at": timezone.now()}
    BatchJob.objects.filter(pk=job.pk).update(**changes)


def _delete_items(job: BatchJob) -> None:
    """Delete all items of a job in the caller's transaction, with one chunk in memory."""
    while pks := list(job.items.order_by("index").values_list("pk", flat=True)[:CHUNK]):
        BatchItem.objects.filter(pk__in=pks).delete()


def close_if_free(pk: int) -> bool:
    """Close a job that was cancelled or has expired. If a worker holds it, the worker closes it.

    Returns whether this call closed the job.
    """
    with transaction.atomic():
        job = BatchJob.objects.open().free().select_for_update().filter(pk=pk).first()
        ending = ending_of(job) if job else None
        if job is None or ending is None:
            return False
        close(job, ending)
    return True
