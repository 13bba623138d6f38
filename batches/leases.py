"""Hold a job while working on it. Every step is a conditional update whose row count decides."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from batches.jobs import nudge
from batches.models import BatchItem, BatchJob, Result

# How many jobs to try for when other workers claim the same ones.
CLAIM_CANDIDATES = 8


class LeaseLost(Exception):
    """Somebody else has the job now; nothing more may be written for it."""


def _expiry(seconds: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write results for `job` until it expires or is released."""

    job: BatchJob
    owner: str

    @classmethod
    def claim(cls) -> Lease | None:
        """Take the open job that has waited longest for its turn; None if there is none."""
        waiting = BatchJob.objects.claimable().order_by(
            F("served_at").asc(nulls_first=True), "created_at"
        )
        for pk in list(waiting.values_list("pk", flat=True)[:CLAIM_CANDIDATES]):
            owner = secrets.token_hex(16)
            now = timezone.now()
            claimed = (
                BatchJob.objects.claimable()
                .filter(pk=pk)
                .update(
                    lease_owner=owner,
                    lease_expires_at=_expiry(settings.BATCH_LEASE_SECONDS),
                    status=BatchJob.Status.IN_PROGRESS,
                    served_at=now,
                    started_at=Coalesce("started_at", now),
                )
            )
            if claimed == 1:  # else another worker got there first
                job = BatchJob.objects.select_related("revision__wordlist").get(pk=pk)
                return cls(job, owner)
        return None

    def _held(self) -> QuerySet[BatchJob]:
        return BatchJob.objects.open().filter(pk=self.job.pk, lease_owner=self.owner)

    def renew(self) -> None:
        """Raises LeaseLost if it expired and somebody else took the job, or it was closed."""
        renewed = self._held().update(lease_expires_at=_expiry(settings.BATCH_LEASE_SECONDS))
        if renewed != 1:
            raise LeaseLost

    def start(self, item: BatchItem) -> None:
        """Count an attempt before the work, so that one that kills the worker is counted too."""
        with transaction.atomic():
            self.renew()  # short items would otherwise outlast the lease without ever renewing it
            self.job.items.filter(pk=item.pk).update(attempts=F("attempts") + 1)

    def give_back(self, item: BatchItem) -> None:
        """Take the attempt back: what went wrong was not the item's doing."""
        self.job.items.filter(pk=item.pk, attempts__gt=0).update(attempts=F("attempts") - 1)

    def succeed(self, item: BatchItem, result: Result) -> None:
        """Write the answer, once."""
        with transaction.atomic():
            self._must_hold()
            self._close(item, BatchItem.Status.SUCCEEDED, "")
            result.save(force_insert=True)
            BatchJob.objects.filter(pk=self.job.pk, engine_failures__gt=0).update(
                engine_failures=0, error=""
            )

    def fail(self, item: BatchItem, error: str) -> None:
        with transaction.atomic():
            self._must_hold()
            self._close(item, BatchItem.Status.FAILED, error)

    def _must_hold(self) -> None:
        """Lock the job row while it is still ours, so that it cannot be taken before the commit."""
        if not self._held().select_for_update().exists():
            raise LeaseLost

    def _close(self, item: BatchItem, status: str, error: str) -> None:
        pending = self.job.items.filter(pk=item.pk, status=BatchItem.Status.PENDING)
        if pending.update(status=status, error=error) != 1:
            raise LeaseLost

    def release(self) -> None:
        """Let go: finish the job if every item is, else ask for the next slice."""
        pending = self.job.items.filter(status=BatchItem.Status.PENDING)
        with transaction.atomic():
            self._must_hold()
            if pending.exists():
                self._held().update(lease_owner="", lease_expires_at=None)
                nudge()
            else:
                self._held().update(
                    status=BatchJob.Status.COMPLETED,
                    lease_owner="",
                    lease_expires_at=None,
                    finished_at=timezone.now(),
                )

    def back_off(self, error: str, seconds: float, max_failures: int) -> None:
        """The model cannot be used: keep others off the job for a while, or give it up.

        The lease stays and expires; the sweep then wakes the job again.
        """
        with transaction.atomic():
            self._must_hold()
            # Read here: an item that succeeded in this slice has set the count back to zero.
            failures = self._held().values_list("engine_failures", flat=True).get() + 1
            if failures >= max_failures:
                self._held().update(
                    status=BatchJob.Status.FAILED,
                    error=error,
                    lease_owner="",
                    lease_expires_at=None,
                    finished_at=timezone.now(),
                )
            else:
                self._held().update(
                    engine_failures=failures, error=error, lease_expires_at=_expiry(seconds)
                )
