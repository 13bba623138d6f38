"""The admin page that makes an older revision the current one and says first what that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from vocab.admin.pages import admin_page, user_of
from vocab.editing.compare import compare
from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import RevisionConflict, restore

if TYPE_CHECKING:
    RevisionModelAdmin = admin.ModelAdmin[WordlistRevision]
else:
    RevisionModelAdmin = admin.ModelAdmin


class RestorePage(RevisionModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.restore_view)
        return [
            path("<int:pk>/restore/", view, name="vocab_wordlistrevision_restore"),
            *super().get_urls(),
        ]

    def restore_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        revision = get_object_or_404(self.get_queryset(request), pk=pk)
        wordlist = revision.wordlist
        if not (
            self.has_view_permission(request, revision) and wordlist.may_change(user_of(request))
        ):
            raise PermissionDenied
        problem = ""
        if request.method == "POST":
            base = request.POST.get("base", "")
            if not base.isdecimal():
                raise BadRequest("base is the number of the current revision.")
            try:
                restore(wordlist, revision.number, base=int(base))
            except RevisionConflict as error:
                problem = f"{error}. Nothing is saved."
            else:
                lists = self.admin_site.get_model_admin(Wordlist)
                lists.log_change(request, wordlist, f"Made revision {revision.number} current.")
                text = f"Revision {revision} is the current one now."
                self.message_user(request, text, messages.SUCCESS)
                return HttpResponseRedirect(revision.get_absolute_url())
        wordlist.refresh_from_db(fields=["current"])
        current = wordlist.current
        return admin_page(
            self,
            request,
            "wordlistrevision/restore",
            title=f"Restore {revision}",
            wordlist=wordlist,
            revision=revision,
            current=current,
            problem=problem,
            comparison=compare(current.words if current else [], revision.words),
        )
