"""The base class of slices that read a batch's input file or write its output files.

Each transaction is guarded by the lease and stores how far the work has come, so the next worker
continues from there.
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

# Time before the job is claimed again after the database could not be written.
BACK_OFF_SECONDS = 30.0


class FileSlice(ABC):
    """One slice of work on a batch's files.

    stop: Set when the process must end.
    done: Number of lines read, or of items written.
    """

    def __init__(self, lease: Lease, stop: threading.Event) -> None:
        self.lease = lease
        self.job = lease.job
        self.done = 0
        self._stop = stop
        self._deadline = time.monotonic() + settings.BATCH_SLICE_SECONDS

    def steps(self) -> Iterator[str]:
        """Run the slice; yield the name of each transaction after it. Raises LeaseLost."""
        try:
            closed = yield from self._work()
            if not closed:
                with_db_retry(self.lease.release, self._stop)
        except DatabaseError as error:
            logger.error("database failed job=%s error=%s", self.job.public_id, error)
            with suppress(DatabaseError):
                self.lease.held_job().update(read_attempts=0)  # the file did not cause this
                self.lease.postpone("The database could not be written.", BACK_OFF_SECONDS)
        yield "release"

    @abstractmethod
    def _work(self) -> Generator[str, None, bool]:
        """Work until everything is done or the slice is over; return whether the job is closed."""

    def _is_over(self) -> bool:
        return self._stop.is_set() or time.monotonic() > self._deadline

    def close(self) -> None:
        """Do nothing: unlike an `AnswerSlice`, this slice occupies no engine."""
        return
