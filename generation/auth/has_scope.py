"""The permission that API views ask for. It answers 403 for a key without the needed scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission

from generation.auth.authentication import caller
from generation.auth.scopes import NOT_FOR_BOUND_KEYS, Scope

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """A view names its scopes as `read_scope` (GET, HEAD, OPTIONS) and `write_scope` (others).

    None means that every key may. A view that names none answers 500, so none is open by mistake.
    """

    code = "insufficient_scope"

    def has_permission(self, request: Request, view: APIView) -> bool:
        method = request.method or ""
        if not hasattr(view, method.lower()):
            return True  # the response 405 says more
        scope: Scope | None = getattr(
            view, "read_scope" if method in SAFE_METHODS else "write_scope"
        )
        if scope is None:
            return True
        key = caller(request)[1]
        if key.is_bound and scope in NOT_FOR_BOUND_KEYS:
            self.message = (
                "This API key is bound to an alias or a wordlist, so it cannot have the scope"
                f" '{scope}'."
            )
            return False
        self.message = (
            f"This API key does not have the scope '{scope}'. An administrator can add it."
        )
        return scope in key.scopes
