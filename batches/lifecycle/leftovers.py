"""Delete rows that nothing reads any more: sessions, drafts, messages of the queue."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from django_q.models import Task

from batches.models import PromptDraft
from vocab.uploads.drafts import expired_drafts

# What the task queue did. It keeps 100 successes by itself, and every failure.
TASK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Leftovers:
    """How many rows there are, or were deleted."""

    sessions: int
    drafts: int
    tasks: int


def count_leftovers() -> Leftovers:
    return Leftovers(
        sessions=Session.objects.filter(expire_date__lt=timezone.now()).count(),
        drafts=expired_drafts().count() + PromptDraft.objects.all().expired().count(),
        tasks=_old_tasks().count(),
    )


def purge_leftovers() -> Leftovers:
    """Delete them, and return how many there were."""
    found = count_leftovers()
    SessionStore.clear_expired()
    expired_drafts().delete()
    PromptDraft.objects.all().expired().delete()
    _old_tasks().delete()
    return found


def _old_tasks() -> QuerySet[Task]:
    before = timezone.now() - dt.timedelta(days=TASK_DAYS)
    tasks: QuerySet[Task] = Task.objects.filter(stopped__lt=before)
    return tasks
