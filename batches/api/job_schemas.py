"""The OpenAPI description of /v1/batch/jobs and of the Idempotency-Key."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from batches.api.idempotency import HEADER, MAX_KEY_CHARS, REPLAYED
from batches.formats.exports import FORMATS
from batches.formats.results import STATUS
from batches.lifecycle.actions import ACTIONS
from batches.models import BatchJob, RememberedAnswer
from generation.openai.schema.describe import describe
from generation.openai.schema.response_schemas import (
    Body,
    ChatCompletionBody,
    ErrorBody,
    WordlistBody,
)
from generation.openai.serializers import ParametersSerializer

JOB_ID = OpenApiParameter(
    "job_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="`batch_...`"
)
IDEMPOTENCY = [
    OpenApiParameter(
        HEADER,
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_KEY_CHARS,
            "pattern": f"^[\\x20-\\x7e]{{1,{MAX_KEY_CHARS}}}$",
        },
        OpenApiParameter.HEADER,
        description="A text of your choice. For"
        f" {RememberedAnswer.KEEP_HOURS} hours, the same request with the same key gets the answer"
        " to the first one and has no further effect.",
        examples=[OpenApiExample("A key", value="lesson-7")],
    ),
    OpenApiParameter(
        REPLAYED,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        enum=["true"],
        response=[200],
        description=f"Present if this answers an earlier request with the same `{HEADER}`.",
    ),
]
WRONG_OR_REUSED = OpenApiResponse(
    ErrorBody,
    description=f"The request is wrong, and `param` names the field. Or its `{HEADER}` was sent"
    " before with another request (`idempotency_key_reused`).",
)
NO_JOB = OpenApiResponse(ErrorBody, description="You have no such job.")
UPLOAD = {
    "multipart/form-data": {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {
                "type": "string",
                "format": "binary",
                "description": "A JSON list of objects with `messages`, an optional `custom_id`,"
                " and parameters that the query string does not set, as in a chat request. A job is"
                " accepted whole or not at all. An item with a wrong parameter gets an error.",
            }
        },
    }
}


def warnings_field() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(),
        help_text="Sentences about what in the file has no effect, and about items that get an"
        " error because they are not valid.",
    )


class SubmittedBody(Body):
    job_id = serializers.CharField(help_text="`batch_...`")
    status = serializers.ChoiceField(["pending"], help_text="The job waits for a worker.")
    message = serializers.CharField(help_text="The number of accepted prompts, as a sentence.")
    warnings = warnings_field()


class ProgressBody(Body):
    total = serializers.IntegerField(
        min_value=0, help_text="Number of items. For a batch, the number that has been read so far."
    )
    completed = serializers.IntegerField(min_value=0, help_text="Number of items with an answer.")
    failed = serializers.IntegerField(min_value=0, help_text="Number of items that failed.")
    cancelled = serializers.IntegerField(
        min_value=0, help_text="Number of items that were cancelled or have expired."
    )
    pending = serializers.IntegerField(min_value=0, help_text="Number of items without an outcome.")
    items_per_minute = serializers.FloatField(allow_null=True, help_text="Null if it is not known.")
    remaining_seconds = serializers.IntegerField(
        allow_null=True, help_text="Null if it is not known."
    )
    prompt_tokens = serializers.IntegerField(
        min_value=0, help_text="Prompt tokens of all answers so far."
    )
    completion_tokens = serializers.IntegerField(
        min_value=0, help_text="Completion tokens of all answers so far."
    )
    total_tokens = serializers.IntegerField(min_value=0, help_text="The sum of both.")


class JobBody(Body):
    job_id = serializers.CharField(help_text="`batch_...`")
    status = serializers.ChoiceField(
        list(dict.fromkeys(STATUS.values())), help_text="A simplified status. `state` is exact."
    )
    submitted_at = serializers.DateTimeField(help_text="When the job was submitted.")
    error = serializers.CharField(allow_null=True, help_text="Why the job failed or waits.")
    state = serializers.ChoiceField(
        BatchJob.Status.values, help_text="The status in OpenAI's terms."
    )
    paused = serializers.BooleanField(help_text="Whether the job is paused.")
    priority = serializers.IntegerField(help_text="Jobs with a higher priority go first.")
    started_at = serializers.DateTimeField(
        allow_null=True, help_text="When a worker began to answer."
    )
    finished_at = serializers.DateTimeField(allow_null=True, help_text="When the job ended.")
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="When the job expires and keeps the answers so far."
    )
    progress = ProgressBody(help_text="The progress of the job.")
    model = serializers.CharField(help_text="The model that answers the job.")
    parameters = serializers.DictField(
        help_text="The parameters of all items that have none of their own."
    )
    warnings = warnings_field()
    seed = serializers.IntegerField(
        help_text="The seed from which the seeds of the items are derived."
    )
    runtimes = serializers.ListField(
        child=serializers.DictField(),
        help_text="Model, dtype and versions that answered the items.",
    )
    wordlist = WordlistBody(allow_null=True, help_text="The wordlist at the time of submission.")


class ResultBody(ChatCompletionBody):
    custom_id = serializers.CharField(required=False, help_text="The `custom_id` of the item.")
    error = serializers.DictField(
        required=False, help_text="OpenAI's error object, if the item has no answer."
    )


JOB_RESPONSES: dict[Any, Any] = {200: JobBody, 404: NO_JOB}

describe(
    "batches.api.job_views.JobsView",
    post={
        "operation_id": "submitBatchJob",
        "summary": "Submit a list of prompts",
        "description": "The parameters in the query string apply to all prompts. A parameter that"
        " it does not set may be set by each item for itself. The job uses the wordlists as they"
        " are at the time of submission.",
        "tags": ["Batch jobs"],
        "request": UPLOAD,
        "parameters": [ParametersSerializer, *IDEMPOTENCY],
        "responses": {
            200: SubmittedBody,
            400: WRONG_OR_REUSED,
            404: OpenApiResponse(ErrorBody, description="There is no such model or wordlist."),
            413: OpenApiResponse(ErrorBody, description="The file is too large."),
        },
    },
)

describe(
    "batches.api.job_views.JobView",
    get={
        "operation_id": "retrieveBatchJob",
        "summary": "Retrieve the state of a job",
        "tags": ["Batch jobs"],
        "parameters": [JOB_ID],
        "responses": JOB_RESPONSES,
    },
)

describe(
    "batches.api.job_views.JobActionView",
    post={
        "operation_id": "actOnBatchJob",
        "summary": "Cancel, pause, resume, retry or expire a job",
        "description": "The response is the job after the action. Finished results are kept."
        " `retry` answers all items again that have no answer.",
        "tags": ["Batch jobs"],
        "request": None,
        "parameters": [
            JOB_ID,
            OpenApiParameter(
                "action",
                OpenApiTypes.STR,
                OpenApiParameter.PATH,
                enum=list(ACTIONS),
                description="The action.",
            ),
        ],
        "responses": {
            **JOB_RESPONSES,
            409: OpenApiResponse(
                ErrorBody,
                description="The action is not possible in the state of the job. The response has"
                " the header `x-should-retry: false`.",
            ),
        },
    },
)

describe(
    "batches.api.job_views.ResultsView",
    get={
        "operation_id": "retrieveBatchJobResults",
        "summary": "Retrieve the results of a job",
        "description": "A JSON list of chat completions in the order of the items, OpenAI's JSON"
        " lines, or a CSV table.",
        "tags": ["Batch jobs"],
        "parameters": [
            JOB_ID,
            OpenApiParameter(
                "format",
                OpenApiTypes.STR,
                enum=list(FORMATS),
                default="json",
                description="The format of the results.",
            ),
            OpenApiParameter(
                "partial",
                OpenApiTypes.BOOL,
                default=False,
                description="Return the results so far, even if the job is not complete.",
            ),
        ],
        "responses": {
            (200, "application/json"): ResultBody(many=True),
            (200, "application/jsonl"): OpenApiResponse(
                OpenApiTypes.STR,
                examples=[OpenApiExample("A line", value='{"id": "batch_req_1_0", ...}')],
            ),
            (200, "text/csv"): OpenApiTypes.STR,
            (200, FORMATS["xlsx"].content_type): OpenApiTypes.BINARY,
            404: NO_JOB,
            410: OpenApiResponse(ErrorBody, description="The results were deleted."),
        },
    },
)
