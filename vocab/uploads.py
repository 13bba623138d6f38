"""Uploads in two steps: an upload is stored as a draft and reported on, then confirmed or deleted.

The draft has the uploaded bytes. They are parsed again for the report and again on confirmation,
so the rules and limits of that moment apply.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from vocab.exchange import create_wordlist
from vocab.models import Wordlist, WordlistDraft, WordlistRevision
from vocab.revisions import add_revision, limits
from vocab.words.parse import Issue, ParsedWordlist, parse

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DRAFT_LIFETIME = dt.timedelta(days=1)
SHOWN_ISSUES = 200
SHOWN_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class IssueTable:
    """Remarks of one kind for the report page: their total number, and the first ones."""

    title: str
    meaning: str
    total: int
    shown: list[Issue]


@dataclass(frozen=True, slots=True)
class Difference:
    """The entries added to and removed from the revision `old`."""

    old: WordlistRevision
    added: list[str]
    removed: list[str]

    @property
    def shown_added(self) -> list[str]:
        return self.added[:SHOWN_ENTRIES]

    @property
    def shown_removed(self) -> list[str]:
        return self.removed[:SHOWN_ENTRIES]


@dataclass(frozen=True, slots=True)
class Report:
    """The content of a draft.

    same_as: The revision of the list with exactly these entries, if there is one.
    difference: The changes to the current revision; None for a new list.
    """

    parsed: ParsedWordlist
    same_as: WordlistRevision | None
    difference: Difference | None

    @property
    def counts(self) -> list[tuple[str, int]]:
        parsed = self.parsed
        return [
            ("entries", len(parsed.words)),
            ("rejected", len(parsed.rejected)),
            ("duplicates", len(parsed.duplicates)),
            ("changed", len(parsed.changed)),
            ("comments", parsed.comments),
            ("blank lines", parsed.blanks),
        ]

    @property
    def preview(self) -> list[str]:
        return self.parsed.words[:SHOWN_ENTRIES]

    @property
    def tables(self) -> list[IssueTable]:
        parsed = self.parsed
        kinds = [
            ("Rejected lines", "The list does not have these.", parsed.rejected),
            ("Duplicate lines", "The list has each of these words once.", parsed.duplicates),
            ("Changed lines", "The list has these in a cleaner spelling.", parsed.changed),
        ]
        return [
            IssueTable(title, meaning, len(issues), issues[:SHOWN_ISSUES])
            for title, meaning, issues in kinds
            if issues
        ]


def save_draft(
    user: User,
    filename: str,
    content: bytes,
    *,
    wordlist: Wordlist | None = None,
    fields: dict[str, str] | None = None,
    note: str = "",
) -> WordlistDraft:
    """Store an upload until its owner confirms or cancels it, and delete expired drafts."""
    WordlistDraft.objects.filter(created_at__lt=timezone.now() - DRAFT_LIFETIME).delete()
    return WordlistDraft.objects.create(
        wordlist=wordlist,
        fields=fields or {},
        filename=filename,
        note=note,
        content=content,
        created_by=user,
    )


def report_on(draft: WordlistDraft) -> Report:
    """Parse the draft and compare it with the list.

    Raises WordlistError if the limits have been lowered since the upload.
    """
    parsed = parse(bytes(draft.content), limits())
    if draft.wordlist is None:
        return Report(parsed, None, None)
    same_as = (
        draft.wordlist.revisions.filter(sha256=parsed.digest, ranked=True).defer("text").first()
    )
    return Report(parsed, same_as, _difference(draft.wordlist.current, parsed.words))


def _difference(old: WordlistRevision | None, words: list[str]) -> Difference | None:
    if old is None:
        return None
    before, after = set(old.words), set(words)
    return Difference(
        old=old,
        added=[word for word in words if word not in before],
        removed=[word for word in old.words if word not in after],
    )


@transaction.atomic
def confirm(
    draft: WordlistDraft, new_wordlist: Wordlist | None = None
) -> tuple[WordlistRevision, bool]:
    """Turn the draft into the current revision of its list, or of `new_wordlist`.

    Returns the revision, and True if it is new. Raises WordlistError like `report_on`,
    WordlistDraft.DoesNotExist if another request has used the draft, and IntegrityError if the slug
    has been taken.
    """
    # A second click on Save waits here for the lock and then finds no draft.
    draft = WordlistDraft.objects.select_for_update().get(pk=draft.pk)
    words = parse(bytes(draft.content), limits()).words
    if draft.wordlist_id is None:
        if new_wordlist is None:
            raise ValueError("a draft without a list needs new_wordlist")
        revision = create_wordlist(new_wordlist, words, note=draft.note, user=draft.created_by)
        created = True
    else:
        wordlist = Wordlist.objects.get(pk=draft.wordlist_id)
        revision, created = add_revision(wordlist, words, note=draft.note, user=draft.created_by)
    draft.delete()
    return revision, created
