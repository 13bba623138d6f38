"""Adds revisions, finds them by reference, and turns them into vocabularies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max

from vocab.editing.apply import apply
from vocab.editing.operations import Edited, Operation
from vocab.models import SLUG, Wordlist, WordlistRevision
from vocab.vocabulary_cache import VocabularyCache
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style, Units, orthography_for
from vocab.words.parse import Limits, digest
from vocab.words.vocabulary import Vocabulary

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

NOTE_CHARS = 500  # of the model's field
SHOWN_SLUGS = 20

_REFERENCE = re.compile(rf"({SLUG})(?:@([1-9][0-9]{{0,8}}))?")


class WordlistNotFound(LookupError):
    """No list or revision has this name. API clients see the message."""


class RevisionConflict(Exception):
    """Somebody else has changed the list. API clients and pages show the message."""

    def __init__(self, slug: str, base: int, current: int) -> None:
        super().__init__(
            f"Wordlist {slug!r} has been changed: its current revision is {current}, and this"
            f" change was made for revision {base}"
        )
        self.current = current


def limits() -> Limits:
    return Limits(
        max_bytes=settings.WORDLIST_MAX_BYTES,
        max_entries=settings.WORDLIST_MAX_ENTRIES,
        max_entry_chars=settings.WORDLIST_MAX_ENTRY_CHARS,
    )


@transaction.atomic
def add_revision(
    wordlist: Wordlist,
    words: Sequence[str],
    *,
    ranked: bool = True,
    base: int | None = None,
    note: str = "",
    user: User | None = None,
) -> tuple[WordlistRevision, bool]:
    """Make these entries the current revision. Return it, and True if it is new.

    If the list has an older revision with exactly these entries, ranked or not as these are, that
    revision becomes current.

    base: The number of the revision that the caller has seen; None for whichever is current.
    Raises RevisionConflict if another revision than `base` is current.
    """
    # The row lock (on SQLite the immediate transaction) keeps the numbers consecutive.
    wordlist = Wordlist.objects.select_for_update().get(pk=wordlist.pk)
    _check_base(wordlist, base)
    revision = wordlist.revisions.filter(sha256=digest(words), ranked=ranked).first()
    created = revision is None
    if revision is None:
        last = wordlist.revisions.aggregate(last=Max("number"))["last"] or 0
        revision = WordlistRevision(
            wordlist=wordlist,
            number=last + 1,
            text="\n".join(words),
            ranked=ranked,
            note=note,
            created_by=user,
        )
        revision.save()
    if wordlist.current_id != revision.pk:
        Wordlist.objects.filter(pk=wordlist.pk).update(current=revision)
    return revision, created


@transaction.atomic
def revise(
    wordlist: Wordlist,
    operations: Sequence[Operation],
    *,
    base: int | None = None,
    note: str = "",
    user: User | None = None,
) -> tuple[WordlistRevision, Edited]:
    """Apply operations to the current revision. Return the then current revision and what was done.

    Nothing is stored if nothing changes. The new revision is ranked if the current one is.
    base: The number of the revision that the caller has seen; None for whichever is current.
    note: Empty for a summary of the changes.
    Raises EditError, RevisionConflict if another revision than `base` is current, and
    WordlistNotFound if the list has no entries yet.
    """
    wordlist = Wordlist.objects.select_for_update().get(pk=wordlist.pk)
    current = wordlist.current
    if current is None:
        raise WordlistNotFound(f"Wordlist {wordlist.slug!r} has no revision yet")
    _check_base(wordlist, base)
    edited = apply(current.words, operations, limits(), wordlist.language)
    if not edited.is_changed:
        return current, edited
    note = (note or edited.summary())[:NOTE_CHARS]
    revision, _ = add_revision(wordlist, edited.words, ranked=current.ranked, note=note, user=user)
    return revision, edited


@transaction.atomic
def restore(wordlist: Wordlist, number: int, *, base: int | None = None) -> WordlistRevision:
    """Make an older revision the current one, and return it.

    base: As for `add_revision`. Raises WordlistNotFound for an unknown number, and
    RevisionConflict.
    """
    wordlist = Wordlist.objects.select_for_update().get(pk=wordlist.pk)
    _check_base(wordlist, base)
    revision = wordlist.revisions.defer("text").filter(number=number).first()
    if revision is None:
        raise WordlistNotFound(f"Wordlist {wordlist.slug!r} has no revision {number}")
    Wordlist.objects.filter(pk=wordlist.pk).update(current=revision)
    return revision


def _check_base(wordlist: Wordlist, base: int | None) -> None:
    """Raise RevisionConflict if another revision than `base` is current. Call it under the lock."""
    if base is None:
        return
    current = wordlist.revisions.defer("text").filter(pk=wordlist.current_id or 0).first()
    if current is not None and current.number != base:
        raise RevisionConflict(wordlist.slug, base, current.number)


def resolve(reference: str, user: User | AnonymousUser | None) -> WordlistRevision:
    """Return the revision with the name `es@3`, or the current one of `es`, without its text.

    Reads the database on every call, so that every process uses a new revision at once.
    user: Who names the list; None for the operator, who may use all lists.
    Raises WordlistNotFound, with the same message for a list that the user may not use as for one
    that does not exist.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise WordlistNotFound(
            f"{reference!r} does not name a wordlist: use its slug, such as 'es', or a slug and a"
            " revision, such as 'es@3'"
        )
    slug, number = match.groups()
    revisions = WordlistRevision.objects.select_related("wordlist").defer("text")
    if number is None:
        revision = revisions.filter(wordlist__slug=slug, wordlist__current=F("pk")).first()
    else:
        revision = revisions.filter(wordlist__slug=slug, number=int(number)).first()
    if revision is None or not (user is None or revision.wordlist.may_use(user)):
        raise WordlistNotFound(_not_found_message(slug, number, user))
    return revision


