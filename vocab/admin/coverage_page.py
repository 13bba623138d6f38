"""The admin page that says how much of a pasted text a list covers, and adds missing words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from vocab.admin.pages import admin_page, report_edit, user_of
from vocab.admin.words_form import sentence
from vocab.editing.coverage import MAX_TEXT_CHARS, coverage
from vocab.editing.operations import Add, EditError
from vocab.models import Wordlist
from vocab.revisions import RevisionConflict, limits, revise
from vocab.words.orthography import orthography_for
from vocab.words.segmenting.segmenters import SegmenterMissing

if TYPE_CHECKING:
    WordlistModelAdmin = admin.ModelAdmin[Wordlist]
else:
    WordlistModelAdmin = admin.ModelAdmin

SHOWN_MISSING = 300


class TextForm(forms.Form):
    text = forms.CharField(
        max_length=MAX_TEXT_CHARS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "class": "vLargeTextField", "dir": "auto"}),
        help_text=f"At most {MAX_TEXT_CHARS:,} characters.",
    )


class CoveragePage(WordlistModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.coverage_view)
        return [
            path("<int:pk>/coverage/", view, name="vocab_wordlist_coverage"),
            *super().get_urls(),
        ]

    def coverage_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the coverage of a posted text. With words to add, save a revision first."""
        wordlist = get_object_or_404(Wordlist.objects.select_related("current"), pk=pk)
        user = user_of(request)
        if not (self.has_view_permission(request, wordlist) or wordlist.may_change(user)):
            raise PermissionDenied
        if wordlist.current is None:
            raise Http404("The list has no revision yet.")
        form = TextForm(request.POST if request.method == "POST" else None)
        context: dict[str, Any] = {"form": form, "may_change": wordlist.may_change(user)}
        if request.method == "POST" and "_add" in request.POST:
            context["problem"] = self._add_words(request, wordlist)
            context["ticked"] = set(request.POST.getlist("add")) if context["problem"] else set()
            wordlist.refresh_from_db()
        if form.is_valid():
            try:
                context |= _measured(wordlist, form.cleaned_data["text"])
            except SegmenterMissing as error:
                context["problem"] = sentence(error)
        return admin_page(
            self,
            request,
            "wordlist/coverage",
            title="Coverage of a text",
            wordlist=wordlist,
            revision=wordlist.current,
            **context,
        )

    def _add_words(self, request: HttpRequest, wordlist: Wordlist) -> str:
        """Return the problem in a sentence, or an empty text."""
        user = user_of(request)
        if not wordlist.may_change(user):
            raise PermissionDenied
        base = request.POST.get("base", "")
        if not base.isdecimal():
            raise BadRequest("base is the number of the current revision.")
        words = request.POST.getlist("add")
        if not words:
            return "Tick at least one word."
        try:
            revision, edited = revise(wordlist, [Add(words)], base=int(base), user=user)
        except (EditError, RevisionConflict) as error:
            return f"{sentence(error)} Nothing is saved."
        report_edit(self, request, revision, edited)
        return ""


def _measured(wordlist: Wordlist, text: str) -> dict[str, Any]:
    """Raises SegmenterMissing."""
    revision = wordlist.current
    if revision is None:
        return {}
    words, orthography = revision.words, orthography_for(wordlist.language)
    found = coverage(text, words, orthography, wordlist.style, limits())
    return {
        "coverage": found,
        "percent": 100 * found.share,
        "shares": [(n, 100 * share) for n, share in found.of_first if revision.ranked],
        "needed": [(100 * share, n) for share, n in found.needed if revision.ranked],
        "missing": found.missing[:SHOWN_MISSING],
    }
