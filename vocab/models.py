"""Wordlists and their immutable revisions."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case as SqlCase
from django.db.models import Q, Value, When
from django.urls import reverse
from django.utils import timezone

import vocab.instructions.instruction  # noqa: F401 - Django finds its table here
from vocab.words.orthography import (
    Brackets,
    Case,
    Hyphens,
    Numbers,
    Punctuation,
    Style,
    Units,
    orthography_for,
)
from vocab.words.parse import digest
from vocab.words.segmenting.segmenters import SegmenterMissing, segmenter_for

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

# The slugs of the starter lists for learners: es-learner.
LEARNER_SUFFIX = "-learner"
# A slug names a list in requests (`vocab_lang`), so it may look like a language tag: es-419.
SLUG = r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}"
LANGUAGE_TAG = r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*"


STYLE_FIELDS = tuple(field.name for field in dataclasses.fields(Style))


class RevisionIsImmutable(ValidationError):
    """Code tried to save a stored revision again."""


def _choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in kind]


class Visibility(models.TextChoices):
    """Who may use a list. Its owner, and users with the admin's permission, may change it."""

    PRIVATE = "private", "private: only its owner"
    SHARED = "shared", "shared: all users of this server"
    STARTER = "starter", "starter: all users; it comes with the server"


class WordlistQuerySet(models.QuerySet["Wordlist"]):
    def usable_by(self, user: User | AnonymousUser | None) -> Self:
        """The lists that have entries and that a user may write with, archived ones too.

        user: None for the operator, who may use all.
        """
        lists = self.filter(current__isnull=False)
        if user is None or user.has_perm("vocab.view_wordlist"):
            return lists
        own = Q(owner__isnull=False, owner=user.pk)  # an anonymous user's key is None
        return lists.filter(~Q(visibility=Visibility.PRIVATE) | own)

    def offered_to(self, user: User | AnonymousUser | None) -> Self:
        """The lists for a user's menus."""
        return self.usable_by(user).filter(archived_at__isnull=True)

    def in_menu_order(self, user: User | AnonymousUser) -> Self:
        """The user's own lists first, then those for learners, then the others, by their slugs."""
        place = SqlCase(
            When(owner__isnull=False, owner=user.pk, then=Value(0)),
            When(visibility=Visibility.STARTER, slug__endswith=LEARNER_SUFFIX, then=Value(1)),
            default=Value(2),
        )
        return self.order_by(place, "slug")

    def archive(self) -> int:
        """Archive those that are not archived yet. Return how many these were."""
        return self.filter(archived_at__isnull=True).update(archived_at=timezone.now())

    def unarchive(self) -> int:
        return self.filter(archived_at__isnull=False).update(archived_at=None)


