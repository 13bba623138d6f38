"""Batch jobs and their states.

The rows hold the whole state of a job. A queue message only tells a worker to look for work.
"""

from __future__ import annotations

import datetime as dt
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
    """The kind of work that an open job needs next. It is derived from other fields, not stored."""

    VALIDATING = "validating"  # read the input file
    ANSWERING = "answering"
    WRITING = "writing"  # every item has its outcome; write the output files


# The same conditions as in `BatchJob.phase`, for queries.
IS_VALIDATING = ~Q(input_file_id="") & Q(started_at=None)
IS_WRITING = ~Q(closes_as="")


# No wait for the model is as long, and no lease lasts as long beyond BATCH_LEASE_SECONDS. A later
# time was stored before the clock was set back.
MAX_WAIT = dt.timedelta(minutes=20)
MAX_NAME_CHARS = 120


class BatchJobQuerySet(models.QuerySet["BatchJob"]):
    def open(self) -> Self:
        return self.filter(status__in=BatchJob.OPEN)

    def closed(self) -> Self:
        return self.exclude(status__in=BatchJob.OPEN)

    def free(self) -> Self:
        """Jobs without a worker: they have no lease, or it has expired."""
        now = timezone.now()
        latest = now + dt.timedelta(seconds=settings.BATCH_LEASE_SECONDS) + MAX_WAIT
        expired = Q(lease_expires_at__lt=now) | Q(lease_expires_at__gt=latest)
        return self.filter(Q(lease_owner="") | expired)

    def waiting(self) -> Self:
        """Free jobs that a worker can continue now."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        active = unexpired & Q(paused_at=None) & ~Q(status=BatchJob.Status.CANCELLING)
        now = timezone.now()
        due = Q(not_before=None) | Q(not_before__lte=now) | Q(not_before__gt=now + MAX_WAIT)
        return self.open().filter(due, active | IS_WRITING).free()

    def claimable(self) -> Self:
        """Waiting jobs of this server's model. Writing output files needs no model."""
        return self.waiting().filter(Q(model=settings.SERVED_MODEL_NAME) | IS_WRITING)

    def ending(self) -> Self:
        """Open jobs that must be closed without further answers: cancelled or expired ones."""
        expired = Q(expires_at__lte=timezone.now())
        return (
            self.open().filter(Q(status=BatchJob.Status.CANCELLING) | expired).exclude(IS_WRITING)
        )


class BatchJob(models.Model):
    """A list of prompts answered in the background.

        validating ─▶ in_progress ─▶ finalizing ─▶ completed
            └──────────────┴─────▶ failed, expired, cancelling ─▶ cancelled

    A job from POST /v1/batch/jobs is stored with its items and one set of parameters. A job from
    POST /v1/batches names a file (`input_file_id`): a worker reads an item from each line, and at
    the end writes the outcomes into files. Meanwhile `closes_as` holds the status that the job
    will get. A retry opens a closed job again if some items did not succeed. A worker holds a
    lease on the job (`lease_owner`, `lease_expires_at`) while it works on it for one slice. Every
    change of state is a conditional update whose row count is checked.
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
    # For people: a name that they gave, or the beginning of the first prompt.
    name = models.CharField(max_length=MAX_NAME_CHARS, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL)
    revision = models.ForeignKey(
        WordlistRevision, null=True, on_delete=models.PROTECT, related_name="jobs"
    )
    n_words = models.PositiveIntegerField(null=True)
    model = models.CharField(max_length=500)
    parameters = models.JSONField()
    seed = models.BigIntegerField(default=new_seed)
    # One entry for each distinct model, dtype and set of versions that answered items.
    runtimes = models.JSONField(default=list)
    status = models.CharField(max_length=16, choices=Status, default=Status.VALIDATING)
    priority = models.SmallIntegerField(default=0, help_text="Jobs with a higher one go first.")
    closes_as = models.CharField(max_length=16, choices=Status, blank=True)
    total = models.PositiveIntegerField()
    error = models.TextField(blank=True)
    warnings = models.JSONField(default=list)  # what of the request has no effect, as sentences

    # Updated in the same transaction as the items that they count. Invalid items count when the job
    # is accepted.
    succeeded_count = models.PositiveIntegerField(default=0)
    failed_count = models.PositiveIntegerField(default=0)
    invalid_count = models.PositiveIntegerField(default=0)  # part of `failed_count`
    cancelled_count = models.PositiveIntegerField(default=0)  # cancelled or expired
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)
    pace = models.JSONField(default=list)  # samples [seconds since 1970, items done]

    # Fields of jobs from POST /v1/batches. The files' ids stay when the files are deleted.
    input_file_id = models.CharField(max_length=40, blank=True)
    output_file_id = models.CharField(max_length=40, blank=True)
    error_file_id = models.CharField(max_length=40, blank=True)
    output_expires_after = models.PositiveIntegerField(null=True)  # seconds
    metadata = models.JSONField(null=True)
    # Wordlists when the job was accepted: {slug: {"number": ..., "style": {...}}}.
    wordlists = models.JSONField(default=dict)
    # Model aliases, and what the API key is bound to, when the job was accepted.
    bindings = models.JSONField(default=dict)
    errors = models.JSONField(default=list)  # in the format of OpenAI's batch object
    # Position in the input file, and the number of items whose outcome is in an output file.
    read_bytes = models.PositiveBigIntegerField(default=0)
    read_lines = models.PositiveIntegerField(default=0)
    read_attempts = models.PositiveSmallIntegerField(default=0)  # since the last lines were stored
    filed_count = models.PositiveIntegerField(default=0)

    # Number of slices in a row for which the model was unavailable.
    engine_failures = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)  # no worker claims the job earlier
    # Maximum items in flight since the engine ran out of memory; None for BATCH_GROUP_ITEMS.
    group_limit = models.PositiveSmallIntegerField(null=True)
    lease_owner = models.CharField(max_length=32, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField(null=True)  # when a worker last claimed the job

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
            return Phase.WRITING
        if self.input_file_id and self.started_at is None:
            return Phase.VALIDATING
        return Phase.ANSWERING

    @property
    def answered_count(self) -> int:
        """Number of items that have an answer or an error of their own."""
        return self.succeeded_count + self.failed_count

    @property
    def done_count(self) -> int:
        """Number of items that have an outcome of any kind."""
        return self.answered_count + self.cancelled_count
