"""The actions on a job: cancel, pause, resume, retry and expire.

The API, the admin, the jobs page and `manage.py` use them. Each action is a conditional update. No
action waits for a worker: a worker checks the job every second and then stops within one token.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from batches.lifecycle.closing import close_if_free
from batches.lifecycle.expiry import batch_expiry, job_expiry
from batches.models import IS_WRITING, BatchItem, BatchJob, BatchJobQuerySet, Phase
from batches.nudge import nudge

Status = BatchJob.Status


class Conflict(Exception):
    """The action is not possible in the job's state. The message is for the user."""


def cancel(job: BatchJob) -> None:
    """Cancel the job and keep finished results. Cancelling a cancelled job does nothing."""
    running = _open(job).exclude(status=Status.CANCELLING)
    if running.update(status=Status.CANCELLING, cancelling_at=timezone.now()) != 1:
        _raise_unless(job, "cancel", Status.CANCELLING, Status.CANCELLED)
        return
    close_if_free(job.pk)


def expire(job: BatchJob) -> None:
    """Let the job expire now and keep finished results."""
    running = _open(job).exclude(IS_WRITING).exclude(status=Status.CANCELLING)
    if running.update(expires_at=timezone.now()) != 1:
        _raise_unless(job, "expire", Status.EXPIRED)
        return
    close_if_free(job.pk)


def pause(job: BatchJob) -> None:
    """Let no worker claim the job until it is resumed. Its expiry time does not change."""
    running = (
        _open(job).exclude(IS_WRITING).filter(paused_at=None).exclude(status=Status.CANCELLING)
    )
    if running.update(paused_at=timezone.now(), pace=[]) != 1:
        job.refresh_from_db()
        if job.paused_at is None:
            raise _conflict(job, "pause")


def resume(job: BatchJob) -> None:
    """Let workers claim a paused job again."""
    paused = _open(job).filter(paused_at__isnull=False).exclude(status=Status.CANCELLING)
    with transaction.atomic():
        if paused.update(paused_at=None) == 1:
            nudge()
            return
    job.refresh_from_db()
    if not job.is_open or job.status == Status.CANCELLING:
        raise _conflict(job, "resume")


def retry(job: BatchJob) -> int:
    """Reset all valid items without an answer to pending and return their number. Results are kept.

    A closed job is opened again and gets a new expiry time. The attempts of the items start at 0.
    """
    with transaction.atomic():
        row = BatchJob.objects.select_for_update().get(pk=job.pk)
        if row.status == Status.CANCELLING or row.purged_at or row.phase is Phase.WRITING:
            raise _conflict(row, "retry")
        unanswered = row.items.filter(status__in=BatchItem.UNANSWERED, invalid=False)
        failed = unanswered.filter(status=BatchItem.Status.FAILED).count()
        count = unanswered.update(
            status=BatchItem.Status.PENDING,
            attempts=0,
            error="",
            error_code="",
            error_param="",
            error_status=None,
        )
        if count == 0:
            if row.invalid_count:
                raise Conflict("Only invalid items have failed. Correct them and send them again.")
            raise Conflict("No item of this job has failed, so there is nothing to retry.")
        changes: dict[str, object] = {
            "failed_count": F("failed_count") - failed,
            "cancelled_count": F("cancelled_count") - (count - failed),
        }
        if not row.is_open:
            changes |= {
                "status": Status.IN_PROGRESS,
                "error": "",
                "engine_failures": 0,
                "not_before": None,
                "group_limit": None,
                "pace": [],
                "cancelling_at": None,
                "finalizing_at": None,
                "expires_at": batch_expiry() if row.input_file_id else job_expiry(),
                "finished_at": None,
                # New files are written at the end. The old ones stay until they are deleted.
                "output_file_id": "",
                "error_file_id": "",
                "filed_count": 0,
            }
        BatchJob.objects.filter(pk=row.pk).update(**changes)
        nudge()
    return count


ACTIONS: dict[str, Callable[[BatchJob], object]] = {
    "cancel": cancel,
    "pause": pause,
    "resume": resume,
    "retry": retry,
    "expire": expire,
}


def possible_actions(job: BatchJob) -> list[str]:
    """Return the names of the actions that are possible in the job's state."""
    if job.status == Status.CANCELLING:
        return []
    if job.phase is Phase.WRITING:
        return ["cancel"]
    unanswered = job.failed_count - job.invalid_count + job.cancelled_count
    retryable = unanswered > 0 and job.purged_at is None
    retry_if_possible = ["retry"] if retryable else []
    if not job.is_open:
        return retry_if_possible
    return ["resume" if job.paused_at else "pause", "cancel", "expire", *retry_if_possible]


def _open(job: BatchJob) -> BatchJobQuerySet:
    return BatchJob.objects.open().filter(pk=job.pk)


def _raise_unless(job: BatchJob, verb: str, *accepted: Status) -> None:
    """Raise Conflict unless the job's status is one of `accepted`."""
    job.refresh_from_db(fields=["status", "purged_at"])
    if job.status not in accepted:
        raise _conflict(job, verb)


def _conflict(job: BatchJob, verb: str) -> Conflict:
    if job.purged_at is not None:
        return Conflict(f"Cannot {verb} a job whose contents were deleted.")
    return Conflict(f"Cannot {verb} a job with status '{job.status}'.")
