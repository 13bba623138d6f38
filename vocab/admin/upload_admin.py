"""The admin pages for uploading a wordlist file: upload, report, save or cancel.

    add_view, new_revision_view ──(a valid file)──▶ draft_view ──▶ the wordlist's page

They are the pages of `vocab.pages` with the admin's frame and permissions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.generic import View

from vocab.models import Visibility, Wordlist, WordlistDraft, WordlistRevision
from vocab.pages.draft_view import DraftView
from vocab.pages.upload_view import UploadView

if TYPE_CHECKING:
    WordlistModelAdmin = admin.ModelAdmin[Wordlist]
else:
    WordlistModelAdmin = admin.ModelAdmin


class AdminPage(View):
    """A mixin for views in the admin. `admin_view` has checked that the user is of the staff."""

    model_admin: Any = None
    title = ""

    def frame(self, wordlist: Wordlist | None) -> dict[str, Any]:
        """Return what the admin's templates need."""
        site = self.model_admin.admin_site
        self.request.current_app = site.name
        opts = self.model_admin.opts
        close_url = _url("change", wordlist.pk) if wordlist else _url("changelist")
        return {
            **site.each_context(self.request),
            "opts": opts,
            "title": self.title,
            "close_url": close_url,
        }


class AdminUploadView(AdminPage, UploadView):
    template_name = "admin/vocab/wordlist/upload.html"
    visibility = Visibility.SHARED

    def find_wordlist(self) -> Wordlist | None:
        pk = self.kwargs.get("pk")
        if pk is None:
            if not self.model_admin.has_add_permission(self.request):
                raise PermissionDenied
            return None
        lists = self.model_admin.get_queryset(self.request)
        wordlist: Wordlist = get_object_or_404(lists, pk=pk)
        if not self.model_admin.has_change_permission(self.request, wordlist):
            raise PermissionDenied
        return wordlist

    def draft_url(self, draft: WordlistDraft) -> str:
        return _url("draft", draft.pk)

    def page_context(self) -> dict[str, Any]:
        return self.frame(self.find_wordlist())


class AdminDraftView(AdminPage, DraftView):
    template_name = "admin/vocab/wordlist/report.html"
    title = "Check before saving"

    def check_permission(self, draft: WordlistDraft) -> None:
        if draft.wordlist is None:
            allowed = self.model_admin.has_add_permission(self.request)
        else:
            allowed = self.model_admin.has_change_permission(self.request, draft.wordlist)
        if not allowed:
            raise PermissionDenied

    def saved(self, revision: WordlistRevision, *, is_new_list: bool, created: bool) -> str:
        wordlist = revision.wordlist
        if is_new_list:
            self.model_admin.log_addition(self.request, wordlist, [{"added": {}}])
            text = f"The wordlist {wordlist} was added with {revision.word_count:,} entries."
        elif created:
            text = (
                f"Revision {revision} was saved with {revision.word_count:,} entries and is now"
                " the current one."
            )
            change = f"Added revision {revision.number}."
            self.model_admin.log_change(self.request, wordlist, change)
        else:
            text = f"The file has the entries of {revision}, which is now the current revision."
            change = f"Made revision {revision.number} current."
            self.model_admin.log_change(self.request, wordlist, change)
        messages.success(self.request, text)
        return _url("change", wordlist.pk)

    def cancelled(self, draft: WordlistDraft) -> str:
        if draft.wordlist_id is None:
            return _url("changelist")
        return _url("change", draft.wordlist_id)

    def page_context(self, draft: WordlistDraft) -> dict[str, Any]:
        return self.frame(draft.wordlist)


class UploadAdmin(WordlistModelAdmin):
    """The part of the wordlist admin that handles uploaded files."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        revise = AdminUploadView.as_view(model_admin=self, title="New revision")
        report = AdminDraftView.as_view(model_admin=self)
        return [
            path("<int:pk>/new-revision/", wrap(revise), name="vocab_wordlist_new_revision"),
            path("drafts/<int:pk>/", wrap(report), name="vocab_wordlist_draft"),
            *super().get_urls(),
        ]

    def add_view(  # type: ignore[override]  # the response is not rendered yet
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Show the upload form instead of Django's form, so that every list has entries."""
        return AdminUploadView.as_view(model_admin=self, title="Add wordlist")(request)


def _url(view: str, *args: int) -> str:
    return reverse(f"admin:vocab_wordlist_{view}", args=args)
