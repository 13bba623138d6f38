"""The OpenAPI descriptions of the operations."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
)

from generation.openai.schema.describe import describe
from generation.openai.schema.response_schemas import ErrorBody
from generation.wordlist_api.fields.change_fields import (
    AddWordsSerializer,
    ChangesSerializer,
    RestoreSerializer,
)
from generation.wordlist_api.fields.content_fields import (
    NewListSerializer,
    NewListUploadSerializer,
    NewRevisionSerializer,
    NewRevisionUploadSerializer,
)
from generation.wordlist_api.fields.list_fields import ChangeListSerializer
from generation.wordlist_api.fields.queries import (
    CompareQuery,
    ExportQuery,
    ListsQuery,
    RevisionsQuery,
    WordsQuery,
)
from generation.wordlist_api.schema import forms
from generation.wordlist_api.schema.response_bodies import (
    ChangedRevisionBody,
    ComparisonBody,
    DeletedWordlistBody,
    NewRevisionBody,
    NewWordlistBody,
    ReportBody,
    RevisionBody,
    RevisionPageBody,
    WordlistObjectBody,
    WordlistPageBody,
    WordPageBody,
)
from vocab.export import FORMATS

__all__ = ["forms"]  # importing it registers its extensions

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
FILE_TYPES = [each.content_type.partition(";")[0] for each in FORMATS.values()]


def either(name: str, body: type[Any]) -> PolymorphicProxySerializer:
    """Return the body of an operation that may have been a dry run."""
    return PolymorphicProxySerializer(
        component_name=name, serializers=[body, ReportBody], resource_type_field_name=None
    )


describe(
    "generation.wordlist_api.list_views.WordlistsView",
    get={
        "operation_id": "listWordlists",
        "summary": "The lists that you may use",
        "description": "Your own lists, shared ones and those of the server. A key that is bound"
        " sees only its list.",
        "tags": TAGS,
        "parameters": [ListsQuery],
        "responses": {200: WordlistPageBody, 403: NO_SCOPE},
    },
    post={
        "operation_id": "createWordlist",
        "summary": "Make a list of words, of a text or of a file",
        "description": "The list is yours, and private unless you say otherwise. A text or a file"
        " is read as people have them: the report says what was recognised, changed and left out.",
        "tags": TAGS,
        "request": {
            "application/json": NewListSerializer,
            "multipart/form-data": NewListUploadSerializer,
        },
        "examples": [
            OpenApiExample(
                "Words",
                request_only=True,
                media_type="application/json",
                value={"slug": "es-casa", "language": "es", "words": WORDS},
            ),
            OpenApiExample(
                "A text, only looked at",
                request_only=True,
                media_type="application/json",
                value={
                    "slug": "es-casa",
                    "language": "es",
                    "text": "hola 120\nla 90\ncasa 44\n",
                    "dry_run": True,
                },
            ),
        ],
        "responses": {
            200: either("NewWordlistOrReportBody", NewWordlistBody),
            400: DOUBTFUL,
            403: NO_SCOPE,
            409: error("The slug is taken (`wordlist_exists`)."),
            413: TOO_LARGE,
        },
    },
)

describe(
    "generation.wordlist_api.list_views.WordlistView",
    get={
        "operation_id": "retrieveWordlist",
        "summary": "One list",
        "tags": TAGS,
        "parameters": [SLUG],
        "responses": {200: WordlistObjectBody, 403: NO_SCOPE, 404: NO_LIST},
    },
    patch={
        "operation_id": "updateWordlist",
        "summary": "Change what is known of a list, share it or archive it",
        "description": "Fields that are not sent stay as they are. The words are changed by other"
        " operations.",
        "tags": TAGS,
        "parameters": [SLUG],
        "request": ChangeListSerializer,
        "examples": [OpenApiExample("Share", request_only=True, value={"visibility": "shared"})],
        "responses": {
            200: WordlistObjectBody,
            403: NOT_YOURS,
            404: NO_LIST,
            409: error("The list has been deleted or given away meanwhile (`wordlist_changed`)."),
        },
    },
    delete={
        "operation_id": "deleteWordlist",
        "summary": "Delete a list and all its revisions",
        "tags": TAGS,
        "parameters": [SLUG],
        "responses": {
            200: DeletedWordlistBody,
            403: NOT_YOURS,
            404: NO_LIST,
            409: error("Jobs, aliases or keys use the list (`wordlist_in_use`). Archive it."),
        },
    },
)

describe(
    "generation.wordlist_api.word_views.WordsView",
    get={
        "operation_id": "listWords",
        "summary": "The words of a list, in order",
        "tags": TAGS,
        "parameters": [SLUG, WordsQuery],
        "responses": {200: WordPageBody, 403: NO_SCOPE, 404: NO_REVISION},
    },
    post={
        "operation_id": "addWords",
        "summary": "Add words at the end",
        "description": "Makes a new revision, unless all words are listed already. The next request"
        " writes with it.",
        "tags": TAGS,
        "parameters": [SLUG],
        "request": AddWordsSerializer,
        "examples": [OpenApiExample("Two", request_only=True, value={"words": ["gato", "pez"]})],
        "responses": {200: ChangedRevisionBody, 403: NOT_YOURS, 404: NO_LIST},
    },
)

describe(
    "generation.wordlist_api.word_views.ChangesView",
    post={
        "operation_id": "changeWords",
        "summary": "Add, remove, move and rename words",
        "description": "All changes make one new revision. If one of them is wrong, none is made.",
        "tags": TAGS,
        "parameters": [SLUG],
        "request": ChangesSerializer,
        "examples": [
            OpenApiExample(
                "Each kind",
                request_only=True,
                value={
                    "base": 1,
                    "operations": [
                        {"add": ["gato", "pez"], "at": 2},
                        {"remove": ["casa"]},
                        {"move": {"word": "pez", "to": 1}},
                        {"rename": {"word": "hola", "to": "Hola"}},
                    ],
                },
            )
        ],
        "responses": {200: ChangedRevisionBody, 403: NOT_YOURS, 404: NO_LIST, 409: CONFLICT},
    },
)

describe(
    "generation.wordlist_api.revision_views.RevisionsView",
    get={
        "operation_id": "listRevisions",
        "summary": "The revisions of a list",
        "tags": TAGS,
        "parameters": [SLUG, RevisionsQuery],
        "responses": {200: RevisionPageBody, 403: NO_SCOPE, 404: NO_LIST},
    },
    post={
        "operation_id": "createRevision",
        "summary": "Replace all words of a list",
        "description": "As for a new list. A revision that would lose more than half of the words"
        " needs `force`.",
        "tags": TAGS,
        "parameters": [SLUG],
        "request": {
            "application/json": NewRevisionSerializer,
            "multipart/form-data": NewRevisionUploadSerializer,
        },
        "examples": [
            OpenApiExample(
                "Words",
                request_only=True,
                media_type="application/json",
                value={"words": WORDS, "base": 3, "note": "the words of lesson 1"},
            )
        ],
        "responses": {
            200: either("NewRevisionOrReportBody", NewRevisionBody),
            400: DOUBTFUL,
            403: NOT_YOURS,
            404: NO_LIST,
            409: CONFLICT,
            413: TOO_LARGE,
        },
    },
)

describe(
    "generation.wordlist_api.revision_views.RestoreView",
    post={
        "operation_id": "restoreRevision",
        "summary": "Make an older revision the current one",
        "tags": TAGS,
        "parameters": [SLUG],
        "request": RestoreSerializer,
        "examples": [OpenApiExample("The first", request_only=True, value={"revision": 1})],
        "responses": {200: RevisionBody, 403: NOT_YOURS, 404: NO_REVISION, 409: CONFLICT},
    },
)

describe(
    "generation.wordlist_api.revision_views.CompareView",
    get={
        "operation_id": "compareRevisions",
        "summary": "What is different between two revisions",
        "tags": TAGS,
        "parameters": [SLUG, CompareQuery],
        "responses": {200: ComparisonBody, 403: NO_SCOPE, 404: NO_REVISION},
    },
)

describe(
    "generation.wordlist_api.revision_views.ExportView",
    get={
        "operation_id": "exportWordlist",
        "summary": "The words of a list as a file",
        "tags": TAGS,
        "parameters": [
            SLUG,
            ExportQuery,
            OpenApiParameter(
                "Content-Disposition",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                response=[200],
                description="`attachment`, with a file name.",
            ),
        ],
        "responses": {
            **{
                (200, each.content_type.split(";")[0]): OpenApiTypes.STR
                for each in FORMATS.values()
            },
            403: NO_SCOPE,
            404: NO_REVISION,
        },
    },
)
