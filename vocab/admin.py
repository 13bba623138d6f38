"""The admin pages of wordlists and their revisions: lists, search and download."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from vocab import admin_panels, exchange
from vocab.admin_uploads import UploadAdmin
from vocab.models import STYLE_FIELDS, Wordlist, WordlistRevision
from vocab.uploads.report import SHOWN_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    RevisionModelAdmin = admin.ModelAdmin[WordlistRevision]
else:
    RevisionModelAdmin = admin.ModelAdmin

MAX_SEARCH_RESULTS = 100


@admin.register(Wordlist)
class WordlistAdmin(UploadAdmin):
    list_display = ["slug", "title", "language", "current_revision", "entries", "changed"]
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
    readonly_fields = ["slug", "language", "current_revision", "entries"]

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

    def get_deleted_objects(
        self, objs: Sequence[Wordlist] | QuerySet[Wordlist], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        to_delete, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        # No user may delete a single revision, but deleting a list deletes its revisions.
        perms_needed.discard(str(WordlistRevision._meta.verbose_name))
        return to_delete, counts, perms_needed, protected


@admin.register(WordlistRevision)
class WordlistRevisionAdmin(RevisionModelAdmin):
    """Read-only, because revisions never change. Users search, download and make one current."""

    list_display = [
        "wordlist",
        "number",
        "entries",
        "short_digest",
        "is_current",
        "note",
        "created_by",
        "created_at",
    ]
    list_display_links = ["wordlist", "number"]
    search_fields = ["wordlist__slug", "note", "sha256"]
    fields = [
        "wordlist_link",
        "number",
        "is_current",
        "entries",
        "ranked",
        "note",
        "created_by",
        "created_at",
        "sha256",
    ]
    readonly_fields = ["wordlist_link", "is_current", "entries"]
    view_on_site = False  # the absolute URL is this page

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: WordlistRevision | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: WordlistRevision | None = None
    ) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[WordlistRevision]:
        revisions = super().get_queryset(request)
        return revisions.select_related("wordlist", "created_by").defer("text")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/download/",
                wrap(self.download_view),
                name="vocab_wordlistrevision_download",
            ),
            path(
                "<int:pk>/make-current/",
                wrap(require_POST(self.make_current_view)),
                name="vocab_wordlistrevision_make_current",
            ),
            *super().get_urls(),
        ]

    @admin.display(description="wordlist")
    def wordlist_link(self, revision: WordlistRevision) -> str:
        url = reverse("admin:vocab_wordlist_change", args=[revision.wordlist_id])
        return format_html('<a href="{}">{}</a>', url, revision.wordlist)

    @admin.display(ordering="word_count")
    def entries(self, revision: WordlistRevision) -> str:
        return f"{revision.word_count:,}"

    @admin.display(description="digest", ordering="sha256")
    def short_digest(self, revision: WordlistRevision) -> str:
        return format_html("<code>{}</code>", revision.sha256[:12])

    @admin.display(description="current", boolean=True)
    def is_current(self, revision: WordlistRevision) -> bool:
        return revision.wordlist.current_id == revision.pk

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        revision = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if revision is not None:  # otherwise Django's view answers, also about permissions
            context = self._words_context(request, revision)
            if self.has_view_permission(request, revision):
                context["panels"] = admin_panels.render(request, revision)
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def _words_context(self, request: HttpRequest, revision: WordlistRevision) -> dict[str, Any]:
        words = revision.words
        query = unicodedata.normalize("NFC", request.GET.get("q", "")).strip()
        found = []
        if query:
            wanted = query.casefold()
            found = [
                (rank, word) for rank, word in enumerate(words, 1) if wanted in word.casefold()
            ]
        return {
            "title": str(revision),
            "subtitle": None,
            "preview": words[:SHOWN_ENTRIES],
            "query": query,
            "found": found[:MAX_SEARCH_RESULTS],
            "found_total": len(found),
            "may_make_current": _may_make_current(request)
            and revision.wordlist.current_id != revision.pk,
        }

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        revision = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, revision):
            raise PermissionDenied
        disposition = content_disposition_header(True, exchange.file_name(revision))
        return HttpResponse(
            exchange.render_revision(revision),
            content_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": disposition or "attachment"},
        )

    def make_current_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        revision = get_object_or_404(self.get_queryset(request), pk=pk)
        if not _may_make_current(request):
            raise PermissionDenied
        exchange.make_current(revision)
        wordlists = self.admin_site.get_model_admin(Wordlist)
        wordlists.log_change(
            request, revision.wordlist, f"Made revision {revision.number} current."
        )
        self.message_user(request, f"Revision {revision} is now the current one.", messages.SUCCESS)
        return HttpResponseRedirect(revision.get_absolute_url())


def _may_make_current(request: HttpRequest) -> bool:
    return request.user.has_perm("vocab.change_wordlist")
