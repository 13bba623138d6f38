"""The admin of model aliases, and a panel on the page of a wordlist revision: which of its words
can the model not write?

The check takes about a second and reads the model's tokenizer, so it only runs when a button is
pressed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from generation.aliases.admin import ModelAliasAdmin
from generation.constraint.lint.wordlist import USUAL_TOKENS, WordlistLint, lint_wordlist
from generation.engine.contract import ModelUnavailable
from generation.engine.loading.tokenizer import load_tokenizer
from generation.serving.embedded_model import prepared_source
from vocab.admin import panels
from vocab.models import WordlistRevision
from vocab.revisions import vocabulary_of

__all__ = ["ModelAliasAdmin"]  # importing it registers the page

SHOWN_UNREACHABLE = 200
SHOWN_LONG_PATHS = 100
KEPT_RESULTS = 16


@panels.register
def lint_panel(request: HttpRequest, revision: WordlistRevision) -> SafeString:
    context: dict[str, Any] = {"model": settings.SERVED_MODEL_NAME, "revision": revision}
    if request.GET.get("lint"):
        try:
            lint = lint_of(revision.pk, revision.sha256, prepared_source())
        except ModelUnavailable as error:
            context["problem"] = str(error)
        else:
            context |= {
                "lint": lint,
                "usual_tokens": USUAL_TOKENS,
                "unreachable": lint.unreachable[:SHOWN_UNREACHABLE],
                "long_paths": lint.long_paths[:SHOWN_LONG_PATHS],
            }
    return render_to_string("admin/generation/wordlist_lint.html", context, request)


# A revision never changes, and neither does the tokenizer of a running process. The digest is in
# the key because the database of a running process can be replaced.
@lru_cache(maxsize=KEPT_RESULTS)
def lint_of(pk: int, sha256: str, source: str) -> WordlistLint:
    """Raises ModelUnavailable, which is not cached."""
    revision = WordlistRevision.objects.select_related("wordlist").get(pk=pk, sha256=sha256)
    tokenizer = load_tokenizer(
        source, token=settings.HF_TOKEN, trust_remote_code=settings.TRUST_REMOTE_CODE
    )
    return lint_wordlist(
        vocabulary_of(revision).lexicon,
        tokenizer.table,
        tokenizer.encode_inside,
        tokenizer=settings.SERVED_MODEL_NAME,
    )
