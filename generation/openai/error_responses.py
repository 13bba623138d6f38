"""Error responses over HTTP, from the API's views and from Django itself.

Every path of the API answers an error with JSON. Django and its middleware answer some errors with
an HTML page, for example a bad Host header or an exception outside a view.
`in_openais_shape` replaces such a page.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import server_error as html_server_error
from rest_framework import status
from rest_framework.response import Response

from generation.openai.database_errors import is_unavailable
from generation.openai.errors import SERVER_ERROR, ApiError, as_api_error

# Paths of the API; all other paths are pages.
ROOTS = ("/v1", "/tokenize", "/detokenize")
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate", "x-should-retry")
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
    """Replace an HTML error page under a path of the API; return other responses unchanged."""
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
    """Answer any unknown path of the API."""
    return error_response(ApiError(404, f"Unknown request URL: {request.method} {request.path}."))


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
