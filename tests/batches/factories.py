"""Jobs and batches for tests, and helpers that read and check their rows."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django_q.models import OrmQ

from batches import file_store
from batches.intake.submit import submit_file
from batches.models import BatchItem, BatchJob, Result, StoredFile
from generation.engine.scripted import ScriptedDecoder
from tests.batches.api_client import jsonl
from vocab.models import WordlistRevision

PENDING, SUCCEEDED, FAILED, CANCELLED, EXPIRED = BatchItem.Status
PARAMETERS = {
    "max_tokens": 8,
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 50,
    "repetition_penalty": 1.0,
    "num_beams": 1,
    "length_penalty": 1.0,
}

MakeJob = Callable[..., BatchJob]


def stored_job(
    user: User,
    items: int,
    revision: WordlistRevision | None = None,
    *,
    seed: int = 40,
    priority: int = 0,
    prompts: list[str] | None = None,
    **parameters: Any,
) -> BatchJob:
    """Store a job. The default prompts are "JOB:INDEX"."""
    job = BatchJob.objects.create(
        owner=user,
        revision=revision,
        n_words=revision.word_count if revision else None,
        model=settings.SERVED_MODEL_NAME,
        parameters={**PARAMETERS, **parameters},
        seed=seed,
        priority=priority,
        total=items,
    )
    said = prompts or [f"{job.pk}:{index}" for index in range(items)]
    BatchItem.objects.bulk_create(
        BatchItem(job=job, index=index, messages=[{"role": "user", "content": text}])
        for index, text in enumerate(said)
    )
    return job


def stored_batch(user: User, *lines: str | dict[str, Any]) -> BatchJob:
    """Store a file of lines and a batch that reads it."""
    file = file_store.begin(
        owner=user, api_key=None, filename="in.jsonl", purpose=StoredFile.Purpose.BATCH
    )
    file_store.store(file, io.BytesIO(jsonl(*lines)))
    file_store.complete(file.public_id, None)
    return submit_file({"input_file_id": file.public_id}, owner=user, api_key=None)


def assert_filed(job: BatchJob) -> None:
    """Check that each outcome is in exactly one of the job's files, in the order of the items."""
    found = {}
    for kind, file_id in (("output", job.output_file_id), ("error", job.error_file_id)):
        file = StoredFile.objects.available().filter(public_id=file_id).first()
        parts = file.parts.order_by("index") if file else []
        content = b"".join(bytes(part.content) for part in parts)
        assert file is None or file.bytes == len(content) > 0
        found[kind] = [json.loads(text) for text in content.splitlines()]
    assert [line["custom_id"] for line in found["output"]] == list(
        job.items.filter(status=SUCCEEDED).order_by("index").values_list("custom_id", flat=True)
    )
    assert [line["custom_id"] for line in found["error"]] == list(
        job.items.exclude(status=SUCCEEDED).order_by("index").values_list("custom_id", flat=True)
    )
    said = [
        line["response"]["body"]["choices"][0]["message"]["content"] for line in found["output"]
    ]
    assert said == texts(job)


def outcomes(job: BatchJob) -> list[tuple[str, int, str]]:
    items = job.items.order_by("index")
    return list(items.values_list("status", "attempts", "error"))


def texts(job: BatchJob) -> list[str]:
    results = Result.objects.filter(item__job=job).order_by("item__index")
    return list(results.values_list("text", flat=True))


def prompts(decoder: ScriptedDecoder) -> list[str]:
    return [request.messages[0].content for request in decoder.history]


def expire_leases() -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    BatchJob.objects.exclude(lease_owner="").update(lease_expires_at=past)


def end_waits() -> None:
    """Let the time pass for which jobs wait for the model."""
    past = timezone.now() - dt.timedelta(seconds=1)
    BatchJob.objects.exclude(not_before=None).update(not_before=past)


def take_over(job: BatchJob) -> str:
    """Let another worker take the job after its lease has expired."""
    BatchJob.objects.filter(pk=job.pk).update(
        lease_owner="thief", lease_expires_at=timezone.now() + dt.timedelta(seconds=90)
    )
    return "thief"


def nudges() -> int:
    return sum(message.task["func"] == "batches.tasks.advance" for message in OrmQ.objects.all())


def assert_consistent(job: BatchJob) -> None:
    """Check that every item has at most one outcome and that the job's totals match the items."""
    job.refresh_from_db()
    ended = Q(status=CANCELLED) | Q(status=EXPIRED)
    found = job.items.aggregate(
        succeeded=Count("pk", filter=Q(status=SUCCEEDED)),
        failed=Count("pk", filter=Q(status=FAILED)),
        cancelled=Count("pk", filter=ended),
        prompt_tokens=Sum("result__prompt_tokens", default=0),
        completion_tokens=Sum("result__completion_tokens", default=0),
    )
    assert found == {
        "succeeded": job.succeeded_count,
        "failed": job.failed_count,
        "cancelled": job.cancelled_count,
        "prompt_tokens": job.prompt_tokens,
        "completion_tokens": job.completion_tokens,
    }
    with_result = job.items.filter(result__isnull=False)
    assert not with_result.exclude(status=SUCCEEDED).exists(), "a result without a success"
    assert with_result.count() == found["succeeded"], "a success without a result"
    assert job.items.count() == job.total
