"""The admin pages of revisions: search, download and "make current"."""

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

from vocab import exchange
from vocab.admin import panels
from vocab.models import Wordlist, WordlistRevision
from vocab.uploads import SHOWN_ENTRIES

if TYPE_CHECKING:
    RevisionModelAdmin = admin.ModelAdmin[WordlistRevision]
else:
    RevisionModelAdmin = admin.ModelAdmin

MAX_SEARCH_RESULTS = 100


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
                context["panels"] = panels.render(request, revision)
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
