"""Find one by its id, or list them as OpenAI does: newest first, `after` an id, `has_more`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from generation.openai.errors import ApiError
from generation.openai.strict_serializer import StrictSerializer

Row = TypeVar("Row", bound=Model)


class PageSerializer(StrictSerializer):
    """The query of a list."""

    tolerated = frozenset({"token"})

    after = serializers.CharField(
        required=False, help_text="The id of the last one of the page before: `last_id`."
    )


def query_of(request: Request, serializer: type[PageSerializer]) -> dict[str, Any]:
    """Validate a query string. An empty parameter counts as left out."""
    given = {name: value for name, value in request.query_params.items() if value != ""}
    checked = serializer(data=given)
    checked.is_valid(raise_exception=True)
    query: dict[str, Any] = checked.validated_data
    return query


def find(rows: QuerySet[Row], public_id: str) -> Row | None:
    """Return the row with that id. One that holds a NUL, which databases refuse, is nobody's."""
    return None if "\x00" in public_id else rows.filter(public_id=public_id).first()


def page_of(
    rows: QuerySet[Row],
    query: dict[str, Any],
    body: Callable[[Row], dict[str, Any]],
    *,
    ascending: bool = False,
) -> dict[str, Any]:
    """Return one page of `rows`, which have a `public_id` each, in the order they were made."""
    if "after" in query:
        last = find(rows, query["after"])
        if last is None:
            raise ApiError(
                400,
                f"after: Nothing in this list has the id {query['after']!r}.",
                param="after",
                code="invalid_value",
            )
        rows = rows.filter(pk__gt=last.pk) if ascending else rows.filter(pk__lt=last.pk)
    limit = query["limit"]
    found = list(rows.order_by("pk" if ascending else "-pk")[: limit + 1])
    data = [body(row) for row in found[:limit]]
    page: dict[str, Any] = {"object": "list", "data": data, "has_more": len(found) > limit}
    if data:  # neither may be null
        page |= {"first_id": data[0]["id"], "last_id": data[-1]["id"]}
    return page