class Wordlist(models.Model):
    """A named list, whose entries are those of its `current` revision.

    owner: None for the lists of the server.
    archived_at: An archived list is in no menu. Requests and jobs that name it still work.
    numbers .. units: The style of replies to requests that do not choose one.
    """

    slug = models.CharField(
        max_length=64,
        unique=True,
        validators=[RegexValidator(rf"^{SLUG}\Z", "Use letters, digits, - and _, at most 64.")],
        help_text="What requests call the list: the value of vocab_lang, such as es or es-a2.",
    )
    title = models.CharField(max_length=200)
    language = models.CharField(
        max_length=35,
        validators=[RegexValidator(rf"^{LANGUAGE_TAG}\Z", "Use a BCP-47 tag such as es or pt-BR.")],
        help_text="BCP-47 tag, such as es or pt-BR. It decides casing and punctuation.",
    )
    source = models.CharField(max_length=500, blank=True, help_text="Where the words come from.")
    licence = models.CharField(max_length=200, blank=True)
    numbers = models.CharField(
        max_length=16,
        choices=_choices(Numbers),
        default=Numbers.ALL,
        help_text="Digits in replies: none, whole numbers, or all (times, prices, %).",
    )
    punctuation = models.CharField(
        max_length=16,
        choices=_choices(Punctuation),
        default=Punctuation.PLAIN,
        help_text="Plain prose; minimal: only . , ? !; markdown: headings, bullets, emphasis;"
        " exercise: gaps, labels of items, boxes, sums.",
    )
    case = models.CharField(
        max_length=16,
        choices=_choices(Case),
        default=Case.SENTENCE,
        help_text=(
            "Capitals: at the start of sentences, also of whole words (emphasis), anywhere (free),"
            " or only those of entries."
        ),
    )
    hyphens = models.CharField(
        max_length=16,
        choices=_choices(Hyphens),
        default=Hyphens.LISTED,
        help_text="Hyphens: only in entries that have one, or also between pairs of entries.",
    )
    brackets = models.CharField(
        max_length=16,
        choices=_choices(Brackets),
        default=Brackets.WORDS,
        help_text="Brackets: only around whole words, or also around parts of words: dog(s).",
    )
    units = models.CharField(
        max_length=16,
        choices=_choices(Units),
        default=Units.CHARACTERS,
        help_text=(
            "Chinese, Japanese, Thai: replies of listed characters, or of words that a segmenter"
            " finds and the list has (needs the extra 'segmenters')."
        ),
    )
    current = models.ForeignKey(
        "WordlistRevision", null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    # A list outlives its owner, because jobs and aliases of others may use it.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="wordlists",
        help_text="Who may change the list without the admin. Empty: nobody.",
    )
    visibility = models.CharField(
        max_length=16, choices=Visibility.choices, default=Visibility.SHARED
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WordlistQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def for_learners(self) -> bool:
        """Whether it is one of the project's lists of everyday words."""
        return self.visibility == Visibility.STARTER and self.slug.endswith(LEARNER_SUFFIX)

    def may_use(self, user: User | AnonymousUser) -> bool:
        """Return whether a user may write with the list and read its entries."""
        if self.visibility != Visibility.PRIVATE:
            return True
        return self._is_owned_by(user) or user.has_perm("vocab.view_wordlist")

    def may_change(self, user: User | AnonymousUser) -> bool:
        return self._is_owned_by(user) or user.has_perm("vocab.change_wordlist")

    def _is_owned_by(self, user: User | AnonymousUser) -> bool:
        return self.owner_id is not None and self.owner_id == user.pk

    def clean(self) -> None:
        """Raise ValidationError if replies would need a segmenter that is not installed."""
        super().clean()
        if self.units == Units.WORDS and not orthography_for(self.language).spaced:
            try:
                segmenter_for(self.language)
            except SegmenterMissing as error:
                raise ValidationError({"units": str(error)}) from error

    @property
    def style(self) -> Style:
        return Style(**{name: getattr(self, name) for name in STYLE_FIELDS})


class WordlistRevision(models.Model):
    """One version of a list's entries, in rank order. Immutable.

    text: The entries joined by newlines.
    sha256: The digest of `text`.
    ranked: False if the order of the entries says nothing about how common they are. The first n
        words of such a list mean nothing.
    """

    wordlist = models.ForeignKey(Wordlist, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    word_count = models.PositiveIntegerField()
    ranked = models.BooleanField(default=True)
    note = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["wordlist", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["wordlist", "number"], name="revision_number_once"),
            models.UniqueConstraint(
                fields=["wordlist", "sha256", "ranked"], name="revision_content_once"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row. Raises RevisionIsImmutable if it exists."""
        if not self._state.adding:
            raise RevisionIsImmutable(f"Revision {self.reference} exists and cannot be changed.")
        self.sha256 = digest(self.words)
        self.word_count = len(self.words)
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("admin:vocab_wordlistrevision_change", args=[self.pk])

    @property
    def reference(self) -> str:
        """The name of this revision in requests: `es@3`."""
        return f"{self.wordlist.slug}@{self.number}"

    @property
    def words(self) -> list[str]:
        return self.text.split("\n")


class WordlistDraft(models.Model):
    """An upload that its owner has not confirmed yet.

    options: The choices of a person that replace guesses; `vocab.uploads.choices` has their form.
    edits: What a person typed instead of cells: line number -> cell -> text. An empty text leaves
        the cell out.
    affixes: The .aff file of a hunspell dictionary.
    """

    wordlist = models.ForeignKey(Wordlist, null=True, on_delete=models.CASCADE)
    fields = models.JSONField(default=dict)  # slug, title, ... of a new list
    filename = models.CharField(max_length=255)
    note = models.CharField(max_length=500, blank=True)
    content = models.BinaryField()
    affixes = models.BinaryField(null=True)
    options = models.JSONField(default=dict)
    edits = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.filename} ({self.created_by})"
