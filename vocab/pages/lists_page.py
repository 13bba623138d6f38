"""The page of all lists that a user may write with, and the page of one list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.views.generic import TemplateView

from vocab.models import Wordlist
from vocab.pages.app_page import AppPage
from vocab.uploads.drafts import open_drafts

if TYPE_CHECKING:
    from django.contrib.auth.models import User

WORDS_PER_PAGE = 500


def lists_of(user: User) -> QuerySet[Wordlist]:
    """Return the lists for a user's menus in their order."""
    lists = Wordlist.objects.offered_to(user).select_related("current", "owner")
    # The text of a revision may have megabytes.
    return lists.defer("current__text").in_menu_order(user)


class ListsPage(AppPage, TemplateView):
    template_name = "vocab/lists.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = cast("User", self.request.user)
        lists = list(lists_of(user))
        others = [each for each in lists if each.owner_id != user.pk]
        return super().get_context_data(
            own=[each for each in lists if each.owner_id == user.pk],
            for_learners=[each for each in others if each.for_learners],
            others=[each for each in others if not each.for_learners],
            drafts=open_drafts(user),
            may_change={each.pk for each in lists if each.may_change(user)},
            **kwargs,
        )


class ListPage(AppPage, TemplateView):
    template_name = "vocab/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = cast("User", self.request.user)
        lists = Wordlist.objects.usable_by(user).select_related("current__created_by", "owner")
        wordlist = get_object_or_404(lists, slug=self.kwargs["slug"])
        words = wordlist.current.words if wordlist.current else []
        page = Paginator(words, WORDS_PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            wordlist=wordlist,
            revision=wordlist.current,
            page=page,
            may_change=wordlist.may_change(user) and wordlist.archived_at is None,
            **kwargs,
        )
