"""Batch jobs. The rows here are the truth; a queue message only says "look again"."""

from __future__ import annotations

import secrets
from enum import StrEnum
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from batches.seeds import new_seed
from generation.auth.api_key import ApiKey
from vocab.models import WordlistRevision


def new_public_id() -> str:
    return f"batch_{secrets.token_hex(12)}"


class Phase(StrEnum):
    """What an open job needs of a worker."""

    VALIDATING = "validating"  # its file is to be read
    ANSWERING = "answering"
    FILING = "filing"  # every item has its outcome, which is to be written into files


# The same as `BatchJob.phase`, for queries.
VALIDATING = ~Q(input_file_id="") & Q(started_at=None)
FILING = ~Q(closes_as="")


class BatchJobQuerySet(models.QuerySet["BatchJob"]):
    def open(self) -> Self:
        return self.filter(status__in=BatchJob.OPEN)

    def closed(self) -> Self:
        return self.exclude(status__in=BatchJob.OPEN)

    def free(self) -> Self:
        """Nobody works on them: unleased, or leased by somebody who is gone."""
        return self.filter(Q(lease_owner="") | Q(lease_expires_at__lt=timezone.now()))

    def waiting(self) -> Self:
        """Free jobs that may go on now."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        going_on = unexpired & Q(paused_at=None) & ~Q(status=BatchJob.Status.CANCELLING)
        due = Q(not_before=None) | Q(not_before__lte=timezone.now())
        return self.open().filter(due, going_on | FILING).free()

    def claimable(self) -> Self:
        """Those of them that are for this server's model: no other may answer them."""
        return self.waiting().filter(Q(model=settings.SERVED_MODEL_NAME) | FILING)

    def ending(self) -> Self:
        """Open jobs that are to be closed as they are: cancelled, or past their time."""
        expired = Q(expires_at__lte=timezone.now())
        return self.open().filter(Q(status=BatchJob.Status.CANCELLING) | expired).exclude(FILING)


class BatchJob(models.Model):
    """A list of prompts answered in the background.

        validating ─▶ in_progress ─▶ finalizing ─▶ completed
            └──────────────┴─────▶ failed, expired, cancelling ─▶ cancelled

    One from POST /v1/batch/jobs comes with its items and one set of parameters. One from POST
    /v1/batches names a file (`input_file_id`): a worker makes its items of it line by line, and
    in the end writes the outcomes into files, while `closes_as` says what it is about to become.
    A closed job whose items did not all succeed can be opened again by a retry. A worker holds
    the job by a lease (`lease_owner`, `lease_expires_at`) while it advances it by a slice of
    items. Every change of state is a conditional update whose row count is checked.
    """

    class Status(models.TextChoices):
        VALIDATING = "validating"
        IN_PROGRESS = "in_progress"
        FINALIZING = "finalizing"
        COMPLETED = "completed"
        FAILED = "failed"
        EXPIRED = "expired"
        CANCELLING = "cancelling"
        CANCELLED = "cancelled"

    OPEN = (Status.VALIDATING, Status.IN_PROGRESS, Status.FINALIZING, Status.CANCELLING)

    public_id = models.CharField(max_length=40, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL)
    revision = models.ForeignKey(
        WordlistRevision, null=True, on_delete=models.PROTECT, related_name="jobs"
    )
    n_words = models.PositiveIntegerField(null=True)
    model = models.CharField(max_length=500)
    parameters = models.JSONField()
    seed = models.BigIntegerField(default=new_seed)
    # What answered the items: one entry for each distinct model, dtype and set of versions.
    runtimes = models.JSONField(default=list)
    status = models.CharField(max_length=16, choices=Status, default=Status.VALIDATING)
    priority = models.SmallIntegerField(default=0, help_text="Jobs with a higher one go first.")
    closes_as = models.CharField(max_length=16, choices=Status, blank=True)
    total = models.PositiveIntegerField()
    error = models.TextField(blank=True)

    # Written with the items they count, in one transaction.
    succeeded_count = models.PositiveIntegerField(default=0)
    failed_count = models.PositiveIntegerField(default=0)
    cancelled_count = models.PositiveIntegerField(default=0)  # cancelled or expired
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)
    pace = models.JSONField(default=list)  # [[seconds since 1970, items done], ...], the latest

    # Of a job from POST /v1/batches. The files' ids stay when the files are deleted.
    input_file_id = models.CharField(max_length=40, blank=True)
    output_file_id = models.CharField(max_length=40, blank=True)
    error_file_id = models.CharField(max_length=40, blank=True)
    output_expires_after = models.PositiveIntegerField(null=True)  # seconds
    metadata = models.JSONField(null=True)
    # The lists as they were when the job came in: {slug: {"number": ..., "style": {...}}}.
    wordlists = models.JSONField(default=dict)
    errors = models.JSONField(default=list)  # what is wrong with the file, in OpenAI's words
    # How far the file has been read, and how many of the items' outcomes are filed.
    read_bytes = models.PositiveBigIntegerField(default=0)
    read_lines = models.PositiveIntegerField(default=0)
    read_attempts = models.PositiveSmallIntegerField(default=0)  # since something was read
    filed_count = models.PositiveIntegerField(default=0)

    # Slices in a row that could not start because of the model, not of an item.
    engine_failures = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)  # nobody takes it sooner: the model needs time
    # Most items at once since the model ran out of memory; None for the setting's.
    group_limit = models.PositiveSmallIntegerField(null=True)
    lease_owner = models.CharField(max_length=32, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField(null=True)  # when a worker last took it, for fairness

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    cancelling_at = models.DateTimeField(null=True)
    finalizing_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)  # when the items and results were deleted

    objects = BatchJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "validating",
                        "in_progress",
                        "finalizing",
                        "completed",
                        "failed",
                        "expired",
                        "cancelling",
                        "cancelled",
                    ]
                ),
                name="batch_job_status",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-priority", "served_at"],
                condition=Q(status__in=["validating", "in_progress", "finalizing", "cancelling"]),
                name="batch_job_open",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def phase(self) -> Phase:
        if self.closes_as:
            return Phase.FILING
        if self.input_file_id and self.started_at is None:
            return Phase.VALIDATING
        return Phase.ANSWERING

    @property
    def answered_count(self) -> int:
        """Items that were asked, with an answer or without."""
        return self.succeeded_count + self.failed_count

    @property
    def done_count(self) -> int:
        """Items that have their outcome, whichever it is."""
        return self.answered_count + self.cancelled_count
