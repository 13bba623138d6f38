"""The objects of responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.wordlist_api.report import SHOWN_ROWS, first_of
from vocab.editing.add_forms import FormsPlan
from vocab.editing.compare import Comparison
from vocab.editing.coverage import Coverage
from vocab.editing.operations import Edited
from vocab.models import STYLE_FIELDS, Wordlist, WordlistRevision

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def wordlist_body(wordlist: Wordlist, user: User) -> dict[str, Any]:
    """Return the object of a list that has entries. It names no other user."""
    current = wordlist.current
    if current is None:
        raise ValueError(f"{wordlist} has no entries")
    if wordlist.owner_id is None:
        owned_by = "server"
    else:
        owned_by = "you" if wordlist.owner_id == user.pk else "other"
    return {
        "id": wordlist.slug,
        "object": "wordlist",
        "slug": wordlist.slug,
        "title": wordlist.title,
        "language": wordlist.language,
        "source": wordlist.source,
        "licence": wordlist.licence,
        "visibility": wordlist.visibility,
        "owned_by": owned_by,
        "may_change": wordlist.may_change(user),
        "archived": wordlist.archived_at is not None,
        "created_at": int(wordlist.created_at.timestamp()),
        "revision": current.number,
        "word_count": current.word_count,
        "ranked": current.ranked,
        "sha256": current.sha256,
        **{name: getattr(wordlist, name) for name in STYLE_FIELDS},
    }


def revision_body(revision: WordlistRevision, *, is_current: bool) -> dict[str, Any]:
    return {
        "id": revision.reference,
        "object": "wordlist.revision",
        "slug": revision.wordlist.slug,
        "revision": revision.number,
        "is_current": is_current,
        "word_count": revision.word_count,
        "ranked": revision.ranked,
        "sha256": revision.sha256,
        "note": revision.note,
        "created_at": int(revision.created_at.timestamp()),
    }


def changes_body(edited: Edited) -> dict[str, Any]:
    return {
        "added": edited.added,
        "removed": edited.removed,
        "moved": edited.moved,
        "renamed": _pairs(edited.renamed),
        "skipped": [{"word": each.word, "reason": each.reason} for each in edited.skipped],
    }


def comparison_body(
    comparison: Comparison, before: WordlistRevision, after: WordlistRevision, limit: int
) -> dict[str, Any]:
    """limit: The most shown words of each kind."""
    return {
        "object": "wordlist.comparison",
        "slug": after.wordlist.slug,
        "from": before.number,
        "to": after.number,
        "added": first_of(comparison.added, limit),
        "removed": first_of(comparison.removed, limit),
        "recased": first_of(_pairs(comparison.recased), limit),
        "moved": first_of(
            comparison.moved,
            limit,
            lambda moved: {"word": moved.word, "from": moved.before, "to": moved.after},
        ),
    }


def coverage_body(revision: WordlistRevision, coverage: Coverage, limit: int) -> dict[str, Any]:
    """limit: The most shown missing words."""
    of_first = coverage.of_first if revision.ranked else []
    needed = coverage.needed if revision.ranked else []
    return {
        "object": "wordlist.coverage",
        "slug": revision.wordlist.slug,
        "revision": revision.number,
        "word_count": coverage.words,
        "listed_count": coverage.listed,
        "share": coverage.share,
        "of_first": [{"n_words": n, "share": share} for n, share in of_first],
        "needed": [{"share": share, "n_words": n} for share, n in needed],
        "missing": first_of(
            coverage.missing,
            limit,
            lambda each: {"word": each.spelling, "count": each.count, "why_not": each.why_not},
        ),
    }


def planned_forms_body(revision: WordlistRevision, plan: FormsPlan) -> dict[str, Any]:
    return {
        "object": "wordlist.forms",
        "slug": revision.wordlist.slug,
        "revision": revision.number,
        "form_count": plan.count,
        "listed_count": plan.listed,
        "headwords": first_of(
            list(plan.forms.items()),
            SHOWN_ROWS,
            lambda each: {"word": each[0], "forms": each[1]},
        ),
    }


def _pairs(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"from": before, "to": after} for before, after in pairs]
