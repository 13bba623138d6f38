"""Advance one job by one slice. This is all that a worker does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

from batches.cluster import heartbeat
from batches.models import Phase
from batches.worker.answer_slice import AnswerSlice
from batches.worker.file_slice import FileSlice
from batches.worker.lease import Lease, LeaseLost
from batches.worker.read_input import ReadInput
from batches.worker.sigterm import stop_on_sigterm
from batches.worker.write_output import WriteOutput
from generation.engine.contract import EngineRefused

logger = logging.getLogger(__name__)

# A worker that the engine refuses claims no job for this time, so that other workers get them.
REFUSED_SECONDS = 30.0

_claims_from = 0.0  # time of `time.monotonic`


def advance() -> bool:
    """Claim a job, work on it for one slice and release it. Return False if no job is open.

    A slice of answers has these steps; `ReadInput` and `WriteOutput` describe the other slices.

    1. Claim the job by a conditional update.
    2. Commit an attempt for the items that are answered next, so that a crash is counted.
    3. Answer several items at once. Check every second whether to continue; renew the lease.
    4. Write the answers, guarded by the lease.
    5. Release the job with the next queue message in one transaction, or close the job.

    A worker that dies at any point leaves a lease that expires and items that are still pending.
    """
    worked = False
    for _ in steps():
        worked = True
        heartbeat.beat()
    return worked


def steps() -> Iterator[str]:
    """Do the same as `advance`; yield the name of each transaction after it."""
    global _claims_from
    if time.monotonic() < _claims_from:
        return
    lease = Lease.claim()
    if lease is None:
        return
    yield "claim"
    started = time.monotonic()
    phase = lease.job.phase
    with stop_on_sigterm() as stop:
        job_slice = slice_for(lease, stop)
        try:
            yield from job_slice.steps()
        except LeaseLost:
            logger.warning("lease lost job=%s", lease.job.public_id)
        except EngineRefused:
            _claims_from = time.monotonic() + REFUSED_SECONDS
        finally:
            job_slice.close()
    logger.info(
        "slice job=%s phase=%s items=%d seconds=%.1f",
        lease.job.public_id,
        phase,
        job_slice.done,
        time.monotonic() - started,
    )


def slice_for(lease: Lease, stop: threading.Event) -> AnswerSlice | FileSlice:
    """Return the slice that the job's phase requires."""
    match lease.job.phase:
        case Phase.VALIDATING:
            return ReadInput(lease, stop)
        case Phase.WRITING:
            return WriteOutput(lease, stop)
        case Phase.ANSWERING:
            return AnswerSlice(lease, stop)
