"""The prompts of batch jobs and the answers to them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from batches.models.jobs import BatchJob
from vocab.models import WordlistRevision

MAX_PARAM_CHARS = 200


class BatchItem(models.Model):
    """One prompt of a job. `attempts` is committed before the work, so that a crash is counted.

    parameters: None if the job's parameters and wordlist apply. Otherwise the item has its own
    parameters, and its own `revision` and `n_words` or no wordlist.
    invalid: The request was not valid when it was read. The item has failed then, has no parameters
    and never goes to the engine. A retry leaves it as it is.
    error_*: The fields of OpenAI's error object.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    # A retry answers the valid items with these states again.
    UNANSWERED = (Status.FAILED, Status.CANCELLED, Status.EXPIRED)

    job = models.ForeignKey(BatchJob, on_delete=models.CASCADE, related_name="items")
    index = models.PositiveIntegerField()
    custom_id = models.CharField(max_length=200, blank=True)
    messages = models.JSONField()
    parameters = models.JSONField(null=True)
    revision = models.ForeignKey(
        WordlistRevision, null=True, on_delete=models.PROTECT, related_name="batch_items"
    )
    n_words = models.PositiveIntegerField(null=True)
    invalid = models.BooleanField(default=False)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_param = models.CharField(max_length=MAX_PARAM_CHARS, blank=True)
    error_status = models.PositiveSmallIntegerField(null=True)  # an HTTP status code

    class Meta:
        ordering = ["job", "index"]
        constraints = [
            models.UniqueConstraint(fields=["job", "index"], name="batch_item_index_once"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "succeeded", "failed", "cancelled", "expired"]),
                name="batch_item_status",
            ),
        ]
        indexes = [
            # `Lease.next_items` takes the items without an attempt first.
            models.Index(
                fields=["job", "attempts", "index"],
                condition=Q(status="pending"),
                name="batch_item_pending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job.public_id} item {self.index}"


class Result(models.Model):
    """The answer to one item, written once and in the same transaction as the item's status.

    text: The texts of all choices.
    choices: OpenAI's `choices` if there are several or they contain log-probabilities, else None.
    """

    item = models.OneToOneField(BatchItem, on_delete=models.CASCADE, related_name="result")
    text = models.TextField()
    finish_reason = models.CharField(max_length=16)
    choices = models.JSONField(null=True)
    prompt_tokens = models.PositiveIntegerField()
    completion_tokens = models.PositiveIntegerField()
    prompt_truncated = models.BooleanField(default=False)
    vocab_report = models.JSONField(null=True)
    seed = models.BigIntegerField()
    seconds = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"result of {self.item}"
