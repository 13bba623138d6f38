"""The admin pages for uploading a wordlist file: upload, report, save or cancel.

    add_view, new_revision_view ──(a valid file)──▶ draft_view ──▶ the wordlist's page

This module has the pages, the permission checks and the messages. `vocab.uploads` processes the
data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from vocab.forms import (
    DETAILS,
    SLUG_TAKEN,
    DetailsForm,
    NewRevisionForm,
    NewWordlistForm,
    as_sentence,
)
from vocab.models import Wordlist, WordlistDraft
from vocab.uploads import Report, confirm, report_on, save_draft
from vocab.words.language_tag import rules_note
from vocab.words.parse import WordlistError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    WordlistModelAdmin = admin.ModelAdmin[Wordlist]
else:
    WordlistModelAdmin = admin.ModelAdmin


class UploadAdmin(WordlistModelAdmin):
    """The part of the wordlist admin that handles uploaded files."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/new-revision/",
                wrap(self.new_revision_view),
                name="vocab_wordlist_new_revision",
            ),
            path("drafts/<int:pk>/", wrap(self.draft_view), name="vocab_wordlist_draft"),
            *super().get_urls(),
        ]

    # --- step one: the file ----------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the upload form instead of Django's form, so that every list has entries."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewWordlistForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            draft = save_draft(
                _user(request),
                form.cleaned_data["file"].name,
                form.content,
                fields={name: form.cleaned_data[name] for name in DETAILS},
            )
            return _redirect("draft", draft.pk)
        return self._page(
            request,
            "upload",
            title="Add wordlist",
            form=form,
            adminform=self._adminform(form, [*DETAILS, "file"]),
            wordlist=None,
        )

    def new_revision_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        wordlist = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, wordlist):
            raise PermissionDenied
        form = NewRevisionForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            draft = save_draft(
                _user(request),
                form.cleaned_data["file"].name,
                form.content,
                wordlist=wordlist,
                note=form.cleaned_data["note"],
            )
            return _redirect("draft", draft.pk)
        return self._page(
            request,
            "upload",
            title="New revision",
            form=form,
            adminform=self._adminform(form, ["file", "note"]),
            wordlist=wordlist,
        )

    # --- step two: the report --------------------------------------------------------------------

    def draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the report; on POST save the draft or delete it."""
        draft = get_object_or_404(WordlistDraft, pk=pk, created_by=_user(request))
        if not self._may_confirm(request, draft):
            raise PermissionDenied
        if request.method == "POST" and "_cancel" in request.POST:
            return self._cancel(request, draft)
        # The details of a new list can be corrected here, for example if another user has taken its
        # slug since the upload.
        details = None
        if draft.wordlist is None:
            posted = request.POST if request.method == "POST" else None
            details = DetailsForm(posted, initial=draft.fields)
        try:
            if request.method == "POST" and (details is None or details.is_valid()):
                response = self._confirm(request, draft, details)
                if response is not None:
                    return response
            report = report_on(draft)
        except WordlistError as error:
            self.message_user(request, as_sentence(error), messages.ERROR)
            return self._cancel(request, draft)
        return self._report_page(request, draft, report, details)

    def _may_confirm(self, request: HttpRequest, draft: WordlistDraft) -> bool:
        if draft.wordlist is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, draft.wordlist)

    def _confirm(
        self, request: HttpRequest, draft: WordlistDraft, details: DetailsForm | None
    ) -> HttpResponse | None:
        """Save the draft. Return None if the slug was taken between the check and the saving."""
        try:
            revision, created = confirm(draft, details.save(commit=False) if details else None)
        except WordlistDraft.DoesNotExist as error:
            raise Http404("This upload has already been saved.") from error
        except IntegrityError:
            if details is None:
                raise
            details.add_error("slug", SLUG_TAKEN)
            return None
        wordlist = revision.wordlist
        if details is not None:
            self.log_addition(request, wordlist, [{"added": {}}])
            text = f"The wordlist {wordlist} was added with {revision.word_count:,} entries."
            note = rules_note(wordlist.language)
            if note:
                self.message_user(request, note, messages.WARNING)
        elif created:
            text = (
                f"Revision {revision} was saved with {revision.word_count:,} entries and is now"
                " the current one."
            )
            self.log_change(request, wordlist, f"Added revision {revision.number}.")
        else:
            text = f"The file has the entries of {revision}, which is now the current revision."
            self.log_change(request, wordlist, f"Made revision {revision.number} current.")
        self.message_user(request, text, messages.SUCCESS)
        return _redirect("change", wordlist.pk)

    def _cancel(self, request: HttpRequest, draft: WordlistDraft) -> HttpResponse:
        draft.delete()
        self.message_user(request, "Nothing was saved.", messages.INFO)
        if draft.wordlist_id is None:
            return _redirect("changelist")
        return _redirect("change", draft.wordlist_id)

    def _report_page(
        self,
        request: HttpRequest,
        draft: WordlistDraft,
        report: Report,
        details: DetailsForm | None,
    ) -> HttpResponse:
        return self._page(
            request,
            "report",
            title="Check before saving",
            draft=draft,
            report=report,
            wordlist=draft.wordlist,
            form=details,
            adminform=self._details_adminform(details) if details else None,
        )

    # --- both ------------------------------------------------------------------------------------

    def _adminform(self, form: Any, names: list[str]) -> AdminForm:
        return AdminForm(form, [(None, {"fields": names})], {}, model_admin=self)

    def _details_adminform(self, form: DetailsForm) -> AdminForm:
        """Return the details as a collapsed fieldset. Django expands it if it has errors."""
        options = {"fields": [*DETAILS], "classes": ["collapse"]}
        return AdminForm(form, [("Name, language and origin", options)], {}, model_admin=self)

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            f"admin/vocab/wordlist/{name}.html",
            {**self.admin_site.each_context(request), "opts": self.opts, **context},
        )


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)  # admin_view rejects anonymous users


def _redirect(view: str, *args: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(f"admin:vocab_wordlist_{view}", args=args))
