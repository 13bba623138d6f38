"""What the pages of this admin share."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.template.response import TemplateResponse

from vocab.editing.operations import Edited
from vocab.editing.search import Found, find
from vocab.models import Wordlist, WordlistRevision

WORDS_PER_PAGE = 100
SHOWN_SKIPPED = 10


def user_of(request: HttpRequest) -> User:
    return cast("User", request.user)  # admin_view rejects anonymous users


def admin_page(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    name: str,
    *,
    status: int = 200,
    **context: Any,
) -> TemplateResponse:
    """name: Of the template in templates/admin/vocab."""
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(
        request,
        f"admin/vocab/{name}.html",
        {**model_admin.admin_site.each_context(request), "opts": model_admin.opts, **context},
        status=status,
    )


def page_of_words(words: list[str], query: str, number: str | None) -> Page[Found]:
    """Return a page of the entries that contain the query. For a wrong number, the nearest page."""
    return Paginator(find(words, query), WORDS_PER_PAGE).get_page(number)


def report_edit(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    revision: WordlistRevision,
    edited: Edited,
) -> None:
    """Log what was done with the list, and say it, with the words that were skipped."""
    if edited.is_changed:
        lists = model_admin.admin_site.get_model_admin(Wordlist)
        lists.log_change(
            request, revision.wordlist, f"Revision {revision.number}: {edited.summary()}."
        )
        text = f"Revision {revision} is the current one now: {edited.summary()}."
        model_admin.message_user(request, text, messages.SUCCESS)
    else:
        model_admin.message_user(request, "Nothing was changed.", messages.INFO)
    if edited.skipped:
        shown = "; ".join(
            f"{skipped.word}: {skipped.reason}" for skipped in edited.skipped[:SHOWN_SKIPPED]
        )
        more = len(edited.skipped) - SHOWN_SKIPPED
        shown += f"; and {more:,} more" if more > 0 else ""
        model_admin.message_user(request, f"Skipped: {shown}.", messages.WARNING)
