"""Content negotiation for an API with one representation."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from generation.openai.errors import ApiError

MAX_NAME_CHARS = 50
JSON = "application/json"
# What clients send that do not say what the body is.
UNLABELLED = frozenset({"", "application/x-www-form-urlencoded"})


def content_encoding(request: Request) -> str:
    """Return how the body is compressed; "" if it is not."""
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    return "" if encoding == "identity" else encoding.replace("x-gzip", "gzip")[:MAX_NAME_CHARS]


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

        A view with a single parser uses it for every media type, and one that takes JSON too reads
        an unlabelled body as JSON, because `curl -d` labels JSON as a form. Raises ApiError for a
        body that is compressed and not JSON.
        """
        known = {parser.media_type: parser for parser in parsers}
        content_type = (request.content_type or "").split(";")[0].strip().lower()
        parser = known.get(content_type)
        if parser is None and len(known) == 1:
            parser = next(iter(known.values()))
        if parser is None and content_type in UNLABELLED:
            parser = known.get(JSON)
        encoding = content_encoding(request)
        is_json = parser is not None and parser.media_type == JSON
        if encoding and not (encoding == "gzip" and is_json):
            accepted = "without it, or gzip" if is_json else "without it"
            raise ApiError(
                415,
                f"Content-Encoding: {encoding!r} is not supported here. Send the body {accepted}.",
            )
        return parser
