"""The OpenAPI description of /v1/batches."""

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
NO_USAGE = {
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
    "usage": NO_USAGE,
    "metadata": {"class": "7b"},
}
COMPLETED: dict[str, Any] = ACCEPTED | {
    "status": "completed",
    "in_progress_at": 1767225601,
    "finalizing_at": 1767225630,
    "completed_at": 1767225631,
    "request_counts": {"total": 2, "completed": 2, "failed": 0},
    "usage": NO_USAGE | {"input_tokens": 62, "output_tokens": 108, "total_tokens": 170},
    "output_file_id": "file-9d2b7f4e1c6a48d3b5e0a7f8",
}


def moment(when: str) -> serializers.IntegerField:
    """Return a field for a time. The field is left out until that time."""
    return serializers.IntegerField(
        required=False, min_value=0, help_text=f"When {when}, in seconds since 1970."
    )


class LineErrorBody(Body):
    code = serializers.CharField(help_text="The kind of error, for programs.")
    message = serializers.CharField(help_text="The error, for people.")
    param = serializers.CharField(
        allow_null=True, help_text="The path of the wrong field, such as `body.messages`."
    )
    line = serializers.IntegerField(
        min_value=1,
        allow_null=True,
        help_text="The number of the line; null if the error is not in a line.",
    )


class BatchErrorsBody(Body):
    object = serializers.ChoiceField(["list"], help_text="Always `list`.")
    data = serializers.ListField(  # type: ignore[assignment]
        child=LineErrorBody(), help_text="The first hundred errors, in the order of the lines."
    )


class RequestCountsBody(Body):
    total = serializers.IntegerField(
        min_value=0, help_text="Number of lines; 0 until all are read."
    )
    completed = serializers.IntegerField(min_value=0, help_text="Number of lines with an answer.")
    failed = serializers.IntegerField(min_value=0, help_text="Number of lines that failed.")


class InputDetailsBody(Body):
    cached_tokens = serializers.IntegerField(min_value=0, help_text="Always 0.")


class OutputDetailsBody(Body):
    reasoning_tokens = serializers.IntegerField(min_value=0, help_text="Always 0.")


class BatchUsageBody(Body):
    input_tokens = serializers.IntegerField(min_value=0, help_text="Tokens of the prompts so far.")
    input_tokens_details = InputDetailsBody(help_text="Present for compatibility with OpenAI.")
    output_tokens = serializers.IntegerField(min_value=0, help_text="Tokens of the answers so far.")
    output_tokens_details = OutputDetailsBody(help_text="Present for compatibility with OpenAI.")
    total_tokens = serializers.IntegerField(min_value=0, help_text="The sum of both.")


class BatchBody(Body):
    id = serializers.CharField(
        help_text="`batch_...`. The endpoints under `/v1/batch/jobs` accept it too."
    )
    object = serializers.ChoiceField(["batch"], help_text="Always `batch`.")
    endpoint = serializers.ChoiceField([ENDPOINT], help_text="The endpoint of all lines.")
    model = serializers.CharField(help_text="The model that answers the lines.")
    errors = BatchErrorsBody(  # type: ignore[assignment]
        required=False, help_text="Why the batch failed. No line of it was answered."
    )
    input_file_id = serializers.CharField(help_text="The id of the input file.")
    completion_window = serializers.ChoiceField(
        [COMPLETION_WINDOW], help_text=f"Always `{COMPLETION_WINDOW}`."
    )
    status = serializers.ChoiceField(
        BatchJob.Status.values,
        help_text="validating (the input file is read), in_progress, finalizing (the output files"
        " are written), completed; or failed, expired, cancelling, cancelled.",
    )
    created_at = serializers.IntegerField(
        min_value=0, help_text="When the batch was created, in seconds since 1970."
    )
    in_progress_at = moment("all lines had been read")
    expires_at = moment("the batch expires and keeps the answers so far")
    finalizing_at = moment("every line had its outcome")
    completed_at = moment("the batch was completed")
    failed_at = moment("the batch failed")
    expired_at = moment("the batch expired")
    cancelling_at = moment("a user cancelled the batch")
    cancelled_at = moment("the cancelled batch was closed")
    request_counts = RequestCountsBody(help_text="The progress of the batch.")
    usage = BatchUsageBody(help_text="The tokens used so far.")
    metadata = serializers.DictField(
        required=False,
        child=serializers.CharField(allow_blank=True),
        help_text="The metadata of the request.",
    )
    output_file_id = serializers.CharField(
        required=False,
        help_text="The id of the file of answers. Left out until the batch ends or if it is empty.",
    )
    error_file_id = serializers.CharField(
        required=False,
        help_text="The id of the file of lines without an answer. Left out until the batch"
        " ends, or if it is empty.",
    )


class BatchesBody(Body):
    object = serializers.ChoiceField(["list"], help_text="Always `list`.")
    data = serializers.ListField(  # type: ignore[assignment]
        child=BatchBody(), help_text="The batches of this page, the newest first."
    )
    has_more = serializers.BooleanField(help_text="Whether there are older batches.")
    first_id = serializers.CharField(allow_null=True, help_text="Null if the page is empty.")
    last_id = serializers.CharField(
        allow_null=True, help_text="The `after` of the next page. Null if the page is empty."
    )


ONE_BATCH = OpenApiResponse(
    BatchBody, examples=[OpenApiExample("A completed batch", value=COMPLETED)]
)
PAGE = {
    "object": "list",
    "data": [COMPLETED],
    "has_more": False,
    "first_id": COMPLETED["id"],
    "last_id": COMPLETED["id"],
}

describe(
    "batches.api.batch_views.BatchesView",
    get={
        "operation_id": "listBatches",
        "summary": "List your batches",
        "description": "The list is paged, the newest batch first. An empty parameter counts as not"
        " given.",
        "tags": ["Batches"],
        "parameters": [BatchesQuery],
        "responses": {
            200: OpenApiResponse(BatchesBody, examples=[OpenApiExample("One batch", value=PAGE)]),
        },
    },
    post={
        "operation_id": "createBatch",
        "summary": "Create a batch from a file",
        "description": "The file is read after the response. A line that cannot be read as a"
        " request fails the batch. A line with a wrong body gets an error. Each line may name its"
        " own wordlist. It is used as it was when the batch was created.",
        "tags": ["Batches"],
        "request": BatchSerializer,
        "parameters": IDEMPOTENCY,
        "examples": [
            OpenApiExample(
                "A batch",
                request_only=True,
                value={
                    "input_file_id": COMPLETED["input_file_id"],
                    "endpoint": ENDPOINT,
                    "completion_window": COMPLETION_WINDOW,
                    "metadata": {"class": "7b"},
                },
            )
        ],
        "responses": {
            200: OpenApiResponse(
                BatchBody,
                examples=[OpenApiExample("An accepted batch", value=ACCEPTED)],
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
        "summary": "Retrieve the state of a batch",
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
        "description": "The response is the batch after the request. Its status is cancelling, and"
        " cancelled when its files are written. Answers so far are kept.",
        "tags": ["Batches"],
        "request": None,
        "parameters": [BATCH_ID],
        "responses": {
            200: ONE_BATCH,
            404: NO_BATCH,
            409: OpenApiResponse(
                ErrorBody,
                description="The batch has already ended with another status. The response has the"
                " header `x-should-retry: false`.",
            ),
        },
    },
)
