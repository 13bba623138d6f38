"""The purge deletes rows that nothing reads any more, and no others."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_q.models import Task

from batches import tasks
from batches.models import PromptDraft, RememberedAnswer, StoredFile
from vocab.models import WordlistDraft

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(user: User) -> None:
    """Of each kind one row whose time is over and one that is still needed."""
    now = timezone.now()
    for name, days in (("old", 8), ("new", 0)):
        then = now - dt.timedelta(days=days)
        Session.objects.create(
            session_key=name, session_data="", expire_date=then + dt.timedelta(hours=1)
        )
        Task.objects.create(id=name, name=name, func="f", started=then, stopped=then, success=False)
        draft = WordlistDraft.objects.create(created_by=user, filename=name, content=b"")
        WordlistDraft.objects.filter(pk=draft.pk).update(created_at=then)
        prompts = PromptDraft.objects.create(owner=user, filename=name, content=b"")
        PromptDraft.objects.filter(pk=prompts.pk).update(created_at=then)
        answer = RememberedAnswer.objects.create(owner=user, scope="files", key=name, digest="")
        RememberedAnswer.objects.filter(pk=answer.pk).update(created_at=then)
        StoredFile.objects.create(
            owner=user,
            filename=name,
            purpose=StoredFile.Purpose.BATCH,
            status=StoredFile.Status.PROCESSED,
            expires_at=then + dt.timedelta(hours=1),
        )


def left() -> list[list[str]]:
    return [
        list(Session.objects.order_by("pk").values_list("session_key", flat=True)),
        list(Task.objects.order_by("pk").values_list("name", flat=True)),
        list(WordlistDraft.objects.order_by("-pk").values_list("filename", flat=True)),
        list(PromptDraft.objects.order_by("-pk").values_list("filename", flat=True)),
        list(RememberedAnswer.objects.order_by("-pk").values_list("key", flat=True)),
        list(StoredFile.objects.order_by("-pk").values_list("filename", flat=True)),
    ]


COUNTED = "0 jobs with 0 items; 1 files, 1 idempotency keys, 1 sessions, 2 drafts, 1 rows"


def test_the_command_deletes_what_it_has_counted(
    rows: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("purge", "--dry-run")
    assert f"To delete: the contents of {COUNTED}" in capsys.readouterr().out
    assert left() == [["new", "old"]] * 6
    call_command("purge")
    assert f"Deleted: the contents of {COUNTED}" in capsys.readouterr().out
    assert left() == [["new"]] * 6
    call_command("purge")
    assert "; 0 files, 0 idempotency keys, 0 sessions" in capsys.readouterr().out


def test_the_hourly_task_deletes_the_same(rows: None) -> None:
    tasks.purge()
    assert left() == [["new"]] * 6


def test_negative_days_are_refused() -> None:
    with pytest.raises(CommandError, match="--days must not be negative"):
        call_command("purge", "--days=-1")
