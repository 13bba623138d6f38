"""When a job that is opened now expires, whether its items are answered or not."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

COMPLETION_WINDOW_HOURS = 24


def batch_expiry() -> dt.datetime:
    """Return when a batch from POST /v1/batches expires."""
    return timezone.now() + dt.timedelta(hours=COMPLETION_WINDOW_HOURS)


def job_expiry() -> dt.datetime | None:
    """Return when a job from POST /v1/batch/jobs expires; None if BATCH_EXPIRE_HOURS is 0."""
    if settings.BATCH_EXPIRE_HOURS == 0:
        return None
    return timezone.now() + dt.timedelta(hours=settings.BATCH_EXPIRE_HOURS)
