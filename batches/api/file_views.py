"""/v1/files: upload, list, retrieve, download and delete files."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches import file_store
from batches.api.idempotency import Body, idempotent
from batches.api.visibility import visible_to
from batches.models import StoredFile
from generation.auth.authentication import caller
from generation.auth.scopes import Scope
from generation.openai.errors import ApiError
from generation.openai.fields.strict_serializer import StrictSerializer
from generation.openai.pagination import PageSerializer, find, page_of, query_of
from generation.openai.parsing import single_values

Purpose = StoredFile.Purpose
UPLOADABLE = [purpose.value for purpose in Purpose if purpose is not Purpose.BATCH_OUTPUT]
# Clients may set an expiry of one hour to thirty days, in seconds.
MIN_EXPIRY, MAX_EXPIRY = 3600, 2_592_000
# Maximum bytes of a multipart body besides the file.
FORM_BYTES = 64 * 1024
MAX_FILES = 10_000
_NESTED = re.compile(r"(expires_after)\[(\w+)\]")


class ExpirySerializer(StrictSerializer):
    """OpenAI's `expires_after`."""

    anchor = serializers.ChoiceField(
        ["created_at"], help_text="The time from which the seconds count."
    )
    seconds = serializers.IntegerField(
        min_value=MIN_EXPIRY,
        max_value=MAX_EXPIRY,
        help_text="Seconds until the file is deleted: one hour to thirty days.",
    )


class UploadSerializer(StrictSerializer):
    """The form fields besides the file itself."""

    purpose = serializers.ChoiceField(
        UPLOADABLE,
        help_text="`batch` for the input of a batch. Files of other purposes are only stored.",
    )
    expires_after = ExpirySerializer(required=False)


class FilesQuery(PageSerializer):
    limit = serializers.IntegerField(
        min_value=1,
        max_value=MAX_FILES,
        default=MAX_FILES,
        help_text="Maximum number of files on a page.",
    )
    order = serializers.ChoiceField(
        ["asc", "desc"], default="desc", help_text="Order by age. `desc` means the newest first."
    )
    purpose = serializers.ChoiceField(
        Purpose.values, required=False, help_text="Only files with this purpose."
    )


class FilesView(APIView):
    read_scope = write_scope = Scope.FILES

    parser_classes = [MultiPartParser]

    def get(self, request: Request) -> Response:
        query = query_of(request, FilesQuery)
        files = visible_to(request, StoredFile.objects.available())
        if "purpose" in query:
            files = files.filter(purpose=query["purpose"])
        return Response(page_of(files, query, file_body, ascending=query["order"] == "asc"))

    def post(self, request: Request) -> Response:
        _check_size(int(request.META.get("CONTENT_LENGTH") or 0) - FORM_BYTES)
        fields = _fields(request)
        upload = _upload(request, fields["purpose"])
        owner, api_key = caller(request)
        content = {**fields, "filename": upload.name}
        post = idempotent(request, "files", content, upload.file)
        if stored := post.stored_answer():
            return stored
        file = file_store.begin(
            owner=owner,
            api_key=api_key,
            filename=upload.name or "upload",
            purpose=Purpose(fields["purpose"]),
        )
        seconds = fields.get("expires_after", {}).get("seconds")
        if seconds is None and file.purpose == Purpose.BATCH:
            seconds = file_store.default_seconds()
        is_visible = False
        try:
            file_store.store(file, upload.file)  # type: ignore[arg-type]
            response = post.answer(lambda: file_body(file_store.complete(file.public_id, seconds)))
            is_visible = response.data["id"] == file.public_id
        finally:
            if not is_visible:  # the upload failed, or the same request was answered first
                file_store.delete(file)
        return response


class FileView(APIView):
    read_scope = write_scope = Scope.FILES

    def get(self, request: Request, file_id: str) -> Response:
        return Response(file_body(_file(request, file_id)))

    def delete(self, request: Request, file_id: str) -> Response:
        file = _file(request, file_id)
        if not file_store.delete(file):
            raise _unknown(file_id)
        return Response({"id": file.public_id, "object": "file", "deleted": True})


class FileContentView(APIView):
    read_scope = write_scope = Scope.FILES

    def get(self, request: Request, file_id: str) -> HttpResponseBase:
        file = _file(request, file_id)
        disposition = content_disposition_header(True, file.filename)
        return StreamingHttpResponse(
            file_store.stream(file),
            # Not the uploader's content type, because the admin has the same origin.
            content_type="application/octet-stream",
            headers={"Content-Length": str(file.bytes), "Content-Disposition": disposition},
        )


def file_body(file: StoredFile) -> Body:
    """Return OpenAI's file object. A field without a value is left out: none may be null."""
    body: Body = {
        "id": file.public_id,
        "object": "file",
        "bytes": file.bytes,
        "created_at": int(file.created_at.timestamp()),
        "filename": file.filename,
        "purpose": file.purpose,
        "status": file.status,
    }
    if file.expires_at is not None:
        body["expires_at"] = int(file.expires_at.timestamp())
    return body


def _fields(request: Request) -> dict[str, Any]:
    """Validate the form's fields. The fields `expires_after[...]` become one object."""
    flat: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    # An empty body is an empty dict, whatever its content type.
    data = request.data if isinstance(request.data, QueryDict) else QueryDict()
    for name, value in single_values(data).items():
        if match := _NESTED.fullmatch(name):
            nested.setdefault(match[1], {})[match[2]] = value
        elif name != "file":
            flat[name] = value
    serializer = UploadSerializer(data=nested | flat)
    serializer.is_valid(raise_exception=True)
    fields: dict[str, Any] = serializer.validated_data
    return fields


def _upload(request: Request, purpose: str) -> UploadedFile[bytes]:
    """Return the uploaded file. Raises ApiError if it is missing, too large or misnamed."""
    upload: UploadedFile[bytes] | None = request.FILES.get("file")
    if upload is None:
        raise ApiError(
            400,
            "Send the file as a multipart field named 'file', with a file name.",
            param="file",
            code="missing_required_parameter",
        )
    _check_size(upload.size or 0)
    if purpose == Purpose.BATCH and not (upload.name or "").lower().endswith(".jsonl"):
        raise ApiError(
            400,
            "Invalid file format for Batch API. Must be .jsonl",
            param="file",
            code="invalid_value",
        )
    return upload


def _check_size(size: int) -> None:
    """Raise ApiError if the file is too large."""
    if size > settings.FILE_MAX_BYTES:
        raise ApiError(
            413,
            f"The file has {size:,} bytes; at most {settings.FILE_MAX_BYTES:,} are accepted.",
            param="file",
            code="request_too_large",
        )


def _file(request: Request, file_id: str) -> StoredFile:
    """Return the requester's file. A file of another user gives 404, like an unknown id."""
    file = find(visible_to(request, StoredFile.objects.available()), file_id)
    if file is None:
        raise _unknown(file_id)
    return file


def _unknown(file_id: str) -> ApiError:
    return ApiError(404, f"No file found with id '{file_id}'.", param="file_id")
