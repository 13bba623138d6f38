"""The admin pages of wordlists: the list of lists and the details of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from vocab.admin.archive_pages import ArchivePages
from vocab.admin.compare_page import ComparePage
from vocab.admin.coverage_page import CoveragePage
from vocab.admin.forms_page import FormsPage
from vocab.admin.upload_admin import UploadAdmin
from vocab.models import STYLE_FIELDS, Wordlist, WordlistRevision

if TYPE_CHECKING:
    from collections.abc import Sequence


class ArchivedFilter(admin.SimpleListFilter):
    title = "archived"
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "No"), ("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Wordlist]) -> QuerySet[Wordlist]:
        if self.value() is None:
            return queryset
        return queryset.filter(archived_at__isnull=self.value() != "yes")


@admin.register(Wordlist)
class WordlistAdmin(UploadAdmin, ComparePage, CoveragePage, FormsPage, ArchivePages):
    list_display = [
        "slug",
        "title",
        "language",
        "current_revision",
        "entries",
        "changed",
        "shown_to",
        "archived",
    ]
    list_filter = [ArchivedFilter, "visibility", "language"]
    autocomplete_fields = ["owner"]
    search_fields = ["slug", "title", "language", "source"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "slug",
                    "title",
                    "language",
                    "source",
                    "licence",
                    "current_revision",
                    "entries",
                    "owner",
                    "visibility",
                    "archived_at",
                ]
            },
        ),
        (
            "How replies are written",
            {
                "fields": list(STYLE_FIELDS),
                "description": "Used for requests without these fields (vocab_numbers, ...).",
            },
        ),
    ]
    # Requests name the slug, and the language decides the spelling of the words. A change of either
    # would break clients that use the list.
    readonly_fields = ["slug", "language", "current_revision", "entries", "archived_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wordlist]:
        # The text of a revision may be several megabytes long.
        return super().get_queryset(request).select_related("current").defer("current__text")

    @admin.display(description="current revision", ordering="current__number")
    def current_revision(self, wordlist: Wordlist) -> str | None:
        if wordlist.current is None:
            return None
        url = wordlist.current.get_absolute_url()
        return format_html('<a href="{}">{}@{}</a>', url, wordlist.slug, wordlist.current.number)

    @admin.display(ordering="current__word_count")
    def entries(self, wordlist: Wordlist) -> str | None:
        return f"{wordlist.current.word_count:,}" if wordlist.current else None

    @admin.display(description="last revision", ordering="current__created_at")
    def changed(self, wordlist: Wordlist) -> Any:
        return wordlist.current.created_at if wordlist.current else None

    @admin.display(description="visibility", ordering="visibility")
    def shown_to(self, wordlist: Wordlist) -> str:
        return str(wordlist.visibility)  # without the explanation of the form

    @admin.display(boolean=True, ordering="archived_at")
    def archived(self, wordlist: Wordlist) -> bool:
        return wordlist.archived_at is not None

    def get_deleted_objects(
        self, objs: Sequence[Wordlist] | QuerySet[Wordlist], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        to_delete, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        # No user may delete a single revision, but deleting a list deletes its revisions.
        perms_needed.discard(str(WordlistRevision._meta.verbose_name))
        return to_delete, counts, perms_needed, protected
