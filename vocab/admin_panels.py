"""What other parts of the project add to the admin's page of a revision.

This part knows nothing of those built on it, so they register here, from their own `admin.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.safestring import SafeString

from vocab.models import WordlistRevision

# Called each time the page is opened by somebody who may see the revision: it must be quick unless
# the request asks for more.
Panel = Callable[[HttpRequest, WordlistRevision], SafeString]

_panels: list[Panel] = []


def register(panel: Panel) -> Panel:
    """Show the HTML that `panel` returns; can be used as a decorator."""
    _panels.append(panel)
    return panel


def render(request: HttpRequest, revision: WordlistRevision) -> list[SafeString]:
    return [panel(request, revision) for panel in _panels]
