"""A panel on the page of a revision: what a person may want to change in its words, with buttons
that make the next revision.

The check takes up to two seconds, so it only runs when a button is pressed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from vocab.admin import panels
from vocab.admin.pages import user_of
from vocab.lint.report import CannotFix
from vocab.models import Wordlist, WordlistRevision
from vocab.revision_fixes import fix_revision, report_on_revision
from vocab.revisions import RevisionConflict

if TYPE_CHECKING:
    RevisionModelAdmin = admin.ModelAdmin[WordlistRevision]
else:
    RevisionModelAdmin = admin.ModelAdmin

SHOWN_CHANGES = 60
# Of the query of a revision's page, and the panel's place in it.
ASK = "check"
ANCHOR = "word-check"


@panels.register
def word_check_panel(request: HttpRequest, revision: WordlistRevision) -> SafeString:
    context: dict[str, Any] = {"revision": revision, "ask": ASK, "anchor": ANCHOR}
    if request.GET.get(ASK):
        report = report_on_revision(revision)
        context |= {
            "report": report,
            "findings": [(finding, finding.changes[:SHOWN_CHANGES]) for finding in report.findings],
            "may_fix": revision.wordlist.may_change(user_of(request)),
            "is_current": revision.wordlist.current_id == revision.pk,
        }
    return render_to_string("admin/vocab/wordlistrevision/word_check.html", context, request)


class WordCheckPage(RevisionModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.fix_view))
        return [
            path("<int:pk>/fix/", view, name="vocab_wordlistrevision_fix"),
            *super().get_urls(),
        ]

    def fix_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Fix one kind (POST `kind`) and show the new revision, checked again."""
        revision = get_object_or_404(self.get_queryset(request), pk=pk)
        if not (
            self.has_view_permission(request, revision)
            and revision.wordlist.may_change(user_of(request))
        ):
            raise PermissionDenied
        shown = revision
        try:
            kind = request.POST.get("kind", "")
            shown, fixed = fix_revision(revision, [kind], user=user_of(request))
        except (CannotFix, RevisionConflict) as error:
            self.message_user(request, f"Nothing was changed: {error}.", messages.ERROR)
        else:
            lists = self.admin_site.get_model_admin(Wordlist)
            lists.log_change(request, shown.wordlist, f"{fixed.note}, in revision {shown.number}.")
            entries = f"{shown.word_count:,} entries"
            text = f"{fixed.note}. {shown} has {entries} and is now the current one."
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(f"{shown.get_absolute_url()}?{ASK}=1#{ANCHOR}")
