"""Parameters and responses that several operations have."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer

from generation.openai.schema.response_schemas import ErrorBody
from generation.wordlist_api.schema.response_bodies import ReportBody

TAGS = ["Wordlists"]
SLUG = OpenApiParameter(
    "slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="The slug of a list."
)


def error(description: str) -> OpenApiResponse:
    return OpenApiResponse(ErrorBody, description=description)


NO_LIST = error("You may use no such list (`wordlist_not_found`).")
NO_REVISION = error("There is no such list (`wordlist_not_found`) or revision.")
NO_SCOPE = error("The key lacks a scope (`insufficient_scope`).")
NOT_YOURS = error(
    "The key lacks a scope (`insufficient_scope`), or the list is not yours (`not_the_owner`)."
)
CONFLICT = error("Another revision than `base` is current (`revision_conflict`).")
TOO_LARGE = error("The text or the file is too large (`request_too_large`).")
DOUBTFUL = error(
    "A field is wrong, and `param` names it. Or there are doubts (`import_doubtful`): then the body"
    " has a `report` beside `error`."
)
WORDS = ["hola", "la", "casa"]


def either(
    name: str, body: type[Any], dry_run: type[Any] = ReportBody
) -> PolymorphicProxySerializer:
    """Return the body of an operation that may have been a dry run."""
    return PolymorphicProxySerializer(
        component_name=name, serializers=[body, dry_run], resource_type_field_name=None
    )
