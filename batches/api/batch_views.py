"""/v1/batches: create, list, retrieve and cancel batches. A batch is a job that names a file."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches.api.file_views import ExpirySerializer
from batches.api.idempotency import idempotent
from batches.api.visibility import visible_to
from batches.formats.batch_object import COMPLETION_WINDOW, ENDPOINT, batch_body
from batches.intake.submit import submit_file
from batches.lifecycle.actions import Conflict, cancel
from batches.models import BatchJob
from generation.auth.authentication import caller
from generation.auth.scopes import Scope
from generation.openai.errors import ApiError
from generation.openai.fields.field_types import (
    MAX_METADATA,
    MAX_METADATA_KEY,
    MAX_METADATA_VALUE,
    MetadataField,
)
from generation.openai.fields.strict_serializer import StrictSerializer
from generation.openai.pagination import PageSerializer, find, page_of, query_of

MAX_BATCHES = 100


class OneOf(serializers.ChoiceField):
    """A choice field with OpenAI's error message."""

    default_error_messages = {
        "invalid_choice": "Invalid value: '{input}'. Supported values are: {choices}.",
    }

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            supported = " and ".join(f"'{choice}'" for choice in self.choices)
            self.fail("invalid_choice", input=data, choices=supported)
        return data


class BatchSerializer(StrictSerializer):
    """The body of POST /v1/batches."""

    input_file_id = serializers.CharField(
        max_length=40, help_text="A file with the purpose `batch`. It is read after the response."
    )
    endpoint = OneOf([ENDPOINT], help_text="The endpoint of all lines.")
    completion_window = OneOf([COMPLETION_WINDOW], help_text="Time after which the batch expires.")
    metadata = MetadataField(
        required=False,
        help_text=f"Up to {MAX_METADATA} pairs of strings, with keys of up to {MAX_METADATA_KEY}"
        f" and values of up to {MAX_METADATA_VALUE} characters. The batch object contains them.",
    )
    output_expires_after = ExpirySerializer(
        required=False, help_text="When the output file and the error file are deleted."
    )


class BatchesQuery(PageSerializer):
    limit = serializers.IntegerField(
        min_value=1,
        max_value=MAX_BATCHES,
        default=20,
        help_text="Maximum number of batches on a page.",
    )


class BatchesView(APIView):
    read_scope = write_scope = Scope.BATCH

    def get(self, request: Request) -> Response:
        return Response(page_of(_batches(request), query_of(request, BatchesQuery), batch_body))

    def post(self, request: Request) -> Response:
        serializer = BatchSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        owner, api_key = caller(request)
        post = idempotent(request, "batches", fields)
        return post.stored_answer() or post.answer(
            lambda: batch_body(submit_file(fields, owner=owner, api_key=api_key))
        )


class BatchView(APIView):
    read_scope = write_scope = Scope.BATCH

    def get(self, request: Request, batch_id: str) -> Response:
        return Response(batch_body(_batch(request, batch_id)))


class CancelView(APIView):
    read_scope = write_scope = Scope.BATCH

    def post(self, request: Request, batch_id: str) -> Response:
        batch = _batch(request, batch_id)
        try:
            cancel(batch)
        except Conflict as error:
            status = _batch(request, batch_id).status
            raise ApiError(409, f"Cannot cancel a batch with status '{status}'.") from error
        return Response(batch_body(_batch(request, batch_id)))


def _batches(request: Request) -> QuerySet[BatchJob]:
    """Return the requester's batches. The batches of other users give 404, like unknown ids."""
    batches = visible_to(request, BatchJob.objects.exclude(input_file_id=""))
    return batches.defer("wordlists", "bindings")


def _batch(request: Request, batch_id: str) -> BatchJob:
    batch = find(_batches(request), batch_id)
    if batch is None:
        raise ApiError(404, f"No batch found with id '{batch_id}'.", param="batch_id")
    return batch
