"""The upload pages of the application, for every logged-in user."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import pluralize
from django.urls import reverse

from vocab.models import Wordlist, WordlistDraft, WordlistRevision
from vocab.pages.app_page import AppPage
from vocab.pages.draft_view import DraftView
from vocab.pages.upload_view import UploadView


class UploadPage(AppPage, UploadView):
    """A new list at /uploads/, a new revision at /lists/SLUG/upload/."""

    template_name = "vocab/upload.html"

    def find_wordlist(self) -> Wordlist | None:
        slug = self.kwargs.get("slug")
        if slug is None:
            return None
        wordlist = get_object_or_404(Wordlist.objects.offered_to(self.request.user), slug=slug)
        if not wordlist.may_change(self.request.user):
            raise PermissionDenied
        return wordlist

    def draft_url(self, draft: WordlistDraft) -> str:
        return reverse("upload-report", args=[draft.pk])


class ReportPage(AppPage, DraftView):
    template_name = "vocab/report.html"

    def check_permission(self, draft: WordlistDraft) -> None:
        if draft.wordlist is not None and not draft.wordlist.may_change(self.request.user):
            raise PermissionDenied

    def saved(self, revision: WordlistRevision, *, is_new_list: bool, created: bool) -> str:
        count = f"{revision.word_count:,} word{pluralize(revision.word_count)}"
        if is_new_list:
            text = f"The list was saved with {count}."
        elif created:
            text = f"Revision {revision.number} was saved with {count} and is now in use."
        else:
            text = f"Revision {revision.number} already had these words and is now in use again."
        messages.success(self.request, text)
        return reverse("list", args=[revision.wordlist.slug])

    def cancelled(self, draft: WordlistDraft) -> str:
        if draft.wordlist is None:
            return reverse("lists")
        return reverse("list", args=[draft.wordlist.slug])
