"""Answers that are made before Django has a request: they get an id and a JSON body as well.

Django answers a query string that is no UTF-8 without asking its middleware, and daphne a path or
a header that is none without asking Django. (What is not even HTTP is answered by Twisted.)
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from daphne.http_protocol import WebRequest
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpResponse

from generation.openai.error_responses import error_response, plain_error
from wordgen_site.http.middleware import REQUEST_ID


class ApiHandler(ASGIHandler):
    """Django's handler, whose own refusals have the API's shape."""

    def create_request(  # type: ignore[override]
        self, scope: dict[str, Any], body_file: Any
    ) -> tuple[ASGIRequest | None, HttpResponse | None]:
        request, refusal = super().create_request(scope, body_file)
        if refusal is not None:
            refusal = error_response(plain_error(refusal.status_code))
            refusal.headers[REQUEST_ID] = uuid.uuid4().hex
        return request, refusal


def basic_error(request: WebRequest, status: int, status_text: bytes, body: str) -> None:
    """In the place of daphne's method of this name, which sends a page.

    status_text: of the status line. body: what was wrong.
    """
    error = plain_error(status)
    error.message = f"{body.removesuffix('.')}."
    headers = [
        (b"Content-Type", b"application/json"),
        (REQUEST_ID.encode(), uuid.uuid4().hex.encode()),
    ]
    request.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
    content = json.dumps(error.body).encode()
    request.handle_reply({"type": "http.response.body", "body": content})
