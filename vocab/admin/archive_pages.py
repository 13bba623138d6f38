"""Archive lists in the admin, and say why a list that others use cannot be deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import ProtectedError, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from vocab.admin.pages import admin_page, user_of
from vocab.models import Wordlist
from vocab.usage import uses_of

if TYPE_CHECKING:
    WordlistModelAdmin = admin.ModelAdmin[Wordlist]
else:
    WordlistModelAdmin = admin.ModelAdmin


class ArchivePages(WordlistModelAdmin):
    actions = ["archive_lists", "unarchive_lists"]
    delete_selected_confirmation_template = "admin/vocab/wordlist/delete_selected.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.archive_view))
        return [
            path("<int:pk>/archive/", view, name="vocab_wordlist_archive"),
            path(
                "<int:pk>/unarchive/",
                view,
                {"archived": False},
                name="vocab_wordlist_unarchive",
            ),
            *super().get_urls(),
        ]

    @admin.action(description="Archive the selected wordlists", permissions=["change"])
    def archive_lists(self, request: HttpRequest, wordlists: QuerySet[Wordlist]) -> None:
        self._set_archived(request, wordlists, archived=True)

    @admin.action(
        description="Take the selected wordlists out of the archive", permissions=["change"]
    )
    def unarchive_lists(self, request: HttpRequest, wordlists: QuerySet[Wordlist]) -> None:
        self._set_archived(request, wordlists, archived=False)

    def archive_view(self, request: HttpRequest, pk: int, archived: bool = True) -> HttpResponse:
        wordlist = get_object_or_404(Wordlist, pk=pk)
        if not wordlist.may_change(user_of(request)):
            raise PermissionDenied
        self._set_archived(request, Wordlist.objects.filter(pk=pk), archived=archived)
        return HttpResponseRedirect(reverse("admin:vocab_wordlist_change", args=[pk]))

    def _set_archived(
        self, request: HttpRequest, wordlists: QuerySet[Wordlist], *, archived: bool
    ) -> None:
        text = "Archived." if archived else "Taken out of the archive."
        names = []
        # One statement for each list says which ones this request has changed.
        for wordlist in wordlists:
            one = Wordlist.objects.filter(pk=wordlist.pk)
            if one.archive() if archived else one.unarchive():
                self.log_change(request, wordlist, text)
                names.append(wordlist.slug)
        if not names:
            self.message_user(request, "Nothing was changed.", messages.INFO)
        elif archived:
            text = f"Archived: {', '.join(names)}. Menus do not show archived lists. Jobs, aliases"
            text += " and requests that name them still work."
            self.message_user(request, text, messages.SUCCESS)
        else:
            text = f"Taken out of the archive: {', '.join(names)}."
            self.message_user(request, text, messages.SUCCESS)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Explain what uses the list, instead of Django's page with the rows that protect it."""
        wordlist = self.get_object(request, object_id)
        if wordlist is None or not self.has_delete_permission(request, wordlist):
            return super().delete_view(request, object_id, extra_context)
        if not uses_of(wordlist):
            try:
                return super().delete_view(request, object_id, extra_context)
            except ProtectedError:  # a job has begun to use it meanwhile
                pass
        return admin_page(
            self,
            request,
            "wordlist/in_use",
            status=409 if request.method == "POST" else 200,
            title="This wordlist is in use",
            wordlist=wordlist,
            uses=[f"{count:,} {kind}" for kind, count in uses_of(wordlist).items()],
            may_change=wordlist.may_change(user_of(request)),
        )