def _not_found_message(slug: str, number: str | None, user: User | AnonymousUser | None) -> str:
    usable = Wordlist.objects.usable_by(user)
    last = usable.filter(slug=slug).aggregate(last=Max("revisions__number"))["last"]
    if number is not None and last is not None:
        return f"Wordlist {slug!r} has no revision {number}; its latest is {last}"
    slugs = list(Wordlist.objects.offered_to(user).values_list("slug", flat=True)[:SHOWN_SLUGS])
    there = "there are: " + ", ".join(slugs) if slugs else "there are none yet"
    return f"There is no wordlist {slug!r}; {there}"


def vocabulary_of(
    revision: WordlistRevision, n_words: int | None = None, style: Style | None = None
) -> Vocabulary:
    """Return the vocabulary of the first `n_words` entries of a revision.

    n_words: None, or a number above the size of the list, means all entries.
    style: None means the style of the list.
    Raises ValueError for n_words below 1, and WordlistNotFound if the list has been deleted since.
    """
    n_words = revision.word_count if n_words is None else min(n_words, revision.word_count)
    style = revision.wordlist.style if style is None else style
    return _vocabulary(revision.pk, revision.sha256, revision.wordlist.language, n_words, style)


def vocabulary_by_digest(digest: str, language: str, n_words: int, style: Style) -> Vocabulary:
    """Return the vocabulary that another process named by its content.

    digest: The sha256 of the entries. Any list may have the revision.
    Raises WordlistNotFound, and ValueError for n_words out of range.
    """
    pk = WordlistRevision.objects.filter(sha256=digest).values_list("pk", flat=True).first()
    if pk is None:
        raise WordlistNotFound(f"There is no wordlist revision with the sha256 {digest}")
    return _vocabulary(pk, digest, language, n_words, style)


# The key includes the digest because the database may be replaced while the process runs. A lexicon
# of 50,000 entries takes about 5 MB.
_cache = VocabularyCache(settings.LEXICON_CACHE_SIZE)


def _vocabulary(pk: int, sha256: str, language: str, n_words: int, style: Style) -> Vocabulary:
    unspaced = not orthography_for(language).spaced
    characters = unspaced and style.units is Units.CHARACTERS

    def make() -> Lexicon:
        revision = WordlistRevision.objects.filter(pk=pk, sha256=sha256).first()
        if revision is None:
            raise WordlistNotFound("The wordlist has been deleted in this moment")
        words = revision.words
        return _cache.lexicon_of(words, language, characters=characters)

    return _cache.get((pk, sha256, language, characters), sha256, n_words, style, make)
