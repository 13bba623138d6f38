"""Errors that Django answers before its middleware runs: they get a request id and a JSON body too.

Django refuses a query string that is not UTF-8 in this way. Daphne's own refusals are in
`daphne_patches.py`, those of a head that is too long in `request_heads.py`. Twisted answers other
requests that are not HTTP.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpResponse

from generation.openai.error_responses import error_response, plain_error
from wordgen_site.http.cross_origin import cors_headers
from wordgen_site.http.middleware import REQUEST_ID


class ApiHandler(ASGIHandler):
    """Django's handler; its own refusals have the API's shape."""

    def create_request(  # type: ignore[override]
        self, scope: dict[str, Any], body_file: Any
    ) -> tuple[ASGIRequest | None, HttpResponse | None]:
        request, refusal = super().create_request(scope, body_file)
        if refusal is not None:
            refusal = error_response(plain_error(refusal.status_code))
            refusal.headers[REQUEST_ID] = uuid.uuid4().hex
            origin = dict(scope["headers"]).get(b"origin", b"").decode("latin1")
            for name, value in cors_headers(scope["path"], origin).items():
                refusal.headers[name] = value
        return request, refusal
