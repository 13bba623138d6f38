"""Which jobs, batches and files an API key can see."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import QuerySet
from rest_framework.request import Request

from batches.models import BatchJob, StoredFile
from generation.auth.authentication import caller

Row = TypeVar("Row", BatchJob, StoredFile)


def visible_to(request: Request, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Return the rows of the key's user.

    A key that is bound to a list sees only what was made with this key: the user's other results
    may have words that are not on the list.
    """
    user, key = caller(request)
    own = rows.filter(owner=user)
    return own.filter(api_key=key) if key.is_bound else own
