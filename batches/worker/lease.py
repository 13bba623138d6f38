"""The lease that a worker holds on a job.

Every step is a conditional update. Its row count says whether this worker still holds the lease.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Max, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from batches.lifecycle import closing
from batches.lifecycle.progress import with_sample
from batches.models import IS_VALIDATING, IS_WRITING, BatchItem, BatchJob, Phase, Result
from batches.nudge import nudge
from generation.serving.engine_provider import engine_runtime

# Number of jobs to try to claim when other workers claim the same ones.
CLAIM_CANDIDATES = 8


# No owner had a slice before.
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


class LeaseLost(Exception):
    """This worker no longer holds the lease and must write nothing more for the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The error of an item that has no answer, with the fields of OpenAI's error object."""

    item: BatchItem
    message: str
    code: str = ""
    param: str = ""
    http_status: int = 500


def _seconds_from_now(seconds: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=seconds)


def lease_expiry() -> dt.datetime:
    """Return when a lease that is taken or renewed now expires."""
    return _seconds_from_now(settings.BATCH_LEASE_SECONDS)


def _candidates() -> list[int]:
    """Return the primary keys of the next jobs to claim, the first one first."""
    claimable = BatchJob.objects.claimable()
    waiting = list(
        claimable.order_by(
            "-priority", F("served_at").asc(nulls_first=True), "created_at"
        ).values_list("pk", "priority", "owner")
    )
    owners = {owner for _, _, owner in waiting}
    if len(owners) > 1:
        last_slice = dict(
            BatchJob.objects.filter(owner__in=owners)
            .values_list("owner")
            .annotate(Max("served_at"))
        )
        # The sort is stable, so the jobs of one owner keep their order.
        waiting.sort(key=lambda job: (-job[1], last_slice[job[2]] or NEVER))
    return [pk for pk, _, _ in waiting[:CLAIM_CANDIDATES]]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write results for `job` until it expires or is released."""

    job: BatchJob
    owner: str

    @classmethod
    def claim(cls) -> Lease | None:
        """Take the lease of the next job; return None if no job can be claimed.

        The next job has the highest priority. Among equal priorities, owners take turns: it is a
        job of the owner whose last slice is longest ago, and of this owner's jobs the one whose
        last slice is longest ago.
        """
        for pk in _candidates():
            owner = secrets.token_hex(16)
            now = timezone.now()
            claimed = (
                BatchJob.objects.claimable()
                .filter(pk=pk)
                .update(
                    lease_owner=owner,
                    lease_expires_at=lease_expiry(),
                    # Reading the input file comes before IN_PROGRESS, writing the output after it.
                    status=Case(
                        When(IS_VALIDATING | IS_WRITING, then=F("status")),
                        default=Value(BatchJob.Status.IN_PROGRESS),
                    ),
                    served_at=now,
                    started_at=Case(
                        When(IS_VALIDATING, then=F("started_at")),
                        default=Coalesce("started_at", now),
                    ),
                )
            )
            if claimed == 1:  # otherwise another worker has claimed it first
                jobs = BatchJob.objects.select_related("revision__wordlist").defer("revision__text")
                return cls(jobs.get(pk=pk), owner)
        return None

    def held_job(self) -> QuerySet[BatchJob]:
        """Return the job for a conditional update; empty if this worker lost the lease."""
        return BatchJob.objects.open().filter(pk=self.job.pk, lease_owner=self.owner)

    def lock(self) -> BatchJob:
        """Lock the job's row, so that no other worker can claim the job before the commit.

        Raises LeaseLost.
        """
        job = self.held_job().select_for_update().first()
        if job is None:
            raise LeaseLost
        return job

    def next_items(self, count: int) -> list[BatchItem]:
        """Return up to `count` pending items: first those without an attempt, in input order.

        Then those with the most attempts, because the first item of a new worker is the least
        likely to be hit by the next kill from outside. An item that ends such a worker too is the
        likely cause.
        """
        pending = self.job.items.filter(status=BatchItem.Status.PENDING)
        items = pending.select_related("revision__wordlist").defer("revision__text")
        found = list(items.filter(attempts=0).order_by("index")[:count])
        tried = items.exclude(attempts=0).order_by("-attempts", "index")
        return found + list(tried[: count - len(found)])

    def may_continue(self) -> bool:
        """Return False if the job was paused or cancelled, or has expired. Raises LeaseLost."""
        job = self.held_job().only("status", "paused_at", "expires_at", "closes_as").first()
        if job is None:
            raise LeaseLost
        return job.paused_at is None and closing.ending_of(job) is None

    def renew(self) -> None:
        """Extend the lease. Raises LeaseLost if another worker has it or the job was closed."""
        renewed = self.held_job().update(lease_expires_at=lease_expiry())
        if renewed != 1:
            raise LeaseLost

    def record_runtime(self) -> None:
        """Add the model, dtype and versions that answer from now on to the job's `runtimes`.

        Raises ModelUnavailable if the engine is another process that does not respond.
        """
        runtime = engine_runtime()
        if runtime in self.job.runtimes:
            return
        with transaction.atomic():
            job = self.lock()
            self.held_job().update(runtimes=[*job.runtimes, runtime])

    def begin_attempts(self, items: Sequence[BatchItem]) -> None:
        """Count an attempt for each item before the work, so that a crash counts as an attempt.

        Raises LeaseLost.
        """
        with transaction.atomic():
            self.renew()  # a slice of short answers could otherwise outlast the lease
            if self._set_attempts(items, 1) != len(items):
                raise LeaseLost

    def undo_attempts(self, items: Sequence[BatchItem]) -> None:
        """Take back the attempts of items that were interrupted through no fault of theirs."""
        with transaction.atomic():
            self.lock()
            self._set_attempts(items, 0)

    def _set_attempts(self, items: Sequence[BatchItem], more: int) -> int:
        """Set the attempts of pending items to the number they were read with, plus `more`.

        The number is set and not incremented: a transaction is repeated if it is not known
        whether its commit succeeded. Returns the number of items that are still pending and had
        one of the two expected numbers of attempts.
        """
        changed = 0
        for attempts in {item.attempts for item in items}:
            pending = self._pending([item for item in items if item.attempts == attempts])
            expected = pending.filter(attempts__in=(attempts, attempts + 1))
            changed += expected.update(attempts=attempts + more)
        return changed

    def write(self, results: Sequence[Result], failures: Sequence[Failure]) -> None:
        """Write the outcome of each item once, and the job's totals in the same transaction.

        Raises LeaseLost.
        """
        with transaction.atomic():
            job = self.lock()
            succeeded = self._pending([result.item for result in results])
            if succeeded.update(status=BatchItem.Status.SUCCEEDED) != len(results):
                raise LeaseLost
            Result.objects.bulk_create(results)
            for failure in failures:
                self._fail(failure)
            changes: dict[str, object] = {
                "succeeded_count": F("succeeded_count") + len(results),
                "failed_count": F("failed_count") + len(failures),
                "prompt_tokens": F("prompt_tokens") + sum(r.prompt_tokens for r in results),
                "completion_tokens": F("completion_tokens")
                + sum(r.completion_tokens for r in results),
                "pace": with_sample(job, len(results) + len(failures)),
                "lease_expires_at": lease_expiry(),
            }
            if results:
                changes |= {"engine_failures": 0, "error": ""}  # the engine works again
            self.held_job().update(**changes)

    def _pending(self, items: Sequence[BatchItem]) -> QuerySet[BatchItem]:
        pks = [item.pk for item in items]
        return self.job.items.filter(pk__in=pks, status=BatchItem.Status.PENDING)

    def _fail(self, failure: Failure) -> None:
        failed = self._pending([failure.item]).update(
            status=BatchItem.Status.FAILED,
            error=failure.message,
            error_code=failure.code,
            error_param=failure.param,
            error_status=failure.http_status,
        )
        if failed != 1:
            raise LeaseLost

    def set_group_limit(self, group_limit: int) -> None:
        """Set the maximum number of items in flight at once, after the engine ran out of memory."""
        with transaction.atomic():
            self.lock()
            self.held_job().update(group_limit=group_limit)

    def release(self) -> None:
        """Release the lease, and close the job if it must end or every item has its outcome.

        A job that can continue gets its next queue message in the same transaction.
        """
        with transaction.atomic():
            job = self.lock()
            ending = closing.ending_of(job)
            pending = job.items.filter(status=BatchItem.Status.PENDING)
            if ending or (job.phase is Phase.ANSWERING and not pending.exists()):
                closing.close(job, ending)
                return
            self.held_job().update(lease_owner="", lease_expires_at=None)
            if job.paused_at is None:
                nudge()

    def back_off(self, error: str, seconds: float, max_failures: int) -> None:
        """Release the lease of a job whose model is unavailable, or close the job as failed.

        The job waits `seconds` after the first failure and twice as long after each further one.
        It fails after `max_failures` failures in a row. The sweep wakes it after the wait.
        """
        with transaction.atomic():
            # Read from the row: an item that succeeded in this slice has reset the count.
            failures = self.lock().engine_failures + 1
            if failures >= max_failures:
                closing.close(self.job, closing.failed(error))
                return
            self.held_job().update(engine_failures=failures)
            self.postpone(error, seconds * 2 ** (failures - 1))

    def put_back(self, error: str) -> None:
        """Release the lease of a job that another worker can continue now. No failure is counted.

        error: Reason that the job shows until then.
        """
        with transaction.atomic():
            self.lock()
            self.held_job().update(error=error, lease_owner="", lease_expires_at=None)
            nudge()

    def postpone(self, error: str, seconds: float) -> None:
        """Release the lease and let no worker claim the job for `seconds`. No failure is counted.

        error: Reason that the job shows while it waits.
        """
        with transaction.atomic():
            self.lock()
            self.held_job().update(
                error=error,
                not_before=_seconds_from_now(seconds),
                lease_owner="",
                lease_expires_at=None,
            )
