"""The bodies of the prototype's batch endpoints, which existing clients read."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from batches.models import BatchItem, BatchJob
from generation.engine.contract import Completion
from generation.openai.completions import Answer
from generation.requests import PinnedWordlist

# Our states are OpenAI's; these clients know four.
STATUS = {
    BatchJob.Status.VALIDATING: "pending",
    BatchJob.Status.IN_PROGRESS: "processing",
    BatchJob.Status.FINALIZING: "processing",
    BatchJob.Status.COMPLETED: "completed",
    BatchJob.Status.FAILED: "failed",
}


def progress_of(job: BatchJob) -> dict[str, int]:
    counts = job.items.aggregate(
        completed=Count("pk", filter=Q(status=BatchItem.Status.SUCCEEDED)),
        failed=Count("pk", filter=Q(status=BatchItem.Status.FAILED)),
    )
    return {"total": job.total, **counts}


def job_body(job: BatchJob) -> dict[str, Any]:
    wordlist = wordlist_of(job)
    return {
        "job_id": job.public_id,
        "status": STATUS[BatchJob.Status(job.status)],
        "submitted_at": job.created_at.isoformat(),
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "error": job.error or None,
        "progress": progress_of(job),
        "wordlist": wordlist.as_dict() if wordlist else None,
    }


def wordlist_of(job: BatchJob) -> PinnedWordlist | None:
    if job.revision is None or job.n_words is None:
        return None
    return PinnedWordlist(job.revision, job.n_words)


def result_body(job: BatchJob, item: BatchItem) -> dict[str, Any]:
    """One element of the results array: a chat completion, or its place with the error in it."""
    answer = Answer(
        id=f"chatcmpl-batch-{job.public_id}-{item.index}",
        created=int((job.finished_at or job.created_at).timestamp()),
        model=job.model,
        wordlist=None,
    )
    if item.status == BatchItem.Status.SUCCEEDED:
        result = item.result
        body = answer.body(
            Completion(
                text=result.text,
                finish_reason="length" if result.finish_reason == "length" else "stop",
                prompt_tokens=result.prompt_tokens,
                completion_tokens=result.completion_tokens,
            )
        )
        wordlist = wordlist_of(job)
        if wordlist:
            body["wordlist"] = wordlist.as_dict()
            body["vocab_report"] = result.vocab_report
    else:
        body = {
            "id": answer.id,
            "object": "chat.completion",
            "created": answer.created,
            "model": answer.model,
            "choices": [],
            "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
            "error": {
                "message": item.error,
                "type": "server_error",
                "param": None,
                "code": None,
            },
        }
    if item.custom_id:
        body["custom_id"] = item.custom_id
    return body
