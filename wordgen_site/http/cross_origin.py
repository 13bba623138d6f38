"""CORS headers of the responses that do not pass through Django's middleware.

A browser hides a response without them from the page: it would see a failed connection instead of
an error with a message. django-cors-headers decides, here as in the middleware.
"""

from __future__ import annotations

from corsheaders.middleware import CorsMiddleware
from django.http import HttpRequest, HttpResponse


def cors_headers(path: str, origin: str) -> dict[str, str]:
    """origin: The request's header `Origin`, or ""."""
    request = HttpRequest()
    request.path = request.path_info = path
    request.META["HTTP_ORIGIN"] = origin
    response = HttpResponse()
    del response.headers["Content-Type"]
    CorsMiddleware(lambda _: response).add_response_headers(request, response)
    return dict(response.headers)
