"""A slice of a job's file being read, or of its files being written: one transaction after
another, each guarded by the lease and each saying how far it came, so that the next worker goes on
from there.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError

from batches.worker.db_retry import with_db_retry
from batches.worker.lease import Lease

logger = logging.getLogger(__name__)

# The wait after the database could not be written.
BACK_OFF_SECONDS = 30.0


class FileSlice(ABC):
    """stop: set when the process is to end. done: lines read, or items filed."""

    def __init__(self, lease: Lease, stop: threading.Event) -> None:
        self.lease = lease
        self.job = lease.job
        self.done = 0
        self._stop = stop
        self._deadline = time.monotonic() + settings.BATCH_SLICE_SECONDS

    def steps(self) -> Iterator[str]:
        """Raises LeaseLost, after which nothing may be written."""
        try:
            closed = yield from self._work()
            if not closed:
                with_db_retry(self.lease.release, self._stop)
        except DatabaseError as error:
            logger.error("database failed job=%s error=%s", self.job.public_id, error)
            with suppress(DatabaseError):
                self.lease.held().update(read_attempts=0)  # it is not the file's doing
                self.lease.postpone("The database could not be written.", BACK_OFF_SECONDS)
        yield "release"

    @abstractmethod
    def _work(self) -> Generator[str, None, bool]:
        """Go on until all is done or the slice is over; returns whether the job is closed."""

    def _is_over(self) -> bool:
        return self._stop.is_set() or time.monotonic() > self._deadline

    def close(self) -> None:
        """Nothing is held but the lease."""
        return
