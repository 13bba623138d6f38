"""Hold a job while working on it. Every step is a conditional update whose row count decides."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from batches.lifecycle import closing
from batches.lifecycle.progress import with_sample
from batches.models import FILING, VALIDATING, BatchItem, BatchJob, Phase, Result
from batches.nudge import nudge
from generation.serving.engine_provider import engine_runtime

# How many jobs to try for when other workers claim the same ones.
CLAIM_CANDIDATES = 8


class LeaseLost(Exception):
    """Somebody else has the job now; nothing more may be written for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an item has no answer, in OpenAI's words."""

    item: BatchItem
    message: str
    code: str = ""
    param: str = ""
    http_status: int = 500


def _expiry(seconds: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=seconds)


def lease_expiry() -> dt.datetime:
    return _expiry(settings.BATCH_LEASE_SECONDS)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write results for `job` until it expires or is released."""

    job: BatchJob
    owner: str

    @classmethod
    def claim(cls) -> Lease | None:
        """Take the job whose turn it is, None if there is none: the one with the highest
        priority, and among those the one that has waited longest since its last slice.
        """
        waiting = BatchJob.objects.claimable().order_by(
            "-priority", F("served_at").asc(nulls_first=True), "created_at"
        )
        for pk in list(waiting.values_list("pk", flat=True)[:CLAIM_CANDIDATES]):
            owner = secrets.token_hex(16)
            now = timezone.now()
            claimed = (
                BatchJob.objects.claimable()
                .filter(pk=pk)
                .update(
                    lease_owner=owner,
                    lease_expires_at=lease_expiry(),
                    # A job's file is read before, and its files are written after that.
                    status=Case(
                        When(VALIDATING | FILING, then=F("status")),
                        default=Value(BatchJob.Status.IN_PROGRESS),
                    ),
                    served_at=now,
                    started_at=Case(
                        When(VALIDATING, then=F("started_at")),
                        default=Coalesce("started_at", now),
                    ),
                )
            )
            if claimed == 1:  # else another worker got there first
                jobs = BatchJob.objects.select_related("revision__wordlist").defer("revision__text")
                return cls(jobs.get(pk=pk), owner)
        return None

    def held(self) -> QuerySet[BatchJob]:
        """The job, for updates that check; empty if it is somebody else's now."""
        return BatchJob.objects.open().filter(pk=self.job.pk, lease_owner=self.owner)

    def lock(self) -> BatchJob:
        """Lock the job row while it is still ours, so that it cannot be taken before the commit.

        Raises LeaseLost.
        """
        job = self.held().select_for_update().first()
        if job is None:
            raise LeaseLost
        return job

    def take(self, count: int) -> list[BatchItem]:
        """Return the next pending items: those that no worker died of first, in input order."""
        pending = self.job.items.filter(status=BatchItem.Status.PENDING)
        items = pending.select_related("revision__wordlist").defer("revision__text")
        return list(items.order_by("attempts", "index")[:count])

    def goes_on(self) -> bool:
        """False if somebody paused or cancelled the job, or its time is over. Raises LeaseLost."""
        job = self.held().only("status", "paused_at", "expires_at", "closes_as").first()
        if job is None:
            raise LeaseLost
        return job.paused_at is None and closing.ending_of(job) is None

    def renew(self) -> None:
        """Raises LeaseLost if it expired and somebody else took the job, or it was closed."""
        renewed = self.held().update(lease_expires_at=lease_expiry())
        if renewed != 1:
            raise LeaseLost

    def sign(self) -> None:
        """Record in the job what answers it from now on, unless that is known.

        Raises ModelUnavailable if that is another process, which does not say.
        """
        mine = engine_runtime()
        if mine in self.job.runtimes:
            return
        with transaction.atomic():
            job = self.lock()
            self.held().update(runtimes=[*job.runtimes, mine])

    def start(self, items: Sequence[BatchItem]) -> None:
        """Count an attempt before the work, so that one that kills the worker is counted too."""
        with transaction.atomic():
            self.renew()  # short items would otherwise outlast the lease without ever renewing it
            if self._set_attempts(items, 1) != len(items):
                raise LeaseLost

    def give_back(self, items: Sequence[BatchItem]) -> None:
        """Take the attempts back: what went wrong was not the items' doing."""
        with transaction.atomic():
            self.lock()
            self._set_attempts(items, 0)

    def _set_attempts(self, items: Sequence[BatchItem], more: int) -> int:
        """Set the attempts of pending items to those that they were taken with, and `more`.

        Set, not counted up or down: a commit of which nothing was heard is tried again. Returns how
        many items are pending and as they were taken.
        """
        changed = 0
        for taken in {item.attempts for item in items}:
            pending = self._pending([item for item in items if item.attempts == taken])
            known = pending.filter(attempts__in=(taken, taken + 1))
            changed += known.update(attempts=taken + more)
        return changed

    def write(self, results: Sequence[Result], failures: Sequence[Failure]) -> None:
        """Write outcomes, each once, with the job's totals."""
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
                changes |= {"engine_failures": 0, "error": ""}  # it works again
            self.held().update(**changes)

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

    def shrink(self, group_limit: int) -> None:
        """Answer at most so many items at once from now on: more do not fit into memory."""
        with transaction.atomic():
            self.lock()
            self.held().update(group_limit=group_limit)

    def release(self) -> None:
        """Let go: close the job if it is to end or every item is answered, else ask for more."""
        with transaction.atomic():
            job = self.lock()
            reason = closing.ending_of(job)
            pending = job.items.filter(status=BatchItem.Status.PENDING)
            if reason or (job.phase is Phase.ANSWERING and not pending.exists()):
                closing.close(job, reason)
                return
            self.held().update(lease_owner="", lease_expires_at=None)
            if job.paused_at is None:
                nudge()

    def back_off(self, error: str, seconds: float, max_failures: int) -> None:
        """The model cannot be used: keep workers off the job, longer each time, or give it up.

        The sweep wakes the job again.
        """
        with transaction.atomic():
            # Read here: an item that succeeded in this slice has set the count back to zero.
            failures = self.lock().engine_failures + 1
            if failures >= max_failures:
                closing.close(self.job, closing.failed(error))
                return
            self.held().update(engine_failures=failures)
            self.postpone(error, seconds * 2 ** (failures - 1))

    def postpone(self, error: str, seconds: float) -> None:
        """Let go, and keep workers off the job for a while; that counts as nobody's failure."""
        with transaction.atomic():
            self.lock()
            self.held().update(
                error=error, not_before=_expiry(seconds), lease_owner="", lease_expires_at=None
            )
