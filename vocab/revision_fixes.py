"""Checks a revision, and makes the next one with some kinds of findings fixed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import transaction

from vocab.lint.report import CannotFix, Fixed, LintReport, fix, lint
from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import NOTE_CHARS, RevisionConflict, add_revision, limits

if TYPE_CHECKING:
    from django.contrib.auth.models import User

KEPT_REPORTS = 16


def report_on_revision(revision: WordlistRevision) -> LintReport:
    return _report(revision.pk, revision.sha256, revision.wordlist.language, ranked=revision.ranked)


# A revision never changes. The digest is in the key because the database of a running process can
# be replaced.
@lru_cache(maxsize=KEPT_REPORTS)
def _report(pk: int, sha256: str, language: str, *, ranked: bool) -> LintReport:
    words = WordlistRevision.objects.get(pk=pk, sha256=sha256).words
    return lint(words, language, ranked=ranked)


def fixed_words(revision: WordlistRevision, kinds: Iterable[str]) -> Fixed:
    """Return the entries after the fixes. Raises CannotFix."""
    language = revision.wordlist.language
    fixed = fix(revision.words, language, kinds, ranked=revision.ranked)
    if len(fixed.words) > limits().max_entries:
        raise CannotFix(
            f"the list would have {len(fixed.words):,} entries;"
            f" at most {limits().max_entries:,} are accepted"
        )
    return fixed


def fix_revision(
    revision: WordlistRevision, kinds: Iterable[str], *, user: User | None = None
) -> tuple[WordlistRevision, Fixed]:
    """Make the next revision of the list, with a note that says what was fixed.

    Raises CannotFix, and RevisionConflict if another revision is current by then.
    """
    fixed = fixed_words(revision, kinds)  # before the lock: it may take two seconds
    with transaction.atomic():
        wordlist = Wordlist.objects.select_for_update().get(pk=revision.wordlist_id)
        current = wordlist.current
        if current is None or current.pk != revision.pk:
            raise RevisionConflict(wordlist.slug, revision.number, current.number if current else 0)
        note = fixed.note[:NOTE_CHARS]
        new, _ = add_revision(wordlist, fixed.words, ranked=fixed.ranked, note=note, user=user)
    return new, fixed
