"""Files of prompts that a person has sent to the page of a new job and not started yet."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class PromptDraft(models.Model):
    """It is deleted when its job starts, so one draft can start one job only."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    filename = models.CharField(max_length=255)
    content = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.filename} ({self.owner})"
