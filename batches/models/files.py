"""Files of the Files API, and stored answers to requests with an Idempotency-Key.

A file is stored in the database in parts, because the web servers and the workers may share nothing
else, and because a file of results must appear in the transaction that closes its job. A part never
changes. A file is visible only after its last part is stored.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from generation.auth.api_key import ApiKey

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def new_file_id() -> str:
    return f"file-{secrets.token_hex(12)}"


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def available(self) -> Self:
        """Files that are visible to clients: complete and not expired."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(unexpired, status=StoredFile.Status.PROCESSED)

    def of(self, owner: User) -> Self:
        return self.available().filter(owner=owner)


class StoredFile(models.Model):
    """A file that was uploaded, or that a batch has written.

    uploading ─▶ processed. The purge deletes a file whose upload broke off.
    """

    class Status(models.TextChoices):
        UPLOADING = "uploading"
        PROCESSED = "processed"

    class Purpose(models.TextChoices):
        ASSISTANTS = "assistants"
        BATCH = "batch"
        FINE_TUNE = "fine-tune"
        VISION = "vision"
        USER_DATA = "user_data"
        EVALS = "evals"
        BATCH_OUTPUT = "batch_output"

    public_id = models.CharField(max_length=40, unique=True, default=new_file_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL)
    filename = models.CharField(max_length=255)
    purpose = models.CharField(max_length=16, choices=Purpose)
    status = models.CharField(max_length=16, choices=Status, default=Status.UPLOADING)
    bytes = models.PositiveBigIntegerField(default=0)
    part_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "file"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["uploading", "processed"]), name="stored_file_status"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.filename})"


class FilePart(models.Model):
    """Some bytes of a file. All parts of an upload except the last have the same length."""

    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="parts")
    index = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "index"], name="file_part_once"),
        ]

    def __str__(self) -> str:
        return f"part {self.index} of {self.file.public_id}"


class RememberedAnswer(models.Model):
    """The answer to a POST with an Idempotency-Key, written in the transaction of its effect.

    scope: Name of the endpoint.
    digest: Hash of the request.
    """

    KEEP_HOURS = 48

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    scope = models.CharField(max_length=16)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "scope", "key"], name="answer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
