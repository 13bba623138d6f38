"""An error response that is sent on a connection without the application, before Django sees it."""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from typing import Any

from twisted.web.http_headers import Headers

from generation.openai.errors import ApiError
from wordgen_site.http.cross_origin import cors_headers
from wordgen_site.http.middleware import REQUEST_ID, log_access


def send_refusal(
    channel: Any, error: ApiError, *, method: str = "-", path: str = "", origin: str = ""
) -> None:
    """Write the response and a line of the access log. The caller closes the connection."""
    request_id = uuid.uuid4().hex
    content = json.dumps(error.body).encode()
    headers = Headers()
    headers.addRawHeader(b"Content-Type", b"application/json")
    headers.addRawHeader(b"Content-Length", str(len(content)).encode())
    headers.addRawHeader(b"Connection", b"close")
    headers.addRawHeader(REQUEST_ID.encode(), request_id.encode())
    for name, value in (error.headers | cors_headers(path, origin)).items():
        headers.addRawHeader(name.encode(), value.encode())
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        headers.addRawHeader(b"WWW-Authenticate", b"Bearer")
    phrase = HTTPStatus(error.status_code).phrase.encode()
    channel.writeHeaders(b"HTTP/1.1", str(error.status_code).encode(), phrase, headers)
    channel.write(content)
    log_access(method, path, error.status_code, 0, request_id)
