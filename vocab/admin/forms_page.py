"""The admin page that adds inflected forms to a list of headwords: a preview first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from vocab.admin.pages import admin_page, report_edit, user_of
from vocab.admin.words_form import sentence
from vocab.editing.add_forms import FormsPlan, plan_forms
from vocab.editing.operations import EditError
from vocab.editing.word_families import NoWordFamilies, forms_of
from vocab.models import Wordlist
from vocab.revisions import RevisionConflict, revise

if TYPE_CHECKING:
    WordlistModelAdmin = admin.ModelAdmin[Wordlist]
else:
    WordlistModelAdmin = admin.ModelAdmin

SHOWN_HEADWORDS = 50
# Django accepts 1,000 fields in a request, and each shown form is one.
SHOWN_FORMS = 600
MOST_FORMS = 500


class FormsPage(WordlistModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.add_forms_view)
        return [
            path("<int:pk>/add-forms/", view, name="vocab_wordlist_add_forms"),
            *super().get_urls(),
        ]

    def add_forms_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show which forms the list would get. A POST saves them, except those without a tick."""
        wordlist = get_object_or_404(Wordlist.objects.select_related("current"), pk=pk)
        if not wordlist.may_change(user_of(request)):
            raise PermissionDenied
        if wordlist.current is None:
            raise Http404("The list has no revision yet.")
        most = _number(request.POST.get("most") or request.GET.get("most") or "")
        left_out: set[str] = set()
        problem = ""
        try:
            known = forms_of(wordlist.language)
        except NoWordFamilies as error:
            return self._preview(request, wordlist, most, problem=sentence(error))
        if request.method == "POST":
            left_out = set(request.POST.getlist("shown")) - set(request.POST.getlist("form"))
            saved = self._save(request, wordlist, known, most, left_out)
            if isinstance(saved, HttpResponse):
                return saved
            problem = saved
            wordlist.refresh_from_db()
        plan = plan_forms(wordlist.current.words, known, most=most)
        return self._preview(request, wordlist, most, plan, left_out, problem)

    def _save(
        self,
        request: HttpRequest,
        wordlist: Wordlist,
        known: Mapping[str, Sequence[str]],
        most: int | None,
        left_out: set[str],
    ) -> HttpResponse | str:
        """Return the way to the new revision, or the problem in a sentence."""
        base = request.POST.get("base", "")
        if not base.isdecimal() or wordlist.current is None:
            raise BadRequest("base is the number of the current revision.")
        plan = plan_forms(wordlist.current.words, known, most=most, without=left_out)
        if not plan.forms:
            return "Tick at least one form."
        try:
            revision, edited = revise(
                wordlist,
                [plan.operation()],
                base=int(base),
                note=request.POST.get("note", "").strip(),
                user=user_of(request),
            )
        except (EditError, RevisionConflict) as error:
            return f"{sentence(error)} Nothing is saved."
        report_edit(self, request, revision, edited)
        return HttpResponseRedirect(revision.get_absolute_url())

    def _preview(
        self,
        request: HttpRequest,
        wordlist: Wordlist,
        most: int | None,
        plan: FormsPlan | None = None,
        left_out: set[str] | None = None,
        problem: str = "",
    ) -> HttpResponse:
        rows = _first_rows(plan.forms) if plan else []
        return admin_page(
            self,
            request,
            "wordlist/add_forms",
            title="Add inflected forms",
            wordlist=wordlist,
            most=most,
            plan=plan,
            rows=rows,
            entries_after=plan.count + wordlist.current.word_count
            if plan and wordlist.current
            else 0,
            left_out=left_out or set(),
            note=request.POST.get("note", ""),
            problem=problem,
        )


def _first_rows(forms: Mapping[str, list[str]]) -> list[tuple[str, list[str]]]:
    rows: list[tuple[str, list[str]]] = []
    count = 0
    for headword, its_forms in islice(forms.items(), SHOWN_HEADWORDS):
        count += 2 * len(its_forms)  # each has a hidden field besides its tick
        if rows and count > SHOWN_FORMS:
            break
        rows.append((headword, its_forms))
    return rows


def _number(text: str) -> int | None:
    """Raises BadRequest; the input of the page lets no such text through."""
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_FORMS:
        raise BadRequest(f"most is a whole number from 1 to {MOST_FORMS}.")
    return int(text)
