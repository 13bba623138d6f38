"""The description of batch jobs."""

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
        description="A text of your own that makes a repeated request harmless: the same request"
        f" with the same key gets the first answer, for {RememberedAnswer.KEEP_HOURS} hours.",
        examples=[OpenApiExample("A key", value="lesson-7")],
    ),
    OpenApiParameter(
        REPLAYED,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        enum=["true"],
        response=[200],
        description=f"If this is the answer to an earlier request with the same `{HEADER}`.",
    ),
]
WRONG_OR_REUSED = OpenApiResponse(
    ErrorBody,
    description=f"The request is wrong; `param` names the field. Or its `{HEADER}` came before"
    " with another request (`idempotency_key_reused`).",
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
                "description": "A JSON list of objects with `messages`, as in a chat request, and"
                " a `custom_id` if you like. A job is accepted whole or not at all.",
            }
        },
    }
}


class SubmittedBody(Body):
    job_id = serializers.CharField(help_text="`batch_...`")
    status = serializers.ChoiceField(["pending"], help_text="A worker takes it from here.")
    message = serializers.CharField(help_text="How many prompts were accepted.")


class ProgressBody(Body):
    total = serializers.IntegerField(
        min_value=0, help_text="Items of the job; of a batch, as many as are read so far."
    )
    completed = serializers.IntegerField(min_value=0, help_text="Those with an answer.")
    failed = serializers.IntegerField(min_value=0, help_text="Those without one.")
    cancelled = serializers.IntegerField(min_value=0, help_text="Cancelled or expired.")
    pending = serializers.IntegerField(min_value=0, help_text="Not asked yet.")
    items_per_minute = serializers.FloatField(allow_null=True, help_text="Null if unknown.")
    remaining_seconds = serializers.IntegerField(allow_null=True, help_text="Null if unknown.")
    prompt_tokens = serializers.IntegerField(min_value=0, help_text="Of all answers so far.")
    completion_tokens = serializers.IntegerField(min_value=0, help_text="Of all answers so far.")
    total_tokens = serializers.IntegerField(min_value=0, help_text="Both together.")


class JobBody(Body):
    job_id = serializers.CharField(help_text="`batch_...`")
    status = serializers.ChoiceField(
        list(dict.fromkeys(STATUS.values())), help_text="In four words; `state` is exact."
    )
    submitted_at = serializers.DateTimeField(help_text="When it came in.")
    error = serializers.CharField(allow_null=True, help_text="Why it failed or waits.")
    state = serializers.ChoiceField(BatchJob.Status.values, help_text="In OpenAI's words.")
    paused = serializers.BooleanField(help_text="Whether somebody paused it.")
    priority = serializers.IntegerField(help_text="Jobs with a higher one go first.")
    started_at = serializers.DateTimeField(allow_null=True, help_text="When a worker took it.")
    finished_at = serializers.DateTimeField(allow_null=True, help_text="When it ended.")
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="When it ends with what it has."
    )
    progress = ProgressBody(help_text="How far it is.")
    model = serializers.CharField(help_text="The model that answers it.")
    parameters = serializers.DictField(help_text="Those of all its items.")
    seed = serializers.IntegerField(help_text="From which the items' seeds are made.")
    runtimes = serializers.ListField(
        child=serializers.DictField(), help_text="What answered it: model, dtype, versions."
    )
    wordlist = WordlistBody(allow_null=True, help_text="Its list, as it was when it came in.")


class ResultBody(ChatCompletionBody):
    custom_id = serializers.CharField(required=False, help_text="As in the item.")
    error = serializers.DictField(
        required=False, help_text="OpenAI's error object, of an item without an answer."
    )


JOB_RESPONSES: dict[Any, Any] = {200: JobBody, 404: NO_JOB}

describe(
    "batches.api.job_views.JobsView",
    post={
        "operation_id": "submitBatchJob",
        "summary": "Submit a list of prompts",
        "description": "The parameters in the query hold for all prompts. A job is pinned to the"
        " list as it is now.",
        "tags": ["Batch jobs"],
        "request": UPLOAD,
        "parameters": [ParametersSerializer, *IDEMPOTENCY],
        "responses": {
            200: SubmittedBody,
            400: WRONG_OR_REUSED,
            404: OpenApiResponse(ErrorBody, description="There is no such list."),
            413: OpenApiResponse(ErrorBody, description="The file is too large."),
        },
    },
)

describe(
    "batches.api.job_views.JobView",
    get={
        "operation_id": "retrieveBatchJob",
        "summary": "The state of a job",
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
        "description": "Answers with the job as it is then. Finished results are kept. `retry`"
        " answers again whatever has no answer.",
        "tags": ["Batch jobs"],
        "request": None,
        "parameters": [
            JOB_ID,
            OpenApiParameter(
                "action",
                OpenApiTypes.STR,
                OpenApiParameter.PATH,
                enum=list(ACTIONS),
                description="What to do.",
            ),
        ],
        "responses": {
            **JOB_RESPONSES,
            409: OpenApiResponse(
                ErrorBody, description="The job is in no state for that; `x-should-retry: false`."
            ),
        },
    },
)

describe(
    "batches.api.job_views.ResultsView",
    get={
        "operation_id": "retrieveBatchJobResults",
        "summary": "The results of a job",
        "description": "A list of chat completions in the order of the items, or OpenAI's JSON"
        " lines, or a table.",
        "tags": ["Batch jobs"],
        "parameters": [
            JOB_ID,
            OpenApiParameter(
                "format",
                OpenApiTypes.STR,
                enum=list(FORMATS),
                default="json",
                description="As what.",
            ),
            OpenApiParameter(
                "partial",
                OpenApiTypes.BOOL,
                default=False,
                description="Of a job that is not complete too: those that there are.",
            ),
        ],
        "responses": {
            (200, "application/json"): ResultBody(many=True),
            (200, "application/jsonl"): OpenApiResponse(
                OpenApiTypes.STR,
                examples=[OpenApiExample("A line", value='{"id": "batch_req_1_0", ...}')],
            ),
            (200, "text/csv"): OpenApiTypes.STR,
            404: NO_JOB,
            410: OpenApiResponse(ErrorBody, description="The results were deleted."),
        },
    },
)
