"""A registry of panels that other apps add to the admin page of a revision.

This app does not import the apps that build on it; they register their panels from their own
`admin.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.safestring import SafeString

from vocab.models import WordlistRevision

# Called each time a user who may see the revision opens the page. It must return quickly, unless
# the request asks for more.
Panel = Callable[[HttpRequest, WordlistRevision], SafeString]

_panels: list[Panel] = []


def register(panel: Panel) -> Panel:
    """Show the HTML that `panel` returns on the page of each revision. Usable as a decorator."""
    _panels.append(panel)
    return panel


def render(request: HttpRequest, revision: WordlistRevision) -> list[SafeString]:
    return [panel(request, revision) for panel in _panels]
