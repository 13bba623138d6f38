"""The admin pages of revisions: the list of them, the facts of one, download."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header

from vocab.admin import panels
from vocab.admin.pages import user_of
from vocab.admin.restore_page import RestorePage
from vocab.admin.word_check_page import WordCheckPage
from vocab.admin.words_page import WordsPage
from vocab.export import FORMATS, file_name
from vocab.models import WordlistRevision

# On the page of a revision; another page has them all.
PREVIEW_WORDS = 50


@admin.register(WordlistRevision)
class WordlistRevisionAdmin(WordsPage, RestorePage, WordCheckPage):
    """Read-only, because revisions never change. The page of words saves the next one."""

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
        view = self.admin_site.admin_view(self.download_view)
        return [
            path("<int:pk>/download/", view, name="vocab_wordlistrevision_download"),
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
            context = {
                "title": str(revision),
                "subtitle": None,
                "preview": revision.words[:PREVIEW_WORDS],
                "formats": FORMATS,
                "is_current": self.is_current(revision),
                "may_change": revision.wordlist.may_change(user_of(request)),
            }
            if self.has_view_permission(request, revision):
                context["panels"] = panels.render(request, revision)
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        revision = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, revision):
            raise PermissionDenied
        name = request.GET.get("format", "txt")
        if name not in FORMATS:
            raise Http404(f"There is no format {name!r}.")
        disposition = content_disposition_header(True, file_name(revision, name))
        return HttpResponse(
            FORMATS[name].render(revision),
            content_type=FORMATS[name].content_type,
            headers={"Content-Disposition": disposition or "attachment"},
        )
