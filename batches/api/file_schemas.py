"""The OpenAPI description of /v1/files."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from batches.api.file_views import FilesQuery, UploadSerializer
from batches.api.job_schemas import IDEMPOTENCY, WRONG_OR_REUSED
from batches.models.files import StoredFile
from generation.openai.schema.describe import describe
from generation.openai.schema.response_schemas import Body, ErrorBody

FILE_ID = OpenApiParameter(
    "file_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="`file-...`"
)
NO_FILE = OpenApiResponse(
    ErrorBody, description="You have no such file, or it has expired (`param`: `file_id`)."
)
FILE = {
    "id": "file-0f3a5c2e9b7d41e6a8c0b1d2",
    "object": "file",
    "bytes": 487,
    "created_at": 1767225600,
    "filename": "batch.jsonl",
    "purpose": "batch",
    "status": "processed",
    "expires_at": 1769817600,
}
PAGE = {
    "object": "list",
    "data": [FILE],
    "has_more": False,
    "first_id": FILE["id"],
    "last_id": FILE["id"],
}
DELETED = {"id": FILE["id"], "object": "file", "deleted": True}


class UploadSchema(OpenApiSerializerExtension):
    """The form of an upload. A form has no nested fields, so `expires_after` is sent as several."""

    target_class = UploadSerializer
    priority = 1

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str:
        return "FileUpload"

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "file": {
                "type": "string",
                "format": "binary",
                "description": "The file. The name of a file for a batch must end in `.jsonl`.",
            }
        }
        required = ["file"]
        dependent: dict[str, list[str]] = {}
        for name, field in self.target.fields.items():
            if isinstance(field, serializers.Serializer):
                parts = {f"{name}[{part}]": inner for part, inner in field.fields.items()}
                fields |= {key: _field_schema(auto_schema, inner) for key, inner in parts.items()}
                dependent |= {key: [other for other in parts if other != key] for key in parts}
            else:
                fields[name] = _field_schema(auto_schema, field)
                required.append(name)
        return {
            "type": "object",
            "properties": fields,
            "required": required,
            "dependentRequired": dependent,
            "additionalProperties": False,
        }


def _field_schema(auto_schema: AutoSchema, field: Any) -> dict[str, Any]:
    schema: dict[str, Any] = auto_schema._map_serializer_field(field, "request")
    return schema | {"description": field.help_text}


class FileBody(Body):
    id = serializers.CharField(help_text="`file-...`")
    object = serializers.ChoiceField(["file"], help_text="Always `file`.")
    bytes = serializers.IntegerField(min_value=0, help_text="Size of the file.")
    created_at = serializers.IntegerField(
        min_value=0, help_text="When the upload was complete, in seconds since 1970."
    )
    filename = serializers.CharField(max_length=255, help_text="The name that the client sent.")
    purpose = serializers.ChoiceField(
        StoredFile.Purpose.values,
        help_text="`batch_output` means that a batch has written the file.",
    )
    status = serializers.ChoiceField(
        [StoredFile.Status.PROCESSED.value], help_text="Always `processed`. The file can be used."
    )
    expires_at = serializers.IntegerField(
        required=False,
        min_value=0,
        help_text="When the file is deleted, in seconds since 1970. Left out if it is kept.",
    )


class FilesBody(Body):
    object = serializers.ChoiceField(["list"], help_text="Always `list`.")
    data = serializers.ListField(child=FileBody(), help_text="The files of this page.")  # type: ignore[assignment]
    has_more = serializers.BooleanField(help_text="Whether there are further files.")
    first_id = serializers.CharField(allow_null=True, help_text="Null if the page is empty.")
    last_id = serializers.CharField(
        allow_null=True, help_text="The `after` of the next page. Null if the page is empty."
    )


class DeletedFileBody(Body):
    id = serializers.CharField(help_text="The id of the deleted file.")
    object = serializers.ChoiceField(["file"], help_text="Always `file`.")
    deleted = serializers.BooleanField(help_text="Always true.")


ONE_FILE = OpenApiResponse(FileBody, examples=[OpenApiExample("A file", value=FILE)])

describe(
    "batches.api.file_views.FilesView",
    get={
        "operation_id": "listFiles",
        "summary": "List your files",
        "description": "The list is paged. An empty parameter counts as not given.",
        "tags": ["Files"],
        "parameters": [FilesQuery],
        "responses": {
            200: OpenApiResponse(FilesBody, examples=[OpenApiExample("One file", value=PAGE)]),
        },
    },
    post={
        "operation_id": "createFile",
        "summary": "Upload a file",
        "description": "The upload is a form. The content of the file is checked when a batch reads"
        " it. Files with the purpose `batch` are kept for FILE_KEEP_DAYS and others without limit,"
        " unless `expires_after` is given.",
        "tags": ["Files"],
        "request": {"multipart/form-data": UploadSerializer},
        "parameters": IDEMPOTENCY,
        "responses": {
            200: ONE_FILE,
            400: WRONG_OR_REUSED,
            413: OpenApiResponse(ErrorBody, description="The file has more than FILE_MAX_BYTES."),
        },
    },
)

describe(
    "batches.api.file_views.FileView",
    get={
        "operation_id": "retrieveFile",
        "summary": "Retrieve a file",
        "tags": ["Files"],
        "parameters": [FILE_ID],
        "responses": {
            200: ONE_FILE,
            404: NO_FILE,
        },
    },
    delete={
        "operation_id": "deleteFile",
        "summary": "Delete a file",
        "description": "The file is deleted at once. A batch that has not read all of it fails.",
        "tags": ["Files"],
        "parameters": [FILE_ID],
        "responses": {
            200: OpenApiResponse(
                DeletedFileBody, examples=[OpenApiExample("A deleted file", value=DELETED)]
            ),
            404: NO_FILE,
        },
    },
)

describe(
    "batches.api.file_views.FileContentView",
    get={
        "operation_id": "downloadFile",
        "summary": "Download a file",
        "description": "The bytes of the file. A file that a batch has written has JSON lines.",
        "tags": ["Files"],
        "parameters": [
            FILE_ID,
            OpenApiParameter(
                "Content-Disposition",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                response=[200],
                description="`attachment`, with the file's name.",
            ),
        ],
        "responses": {
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            404: NO_FILE,
        },
    },
)
