"""Find a row by its public id, and list rows in pages like OpenAI (`after`, `has_more`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from generation.openai.errors import ApiError
from generation.openai.parsing import single_values

Row = TypeVar("Row", bound=Model)


class PageSerializer(serializers.Serializer[Any]):
    """The query string of a list. Unknown parameters are ignored, as everywhere in this API where
    the query string is not the request itself.
    """

    after = serializers.CharField(required=False, help_text="`last_id` of the previous page.")


def query_of(request: Request, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """Validate a query string. An empty parameter counts as not given."""
    validator = serializer()
    given = single_values(request.query_params, validator.fields)
    validator.initial_data = {name: value for name, value in given.items() if value != ""}
    validator.is_valid(raise_exception=True)
    query: dict[str, Any] = validator.validated_data
    return query


def find(rows: QuerySet[Row], value: str | int, key: str = "public_id") -> Row | None:
    """Return the row with that value; None if there is none, or if the value contains a NUL.

    PostgreSQL refuses a NUL in a query.
    """
    if isinstance(value, str) and "\x00" in value:
        return None
    return rows.filter(**{key: value}).first()


def page_of(
    rows: QuerySet[Row],
    query: dict[str, Any],
    body: Callable[[Row], dict[str, Any]],
    *,
    key: str = "public_id",
    ascending: bool = False,
) -> dict[str, Any]:
    """Return one page of `rows`, newest first or in ascending order.

    rows: Rows whose primary keys are in the order of their creation.
    key: The field that identifies a row in `after`, `first_id` and `last_id`.
    """
    if "after" in query:
        last = find(rows, query["after"], key)
        if last is None:
            raise ApiError(
                400,
                f"after: No entry of this list has the id {query['after']!r}.",
                param="after",
                code="invalid_value",
            )
        rows = rows.filter(pk__gt=last.pk) if ascending else rows.filter(pk__lt=last.pk)
    limit = query["limit"]
    found = list(rows.order_by("pk" if ascending else "-pk")[: limit + 1])
    page = found[:limit]
    ids = [getattr(row, key) for row in page]
    return envelope([body(row) for row in page], ids, has_more=len(found) > limit)


def envelope(data: list[Any], ids: Sequence[Any], *, has_more: bool) -> dict[str, Any]:
    """Return OpenAI's list object. ids: What `after` takes, for each entry of `data`."""
    return {
        "object": "list",
        "data": data,
        "has_more": has_more,
        "first_id": ids[0] if ids else None,
        "last_id": ids[-1] if ids else None,
    }
