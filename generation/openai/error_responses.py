"""Error responses over HTTP, from the API's views and from Django itself.

Every path of the API answers an error with JSON. Django and its middleware answer some errors with
an HTML page, for example a bad Host header or an exception outside a view.
`in_openais_shape` replaces such a page.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, URLResolver, get_resolver, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import server_error as html_server_error
from rest_framework import status
from rest_framework.response import Response

from generation.openai.database_errors import is_unavailable
from generation.openai.errors import MAX_PATH_CHARS, SERVER_ERROR, ApiError, as_api_error

# Paths of the API; all other paths are pages.
ROOTS = ("/v1", "/tokenize", "/detokenize", "/mcp")
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate", "x-should-retry")
_PARAMETER = re.compile(r"<[^>]*>")
MESSAGES = {
    400: "The request cannot be read.",
    404: "Not found.",
    413: "The request body is too large.",
    500: "The server had an error.",
}


def is_api_path(path: str) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in ROOTS)


def error_response(error: ApiError) -> HttpResponse:
    response = JsonResponse(error.body, status=error.status_code, headers=error.headers)
    # Django's middleware sets this header, but some of these responses do not pass through it.
    response.headers["Content-Length"] = str(len(response.content))
    return response


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Turn an exception of a view into a response. REST framework calls this."""
    api_error = as_api_error(error)
    headers = dict(api_error.headers)
    if api_error.status_code == status.HTTP_401_UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(api_error.body, status=api_error.status_code, headers=headers)


def in_openais_shape(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Replace an HTML error page under a path of the API; return other responses unchanged.

    A path that only lacks its /v1 gets an error that says so.
    """
    if response.status_code == 404 and not is_api_path(request.path):
        return not_found(request) if is_endpoint(f"/v1{request.path}") else response
    if response.status_code < 400 or not is_api_path(request.path):
        return response
    if response.headers.get("Content-Type", "").startswith("application/json"):
        return response
    replacement = error_response(plain_error(response.status_code))
    for name in KEPT_HEADERS:
        if name in response.headers:
            replacement.headers[name] = response.headers[name]
    response.close()
    return replacement


def plain_error(status_code: int) -> ApiError:
    """Return an error for a status code alone."""
    message = MESSAGES.get(status_code)
    if message is None:
        try:
            message = f"{HTTPStatus(status_code).phrase}."
        except ValueError:
            message = "The request failed."
    if status_code >= 500:
        return ApiError(status_code, message, kind=SERVER_ERROR)
    code = {405: "method_not_supported", 413: "request_too_large"}.get(status_code)
    return ApiError(status_code, message, code=code)


@csrf_exempt  # otherwise a POST without a cookie gets a CSRF error instead of this one
def not_found(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Answer any unknown path of the API, with the most similar one."""
    message = f"Unknown request URL: {request.method} {request.path}."
    if similar := similar_path(request.path):
        message += f" Did you mean {similar}?"
    return error_response(ApiError(404, message))


def similar_path(path: str) -> str | None:
    """Return the endpoint that a client probably means; None if there is none."""
    if len(path) > MAX_PATH_CHARS:
        return None
    for tried in (f"/v1{path}", path.rstrip("/")):
        if is_endpoint(tried):
            return tried
    return next(iter(get_close_matches(path, endpoints(), 1)), None)


def is_endpoint(path: str) -> bool:
    try:
        return is_api_path(path) and resolve(path).func is not not_found
    except Resolver404:
        return False


def endpoints(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[str]:
    """Yield the paths of the API's endpoints without regular expressions.

    A parameter of a path is written as ID.
    """
    for pattern in (resolver or get_resolver()).url_patterns:
        path = f"{prefix}{_PARAMETER.sub('ID', str(pattern.pattern))}"
        if isinstance(pattern, URLResolver):
            yield from endpoints(pattern, path)
        elif "^" not in path and is_api_path(path):
            yield path


def unknown_host(request: HttpRequest) -> HttpResponse | None:
    """Return an error that names the host if it is not one of ALLOWED_HOSTS."""
    try:
        request.get_host()
    except DisallowedHost:
        host = request.META.get("HTTP_HOST", "")[:MAX_PATH_CHARS]
        message = (
            f"The host {host!r} is not allowed: ALLOWED_HOSTS, a setting of this server, does not"
            " contain it. Add it there, or call the server by a name that is."
        )
        return error_response(ApiError(400, message))
    return None


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: JSON for the API, Django's own page elsewhere.

    503 if the database is the cause. Django calls this while it handles the exception.
    """
    cause = sys.exception()
    if isinstance(cause, Exception) and is_unavailable(cause):
        error = as_api_error(cause)
        if is_api_path(request.path):
            return error_response(error)
        return HttpResponse(
            error.message,
            status=error.status_code,
            headers=error.headers,
            content_type="text/plain",
        )
    if not is_api_path(request.path):
        return html_server_error(request)
    return error_response(plain_error(500))
