from __future__ import annotations

from collections.abc import Sequence

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class IgnoreAccept(BaseContentNegotiation):
    """The API has one representation; a client that asks for `text/event-stream` is not refused."""

    def select_renderer(
        self,
        request: Request,
        renderers: Sequence[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type

    def select_parser(self, request: Request, parsers: Sequence[object]) -> object:
        """Return the parser for the request's media type, None for 415."""
        content_type = (request.content_type or "").split(";")[0].strip().lower()
        for parser in parsers:
            if getattr(parser, "media_type", None) == content_type:
                return parser
        return None
