"""Write files into the database and read them in parts, never as a whole in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from batches.models import FilePart, StoredFile

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from generation.auth.api_key import ApiKey

# Size of a part: at most one part of a file is in memory, and a transaction writes one part.
PART_BYTES = 512 * 1024
DAY = 86_400


class FileGone(Exception):
    """The file was deleted while it was read."""


def begin(
    *, owner: User, api_key: ApiKey | None, filename: str, purpose: StoredFile.Purpose
) -> StoredFile:
    """Create an empty file, which is not visible before `complete`."""
    return StoredFile.objects.create(
        owner=owner, api_key=api_key, filename=filename, purpose=purpose
    )


def append(file: StoredFile, content: bytes) -> None:
    """Append one part."""
    with transaction.atomic():
        FilePart.objects.create(file=file, index=file.part_count, content=content)
        StoredFile.objects.filter(pk=file.pk).update(
            part_count=F("part_count") + 1, bytes=F("bytes") + len(content)
        )
    file.part_count += 1
    file.bytes += len(content)


def store(file: StoredFile, source: IO[bytes]) -> None:
    """Append all of `source`. Each part is a transaction, so others can write in between."""
    while content := source.read(PART_BYTES):
        append(file, content)


def default_seconds() -> int | None:
    """Return how long files of batches are kept by default. None means without limit."""
    return settings.FILE_KEEP_DAYS * DAY or None


def complete(public_id: str, seconds: int | None) -> StoredFile:
    """Make a file visible.

    seconds: Time until it expires. None means that it never expires.
    """
    now = timezone.now()
    StoredFile.objects.filter(public_id=public_id).update(
        status=StoredFile.Status.PROCESSED,
        created_at=now,
        expires_at=None if seconds is None else now + dt.timedelta(seconds=seconds),
    )
    return StoredFile.objects.get(public_id=public_id)


def read_from(file: StoredFile, offset: int) -> Iterator[bytes]:
    """Yield the bytes of an upload from `offset` on. Raises FileGone if the file is deleted."""
    first = offset // PART_BYTES
    for index in range(first, file.part_count):
        part = FilePart.objects.filter(file=file, index=index).first()
        if part is None:
            raise FileGone
        skipped = offset % PART_BYTES if index == first else 0
        yield bytes(part.content)[skipped:]


async def stream(file: StoredFile) -> AsyncIterator[bytes]:
    """Yield the parts of a file. Raises FileGone if the file is deleted.

    The exception aborts a download, so that a truncated file does not look complete.
    """
    for index in range(file.part_count):
        part = await FilePart.objects.filter(file=file, index=index).afirst()
        if part is None:
            raise FileGone
        yield bytes(part.content)


def delete(file: StoredFile) -> bool:
    """Delete a file. Return False if it was already deleted."""
    with transaction.atomic():
        FilePart.objects.filter(file=file).delete()
        return StoredFile.objects.filter(pk=file.pk).delete()[0] > 0
