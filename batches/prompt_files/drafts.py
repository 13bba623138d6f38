"""Store a file of prompts between the two steps of a new job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from batches.models import PromptDraft

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Of one user, because each has the bytes of a file.
MAX_DRAFTS = 5


def save_draft(user: User, filename: str, content: bytes) -> PromptDraft:
    """Store a file. Delete expired drafts, and the oldest ones of this user above MAX_DRAFTS."""
    PromptDraft.objects.all().expired().delete()
    own = PromptDraft.objects.filter(owner=user).order_by("-pk")
    forgotten = list(own.values_list("pk", flat=True)[MAX_DRAFTS - 1 :])
    PromptDraft.objects.filter(pk__in=forgotten).delete()
    return PromptDraft.objects.create(owner=user, filename=filename, content=content)


def drafts_of(user: User) -> QuerySet[PromptDraft]:
    return PromptDraft.objects.filter(owner=user).current()


def take_draft(draft: PromptDraft) -> bool:
    """Delete a draft. Return False if it is gone already, because its job was started."""
    deleted, _ = PromptDraft.objects.filter(pk=draft.pk).delete()
    return deleted == 1
