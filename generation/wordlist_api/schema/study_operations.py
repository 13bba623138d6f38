"""The OpenAPI descriptions of what measures a list and adds forms to it."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

from generation.openai.schema.describe import describe
from generation.wordlist_api.fields.study_fields import CoverageSerializer, FormsSerializer
from generation.wordlist_api.schema.response_bodies import (
    ChangedRevisionBody,
    CoverageBody,
    PlannedFormsBody,
)
from generation.wordlist_api.schema.responses import (
    CONFLICT,
    NO_LIST,
    NO_REVISION,
    NO_SCOPE,
    NOT_YOURS,
    SLUG,
    TAGS,
    either,
)

describe(
    "generation.wordlist_api.study_views.CoverageView",
    post={
        "operation_id": "measureCoverage",
        "summary": "How much of a text a list covers, and which words it lacks",
        "description": "Words are counted as in `vocab_report`. Nothing is saved.",
        "tags": TAGS,
        "parameters": [SLUG],
        "request": CoverageSerializer,
        "examples": [
            OpenApiExample("A sentence", request_only=True, value={"text": "Hola, gato."})
        ],
        "responses": {200: CoverageBody, 403: NO_SCOPE, 404: NO_REVISION},
    },
)

describe(
    "generation.wordlist_api.study_views.FormsView",
    post={
        "operation_id": "addForms",
        "summary": "Add the inflected forms of the headwords of a list",
        "description": "Each form comes right behind its headword, so that it has nearly its rank."
        " The forms are those of the project's list of common words.",
        "tags": TAGS,
        "parameters": [SLUG],
        "request": FormsSerializer,
        "examples": [OpenApiExample("A look", request_only=True, value={"dry_run": True})],
        "responses": {
            200: either("AddedOrPlannedFormsBody", ChangedRevisionBody, PlannedFormsBody),
            403: NOT_YOURS,
            404: NO_LIST,
            409: CONFLICT,
        },
    },
)
