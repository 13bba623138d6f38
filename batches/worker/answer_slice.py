"""Answer a job's pending items for one slice."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError

from batches.models import BatchItem
from batches.worker.db_retry import with_db_retry
from batches.worker.in_flight import InFlight, InFlightItem, Replies, has_text, sorted_for_padding
from batches.worker.lease import Lease
from batches.worker.outcomes import failure_of, outcomes_of, replies_of, request_of, worker_died
from generation.engine.contract import (
    EngineBusy,
    EngineRefused,
    GenerationRequest,
    ModelUnavailable,
)

logger = logging.getLogger(__name__)

# Interval at which the worker checks whether to continue.
TICK_SECONDS = 1.0
# Beams and particles show little text before their end, so it is not known whether they have begun.
# They are requeued only when the slice has lasted this multiple of BATCH_SLICE_SECONDS.
LATE_TEXT_SLICES = 2
# The first wait for an unavailable model. Each further wait is twice as long.
BACK_OFF_SECONDS = 30.0
MAX_ENGINE_FAILURES = 6


class AnswerSlice:
    """One slice of answers for `lease.job`.

    stop: Set when the process must end.
    done: Number of items that got their outcome.
    """

    def __init__(self, lease: Lease, stop: threading.Event) -> None:
        self.lease = lease
        self.job = lease.job
        self.done = 0
        limit = settings.BATCH_GROUP_ITEMS
        self.in_flight = InFlight(min(self.job.group_limit or limit, limit))
        self._stop = stop
        self._queue: deque[BatchItem] = deque()
        self._unwritten: list[BatchItem] = []  # ended in the engine, outcome not yet stored
        self._busy: EngineBusy | None = None
        self._deadline = time.monotonic() + settings.BATCH_SLICE_SECONDS
        self._checked_at = self._renewed_at = 0.0

    def steps(self) -> Iterator[str]:
        """Run the slice; yield the name of each transaction after it.

        Raises LeaseLost. Raises EngineRefused when the job has been put back.
        """
        try:
            yield from self._answer()
        except EngineRefused as error:
            # The reason is this process, not the job: another worker may answer it at once.
            logger.error("engine refuses this worker job=%s error=%s", self.job.public_id, error)
            yield from self._undo_attempts(self.in_flight.cancel_all())
            self.lease.put_back(str(error))
            yield "release"
            raise
        except ModelUnavailable as error:
            logger.error("model unavailable job=%s error=%s", self.job.public_id, error)
            yield from self._settle()
            yield from self._undo_attempts(self.in_flight.cancel_all())
            self.lease.back_off(str(error), BACK_OFF_SECONDS, MAX_ENGINE_FAILURES)
        except EngineBusy as error:
            self.lease.postpone(str(error), error.retry_after)
        except DatabaseError as error:
            # The items did not cause this (the disk may be full), so it must not cost an attempt.
            logger.error("database failed job=%s error=%s", self.job.public_id, error)
            with suppress(DatabaseError):
                self.lease.undo_attempts(self.in_flight.cancel_all() + self._unwritten)
                self.lease.postpone("The database could not be written.", BACK_OFF_SECONDS)
        else:
            with_db_retry(self.lease.release, self._stop)
        yield "release"

    def _answer(self) -> Iterator[str]:
        count = settings.BATCH_SLICE_ITEMS
        items = with_db_retry(lambda: self.lease.next_items(count), self._stop)
        yield "next items"
        if not items:  # no engine is needed to close the job
            return
        self._queue.extend(sorted_for_padding(items))
        with_db_retry(self.lease.record_runtime, self._stop)
        yield "record runtime"
        while self._may_continue():
            yield "check"
            yield from self._fill()
            if self.in_flight.entries:
                ended = self.in_flight.wait(TICK_SECONDS, self._stop)
                yield from self._write(ended)
            elif self._busy is None:
                if not self._queue or (self.done and self._is_over()):
                    return
            elif self._is_over():
                raise self._busy
            else:
                self._stop.wait(TICK_SECONDS)
            if self._is_over():
                yield from self._undo_attempts(self.in_flight.cancel(self._can_be_requeued))
        cancelled = self.in_flight.cancel()
        yield from self._write(self.in_flight.take_ended())
        yield from self._undo_attempts(cancelled)

    def _may_continue(self) -> bool:
        """Return False if the slice must end. Reads the job and renews the lease once a tick."""
        if self._stop.is_set():
            return False
        now = time.monotonic()
        if now - self._checked_at < TICK_SECONDS:
            return True
        self._checked_at = now
        if now - self._renewed_at > settings.BATCH_LEASE_SECONDS / 3:
            with_db_retry(self.lease.renew, self._stop)
            self._renewed_at = now
        return with_db_retry(self.lease.may_continue, self._stop)

    def _is_over(self) -> bool:
        return time.monotonic() > self._deadline

    def close(self) -> None:
        """Cancel everything that is still in the engine."""
        self.in_flight.cancel_all()

    # --- into the engine -------------------------------------------------------------------------

    def _fill(self) -> Iterator[str]:
        """Submit the next items, up to the free slots."""
        requests: list[tuple[BatchItem, GenerationRequest, Replies]] = []
        failures = []
        for item in self._next_items():
            try:
                if item.attempts >= settings.BATCH_MAX_ATTEMPTS:
                    failures.append(worker_died(item))
                else:
                    requests.append((item, request_of(self.job, item), replies_of(self.job, item)))
            except DatabaseError:
                raise
            except Exception as error:
                failures.append(failure_of(item, error))
        if failures:
            with_db_retry(lambda: self.lease.write([], failures), self._stop)
            self.done += len(failures)
            yield "write"
        if requests:
            items = [item for item, *_ in requests]
            with_db_retry(lambda: self.lease.begin_attempts(items), self._stop)
            yield "begin attempts"
            refused, refusal = self.in_flight.submit(requests)
            self._queue.extendleft(reversed(refused))
            yield "submit"
            yield from self._undo_attempts(refused)
            if isinstance(refusal, ModelUnavailable):
                yield from self._write(self.in_flight.take_ended())
                raise refusal
            self._busy = refusal

    def _next_items(self) -> list[BatchItem]:
        """Take the next items off the queue.

        An item that has been attempted before may have killed a worker, so it is taken alone.
        """
        items: list[BatchItem] = []
        while self._queue and len(items) < self.in_flight.free_slots:
            begun = self.done > 0 or self.in_flight.entries or items
            if begun and self._is_over():
                break
            if self._queue[0].attempts and (self.in_flight.entries or items):
                break
            items.append(self._queue.popleft())
            if items[0].attempts:
                break
        return items

    # --- out of the engine -----------------------------------------------------------------------

    def _write(self, ended: Sequence[InFlightItem]) -> Iterator[str]:
        """Store the outcomes of ended items and requeue the items that must run again."""
        if not ended:
            return
        self._unwritten = [entry.item for entry in ended]
        outcomes = outcomes_of(self.job, ended)
        if outcomes.results or outcomes.failures:
            write = self.lease.write
            with_db_retry(lambda: write(outcomes.results, outcomes.failures), self._stop)
            self.done += len(outcomes.results) + len(outcomes.failures)
            self._unwritten = outcomes.interrupted
            yield "write"
        if limit := outcomes.group_limit:
            logger.warning("out of memory job=%s items_at_once=%d", self.job.public_id, limit)
            self.in_flight.limit = min(limit, self.in_flight.limit)
            with_db_retry(lambda: self.lease.set_group_limit(limit), self._stop)
            yield "set group limit"
        self._queue.extendleft(reversed(outcomes.interrupted))
        yield from self._undo_attempts(outcomes.interrupted)
        self._unwritten = []
        for item in outcomes.suspects:
            item.attempts += 1
        if outcomes.suspects:
            self._queue = deque(sorted_for_padding([*self._queue, *outcomes.suspects]))
        self._busy = outcomes.busy
        if outcomes.unavailable:
            raise outcomes.unavailable

    def _settle(self) -> Iterator[str]:
        """Wait a moment for the items in flight to end, and write their outcomes.

        If the engine has died, its connections end one after the other. An item whose connection
        is not seen to be lost yet may be the cause, so it must keep its attempt.
        """
        ended = self.in_flight.wait_for_all(TICK_SECONDS, self._stop)
        with suppress(ModelUnavailable):  # that is known
            yield from self._write(ended)

    def _can_be_requeued(self, entry: InFlightItem) -> bool:
        """Return True for an answer that has not begun and may wait for the next slice."""
        if has_text(entry):
            return False
        extra_seconds = (LATE_TEXT_SLICES - 1) * settings.BATCH_SLICE_SECONDS
        text_comes_late = entry.request.sampling.rows > 1
        if text_comes_late and time.monotonic() < self._deadline + extra_seconds:
            return False
        # Each slice must finish at least one item, or a job of long answers would never end.
        return self.done > 0 or entry is not self.in_flight.entries[0]

    def _undo_attempts(self, items: Sequence[BatchItem]) -> Iterator[str]:
        """Take back the attempts of items that were interrupted through no fault of theirs."""
        if items:
            with_db_retry(lambda: self.lease.undo_attempts(items), self._stop)
            yield "undo attempts"
