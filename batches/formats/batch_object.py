"""OpenAI's batch object. A field without a value is left out, because most must not be null."""

from __future__ import annotations

import datetime as dt
from typing import Any

from batches.lifecycle.expiry import COMPLETION_WINDOW_HOURS
from batches.models import BatchJob, Phase

Status = BatchJob.Status

ENDPOINT = "/v1/chat/completions"
COMPLETION_WINDOW = f"{COMPLETION_WINDOW_HOURS}h"
# The field for the time at which a closed batch got its status.
ENDED_AT = {
    Status.COMPLETED: "completed_at",
    Status.FAILED: "failed_at",
    Status.EXPIRED: "expired_at",
    Status.CANCELLED: "cancelled_at",
}


def batch_body(job: BatchJob) -> dict[str, Any]:
    """Return the batch object of a job."""
    body = {
        "id": job.public_id,
        "object": "batch",
        "endpoint": ENDPOINT,
        "model": job.model,
        "errors": _errors(job),
        "input_file_id": job.input_file_id,
        "completion_window": COMPLETION_WINDOW,
        "status": job.status,
        "created_at": _seconds(job.created_at),
        "in_progress_at": _seconds(job.started_at),
        "expires_at": _seconds(job.expires_at),
        "finalizing_at": _seconds(job.finalizing_at),
        "cancelling_at": _seconds(job.cancelling_at),
        "request_counts": _counts(job),
        "usage": _usage(job),
        "metadata": job.metadata,
    }
    if not job.is_open:
        body[ENDED_AT[Status(job.status)]] = _seconds(job.finished_at)
        body["output_file_id"] = job.output_file_id or None
        body["error_file_id"] = job.error_file_id or None
    return {name: value for name, value in body.items() if value is not None}


def _errors(job: BatchJob) -> dict[str, Any] | None:
    errors = job.errors if not job.is_open else []
    if (
        job.status == Status.FAILED and not errors
    ):  # the file was valid, but the model was unavailable
        errors = [{"code": "model_unavailable", "message": job.error, "param": None, "line": None}]
    return {"object": "list", "data": errors} if errors else None


def _counts(job: BatchJob) -> dict[str, int]:
    """Return the counts. The total is 0 until the whole file is read and accepted."""
    return {
        "total": 0 if job.is_open and job.phase is Phase.VALIDATING else job.total,
        "completed": job.succeeded_count,
        "failed": job.failed_count,
    }


def _usage(job: BatchJob) -> dict[str, Any]:
    return {
        "input_tokens": job.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": job.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": job.prompt_tokens + job.completion_tokens,
    }


def _seconds(moment: dt.datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
