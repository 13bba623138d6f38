"""The progress and pace of a job. Both come from its row, which every written result updates."""

from __future__ import annotations

import time
from typing import Any

from batches.models import BatchJob

# The pace is measured over the last two minutes, with a sample every few seconds.
WINDOW_SECONDS = 120.0
SAMPLE_SECONDS = 5.0
MIN_SECONDS = 1.0

Sample = list[float]


def with_sample(job: BatchJob, newly_done: int, now: float | None = None) -> list[Sample]:
    """Return the job's samples, with a new one if the last one is old enough.

    newly_done: Items that are done and not yet counted in the job's row.

    The newest sample outside of the window is kept, because the pace is measured from it.
    """
    now = time.time() if now is None else now
    samples: list[Sample] = list(job.pace)
    if not samples or now - samples[-1][0] >= SAMPLE_SECONDS:
        samples.append([now, job.done_count + newly_done])
    while len(samples) > 1 and now - samples[1][0] > WINDOW_SECONDS:
        samples.pop(0)
    return samples


def items_per_minute(job: BatchJob, now: float | None = None) -> float | None:
    """Return the pace of the last two minutes; for a closed job, the average over its whole time.

    Returns None if the pace is not known.
    """
    if not job.is_open:
        if job.started_at is None or job.finished_at is None:
            return None
        seconds = (job.finished_at - job.started_at).total_seconds()
        sent = job.answered_count - job.invalid_count  # to the engine
        return 60 * sent / max(seconds, MIN_SECONDS)
    if not job.pace or job.paused_at is not None:
        return None
    now = time.time() if now is None else now
    samples: list[Sample] = job.pace
    started, done = samples[0]
    if now - started < MIN_SECONDS:
        return None
    return 60 * max(job.done_count - done, 0) / (now - started)


def progress_of(job: BatchJob) -> dict[str, Any]:
    """Return the `progress` of the job object. `remaining_seconds` is None if it is not known."""
    pace = items_per_minute(job)
    left = job.total - job.done_count
    remaining = 60 * left / pace if pace and job.is_open else None
    return {
        "total": job.total,
        "completed": job.succeeded_count,
        "failed": job.failed_count,
        "cancelled": job.cancelled_count,
        "pending": left,
        "items_per_minute": None if pace is None else round(pace, 1),
        "remaining_seconds": None if remaining is None else round(remaining),
        "prompt_tokens": job.prompt_tokens,
        "completion_tokens": job.completion_tokens,
        "total_tokens": job.prompt_tokens + job.completion_tokens,
    }
