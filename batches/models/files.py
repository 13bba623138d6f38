"""Files of the Files API, and what was answered to requests that may come again.

A file lives in the database, cut into parts: the web servers and the workers may share nothing
else, and a file of results appears in the very transaction that closes its job. No part is ever
changed, and a file is seen only when its last part is stored.
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
    def there(self) -> Self:
        """Complete, and not past their time: what a client may know of."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(unexpired, status=StoredFile.Status.PROCESSED)

    def of(self, owner: User) -> Self:
        return self.there().filter(owner=owner)


class StoredFile(models.Model):
    """A file that was uploaded, or that a batch has written.

    uploading ─▶ processed; one that stays uploading is debris, which the purge deletes.
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
    """Some of a file's bytes. Those of an upload have the same length, all but the last."""

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

    scope: which endpoint; digest: of what was sent.
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
