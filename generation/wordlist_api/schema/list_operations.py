"""The OpenAPI descriptions of /v1/wordlists and /v1/wordlists/SLUG."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

from generation.openai.schema.describe import describe
from generation.wordlist_api.fields.content_fields import NewListSerializer, NewListUploadSerializer
from generation.wordlist_api.fields.list_fields import ChangeListSerializer
from generation.wordlist_api.fields.queries import ListsQuery
from generation.wordlist_api.schema import forms
from generation.wordlist_api.schema.response_bodies import (
    DeletedWordlistBody,
    NewWordlistBody,
    WordlistObjectBody,
    WordlistPageBody,
)
from generation.wordlist_api.schema.responses import (
    DOUBTFUL,
    NO_LIST,
    NO_SCOPE,
    NOT_YOURS,
    SLUG,
    TAGS,
    TOO_LARGE,
    WORDS,
    either,
    error,
)

__all__ = ["forms"]  # importing it registers its extensions

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
