"""The admin page that compares two revisions of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from vocab.admin.pages import admin_page
from vocab.editing.compare import Comparison, compare
from vocab.models import Wordlist, WordlistRevision

if TYPE_CHECKING:
    WordlistModelAdmin = admin.ModelAdmin[Wordlist]
else:
    WordlistModelAdmin = admin.ModelAdmin

# Of each kind of change, unless all are asked for.
SHOWN_CHANGES = 200


class ComparePage(WordlistModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.compare_view)
        return [
            path("<int:pk>/compare/", view, name="vocab_wordlist_compare"),
            *super().get_urls(),
        ]

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Compare the revisions with the numbers `before` and `after`: by default the last two."""
        wordlist = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, wordlist):
            raise PermissionDenied
        revisions = list(wordlist.revisions.defer("text").order_by("-number"))
        if not revisions:
            raise Http404("The list has no revision yet.")
        current = wordlist.current.number if wordlist.current else revisions[0].number
        after = _chosen(revisions, request.GET.get("after"), current)
        earlier = [other.number for other in revisions if other.number < after.number]
        before = _chosen(revisions, request.GET.get("before"), max(earlier, default=after.number))
        show_all = bool(request.GET.get("all"))
        comparison = compare(before.words, after.words)
        return admin_page(
            self,
            request,
            "wordlist/compare",
            title="Compare revisions",
            wordlist=wordlist,
            revisions=revisions,
            before=before,
            after=after,
            comparison=comparison,
            ranked_changed=before.ranked != after.ranked,
            all=show_all,
            limit=SHOWN_CHANGES,
            shown=":" if show_all else f":{SHOWN_CHANGES}",
            is_cut=_longest(comparison) > SHOWN_CHANGES,
        )


def _chosen(
    revisions: list[WordlistRevision], number: str | None, otherwise: int
) -> WordlistRevision:
    wanted = number or str(otherwise)
    for revision in revisions:
        if str(revision.number) == wanted:
            return revision
    raise Http404(f"The list has no revision {wanted!r}.")


def _longest(comparison: Comparison) -> int:
    return max(
        len(comparison.added),
        len(comparison.removed),
        len(comparison.recased),
        len(comparison.moved),
    )
