"""Errors in OpenAI's shape: `{"error": {"message", "type", "param", "code"}}`, always all four."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import server_error as html_server_error
from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    MethodNotAllowed,
    NotAuthenticated,
    ParseError,
    PermissionDenied,
    Throttled,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.response import Response

from generation.engine.contract import (
    EngineBusy,
    EngineError,
    EngineOutOfMemory,
    EngineStopped,
    GenerationCancelled,
    InvalidPrompt,
    InvalidRequest,
    ModelUnavailable,
    NoContinuation,
    PromptTooLong,
)

logger = logging.getLogger(__name__)

INVALID_REQUEST = "invalid_request_error"
SERVER_ERROR = "server_error"
MODEL_RETRY_AFTER = 30  # seconds
STOPPED_RETRY_AFTER = 5
# OpenAI's clients repeat 408, 409, 429 and 5xx unless they are told that it cannot help.
NO_RETRY = {"x-should-retry": "false"}


class ApiError(APIException):
    """An error whose every field is known where it is raised."""

    def __init__(
        self,
        status_code: int,
        message: str,
        *,
        kind: str = INVALID_REQUEST,
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message
        self.kind = kind
        self.param = param
        self.code = code
        self.headers = headers or {}

    @property
    def body(self) -> dict[str, Any]:
        return {
            "error": {
                "message": self.message,
                "type": self.kind,
                "param": self.param,
                "code": self.code,
            }
        }


def as_api_error(error: Exception) -> ApiError:
    """Say any exception in OpenAI's words. What is not the client's fault tells no details."""
    match error:
        case ApiError():
            return error
        case ValidationError():
            return _from_validation(error)
        case NotAuthenticated():
            return ApiError(
                401,
                "You didn't provide an API key. Send it as 'Authorization: Bearer KEY'.",
                code="invalid_api_key",
            )
        case AuthenticationFailed():
            return ApiError(401, str(error.detail), code="invalid_api_key")
        case PermissionDenied():
            return ApiError(403, str(error.detail))
        case Http404():
            return ApiError(404, "Not found.")
        case MethodNotAllowed():
            return ApiError(405, str(error.detail), code="method_not_supported")
        case RequestDataTooBig():
            return ApiError(413, "The request body is too large.", code="request_too_large")
        case UnsupportedMediaType():
            return ApiError(415, str(error.detail))
        case Throttled():
            return ApiError(429, str(error.detail), kind="rate_limit_error")
        case ParseError():
            return ApiError(400, f"The request body cannot be read: {error.detail}")
        case EngineError():
            return _from_engine(error)
        case APIException():
            return ApiError(error.status_code, str(error.detail))
        case _:
            logger.error("unhandled error", exc_info=error)
            return ApiError(500, "The server had an error.", kind=SERVER_ERROR)


def _from_engine(error: EngineError) -> ApiError:
    match error:
        case EngineBusy():
            return ApiError(
                429,
                str(error),
                kind="rate_limit_error",
                code="rate_limit_exceeded",
                headers={"Retry-After": str(error.retry_after)},
            )
        case PromptTooLong():
            return ApiError(400, str(error), param="messages", code="context_length_exceeded")
        case InvalidRequest():
            return ApiError(400, str(error), param=error.param, code="invalid_value")
        case EngineOutOfMemory():
            return ApiError(400, str(error), param="messages", code="context_length_exceeded")
        case EngineStopped():
            return ApiError(
                503,
                str(error),
                kind=SERVER_ERROR,
                code="engine_stopped",
                headers={"Retry-After": str(STOPPED_RETRY_AFTER)},
            )
        case InvalidPrompt():
            return ApiError(400, str(error), param="messages", code="invalid_value")
        case ModelUnavailable():
            return ApiError(
                503,
                str(error),
                kind=SERVER_ERROR,
                code="model_unavailable",
                headers={"Retry-After": str(MODEL_RETRY_AFTER)},
            )
        case NoContinuation():  # the same list and model would fail again
            return ApiError(500, str(error), kind=SERVER_ERROR, headers=NO_RETRY)
        case GenerationCancelled():
            return ApiError(499, str(error), code="cancelled")
        case _:
            return ApiError(500, str(error), kind=SERVER_ERROR)


# DRF's codes on the left, OpenAI's on the right.
_CODES = {
    "required": "missing_required_parameter",
    "null": "invalid_type",
    "invalid": "invalid_type",
    "not_a_list": "invalid_type",
    "not_a_dict": "invalid_type",
    "min_value": "integer_below_min_value",
    "max_value": "integer_above_max_value",
    "empty": "empty_array",
    "max_length": "string_above_max_length",
    "blank": "invalid_value",
    "invalid_choice": "invalid_value",
    "unicode": "invalid_value",
    "null_characters_not_allowed": "invalid_value",
    "surrogate_characters_not_allowed": "invalid_value",
    "max_string_length": "invalid_value",
}


def _from_validation(error: ValidationError) -> ApiError:
    """Name the first field that is wrong, by its path: `messages[2].role`."""
    path, detail = _first_error(error.detail, "")
    code = getattr(detail, "code", "invalid")
    message = f"{path}: {detail}" if path else str(detail)
    return ApiError(400, message, param=path or None, code=_CODES.get(code, code))


def _first_error(detail: Any, path: str) -> tuple[str, Any]:
    while True:
        if isinstance(detail, dict):
            key, detail = next((key, value) for key, value in detail.items() if value)
            if key == "non_field_errors":
                continue
            # DRF keys the errors of a list's elements by their index.
            path += f"[{key}]" if isinstance(key, int) else f".{key}" if path else str(key)
        elif isinstance(detail, list):
            index = next(position for position, value in enumerate(detail) if value)
            if isinstance(detail[index], dict):
                path += f"[{index}]"
            detail = detail[index]
        else:
            return path, detail


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    api_error = as_api_error(error)
    headers = dict(api_error.headers)
    if api_error.status_code == status.HTTP_401_UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(api_error.body, status=api_error.status_code, headers=headers)


def not_found(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Any path under /v1 that nothing answers."""
    error = ApiError(404, f"Unknown request URL: {request.method} {request.path}.")
    return JsonResponse(error.body, status=error.status_code)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's last resort: JSON under /v1, its own page elsewhere."""
    if not request.path.startswith("/v1"):
        return html_server_error(request)
    error = ApiError(500, "The server had an error.", kind=SERVER_ERROR)
    return JsonResponse(error.body, status=error.status_code)
