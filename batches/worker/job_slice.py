"""Advance one job by one slice: the whole of a worker's work."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError

from batches.models import BatchItem, Phase
from batches.worker.db_retry import with_db_retry
from batches.worker.file_slice import FileSlice
from batches.worker.in_flight import InFlight, InFlightItem, has_text, sorted_for_padding
from batches.worker.lease import Lease, LeaseLost
from batches.worker.outcomes import crashed, failure_of, n_of, outcomes_of, request_of
from batches.worker.read_input import ReadInput
from batches.worker.sigterm import stop_on_sigterm
from batches.worker.write_output import WriteOutput
from generation.engine.contract import EngineBusy, GenerationRequest, ModelUnavailable

logger = logging.getLogger(__name__)

# How often the holder of a lease looks whether it is to go on.
TICK_SECONDS = 1.0
# Beams show no text, so whether one has begun cannot be seen: it is put back only when a slice
# has taken so many times its length.
PATIENCE = 2
# The first wait for a model that cannot be used; each one after it is twice as long.
BACK_OFF_SECONDS = 30.0
MAX_ENGINE_FAILURES = 6


def advance() -> bool:
    """Claim a job, work on it until the slice's time is over, let go. False if none was open.

    Where a file is to be read or written first, see `validation` and `filing`. Else:
    1. claim the job by a conditional update;
    2. commit an attempt for the items that are answered next, so that a crash is counted;
    3. answer several at once, looking every second whether to go on, and renewing the lease;
    4. write what has been answered, guarded by the lease;
    5. release, with the next nudge in the same transaction, or close the job.
    A worker that dies anywhere leaves a lease that expires and items that are still pending.
    """
    worked = False
    for _ in steps():
        worked = True
    return worked


def steps() -> Iterator[str]:
    """`advance`, interrupted after each of its transactions; yields what was done."""
    lease = Lease.claim()
    if lease is None:
        return
    yield "claim"
    started = time.monotonic()
    phase = lease.job.phase
    with stop_on_sigterm() as stop:
        work = work_on(lease, stop)
        try:
            yield from work.steps()
        except LeaseLost:
            logger.warning("lease lost job=%s", lease.job.public_id)
        finally:
            work.close()
    logger.info(
        "slice job=%s phase=%s items=%d seconds=%.1f",
        lease.job.public_id,
        phase,
        work.done,
        time.monotonic() - started,
    )


def work_on(lease: Lease, stop: threading.Event) -> Slice | FileSlice:
    """What the job needs now."""
    match lease.job.phase:
        case Phase.VALIDATING:
            return ReadInput(lease, stop)
        case Phase.FILING:
            return WriteOutput(lease, stop)
        case Phase.ANSWERING:
            return Slice(lease, stop)


class Slice:
    """One slice of answers for `lease.job`. stop: set when the process is to end."""

    def __init__(self, lease: Lease, stop: threading.Event) -> None:
        self.lease = lease
        self.job = lease.job
        self.done = 0
        most = settings.BATCH_GROUP_ITEMS
        self.window = InFlight(min(self.job.group_limit or most, most))
        self._stop = stop
        self._queue: deque[BatchItem] = deque()
        self._in_hand: list[BatchItem] = []  # ended, and not yet written
        self._busy: EngineBusy | None = None
        self._deadline = time.monotonic() + settings.BATCH_SLICE_SECONDS
        self._looked_at = self._renewed_at = 0.0

    def steps(self) -> Iterator[str]:
        """Raises LeaseLost, after which nothing may be written."""
        try:
            yield from self._answer()
        except ModelUnavailable as error:
            logger.error("model unavailable job=%s error=%s", self.job.public_id, error)
            yield from self._put_back(self.window.abandon())
            self.lease.back_off(str(error), BACK_OFF_SECONDS, MAX_ENGINE_FAILURES)
        except EngineBusy as error:
            self.lease.postpone(str(error), error.retry_after)
        except DatabaseError as error:
            # A full disk, perhaps. Not the items' doing: it must not count as a crash of theirs.
            logger.error("database failed job=%s error=%s", self.job.public_id, error)
            with suppress(DatabaseError):
                self.lease.give_back(self.window.abandon() + self._in_hand)
                self.lease.postpone("The database could not be written.", BACK_OFF_SECONDS)
        else:
            with_db_retry(self.lease.release, self._stop)
        yield "release"

    def _answer(self) -> Iterator[str]:
        with_db_retry(self.lease.sign, self._stop)
        yield "sign"
        items = with_db_retry(lambda: self.lease.take(settings.BATCH_SLICE_ITEMS), self._stop)
        self._queue.extend(sorted_for_padding(items))
        yield "take"
        while self._goes_on():
            yield "look"
            yield from self._fill()
            if self.window.flights:
                ended = self.window.wait(TICK_SECONDS, self._stop)
                yield from self._write(ended)
            elif self._busy is None:
                if not self._queue or (self.done and self._is_over()):
                    return
            elif self._is_over():
                raise self._busy
            else:
                self._stop.wait(TICK_SECONDS)
            if self._is_over():
                yield from self._put_back(self.window.cancel(self._may_wait))
        cancelled = self.window.cancel()
        yield from self._write(self.window.take_ended())
        yield from self._put_back(cancelled)

    def _goes_on(self) -> bool:
        """Look, at most once a tick, whether somebody or something wants the slice to end."""
        if self._stop.is_set():
            return False
        now = time.monotonic()
        if now - self._looked_at < TICK_SECONDS:
            return True
        self._looked_at = now
        if now - self._renewed_at > settings.BATCH_LEASE_SECONDS / 3:
            with_db_retry(self.lease.renew, self._stop)
            self._renewed_at = now
        return with_db_retry(self.lease.goes_on, self._stop)

    def _is_over(self) -> bool:
        return time.monotonic() > self._deadline

    def close(self) -> None:
        self.window.abandon()  # frees the engine

    # --- into the engine -------------------------------------------------------------------------

    def _fill(self) -> Iterator[str]:
        """Start as many of the next items as there is room for."""
        requests: list[tuple[BatchItem, GenerationRequest, int]] = []
        failures = []
        for item in self._next_items():
            try:
                if item.attempts >= settings.BATCH_MAX_ATTEMPTS:
                    failures.append(crashed(item))
                else:
                    requests.append((item, request_of(self.job, item), n_of(self.job, item)))
            except DatabaseError:
                raise
            except Exception as error:
                failures.append(failure_of(item, error))
        if failures:
            with_db_retry(lambda: self.lease.write([], failures), self._stop)
            self.done += len(failures)
            yield "write"
        if requests:
            with_db_retry(lambda: self.lease.start([item for item, *_ in requests]), self._stop)
            yield "start"
            refused, why = self.window.submit(requests)
            self._queue.extendleft(reversed(refused))
            yield "submit"
            yield from self._put_back(refused)
            if isinstance(why, ModelUnavailable):
                yield from self._write(self.window.take_ended())
                raise why
            self._busy = why

    def _next_items(self) -> list[BatchItem]:
        """Take the next items off the queue; one that a worker may have died of only alone."""
        items: list[BatchItem] = []
        while self._queue and len(items) < self.window.room:
            begun = self.done > 0 or self.window.flights or items
            if begun and self._is_over():
                break
            if self._queue[0].attempts and (self.window.flights or items):
                break
            items.append(self._queue.popleft())
            if items[0].attempts:
                break
        return items

    # --- out of the engine -----------------------------------------------------------------------

    def _write(self, ended: Sequence[InFlightItem]) -> Iterator[str]:
        if not ended:
            return
        self._in_hand = [flight.item for flight in ended]
        outcomes = outcomes_of(self.job, ended)
        if outcomes.results or outcomes.failures:
            write = self.lease.write
            with_db_retry(lambda: write(outcomes.results, outcomes.failures), self._stop)
            self.done += len(outcomes.results) + len(outcomes.failures)
            self._in_hand = outcomes.put_back
            yield "write"
        if limit := outcomes.group_limit:
            logger.warning("out of memory job=%s items_at_once=%d", self.job.public_id, limit)
            self.window.limit = min(limit, self.window.limit)
            with_db_retry(lambda: self.lease.shrink(limit), self._stop)
            yield "shrink"
        self._queue.extendleft(reversed(outcomes.put_back))
        yield from self._put_back(outcomes.put_back)
        self._in_hand = []
        for item in outcomes.suspects:
            item.attempts += 1
            self._queue.append(item)
        self._busy = outcomes.busy
        if outcomes.unavailable:
            raise outcomes.unavailable

    def _may_wait(self, flight: InFlightItem) -> bool:
        """True for an answer that can be put back when the slice is over: it has not begun."""
        if has_text(flight):
            return False
        patience = (PATIENCE - 1) * settings.BATCH_SLICE_SECONDS
        if flight.request.sampling.num_beams > 1 and time.monotonic() < self._deadline + patience:
            return False
        # Something must come of every slice, or a job of long answers would never end.
        return self.done > 0 or flight is not self.window.flights[0]

    def _put_back(self, items: Sequence[BatchItem]) -> Iterator[str]:
        """Take back the attempts of items that were not answered through no fault of theirs."""
        if items:
            with_db_retry(lambda: self.lease.give_back(items), self._stop)
            yield "put back"
