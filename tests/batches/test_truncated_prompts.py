"""Prompts that are too long in batches and jobs: the result tells it, or the item is refused."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from batches.models import BatchItem, BatchJob, Result
from generation.engine.local import LocalDecoder
from tests.batches.api_client import Api, content_of, line, work
from tests.batches.conftest import Serve
from tests.generation.engine import tiny
from vocab.spreadsheet import BYTE_ORDER_MARK

pytestmark = pytest.mark.django_db

LONG = [{"role": "user", "content": f"{number} la casa es grande"} for number in range(30)]
SHORT = LONG[:1]
LIMIT = 60  # tokens of a prompt


@pytest.fixture(autouse=True)
def short_prompts(serve: Serve) -> None:
    serve(LocalDecoder(tiny.loaded(), max_input_tokens=LIMIT, truncate=True))


def test_each_line_of_a_batch_tells_it_or_is_refused(api: Api) -> None:
    batch = api.run(
        line("cut", messages=LONG, max_tokens=4),
        line("whole", messages=SHORT, max_tokens=4),
        line("both", messages=LONG, max_tokens=4, n=2),
        line("refused", messages=LONG, max_tokens=4, truncate=False),
    )
    assert batch["request_counts"] == {"total": 4, "completed": 3, "failed": 1}
    told = {
        each["custom_id"]: each["response"]["body"]["prompt_truncated"]
        for each in api.lines(batch["output_file_id"])
    }
    assert told == {"cut": True, "whole": False, "both": True}
    assert dict(Result.objects.values_list("item__custom_id", "prompt_truncated")) == told
    (refused,) = api.lines(batch["error_file_id"])
    assert refused["response"]["status_code"] == 400
    assert refused["response"]["body"]["error"]["code"] == "context_length_exceeded"


def job_with(api: Api, **query: Any) -> BatchJob:
    """Submit a job of a long and a short prompt, and work until it ends."""
    content = json.dumps([{"messages": LONG}, {"messages": SHORT}]).encode()
    response = api.client.post(
        f"/v1/batch/jobs?{urlencode({'max_tokens': 4, **query})}",
        {"file": SimpleUploadedFile("prompts.json", content, "application/json")},
        headers=api.headers,
    )
    assert response.status_code == 200, response.content
    work()
    return BatchJob.objects.get(public_id=response.json()["job_id"])


def test_a_jobs_results_tell_it_in_every_format(api: Api) -> None:
    job = job_with(api)
    path = f"batch/jobs/{job.public_id}/results"
    results = json.loads(content_of(api.get(path)))
    assert [each["prompt_truncated"] for each in results] == [True, False]
    text = content_of(api.get(path, format="csv")).decode().removeprefix(BYTE_ORDER_MARK)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["prompt_truncated"] for row in rows] == ["true", "false"]


def test_a_jobs_query_can_ask_for_an_error_instead(api: Api) -> None:
    job = job_with(api, truncate="false")
    first, second = BatchItem.objects.filter(job=job).order_by("index")
    assert (first.status, first.error_code) == ("failed", "context_length_exceeded")
    assert first.error_status == 400
    assert second.status == "succeeded"
    assert job.parameters["truncate"] is False
