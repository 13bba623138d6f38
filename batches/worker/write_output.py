"""Write the outcomes of a batch into its output file and its error file, in the items' order.

This runs in a worker under the job's lease when every item has its outcome. Each transaction writes
some lines together with the number of items written so far. The last transaction makes the files
visible and closes the job.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from functools import partial

from django.db import transaction
from django.utils import timezone

from batches import file_store
from batches.file_store import default_seconds
from batches.formats.results import openai_line
from batches.models import BatchItem, BatchJob, StoredFile
from batches.worker.db_retry import with_db_retry
from batches.worker.file_slice import FileSlice
from batches.worker.lease import LeaseLost, lease_expiry

# Number of items that one transaction writes.
CHUNK = 100
# The job's field for the id of each file, and the part of the file's name that differs.
KINDS = {"output_file_id": "output", "error_file_id": "error"}


class WriteOutput(FileSlice):
    """A slice that writes some lines. After the last line it closes the job."""

    def _work(self) -> Generator[str, None, bool]:
        while self.job.filed_count < self.job.total:
            if self.done and self._is_over():
                return False
            items = with_db_retry(self._next_items, self._stop)
            with_db_retry(partial(self._write_lines, items), self._stop)
            yield "write lines"
        with_db_retry(self._close, self._stop)
        return True

    def _next_items(self) -> list[BatchItem]:
        items = self.job.items.select_related("result", "revision__wordlist")
        rest = items.filter(index__gte=self.job.filed_count).defer("revision__text")
        return list(rest.order_by("index")[:CHUNK])

    def _write_lines(self, items: Sequence[BatchItem]) -> None:
        lines: dict[str, list[str]] = {kind: [] for kind in KINDS}
        for item in items:
            succeeded = item.status == BatchItem.Status.SUCCEEDED
            line = json.dumps(openai_line(self.job, item), ensure_ascii=False)
            lines["output_file_id" if succeeded else "error_file_id"].append(line)
        filed = items[-1].index + 1
        changes: dict[str, object] = {"filed_count": filed, "lease_expires_at": lease_expiry()}
        with transaction.atomic():
            job = self.lease.lock()
            if job.filed_count != self.job.filed_count:
                raise LeaseLost  # this is a repetition, and the first try was committed
            for kind, kind_lines in lines.items():
                if kind_lines:
                    content = "".join(f"{line}\n" for line in kind_lines).encode()
                    changes[kind] = self._append(job, kind, content)
            self.lease.held_job().update(**changes)
        self.job.filed_count = filed
        self.done += len(items)

    def _append(self, job: BatchJob, kind: str, content: bytes) -> str:
        """Append to the job's file of that kind and return its id. Create the file if needed."""
        file_id: str = getattr(job, kind)
        if file_id:
            file = StoredFile.objects.get(public_id=file_id)
        else:
            file = file_store.begin(
                owner=job.owner,
                api_key=job.api_key,
                filename=f"{job.public_id}_{KINDS[kind]}.jsonl",
                purpose=StoredFile.Purpose.BATCH_OUTPUT,
            )
        for start in range(0, len(content), file_store.PART_BYTES):
            file_store.append(file, content[start : start + file_store.PART_BYTES])
        return file.public_id

    def _close(self) -> None:
        with transaction.atomic():
            job = self.lease.lock()
            for kind in KINDS:
                if file_id := getattr(job, kind):
                    file_store.complete(file_id, job.output_expires_after or default_seconds())
            cancelled = job.status == BatchJob.Status.CANCELLING  # cancelled during the writing
            self.lease.held_job().update(
                status=BatchJob.Status.CANCELLED if cancelled else job.closes_as,
                closes_as="",
                lease_owner="",
                lease_expires_at=None,
                finished_at=timezone.now(),
            )
