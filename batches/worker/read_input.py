"""Read the input file of a batch and create an item for each line.

If a line cannot be read as a request, the items are deleted and the batch fails with the errors. A
line whose body is not valid becomes an item that has failed, and the others are answered. This runs
in a worker under the job's lease, because 50,000 lines take longer than a request should. Each
transaction stores the items of some lines together with the position in the file. No item is
answered before the last line is read: a batch is accepted whole or not at all.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from batches import file_store
from batches.intake.jsonl_items import InputError, LineError, LineParser
from batches.intake.line_reader import Line, read_lines
from batches.models import BatchItem, BatchJob, StoredFile
from batches.worker.db_retry import with_db_retry
from batches.worker.file_slice import FileSlice
from batches.worker.lease import LeaseLost, lease_expiry

# Limits of one transaction. The first one that is reached ends it.
CHUNK_LINES = 500
CHUNK_BYTES = 4 * 1024 * 1024
# Reading stops after this number of wrong lines.
MAX_ERRORS = 100
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Chunk:
    """The result of parsing some lines. end: Position in the file of the first byte after them."""

    end: int
    lines: int = 0
    is_last: bool = False
    items: list[BatchItem] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)


class ReadInput(FileSlice):
    """A slice that reads some lines. After the last line it accepts or refuses the batch."""

    def _work(self) -> Generator[str, None, bool]:
        try:
            self._check_attempts()
            with_db_retry(self._begin_attempt, self._stop)
            yield "begin attempt"
            file = self._file()
            lines = read_lines(
                file_store.read_from(file, self.job.read_bytes),
                self.job.read_bytes,
                max_bytes=settings.MAX_REQUEST_BYTES,
            )
            seen = set(self.job.items.values_list("custom_id", flat=True))
            parser = LineParser(self.job, seen)
            while len(self.job.errors) < MAX_ERRORS:
                if self.done and (self._is_over() or not self._may_continue()):
                    return False
                chunk = self._parse(lines, parser)
                with_db_retry(partial(self._store, chunk), self._stop)
                yield "read"
                if chunk.is_last:
                    break
            if self.job.total == 0 and not self.job.errors:
                raise InputError("empty_file", "The input file has no lines.")
        except InputError as error:
            self.job.errors = [*self.job.errors, error.as_line_error(None)]
        except file_store.FileGone:
            self.job.errors = [*self.job.errors, _no_file(self.job).as_line_error(None)]
        if self.job.errors:
            yield from self._refuse()
            return True
        with_db_retry(self._accept, self._stop)
        yield "accept"
        return False

    def _check_attempts(self) -> None:
        """Raise InputError if reading on from the same line has ended several workers."""
        attempts = self.job.read_attempts
        if attempts >= settings.BATCH_MAX_ATTEMPTS:
            line = self.job.read_lines + 1
            raise InputError(
                "worker_died",
                f"The worker died {attempts} times while it read the file from line {line} on.",
            )

    def _begin_attempt(self) -> None:
        """Count an attempt before the work, so that a crash counts as an attempt."""
        attempts = self.job.read_attempts + 1
        if self.lease.held_job().update(read_attempts=attempts) != 1:
            raise LeaseLost

    def _may_continue(self) -> bool:
        return with_db_retry(self.lease.may_continue, self._stop)

    def _file(self) -> StoredFile:
        files = StoredFile.objects.of(self.job.owner)
        file = files.filter(public_id=self.job.input_file_id).first()
        if file is None:
            raise _no_file(self.job)
        if file.purpose != StoredFile.Purpose.BATCH:
            raise InputError(
                "invalid_request",
                f"The file has the purpose '{file.purpose}'; it must be 'batch'.",
                "file_id",
            )
        return file

    def _parse(self, lines: Iterator[Line], parser: LineParser) -> Chunk:
        """Parse the next lines, up to the limits of one transaction."""
        chunk = Chunk(self.job.read_bytes)
        total = self.job.total
        for line in lines:
            start, chunk.end = chunk.end, line.end
            chunk.lines += 1
            content = line.content
            if content is not None and start == 0:
                content = content.removeprefix(BYTE_ORDER_MARK)
            if content is None or content.strip():
                index = total + len(chunk.items)
                if index == settings.BATCH_MAX_ITEMS:
                    raise InputError(
                        "too_many_tasks", f"The input file has more than {index:,} requests."
                    )
                try:
                    chunk.items.append(parser.item(content, index))
                except InputError as error:
                    chunk.errors.append(error.as_line_error(self.job.read_lines + chunk.lines))
            full = chunk.lines >= CHUNK_LINES or chunk.end - self.job.read_bytes >= CHUNK_BYTES
            if full or len(self.job.errors) + len(chunk.errors) >= MAX_ERRORS:
                return chunk
        chunk.is_last = True
        return chunk

    def _store(self, chunk: Chunk) -> None:
        errors = [*self.job.errors, *chunk.errors]
        # After one wrong line, no item will be answered.
        items = [] if errors else chunk.items
        total = self.job.total + len(items)
        with transaction.atomic():
            if self.lease.lock().read_bytes != self.job.read_bytes:
                raise LeaseLost  # the transaction that is repeated here had been committed
            BatchItem.objects.bulk_create(items)
            self.lease.held_job().update(
                total=total,
                errors=errors,
                read_bytes=chunk.end,
                read_lines=F("read_lines") + chunk.lines,
                read_attempts=0,
                lease_expires_at=lease_expiry(),
            )
        self.job.total, self.job.errors, self.job.read_bytes = total, errors, chunk.end
        self.job.read_lines += chunk.lines
        self.done += chunk.lines

    def _accept(self) -> None:
        with transaction.atomic():
            self.lease.lock()
            invalid = self.job.items.filter(invalid=True).count()
            self.lease.held_job().update(
                status=BatchJob.Status.IN_PROGRESS,
                started_at=timezone.now(),
                failed_count=invalid,
                invalid_count=invalid,
            )

    def _refuse(self) -> Iterator[str]:
        """Delete the items, some in each transaction, then close the job as failed."""
        while pks := list(self.job.items.values_list("pk", flat=True)[:CHUNK_LINES]):
            with_db_retry(partial(self._delete, pks), self._stop)
            yield "delete items"
        with_db_retry(self._fail, self._stop)

    def _delete(self, pks: list[int]) -> None:
        with transaction.atomic():
            self.lease.lock()
            deleted, _ = BatchItem.objects.filter(pk__in=pks).delete()
            self.lease.held_job().update(
                total=F("total") - deleted,
                errors=self.job.errors,
                lease_expires_at=lease_expiry(),
            )

    def _fail(self) -> None:
        with transaction.atomic():
            cancelled = self.lease.lock().status == BatchJob.Status.CANCELLING
            self.lease.held_job().update(
                status=BatchJob.Status.CANCELLED if cancelled else BatchJob.Status.FAILED,
                errors=self.job.errors,
                error=summary(self.job.errors),
                lease_owner="",
                lease_expires_at=None,
                paused_at=None,
                finished_at=timezone.now(),
            )


def summary(errors: list[LineError]) -> str:
    """Return one line that tells what is wrong with a file."""
    first = errors[0]
    position = f"line {first['line']}: " if first["line"] else ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"The input file is not valid: {position}{first['message']}{more}"


def _no_file(job: BatchJob) -> InputError:
    return InputError("invalid_request", f"No file found with id '{job.input_file_id}'.", "file_id")
