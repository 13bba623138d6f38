"""The admin page with all entries of a revision: search, and change the current one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from vocab.admin.pages import admin_page, page_of_words, report_edit, user_of
from vocab.admin.words_form import WordsForm
from vocab.editing.operations import EditError
from vocab.models import WordlistRevision
from vocab.revisions import RevisionConflict, revise

if TYPE_CHECKING:
    RevisionModelAdmin = admin.ModelAdmin[WordlistRevision]
else:
    RevisionModelAdmin = admin.ModelAdmin


class WordsPage(RevisionModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.words_view)
        return [
            path("<int:pk>/words/", view, name="vocab_wordlistrevision_words"),
            *super().get_urls(),
        ]

    def words_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a page of entries. A POST saves the next revision."""
        revision = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, revision):
            raise PermissionDenied
        query = request.GET.get("q", "").strip()
        page = page_of_words(revision.words, query, request.GET.get("p"))
        context: dict[str, Any] = {"query": query, "page": page}
        if request.method != "POST":
            return self._words_page(request, revision, WordsForm.of_page(list(page)), **context)
        if not revision.wordlist.may_change(user_of(request)):
            raise PermissionDenied
        form = WordsForm.of_post(request.POST)
        return self._save(request, revision, form, context) or self._words_page(
            request, revision, form, **context
        )

    def _save(
        self,
        request: HttpRequest,
        revision: WordlistRevision,
        form: WordsForm,
        context: dict[str, Any],
    ) -> HttpResponse | None:
        """Return the way to the new revision, or None if the form has to be shown again."""
        ranks = {word: rank for rank, word in enumerate(revision.words, 1)}
        operations = form.operations(ranks)
        base = request.POST.get("base") or str(revision.number)
        if not base.isdecimal():
            raise BadRequest("base is the number of a revision.")
        if form.has_errors:
            return None
        try:
            saved, edited = revise(
                revision.wordlist,
                operations,
                base=int(base),
                note=form.note.strip(),
                user=user_of(request),
            )
        except EditError as error:
            form.take_error(error)
            return None
        except RevisionConflict as error:
            form.errors[""] = f"{error}. Nothing is saved. What you typed is still here."
            return None
        report_edit(self, request, saved, edited)
        kept = {"q": context["query"], "p": context["page"].number}
        return HttpResponseRedirect(f"{words_url(saved)}?{urlencode(kept)}")

    def _words_page(
        self, request: HttpRequest, revision: WordlistRevision, form: WordsForm, **context: Any
    ) -> HttpResponse:
        wordlist = revision.wordlist
        wordlist.refresh_from_db(fields=["current"])
        return admin_page(
            self,
            request,
            "wordlistrevision/words",
            title=f"Words of {revision}",
            wordlist=wordlist,
            revision=revision,
            current=wordlist.current,
            is_current=wordlist.current_id == revision.pk,
            # After a conflict the form stays, although the revision is an old one now.
            editable=wordlist.may_change(user_of(request))
            and (wordlist.current_id == revision.pk or form.has_errors),
            form=form,
            **context,
        )


def words_url(revision: WordlistRevision) -> str:
    return reverse("admin:vocab_wordlistrevision_words", args=[revision.pk])
