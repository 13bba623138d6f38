"""A batch that is cancelled, expires, waits or is retried."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from batches import tasks
from batches.lifecycle import actions
from batches.models import BatchItem, BatchJob
from batches.worker import write_output
from batches.worker.job_slice import advance
from generation.engine.contract import InvalidPrompt
from generation.engine.scripted import ScriptedDecoder
from tests.batches.api_client import (
    NOT_YET,
    Api,
    error_of,
    job_of,
    line,
    work,
)

pytestmark = pytest.mark.django_db


def let_time_run_out(batch: dict[str, Any]) -> None:
    BatchJob.objects.filter(public_id=batch["id"]).update(expires_at=timezone.now())


def test_cancelling_keeps_what_is_done(api: Api, settings: Any) -> None:
    settings.BATCH_SLICE_SECONDS = 0
    settings.BATCH_GROUP_ITEMS = 1
    batch = api.create(api.file(*(line(name) for name in "abc")))
    assert work(2) == 2  # the file was read, and one line was answered
    response = api.post(f"batches/{batch['id']}/cancel")
    assert response.status_code == 200
    assert response.json()["status"] == "cancelling"
    assert "cancelling_at" in response.json()
    again = api.post(f"batches/{batch['id']}/cancel")
    assert (again.status_code, again.json()["status"]) == (200, "cancelling")
    work()
    over = api.batch(batch["id"])
    assert over["status"] == "cancelled"
    assert set(over) & NOT_YET == {
        "in_progress_at",
        "cancelling_at",
        "cancelled_at",
        "finalizing_at",
        "output_file_id",
        "error_file_id",
    }
    assert over["request_counts"] == {"total": 3, "completed": 1, "failed": 0}
    assert [each["custom_id"] for each in api.lines(over["output_file_id"])] == ["a"]
    second, third = api.lines(over["error_file_id"])
    assert (second["custom_id"], second["response"]) == ("b", None)
    assert second["error"] == {
        "code": "batch_cancelled",
        "message": "The job was cancelled before this request was answered.",
    }
    assert third["custom_id"] == "c"


@pytest.mark.parametrize("slices", [0, 1])
def test_a_batch_cancelled_while_its_file_is_read_has_no_requests(
    api: Api, slices: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BATCH_SLICE_SECONDS = 0
    monkeypatch.setattr("batches.worker.read_input.CHUNK_LINES", 2)
    batch = api.create(api.file(*(line(str(n)) for n in range(5))))
    assert work(slices) == slices
    assert BatchItem.objects.count() == 2 * slices
    assert api.batch(batch["id"])["request_counts"]["total"] == 0
    body = api.post(f"batches/{batch['id']}/cancel").json()
    assert body["status"] == "cancelled"
    assert set(body) & NOT_YET == {"cancelling_at", "cancelled_at"}
    assert body["request_counts"] == {"total": 0, "completed": 0, "failed": 0}
    assert not BatchItem.objects.exists()
    assert work() <= 1  # the message that is left finds nothing


def test_a_batch_cancelled_while_its_files_are_written_has_them_whole(
    api: Api, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BATCH_SLICE_SECONDS = 0
    monkeypatch.setattr(write_output, "CHUNK", 1)
    batch = api.create(api.file(line("a"), line("b")))
    while job_of(batch).filed_count == 0:
        assert advance()
    assert api.batch(batch["id"])["status"] == "finalizing"
    assert api.get("files", purpose="batch_output").json()["data"] == [], "half a file is no file"
    assert api.post(f"batches/{batch['id']}/cancel").json()["status"] == "cancelling"
    work()
    over = api.batch(batch["id"])
    assert over["status"] == "cancelled"
    assert len(api.lines(over["output_file_id"])) == 2


@pytest.mark.parametrize("status", ["completed", "failed", "expired"])
def test_what_is_over_cannot_be_cancelled(api: Api, status: str) -> None:
    batch = api.create(api.file(line() if status != "failed" else "x"))
    if status == "expired":
        let_time_run_out(batch)
        tasks.sweep()
    work()
    response = api.post(f"batches/{batch['id']}/cancel")
    error = error_of(response, 409)
    assert error["message"] == f"Cannot cancel a batch with status '{status}'."
    assert (error["type"], error["param"]) == ("invalid_request_error", None)
    assert response["x-should-retry"] == "false"
    assert api.batch(batch["id"])["status"] == status


def test_a_batch_whose_time_runs_out_has_what_it_has(api: Api, settings: Any) -> None:
    settings.BATCH_SLICE_SECONDS = 0
    settings.BATCH_GROUP_ITEMS = 1
    batch = api.create(api.file(line("a"), line("b")))
    assert work(2) == 2
    let_time_run_out(batch)
    tasks.sweep()
    assert api.batch(batch["id"])["status"] == "finalizing"
    work()
    over = api.batch(batch["id"])
    assert over["status"] == "expired"
    assert {"expired_at", "output_file_id", "error_file_id"} <= set(over)
    [expired] = api.lines(over["error_file_id"])
    assert (expired["custom_id"], expired["response"]) == ("b", None)
    assert expired["error"] == {
        "code": "batch_expired",
        "message": "This request could not be executed before the completion window expired.",
    }


def test_a_batch_whose_time_runs_out_before_it_is_read_has_nothing(api: Api) -> None:
    batch = api.create(api.file(line("a")))
    let_time_run_out(batch)
    tasks.sweep()
    over = api.batch(batch["id"])
    assert over["status"] == "expired"
    assert set(over) & NOT_YET == {"expired_at"}


def test_another_model_can_file_but_not_read_or_answer(api: Api, settings: Any) -> None:
    batch = api.create(api.file(line("a")))
    settings.SERVED_MODEL_NAME = "another"
    assert work() == 0
    settings.SERVED_MODEL_NAME = "SmolLM2-135M-Instruct"
    assert work(2) == 2
    settings.SERVED_MODEL_NAME = "another"
    assert work() == 1
    assert api.batch(batch["id"])["status"] == "completed"


def test_a_paused_batch_waits_in_every_phase_but_the_last(api: Api) -> None:
    batch = api.create(api.file(line("a")))
    for _ in range(2):
        actions.pause(job_of(batch))
        assert work() == 0
        actions.resume(job_of(batch))
        assert advance()
    job = job_of(batch)
    assert job.status == "finalizing"
    assert actions.possible_actions(job) == ["cancel"]
    for action in ("pause", "expire", "retry"):
        with pytest.raises(actions.Conflict, match="with status 'finalizing'"):
            actions.ACTIONS[action](job)
    work()
    assert api.batch(batch["id"])["status"] == "completed"


def test_a_retry_writes_the_files_anew(api: Api, scripted: ScriptedDecoder) -> None:
    scripted.enqueue(["a"], InvalidPrompt("No."), ["b"])
    batch = api.run(line("a"), line("b"))
    assert api.lines(batch["error_file_id"])[0]["custom_id"] == "b"
    assert api.post(f"batch/jobs/{batch['id']}/retry").status_code == 200
    again = api.batch(batch["id"])
    assert again["status"] == "in_progress"
    assert not {"finalizing_at", "completed_at", "output_file_id", "error_file_id"} & set(again)
    assert again["expires_at"] >= batch["expires_at"]
    work()
    over = api.batch(batch["id"])
    assert over["status"] == "completed"
    assert over["output_file_id"] != batch["output_file_id"]
    assert "error_file_id" not in over
    texts = [
        each["response"]["body"]["choices"][0]["message"]["content"]
        for each in api.lines(over["output_file_id"])
    ]
    assert texts == ["a", "b"]


def test_a_file_that_was_wrong_cannot_be_retried(api: Api) -> None:
    batch = api.run("x")
    response = api.post(f"batch/jobs/{batch['id']}/retry")
    assert error_of(response, 409)["message"].startswith("No item of this job has failed")
    assert job_of(batch).status == "failed"
