"""Errors over HTTP: those of the API's views, and those that no view of it made.

Every path of the API answers an error with JSON. Django and its middleware answer some before a
view is reached, or after one failed (a bad Host header, a fault outside a view), with a page, in
debug mode with a traceback: `in_openais_shape` puts ours in its place.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import server_error as html_server_error
from rest_framework import status
from rest_framework.response import Response

from generation.openai.errors import SERVER_ERROR, ApiError, as_api_error

# The roots of the API; everything else is pages.
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
    # Where Django's own middleware, which else sees to it, is not asked.
    response.headers["Content-Length"] = str(len(response.content))
    return response


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """What REST framework calls with whatever a view raised."""
    api_error = as_api_error(error)
    headers = dict(api_error.headers)
    if api_error.status_code == status.HTTP_401_UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(api_error.body, status=api_error.status_code, headers=headers)


def in_openais_shape(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The response, or ours in its place if it is an error page under a path of the API."""
    if response.status_code < 400 or not is_api_path(request.path):
        return response
    if response.headers.get("Content-Type", "").startswith("application/json"):
        return response
    ours = error_response(plain_error(response.status_code))
    for name in KEPT_HEADERS:
        if name in response.headers:
            ours.headers[name] = response.headers[name]
    response.close()
    return ours


def plain_error(status_code: int) -> ApiError:
    """An error of which nothing is known but its status."""
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


@csrf_exempt  # else a POST without a cookie would be refused before it is told what is wrong
def not_found(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Any path of the API that nothing answers."""
    return error_response(ApiError(404, f"Unknown request URL: {request.method} {request.path}."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's last resort: JSON for the API, its own page elsewhere."""
    if not is_api_path(request.path):
        return html_server_error(request)
    return error_response(plain_error(500))
