"""How large the body of a request may be, and whose.

The path of the request, its headers and its query come in; a number of bytes or a refusal goes out.
`body_intake.py` asks while a body arrives, before Django has seen the request.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from importlib import import_module
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie
from rest_framework.exceptions import NotAuthenticated

from batches.api.file_views import FORM_BYTES
from generation.auth.authentication import bearer_token, key_of_token
from generation.openai.error_responses import is_api_path
from generation.openai.errors import ApiError, as_api_error

# Without credentials a body may have this many bytes: enough for a form, and held in memory.
ANONYMOUS_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a request when its headers have arrived."""

    method: str
    path: str
    query: str
    authorization: str
    cookies: str
    origin: str = ""


def body_limit(path: str) -> int:
    """Return the largest body that any client may send to a path, in bytes."""
    if path.startswith("/ws/"):
        return ANONYMOUS_BYTES
    if path == "/v1/files":
        return int(settings.FILE_MAX_BYTES) + FORM_BYTES
    if path == "/v1/batch/jobs":
        return int(settings.BATCH_MAX_BYTES) + FORM_BYTES
    if path.startswith("/internal/"):
        # Another process sends what it has accepted, in another encoding.
        return max(settings.MAX_REQUEST_BYTES, settings.FILE_MAX_BYTES, settings.BATCH_MAX_BYTES)
    if path.startswith("/jobs/"):
        return max(settings.MAX_REQUEST_BYTES, settings.PROMPT_FILE_MAX_BYTES + FORM_BYTES)
    if path.startswith(("/admin/", "/lists/", "/uploads/", "/v1/wordlists")):
        # A wordlist may come with the affixes of a dictionary.
        return max(settings.MAX_REQUEST_BYTES, 2 * settings.WORDLIST_MAX_BYTES + FORM_BYTES)
    return int(settings.MAX_REQUEST_BYTES)


def too_many(number: int) -> ApiError:
    return ApiError(
        429,
        f"This user has {number} large request bodies on their way, the maximum. Try again when one"
        " has arrived.",
        kind="rate_limit_error",
        code="rate_limit_exceeded",
        headers={"Retry-After": "1"},
    )


def too_large(limit: int) -> ApiError:
    return ApiError(
        413,
        f"The request body is too large: at most {limit:,} bytes are accepted.",
        code="request_too_large",
    )


def sender_or_refusal(head: Head) -> int | ApiError | None:
    """Return who sends a body of more than ANONYMOUS_BYTES, or why the client may not.

    Who: A user's primary key; None for another process of this project. Queries the database.
    Never raises.
    """
    try:
        if is_api_path(head.path):
            token = bearer_token(head.authorization)
            if token is None and settings.API_KEY_IN_QUERY:
                token = parse_qs(head.query).get("token", [None])[-1]
            if token is None:
                return as_api_error(NotAuthenticated())
            return key_of_token(token).user_id
        if head.path.startswith("/internal/"):
            given, expected = head.authorization, f"Bearer {settings.ENGINE_KEY}"
            if settings.ENGINE_KEY and secrets.compare_digest(given.encode(), expected.encode()):
                return None
            return ApiError(401, "Incorrect key.")
        user = _logged_in_user(head.cookies)
        return too_large(ANONYMOUS_BYTES) if user is None else user
    except Exception as error:
        return as_api_error(error)


def _logged_in_user(cookies: str) -> int | None:
    session_key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user.pk if user.is_authenticated and user.is_active else None
