"""The description of batches: jobs that read a file of OpenAI's lines."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from batches.api.batch_views import BatchesQuery, BatchSerializer
from batches.api.job_schemas import IDEMPOTENCY, WRONG_OR_REUSED
from batches.formats.batch_object import COMPLETION_WINDOW, ENDPOINT
from batches.models import BatchJob
from generation.openai.schema.describe import describe
from generation.openai.schema.response_schemas import Body, ErrorBody

BATCH_ID = OpenApiParameter(
    "batch_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="`batch_...`"
)
NO_BATCH = OpenApiResponse(ErrorBody, description="You have no such batch (`param`: `batch_id`).")
NOTHING_YET = {
    "input_tokens": 0,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 0,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 0,
}
ACCEPTED: dict[str, Any] = {
    "id": "batch_5b1f0c9d7e3a42b8a6d4c2e1",
    "object": "batch",
    "endpoint": ENDPOINT,
    "model": "SmolLM2-135M-Instruct",
    "input_file_id": "file-0f3a5c2e9b7d41e6a8c0b1d2",
    "completion_window": COMPLETION_WINDOW,
    "status": "validating",
    "created_at": 1767225600,
    "expires_at": 1767312000,
    "request_counts": {"total": 0, "completed": 0, "failed": 0},
    "usage": NOTHING_YET,
    "metadata": {"class": "7b"},
}
OVER: dict[str, Any] = ACCEPTED | {
    "status": "completed",
    "in_progress_at": 1767225601,
    "finalizing_at": 1767225630,
    "completed_at": 1767225631,
    "request_counts": {"total": 2, "completed": 2, "failed": 0},
    "usage": NOTHING_YET | {"input_tokens": 62, "output_tokens": 108, "total_tokens": 170},
    "output_file_id": "file-9d2b7f4e1c6a48d3b5e0a7f8",
}


def moment(when: str) -> serializers.IntegerField:
    """A time that is left out as long as it has not come."""
    return serializers.IntegerField(
        required=False, min_value=0, help_text=f"When {when}, in seconds since 1970."
    )


class LineErrorBody(Body):
    code = serializers.CharField(help_text="What is wrong, for programs.")
    message = serializers.CharField(help_text="The same for people.")
    param = serializers.CharField(
        allow_null=True, help_text="The field that is wrong, by its path: `body.messages`."
    )
    line = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="In which line; null if it is none of them."
    )


class BatchErrorsBody(Body):
    object = serializers.ChoiceField(["list"], help_text="Always `list`.")
    data = serializers.ListField(  # type: ignore[assignment]
        child=LineErrorBody(), help_text="The first hundred, in the order of the lines."
    )


class RequestCountsBody(Body):
    total = serializers.IntegerField(min_value=0, help_text="Lines; 0 until all are read.")
    completed = serializers.IntegerField(min_value=0, help_text="Those with an answer.")
    failed = serializers.IntegerField(min_value=0, help_text="Those that failed.")


class InputDetailsBody(Body):
    cached_tokens = serializers.IntegerField(min_value=0, help_text="Always 0.")


class OutputDetailsBody(Body):
    reasoning_tokens = serializers.IntegerField(min_value=0, help_text="Always 0.")


class BatchUsageBody(Body):
    input_tokens = serializers.IntegerField(min_value=0, help_text="Of the messages.")
    input_tokens_details = InputDetailsBody(help_text="As OpenAI has it.")
    output_tokens = serializers.IntegerField(min_value=0, help_text="Of the answers so far.")
    output_tokens_details = OutputDetailsBody(help_text="As OpenAI has it.")
    total_tokens = serializers.IntegerField(min_value=0, help_text="Both together.")


class BatchBody(Body):
    id = serializers.CharField(help_text="`batch_...`; `/v1/batch/jobs` knows it by this too.")
    object = serializers.ChoiceField(["batch"], help_text="Always `batch`.")
    endpoint = serializers.ChoiceField([ENDPOINT], help_text="What its lines ask for.")
    model = serializers.CharField(help_text="The model that answers it.")
    errors = BatchErrorsBody(  # type: ignore[assignment]
        required=False, help_text="Why it failed: nothing of it was answered then."
    )
    input_file_id = serializers.CharField(help_text="The file it reads.")
    completion_window = serializers.ChoiceField(
        [COMPLETION_WINDOW], help_text=f"Always `{COMPLETION_WINDOW}`."
    )
    status = serializers.ChoiceField(
        BatchJob.Status.values,
        help_text="validating (the file is read), in_progress, finalizing (its files are"
        " written), completed; or failed, expired, cancelling, cancelled.",
    )
    created_at = serializers.IntegerField(
        min_value=0, help_text="When it came in, in seconds since 1970."
    )
    in_progress_at = moment("all its lines were read")
    expires_at = moment("it ends with what it has")
    finalizing_at = moment("the last line had its outcome")
    completed_at = moment("it was completed")
    failed_at = moment("it failed")
    expired_at = moment("it expired")
    cancelling_at = moment("somebody cancelled it")
    cancelled_at = moment("it ended after that")
    request_counts = RequestCountsBody(help_text="How far it is.")
    usage = BatchUsageBody(help_text="What it took so far.")
    metadata = serializers.DictField(
        required=False, child=serializers.CharField(allow_blank=True), help_text="Yours."
    )
    output_file_id = serializers.CharField(
        required=False, help_text="The file of the answers, when it is over; if there are any."
    )
    error_file_id = serializers.CharField(
        required=False,
        help_text="The file of the lines that have no answer, when it is over; if there are any.",
    )


class BatchesBody(Body):
    object = serializers.ChoiceField(["list"], help_text="Always `list`.")
    data = serializers.ListField(  # type: ignore[assignment]
        child=BatchBody(), help_text="The batches of this page, the newest first."
    )
    has_more = serializers.BooleanField(help_text="Whether there are older ones.")
    first_id = serializers.CharField(required=False, help_text="Left out if there are none.")
    last_id = serializers.CharField(
        required=False, help_text="The `after` of the next page; left out if there are none."
    )


ONE_BATCH = OpenApiResponse(BatchBody, examples=[OpenApiExample("It is over", value=OVER)])
PAGE = {
    "object": "list",
    "data": [OVER],
    "has_more": False,
    "first_id": OVER["id"],
    "last_id": OVER["id"],
}

describe(
    "batches.api.batch_views.BatchesView",
    get={
        "operation_id": "listBatches",
        "summary": "Your batches",
        "description": "Page by page, the newest first. A parameter that is empty counts as left"
        " out.",
        "tags": ["Batches"],
        "parameters": [BatchesQuery],
        "responses": {
            200: OpenApiResponse(BatchesBody, examples=[OpenApiExample("One batch", value=PAGE)]),
        },
    },
    post={
        "operation_id": "createBatch",
        "summary": "Let the lines of a file be answered",
        "description": "The file is read after the answer. One wrong line fails the batch. Each"
        " line may name a list of its own, which is the list as it is now.",
        "tags": ["Batches"],
        "request": BatchSerializer,
        "parameters": IDEMPOTENCY,
        "examples": [
            OpenApiExample(
                "A batch",
                request_only=True,
                value={
                    "input_file_id": OVER["input_file_id"],
                    "endpoint": ENDPOINT,
                    "completion_window": COMPLETION_WINDOW,
                    "metadata": {"class": "7b"},
                },
            )
        ],
        "responses": {
            200: OpenApiResponse(
                BatchBody,
                examples=[OpenApiExample("It was accepted", value=ACCEPTED)],
            ),
            400: WRONG_OR_REUSED,
            413: OpenApiResponse(ErrorBody, description="The body is too large."),
        },
    },
)

describe(
    "batches.api.batch_views.BatchView",
    get={
        "operation_id": "retrieveBatch",
        "summary": "The state of a batch",
        "tags": ["Batches"],
        "parameters": [BATCH_ID],
        "responses": {200: ONE_BATCH, 404: NO_BATCH},
    },
)

describe(
    "batches.api.batch_views.CancelView",
    post={
        "operation_id": "cancelBatch",
        "summary": "Cancel a batch",
        "description": "Answers with the batch as it is then: cancelling, and cancelled when its"
        " files are written. What was answered before is kept.",
        "tags": ["Batches"],
        "request": None,
        "parameters": [BATCH_ID],
        "responses": {
            200: ONE_BATCH,
            404: NO_BATCH,
            409: OpenApiResponse(
                ErrorBody, description="It ended otherwise; `x-should-retry: false`."
            ),
        },
    },
)
