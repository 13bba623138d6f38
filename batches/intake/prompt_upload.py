"""Read an uploaded JSON list of prompts and spool its items to a temporary file."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from batches.intake.job_items import ItemReader
from batches.intake.json_stream import InvalidJson, NotAList, read_list
from generation.openai.errors import ApiError

# A spool of up to this size stays in memory.
SPOOL_BYTES = 2 * 1024 * 1024


class Spool:
    """The columns of items in a temporary file. It can be iterated several times, in order."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._count = 0
        self.invalid_count = 0

    def add(self, item: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(item).encode() + b"\n")
        self._count += 1
        self.invalid_count += item.get("invalid", False)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)


@contextmanager
def read_items(upload: UploadedFile[bytes] | None, reader: ItemReader) -> Iterator[Spool]:
    """Yield the columns of the items of an uploaded JSON list.

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
    with _spooled(_read(upload, reader)) as spool:
        yield spool


@contextmanager
def spool_items(items: Iterable[Any], reader: ItemReader) -> Iterator[Spool]:
    """Yield the columns of items that are objects already. Raises as `read_items`."""
    with _spooled(_columns(items, reader)) as spool:
        yield spool


@contextmanager
def _spooled(columns: Iterable[Mapping[str, Any]]) -> Iterator[Spool]:
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as file:
        spool = Spool(file)
        for item in columns:
            spool.add(item)
        yield spool


def _read(upload: UploadedFile[bytes], reader: ItemReader) -> Iterator[dict[str, Any]]:
    values = read_list(upload.chunks(), max_element_chars=settings.MAX_REQUEST_BYTES)
    try:
        yield from _columns(values, reader)
    except InvalidJson as error:
        raise ApiError(
            400, f"The file is not valid JSON: {error}.", param="file", code="invalid_json"
        ) from None
    except NotAList:
        raise _no_items() from None


def _columns(items: Iterable[Any], reader: ItemReader) -> Iterator[dict[str, Any]]:
    count = 0
    for item in items:
        if count == settings.BATCH_MAX_ITEMS:
            # Without reading on: the rest can be millions of elements of one character.
            raise ApiError(
                400,
                f"The file has more than {settings.BATCH_MAX_ITEMS:,} items.",
                param="file",
                code="invalid_value",
            )
        yield reader.columns(count, item)
        count += 1
    if count == 0:
        raise _no_items()


def _no_items() -> ApiError:
    return ApiError(
        400,
        "The file must contain a JSON list of at least one object with 'messages'.",
        param="file",
        code="invalid_value",
    )
