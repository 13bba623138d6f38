"""Stores uploads, and reads them as their owner has chosen."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone

from vocab.importing.convert import Conversion, convert
from vocab.importing.entries import Edits
from vocab.importing.proposal import Options, Proposal
from vocab.importing.sniff import sniff
from vocab.models import Wordlist, WordlistDraft
from vocab.revisions import limits
from vocab.uploads.choices import options_of
from vocab.words.parse import WordlistError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DRAFT_LIFETIME = dt.timedelta(days=1)
# Of one user, because each has the bytes of a file.
MAX_DRAFTS = 10
# A report with more mended cells would be slow to store. Mend the file instead.
MAX_EDITS = 5000


class TooManyEdits(ValueError):
    """A draft has MAX_EDITS edits. The message is for its owner."""

    def __init__(self) -> None:
        super().__init__(
            f"At most {MAX_EDITS:,} cells of an upload can be mended here. Mend the file and upload"
            " it again."
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What a draft gives with the choices that it has.

    proposal: None if the file cannot be read with these choices.
    conversion: None if it gives no list with these choices.
    error: Why one of them is None.
    """

    proposal: Proposal | None
    conversion: Conversion | None
    error: str = ""


def save_draft(
    user: User,
    filename: str,
    content: bytes,
    *,
    affixes: bytes | None = None,
    wordlist: Wordlist | None = None,
    fields: dict[str, str] | None = None,
    note: str = "",
) -> WordlistDraft:
    """Store an upload until its owner confirms or cancels it. Delete expired drafts, and the
    oldest ones of this user above MAX_DRAFTS.

    wordlist: The list that gets a new revision; None for a new list.
    fields: Of a new list.
    """
    expired_drafts().delete()
    own = WordlistDraft.objects.filter(created_by=user).order_by("-pk")
    forgotten = list(own.values_list("pk", flat=True)[MAX_DRAFTS - 1 :])
    WordlistDraft.objects.filter(pk__in=forgotten).delete()
    return WordlistDraft.objects.create(
        wordlist=wordlist,
        fields=_without_nul(fields or {}),
        filename=filename,
        note=note,
        content=content,
        affixes=affixes,
        created_by=user,
    )


def change_draft(draft: WordlistDraft, **changes: Any) -> None:
    """Store what a person has chosen. The values are those of JSON fields.

    Raises WordlistDraft.DoesNotExist if the draft has been saved or deleted meanwhile.
    """
    changes = _without_nul(changes)
    if not WordlistDraft.objects.filter(pk=draft.pk).update(**changes):
        raise WordlistDraft.DoesNotExist
    for name, value in changes.items():
        setattr(draft, name, value)


def _without_nul(value: Any) -> Any:
    """Return a JSON value without the character that PostgreSQL cannot store."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(each) for key, each in value.items()}
    return value


def expired_drafts() -> QuerySet[WordlistDraft]:
    return WordlistDraft.objects.filter(created_at__lt=timezone.now() - DRAFT_LIFETIME)


def open_drafts(user: User) -> QuerySet[WordlistDraft]:
    """Return the uploads of a user that wait to be saved, the latest first, without their bytes."""
    drafts = WordlistDraft.objects.filter(
        created_by=user, created_at__gte=timezone.now() - DRAFT_LIFETIME
    )
    return drafts.select_related("wordlist").defer("content", "affixes").order_by("-pk")


def language_of(draft: WordlistDraft) -> str | None:
    if draft.wordlist is not None:
        return draft.wordlist.language
    return draft.fields.get("language") or None


def state_of(draft: WordlistDraft) -> str:
    """Return a text that changes with what the report of a draft shows: the choices, the edits, the
    language, and the current revision of the list that it is compared with.
    """
    current = None if draft.wordlist is None else draft.wordlist.current_id
    shown = [draft.options, draft.edits, language_of(draft), current]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def reading_options(draft: WordlistDraft) -> Options:
    affixes = None if draft.affixes is None else bytes(draft.affixes)
    return options_of(draft.options, language_of(draft), affixes)


# A large file takes seconds to read, and a person looks at several pages of one report. Only the
# last reading is kept: it may have 100 MB.
_last: tuple[tuple[Any, ...], Reading] | None = None


def read_draft(draft: WordlistDraft) -> Reading:
    """Read the file with the choices and the edits of the draft."""
    global _last
    chosen = json.dumps([draft.options, draft.edits], sort_keys=True)
    key = (draft.pk, draft.created_at, chosen, language_of(draft), limits())
    last = _last
    if last is None or last[0] != key:
        last = _last = (key, _read(draft))
    return last[1]


def delete_draft(draft: WordlistDraft) -> None:
    """Raises WordlistDraft.DoesNotExist if the draft has been saved or deleted meanwhile."""
    global _last
    _last = None
    deleted, _ = WordlistDraft.objects.filter(pk=draft.pk).delete()
    if not deleted:
        raise WordlistDraft.DoesNotExist


def _read(draft: WordlistDraft) -> Reading:
    content = bytes(draft.content)
    proposal = None
    try:
        proposal = sniff(content, draft.filename, reading_options(draft), limits())
        conversion = convert(
            content, proposal, limits(), filename=draft.filename, edits=edits_of(draft)
        )
    except WordlistError as error:
        return Reading(proposal, None, str(error))
    return Reading(proposal, conversion)


def edits_of(draft: WordlistDraft) -> Edits:
    return {int(line): cells for line, cells in draft.edits.items()}


def with_edits(draft: WordlistDraft, new: dict[tuple[int, str], str | None]) -> dict[str, Any]:
    """Return the edits of a draft together with new ones, as `draft.edits` has them.

    new: (line, cell) -> text. None takes an edit back.
    Raises TooManyEdits.
    """
    edits: dict[str, dict[str, str]] = {line: dict(cells) for line, cells in draft.edits.items()}
    for (line, cell), text in new.items():
        cells = edits.setdefault(str(line), {})
        if text is None:
            cells.pop(cell, None)
        else:
            cells[cell] = text
    edits = {line: cells for line, cells in edits.items() if cells}
    if sum(map(len, edits.values())) > MAX_EDITS:
        raise TooManyEdits
    return edits
