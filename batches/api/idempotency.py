"""A POST with an Idempotency-Key has its effect once, however often it is sent.

The answer is stored in the transaction of the effect, under a key that is unique for its owner and
endpoint. Of two simultaneous requests, the second one waits for the first or is rolled back.
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
class IdempotentRequest:
    """A POST request that may have an Idempotency-Key.

    scope: Name of the endpoint.
    key: None if the request has no key. It then always has its effect.
    digest: Hash of the request.
    """

    owner: User
    scope: str
    key: str | None
    digest: str

    def stored_answer(self) -> Response | None:
        """Return the stored answer to the same request; None if there is none.

        Raises ApiError if the key was sent before with another request.
        """
        if self.key is None:
            return None
        stored = RememberedAnswer.objects.filter(
            owner=self.owner, scope=self.scope, key=self.key
        ).first()
        if stored is None:
            return None
        if stored.digest != self.digest:
            raise ApiError(
                400,
                f"{HEADER}: This key was sent before with another request. Use a new key for a"
                " new request.",
                param=HEADER,
                code="idempotency_key_reused",
            )
        return Response(stored.body, headers={REPLAYED: "true"})

    def answer(self, effect: Callable[[], Body]) -> Response:
        """Run `effect` and return its body, or return the stored answer to the first request."""
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
            stored = self.stored_answer()
            if stored is None:
                raise
            return stored


def idempotent(
    request: Request, scope: str, fields: Any, file: IO[bytes] | None = None
) -> IdempotentRequest:
    """Return the request with its key and hash. Raises ApiError if the key is not valid.

    scope: Name of the endpoint.
    fields, file: The whole content of the request. Two requests with equal content are the same.
    """
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise ApiError(
            400,
            f"{HEADER}: Expected 1 to {MAX_KEY_CHARS} printable ASCII characters.",
            param=HEADER,
            code="invalid_value",
        )
    owner, _ = caller(request)
    return IdempotentRequest(owner, scope, key, "" if key is None else _digest(fields, file))


def _digest(fields: Any, file: IO[bytes] | None) -> str:
    digest = hashlib.sha256(json.dumps(fields, sort_keys=True).encode())
    if file is not None:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
        file.seek(0)
    return digest.hexdigest()
