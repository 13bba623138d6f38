"""Authenticate API requests by key: `Authorization: Bearer KEY` or `?token=KEY`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from generation.auth.api_key import ApiKey

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from rest_framework.request import Request


class ApiKeyAuthentication(BaseAuthentication):
    """`request.auth` is the ApiKey, `request.user` its owner."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        token = bearer_token(request.headers.get("Authorization", ""))
        if token is None and settings.API_KEY_IN_QUERY:
            token = request.query_params.get("token")
        if token is None:
            return None
        key = key_of_token(token)
        key.touch()
        request._request.key_prefix = key.prefix  # type: ignore[attr-defined]  # for the access log
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"  # with this header a failure is 401, not 403


def caller(request: Request) -> tuple[User, ApiKey]:
    """Return the user and the key of an authenticated API request."""
    return cast("User", request.user), cast(ApiKey, request.auth)


def key_of_token(token: str) -> ApiKey:
    """Return the usable key with this token. Raises AuthenticationFailed if there is none."""
    key = ApiKey.objects.find(token)
    if key is None or not key.user.is_active:
        raise AuthenticationFailed("Incorrect API key provided.")
    return key


def bearer_token(header: str) -> str | None:
    """Return the token in the value of an `Authorization` header."""
    scheme, _, token = header.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
