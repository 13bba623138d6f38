"""Errors in OpenAI's shape: `{"error": {"message", "type", "param", "code"}}`, with all four keys.

`as_api_error` converts any exception to this shape, for the API, the WebSockets and the batch
worker. The HTTP responses are in `error_responses.py`.
"""

from __future__ import annotations

import logging
import math
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404
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
from generation.openai.database_errors import is_unavailable
from vocab.revisions import WordlistNotFound

logger = logging.getLogger(__name__)

INVALID_REQUEST = "invalid_request_error"
SERVER_ERROR = "server_error"
MODEL_RETRY_AFTER = 30  # seconds
STOPPED_RETRY_AFTER = 5
DATABASE_RETRY_AFTER = 5
DATABASE_UNAVAILABLE = "The database is not available at the moment."
MAX_PATH_CHARS = 200  # maximum characters of a client's own text in an error message

# OpenAI's clients retry after 408, 409, 429 and 5xx, unless the response has this header.
NO_RETRY = {"x-should-retry": "false"}


class ApiError(APIException):
    """An error with all of OpenAI's fields.

    A 409 tells clients not to retry, because the conflict remains until something else changes.

    details: More for programs, beside `error` in the body.
    """

    def __init__(
        self,
        status_code: int,
        message: str,
        *,
        kind: str = INVALID_REQUEST,
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message
        self.kind = kind
        self.param = param
        self.code = code
        self.details = details or {}
        self.headers = (NO_RETRY if status_code == 409 else {}) | (headers or {})

    @property
    def body(self) -> dict[str, Any]:
        return {
            "error": {
                "message": self.message,
                "type": self.kind,
                "param": self.param,
                "code": self.code,
            },
            **self.details,
        }


def as_api_error(error: Exception) -> ApiError:
    """Convert any exception. An unexpected one is logged, and the client sees no details."""
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
            return ApiError(403, str(error.detail), code=_permission_code(error))
        case WordlistNotFound():  # deleted since it was found
            return ApiError(404, str(error), code="wordlist_not_found")
        case Http404():
            return ApiError(404, "Not found.")
        case MethodNotAllowed():
            return ApiError(405, str(error.detail), code="method_not_supported")
        case RequestDataTooBig():
            return ApiError(413, "The request body is too large.", code="request_too_large")
        case SuspiciousOperation():
            return ApiError(400, f"The request cannot be read: {error}")
        case UnsupportedMediaType():
            return ApiError(415, str(error.detail))
        case Throttled():
            seconds = getattr(error, "wait", None)
            wait = {"Retry-After": str(math.ceil(seconds))} if seconds else {}
            return ApiError(
                429,
                str(error.detail),
                kind="rate_limit_error",
                code="rate_limit_exceeded",
                headers=wait,
            )
        case ParseError():
            return ApiError(400, f"The request body cannot be read: {error.detail}")
        case EngineError():
            return _from_engine(error)
        case _ if is_unavailable(error):
            logger.error("database unavailable error=%s", error)
            return ApiError(
                503,
                DATABASE_UNAVAILABLE,
                kind=SERVER_ERROR,
                code="database_unavailable",
                headers={"Retry-After": str(DATABASE_RETRY_AFTER)},
            )
        case APIException():
            return ApiError(error.status_code, str(error.detail))
        case _:
            logger.error("unhandled error", exc_info=error)
            return ApiError(500, "The server had an error.", kind=SERVER_ERROR)


def _permission_code(error: PermissionDenied) -> str | None:
    code = error.get_codes()
    return code if isinstance(code, str) and code != error.default_code else None


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
            return ApiError(400, str(error), param=error.param, code="context_length_exceeded")
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
            return ApiError(400, str(error), param=error.param, code="invalid_value")
        case ModelUnavailable():
            return ApiError(
                503,
                str(error),
                kind=SERVER_ERROR,
                code="model_unavailable",
                headers={"Retry-After": str(MODEL_RETRY_AFTER)},
            )
        case NoContinuation():  # a retry with the same list and model fails again
            return ApiError(500, str(error), kind=SERVER_ERROR, headers=NO_RETRY)
        case GenerationCancelled():
            return ApiError(499, str(error), code="cancelled")
        case _:
            return ApiError(500, str(error), kind=SERVER_ERROR)


# REST framework's codes and OpenAI's.
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
    """Report the first invalid field by its path, such as `messages[2].role`."""
    path, detail = _first_error(error.detail, "")
    if not path:
        return ApiError(400, str(detail))
    path = _printable(path)
    code = getattr(detail, "code", "invalid")  # a plain string has none
    return ApiError(
        400, f"{path}: {_printable(str(detail))}", param=path, code=_CODES.get(code, code)
    )


def _printable(text: str) -> str:
    """Shorten a client's text and escape lone surrogates, so that a response can contain it."""
    shortened = text if len(text) <= MAX_PATH_CHARS else f"{text[:MAX_PATH_CHARS]}…"
    return shortened.encode(errors="backslashreplace").decode()


def _first_error(detail: Any, path: str) -> tuple[str, Any]:
    while True:
        if isinstance(detail, dict):
            key, detail = next((key, value) for key, value in detail.items() if value)
            if key == "non_field_errors":
                continue
            # REST framework keys the errors of list elements by their index.
            path += f"[{key}]" if isinstance(key, int) else f".{key}" if path else str(key)
        elif isinstance(detail, list):
            index = next(position for position, value in enumerate(detail) if value)
            if isinstance(detail[index], dict):
                path += f"[{index}]"
            detail = detail[index]
        else:
            return path, detail
