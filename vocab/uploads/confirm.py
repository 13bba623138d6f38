"""Turns a draft into a revision."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from vocab.exchange import create_wordlist
from vocab.models import Wordlist, WordlistDraft, WordlistRevision
from vocab.revisions import add_revision
from vocab.uploads.drafts import delete_draft, read_draft
from vocab.words.parse import WordlistError


class Doubtful(Exception):
    """The list looks wrong, and nobody has said that it is right. `doubts` are for a person."""

    def __init__(self, doubts: list[str]) -> None:
        super().__init__("; ".join(doubts))
        self.doubts = doubts


class DraftChanged(Exception):
    """Another request has changed the draft, or its list, while it was read."""


def confirm(
    draft: WordlistDraft,
    new_wordlist: Wordlist | None = None,
    *,
    accepted: Collection[str] = (),
) -> tuple[WordlistRevision, bool]:
    """Turn the draft into the current revision of its list, or of `new_wordlist`.

    accepted: Doubts that a person has seen and accepted.
    Returns the revision, and True if it is new. Raises WordlistError if the file gives no list,
    Doubtful for doubts that are not accepted, DraftChanged, WordlistDraft.DoesNotExist if another
    request has used the draft, and IntegrityError if the slug has been taken.
    """
    if draft.wordlist_id is None and new_wordlist is None:
        raise ValueError("a draft without a list needs new_wordlist")
    shown = None if draft.wordlist is None else draft.wordlist.current_id
    # A large file takes seconds, in which other requests must be able to write.
    reading = read_draft(draft)
    if reading.conversion is None:
        raise WordlistError(reading.error)
    words, ranked = reading.conversion.words, reading.conversion.ranked
    with transaction.atomic():
        # A second click on Save waits here for the lock and then finds no draft.
        stored = WordlistDraft.objects.select_for_update().get(pk=draft.pk)
        if (stored.options, stored.edits) != (draft.options, draft.edits):
            raise DraftChanged
        current = None
        if draft.wordlist_id is not None:
            wordlist = Wordlist.objects.select_for_update().get(pk=draft.wordlist_id)
            if wordlist.current_id != shown:
                raise DraftChanged
            current = wordlist.current
        doubts = reading.conversion.doubts_against(current.words if current else None)
        if open_doubts := [doubt for doubt in doubts if doubt not in accepted]:
            raise Doubtful(open_doubts)
        if new_wordlist is not None:
            revision = create_wordlist(
                new_wordlist, words, ranked=ranked, note=draft.note, user=draft.created_by
            )
            created = True
        else:
            revision, created = add_revision(
                wordlist, words, ranked=ranked, note=draft.note, user=draft.created_by
            )
        delete_draft(stored)
    return revision, created
