"""The page at `/`, a form and the result. The consumer does the work."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db.models import F
from django.views.generic import TemplateView

from generation.aliases.resolver import aliases_of
from generation.playground.options_form import OptionsForm
from vocab.models import Wordlist
from vocab.pages.app_page import AppPage

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DEFAULT_N_WORDS = 1000


class PlaygroundView(AppPage, TemplateView):
    template_name = "playground.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # values(), because a revision's text can have megabytes and is not needed.
        user = cast("User", self.request.user)
        wordlists = (
            Wordlist.objects.offered_to(user)
            .in_menu_order(user)
            .values(
                "slug",
                "title",
                "language",
                number=F("current__number"),
                word_count=F("current__word_count"),
                ranked=F("current__ranked"),
            )
        )
        offered = {wordlist["slug"] for wordlist in wordlists}
        return super().get_context_data(
            wordlists=list(wordlists),
            aliases=[
                (alias.name, alias.binding.slug, json.dumps(alias.binding.fields))
                for alias in aliases_of(None)
                if alias.binding.slug in offered
            ],
            default_n_words=DEFAULT_N_WORDS,
            options=OptionsForm(),
            model=settings.SERVED_MODEL_NAME,
            **kwargs,
        )
