"""Batch jobs. The rows here are the truth; a queue message only says "look again"."""

from __future__ import annotations

import secrets
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from vocab.models import WordlistRevision
from wordgen_site.models import ApiKey


def new_public_id() -> str:
    return f"batch_{secrets.token_hex(12)}"


class BatchJobQuerySet(models.QuerySet["BatchJob"]):
    def open(self) -> Self:
        return self.filter(status__in=BatchJob.OPEN)

    def claimable(self) -> Self:
        """Open jobs that nobody works on: unleased, or leased by somebody who is gone."""
        free = Q(lease_owner="") | Q(lease_expires_at__lt=timezone.now())
        return self.open().filter(free)


class BatchJob(models.Model):
    """A list of prompts answered in the background, with one set of parameters.

        validating ─▶ in_progress ─▶ finalizing ─▶ completed
            └──────────────┴─────▶ failed

    A worker holds the job by a lease (`lease_owner`, `lease_expires_at`) while it advances it by
    a slice of items. Every change of state is a conditional update whose row count is checked.
    """

    class Status(models.TextChoices):
        VALIDATING = "validating"
        IN_PROGRESS = "in_progress"
        FINALIZING = "finalizing"
        COMPLETED = "completed"
        FAILED = "failed"

    OPEN = (Status.VALIDATING, Status.IN_PROGRESS, Status.FINALIZING)

    public_id = models.CharField(max_length=40, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL)
    revision = models.ForeignKey(
        WordlistRevision, null=True, on_delete=models.PROTECT, related_name="jobs"
    )
    n_words = models.PositiveIntegerField(null=True)
    model = models.CharField(max_length=500)
    parameters = models.JSONField()
    status = models.CharField(max_length=16, choices=Status, default=Status.VALIDATING)
    total = models.PositiveIntegerField()
    error = models.TextField(blank=True)
    # Slices in a row that could not start because of the model, not of an item.
    engine_failures = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=32, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField(null=True)  # when a worker last took it, for fairness
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = BatchJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=["validating", "in_progress", "finalizing", "completed", "failed"]
                ),
                name="batch_job_status",
            ),
        ]
        indexes = [
            models.Index(
                fields=["served_at"],
                condition=Q(status__in=["validating", "in_progress", "finalizing"]),
                name="batch_job_open",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class BatchItem(models.Model):
    """One prompt of a job. `attempts` is committed before the work, so that a crash is counted."""

    class Status(models.TextChoices):
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    job = models.ForeignKey(BatchJob, on_delete=models.CASCADE, related_name="items")
    index = models.PositiveIntegerField()
    custom_id = models.CharField(max_length=200, blank=True)
    messages = models.JSONField()
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["job", "index"]
        constraints = [
            models.UniqueConstraint(fields=["job", "index"], name="batch_item_index_once"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "succeeded", "failed"]),
                name="batch_item_status",
            ),
        ]
        indexes = [
            models.Index(
                fields=["job", "index"], condition=Q(status="pending"), name="batch_item_pending"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job.public_id} item {self.index}"


class Result(models.Model):
    """The answer to one item, written once, together with the item's new status."""

    item = models.OneToOneField(BatchItem, on_delete=models.CASCADE, related_name="result")
    text = models.TextField()
    finish_reason = models.CharField(max_length=16)
    prompt_tokens = models.PositiveIntegerField()
    completion_tokens = models.PositiveIntegerField()
    vocab_report = models.JSONField(null=True)
    seed = models.BigIntegerField()
    seconds = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"result of {self.item}"
