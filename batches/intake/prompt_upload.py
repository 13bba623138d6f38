"""Validate an uploaded JSON list of prompts and spool its items to a temporary file."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, TypeGuard

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from rest_framework.exceptions import ValidationError

from batches.intake.json_stream import InvalidJson, NotAList, read_list
from generation.openai.errors import ApiError
from generation.openai.fields import is_text
from generation.openai.serializers import ROLES, BatchItemSerializer

# A spool of up to this size stays in memory.
SPOOL_BYTES = 2 * 1024 * 1024
MAX_CUSTOM_ID_CHARS = 200


class Spool:
    """Validated items in a temporary file. It can be iterated several times, in order."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._count = 0

    def add(self, item: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(item).encode() + b"\n")
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)


@contextmanager
def read_items(upload: UploadedFile[bytes] | None) -> Iterator[Spool]:
    """Yield the validated items of an uploaded JSON list.

    Raises ApiError or ValidationError, which name the wrong item by its index. A job is accepted
    whole or not at all, because a skipped item would shift the index of every later result. All
    items are read before one is stored, so a slow or wrong file does not lock the database.
    """
    if upload is None:
        raise ApiError(
            400,
            "Send the prompts as a file in a multipart field named 'file'.",
            param="file",
            code="missing_required_parameter",
        )
    if (upload.size or 0) > settings.BATCH_MAX_BYTES:
        raise ApiError(
            413,
            f"The file has {upload.size:,} bytes;"
            f" at most {settings.BATCH_MAX_BYTES:,} are accepted.",
            param="file",
            code="request_too_large",
        )
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as file:
        spool = Spool(file)
        for item in _validate(upload):
            spool.add(item)
        yield spool


def _validate(upload: UploadedFile[bytes]) -> Iterator[dict[str, Any]]:
    count = 0
    try:
        for value in read_list(upload.chunks(), max_element_chars=settings.MAX_REQUEST_BYTES):
            if count == settings.BATCH_MAX_ITEMS:
                # Without reading on: the rest can be millions of elements of one character.
                raise ApiError(
                    400,
                    f"The file has more than {settings.BATCH_MAX_ITEMS:,} items.",
                    param="file",
                    code="invalid_value",
                )
            yield read_item(count, value)
            count += 1
    except InvalidJson as error:
        raise ApiError(
            400, f"The file is not valid JSON: {error}.", param="file", code="invalid_json"
        ) from None
    except NotAList:
        count = 0
    if count == 0:
        raise ApiError(
            400,
            "The file must contain a JSON list of at least one object with 'messages'.",
            param="file",
            code="invalid_value",
        )


def read_item(index: int, item: Any) -> dict[str, Any]:
    """Return the fields of an item. Raises ValidationError, which names the item by its index."""
    if _is_plain(item):
        return item  # type: ignore[no-any-return]
    serializer = BatchItemSerializer(data=item)
    if not serializer.is_valid():
        raise ValidationError({f"file[{index}]": serializer.errors})
    fields: dict[str, Any] = serializer.validated_data
    return fields


def _is_plain(item: Any) -> bool:
    """Return True for an item that the serializer would return unchanged.

    Nearly all items are plain, and the serializer takes ten times as long as this check.
    """
    if not isinstance(item, dict) or not item.keys() <= {"messages", "custom_id"}:
        return False
    custom_id = item.get("custom_id", "-")
    return (
        is_plain_text(custom_id, MAX_CUSTOM_ID_CHARS)
        and custom_id == custom_id.strip() != ""
        and is_plain_messages(item.get("messages"))
    )


def is_plain_messages(messages: Any) -> TypeGuard[list[dict[str, str]]]:
    """Return True for messages that the serializer would return unchanged."""
    return (
        isinstance(messages, list)
        and 0 < len(messages) <= settings.MAX_MESSAGES
        and all(_is_plain_message(message) for message in messages)
    )


def _is_plain_message(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and message.keys() == {"role", "content"}
        and isinstance(message["role"], str)
        and message["role"] in ROLES
        and is_plain_text(message["content"], settings.MAX_MESSAGE_CHARS)
    )


def is_plain_text(text: Any, max_chars: int) -> bool:
    return isinstance(text, str) and len(text) <= max_chars and is_text(text)
