"""Content negotiation for an API with one representation."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class IgnoreAccept(BaseContentNegotiation):
    """Ignore the Accept header: a client that accepts only `text/event-stream` is served too."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Return the parser for the request's media type.

        A view with a single parser uses it for every media type, because `curl -d` labels JSON as a
        form.
        """
        content_type = (request.content_type or "").split(";")[0].strip().lower()
        known = {parser.media_type: parser for parser in parsers}
        if content_type in known or len(known) > 1:
            return known.get(content_type)
        return next(iter(known.values()))
