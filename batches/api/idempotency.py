"""A POST with an Idempotency-Key has its effect once, however often it comes.

The answer is written in the transaction of the effect, under a key that is unique for its owner
and endpoint: of two requests at the same time the second waits for the first, or undoes itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from rest_framework.request import Request
from rest_framework.response import Response

from batches.models import RememberedAnswer
from generation.auth.authentication import caller
from generation.openai.errors import ApiError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
MAX_KEY_CHARS = 255
_KEY = re.compile(rf"[\x20-\x7e]{{1,{MAX_KEY_CHARS}}}")
_CHUNK = 1024 * 1024

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is to have its effect once; without a key each one has its own."""

    owner: User
    scope: str
    key: str | None
    digest: str

    def earlier(self) -> Response | None:
        """The answer to the same request, if it was answered. Raises ApiError for another one
        that had the same key.
        """
        if self.key is None:
            return None
        found = RememberedAnswer.objects.filter(
            owner=self.owner, scope=self.scope, key=self.key
        ).first()
        if found is None:
            return None
        if found.digest != self.digest:
            raise ApiError(
                400,
                f"{HEADER}: This key was sent before with another request. Use a new key for a"
                " new request.",
                param=HEADER,
                code="idempotency_key_reused",
            )
        return Response(found.body, headers={REPLAYED: "true"})

    def answer(self, effect: Callable[[], Body]) -> Response:
        """Return what `effect` returns, or what it returned to whoever came first with the key."""
        if self.key is None:
            return Response(effect())
        try:
            with transaction.atomic():
                answer = RememberedAnswer.objects.create(
                    owner=self.owner, scope=self.scope, key=self.key, digest=self.digest
                )
                body = effect()
                RememberedAnswer.objects.filter(pk=answer.pk).update(body=body)
                return Response(body)
        except IntegrityError:
            earlier = self.earlier()
            if earlier is None:
                raise
            return earlier


def once(request: Request, scope: str, sent: Any, file: IO[bytes] | None = None) -> Once:
    """scope: the endpoint; sent, file: all that makes the request this one and no other."""
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise ApiError(
            400,
            f"{HEADER}: Expected 1 to {MAX_KEY_CHARS} printable ASCII characters.",
            param=HEADER,
            code="invalid_value",
        )
    owner, _ = caller(request)
    return Once(owner, scope, key, "" if key is None else _digest(sent, file))


def _digest(sent: Any, file: IO[bytes] | None) -> str:
    digest = hashlib.sha256(json.dumps(sent, sort_keys=True).encode())
    if file is not None:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
        file.seek(0)
    return digest.hexdigest()
