"""The OpenAPI descriptions of a list's words and revisions."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from generation.openai.schema.describe import describe
from generation.wordlist_api.fields.change_fields import (
    AddWordsSerializer,
    ChangesSerializer,
    RestoreSerializer,
)
from generation.wordlist_api.fields.content_fields import (
    NewRevisionSerializer,
    NewRevisionUploadSerializer,
)
from generation.wordlist_api.fields.queries import (
    CompareQuery,
    ExportQuery,
    RevisionsQuery,
    WordsQuery,
)
from generation.wordlist_api.schema import forms
from generation.wordlist_api.schema.response_bodies import (
    ChangedRevisionBody,
    ComparisonBody,
    NewRevisionBody,
    RevisionBody,
    RevisionPageBody,
    WordPageBody,
)
from generation.wordlist_api.schema.responses import (
    CONFLICT,
    DOUBTFUL,
    NO_LIST,
    NO_REVISION,
    NO_SCOPE,
    NOT_YOURS,
    SLUG,
    TAGS,
    TOO_LARGE,
    WORDS,
    either,
)
from vocab.export import FORMATS

__all__ = ["forms"]  # importing it registers its extensions

FILE_TYPES = [each.content_type.partition(";")[0] for each in FORMATS.values()]

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
