"""The response bodies of /v1/batch/jobs and the lines of OpenAI's output files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from batches.lifecycle.progress import progress_of
from batches.models import BatchItem, BatchJob
from generation.chat.chat_request import limits_of, report_detail_of, style_of
from generation.chat.request_words import request_words, with_prompt_words
from generation.chat.tell_model import is_told
from generation.engine.contract import Completion
from generation.openai.completions import Answer
from generation.openai.errors import INVALID_REQUEST, SERVER_ERROR
from vocab.pinned_wordlist import PinnedWordlist, ReportDetail

Status = BatchJob.Status

# The stored states are OpenAI's. Clients of /v1/batch/jobs know these four.
STATUS = {
    Status.VALIDATING: "pending",
    Status.IN_PROGRESS: "processing",
    Status.FINALIZING: "processing",
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.EXPIRED: "failed",
    Status.CANCELLING: "processing",
    Status.CANCELLED: "failed",
}
REASONS = {Status.CANCELLED: "The job was cancelled.", Status.EXPIRED: "The job expired."}


def job_body(job: BatchJob) -> dict[str, Any]:
    """Return the job object."""
    wordlist = wordlist_of(job)
    return {
        "job_id": job.public_id,
        "status": STATUS[Status(job.status)],
        "submitted_at": job.created_at.isoformat(),
        "error": error_of(job),
        # Older clients read only the fields above.
        "state": job.status,
        "paused": job.paused_at is not None,
        "priority": job.priority,
        "started_at": _time(job.started_at),
        "finished_at": _time(job.finished_at),
        "expires_at": _time(job.expires_at),
        "progress": progress_of(job),
        "model": model_of(job),
        "parameters": job.parameters,
        "warnings": job.warnings,
        "seed": job.seed,
        "runtimes": job.runtimes,
        "wordlist": wordlist.as_dict() if wordlist else None,
    }


def error_of(job: BatchJob) -> str | None:
    """Return why the job failed or waits; None if neither is the case."""
    return job.error or REASONS.get(Status(job.status))


def _time(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def wordlist_of(job: BatchJob, item: BatchItem | None = None) -> PinnedWordlist | None:
    """Return the wordlist of the job, or of an item with parameters of its own."""
    row = item if item is not None and item.parameters is not None else job
    if row.revision is None or row.n_words is None:
        return None
    parameters = row.parameters or {}
    style = style_of(parameters, default=row.revision.wordlist.style)
    detail = report_detail_of(parameters)
    pinned = PinnedWordlist(
        row.revision, row.n_words, style, report_detail=detail, limits=limits_of(parameters)
    )
    pinned = pinned.with_words(request_words(parameters, row.revision, None))
    if item is None:
        return pinned
    told = is_told(parameters, item.messages)
    return replace(with_prompt_words(pinned, item.messages), told=told)


def model_of(job: BatchJob, item: BatchItem | None = None) -> str:
    """Return the alias that the job, or an item with parameters of its own, has asked for; without
    an alias the served model.
    """
    own = item.parameters if item is not None else None
    name: str = (job.parameters if own is None else own).get("model", job.model)
    return name


def completion_body(job: BatchJob, item: BatchItem) -> dict[str, Any]:
    """Return the chat completion of an item that has succeeded."""
    result = item.result
    body = _answer(job, item).body(
        Completion(
            text=result.text,
            finish_reason="length" if result.finish_reason == "length" else "stop",
            prompt_tokens=result.prompt_tokens,
            completion_tokens=result.completion_tokens,
            prompt_truncated=result.prompt_truncated,
        )
    )
    if result.choices is not None:
        body["choices"] = result.choices
    wordlist = wordlist_of(job, item)
    if wordlist:
        body["wordlist"] = wordlist.as_dict()
        if wordlist.report_detail is not ReportDetail.OFF:
            body["vocab_report"] = result.vocab_report
    return body


def error_body(item: BatchItem) -> dict[str, Any]:
    """Return OpenAI's error object for an item that has no answer."""
    client_fault = item.error_status is not None and item.error_status < 500
    return {
        "message": item.error,
        "type": INVALID_REQUEST if client_fault else SERVER_ERROR,
        "param": item.error_param or None,
        "code": item.error_code or None,
    }


def result_body(job: BatchJob, item: BatchItem) -> dict[str, Any]:
    """Return an element of the results list: a chat completion, or one without choices and with
    `error`.
    """
    if item.status == BatchItem.Status.SUCCEEDED:
        body = completion_body(job, item)
    else:
        answer = _answer(job, item)
        body = {
            "id": answer.id,
            "object": "chat.completion",
            "created": answer.created,
            "model": answer.model,
            "choices": [],
            "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
            "error": error_body(item),
        }
    if item.custom_id:
        body["custom_id"] = item.custom_id
    return body


def _answer(job: BatchJob, item: BatchItem) -> Answer:
    """Return the id, time and model of the item's completion, the same in every format."""
    succeeded = item.status == BatchItem.Status.SUCCEEDED
    created = item.result.created_at if succeeded else job.created_at
    return Answer(
        id=f"chatcmpl-batch-{job.public_id}-{item.index}",
        created=int(created.timestamp()),
        model=model_of(job, item),
        wordlist=None,
    )


def openai_line(job: BatchJob, item: BatchItem) -> dict[str, Any]:
    """Return one line of OpenAI's output or error file.

    The line of a failed item has the response that the request would have got. The line of an item
    that was never sent to the engine has no response and an `error`.
    """
    line: dict[str, Any] = {
        "id": f"batch_req_{job.public_id.removeprefix('batch_')}_{item.index}",
        "custom_id": item.custom_id or str(item.index),
        "response": None,
        "error": None,
    }
    if item.status == BatchItem.Status.SUCCEEDED:
        line["response"] = _response(line["id"], 200, completion_body(job, item))
    elif item.status == BatchItem.Status.FAILED:
        status = item.error_status or 500
        line["response"] = _response(line["id"], status, {"error": error_body(item)})
    else:
        line["error"] = {"code": item.error_code, "message": item.error}
    return line


def _response(request_id: str, status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"status_code": status, "request_id": request_id, "body": body}
