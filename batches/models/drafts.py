"""Files of prompts that a person has sent to the page of a new job and not started yet."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

DRAFT_LIFETIME = dt.timedelta(days=1)


class PromptDraftQuerySet(models.QuerySet["PromptDraft"]):
    def expired(self) -> Self:
        return self.filter(created_at__lt=timezone.now() - DRAFT_LIFETIME)

    def current(self) -> Self:
        return self.filter(created_at__gte=timezone.now() - DRAFT_LIFETIME)


class PromptDraft(models.Model):
    """It is deleted when its job starts, so one draft can start one job only."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    filename = models.CharField(max_length=255)
    content = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PromptDraftQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.filename} ({self.owner})"
