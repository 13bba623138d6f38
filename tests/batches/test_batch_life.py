"""A batch from its file of lines to its output file and its error file."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from batches import file_store, tasks
from batches.formats.results import completion_body
from batches.intake.jsonl_items import LineParser
from batches.lifecycle import retention
from batches.models import BatchItem, BatchJob, FilePart, Result, StoredFile
from batches.worker import write_output
from batches.worker.job_slice import advance
from generation.engine.contract import InvalidPrompt, ModelUnavailable
from generation.engine.scripted import ScriptedDecoder
from tests.batches.api_client import (
    NOT_YET,
    Api,
    content_of,
    error_of,
    job_of,
    line,
    work,
)
from tests.batches.engines import Killed
from tests.batches.factories import end_waits, expire_leases

pytestmark = pytest.mark.django_db

# --- from creation to completion -----------------------------------------------------------------


def test_a_batch_from_validation_to_its_output_file(api: Api, scripted: ScriptedDecoder) -> None:
    scripted.enqueue(["Hello", " there"], ["Bye"])
    batch = api.create(api.file(line("one"), line("two")))
    assert set(batch) & NOT_YET == set()
    states = []
    while advance():
        seen = api.batch(batch["id"])
        states.append(seen["status"])
        assert ("output_file_id" in seen) == (seen["status"] == "completed")
    assert states == ["in_progress", "finalizing", "completed"]
    over = api.batch(batch["id"])
    assert set(over) & NOT_YET == {
        "in_progress_at",
        "finalizing_at",
        "completed_at",
        "output_file_id",
    }
    order = ["created_at", "in_progress_at", "finalizing_at", "completed_at", "expires_at"]
    assert [over[name] for name in order] == sorted(over[name] for name in order)
    assert over["request_counts"] == {"total": 2, "completed": 2, "failed": 0}
    assert over["usage"]["input_tokens"] == 8
    assert over["usage"]["output_tokens"] == 3
    assert over["usage"]["total_tokens"] == 11

    file = api.get(f"files/{over['output_file_id']}").json()
    assert file["purpose"] == "batch_output"
    assert file["filename"] == f"{batch['id']}_output.jsonl"
    assert file["expires_at"] - file["created_at"] == 30 * 86_400
    raw = content_of(api.get(f"files/{file['id']}/content"))
    assert file["bytes"] == len(raw)
    first, second = map(json.loads, raw.splitlines())
    assert set(first) == {"id", "custom_id", "response", "error"}
    assert (first["custom_id"], first["error"]) == ("one", None)
    assert first["id"].startswith("batch_req_")
    assert set(first["response"]) == {"status_code", "request_id", "body"}
    assert first["response"]["status_code"] == 200
    body = first["response"]["body"]
    assert body["object"] == "chat.completion"
    assert body["model"] == "SmolLM2-135M-Instruct"
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello there", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert body["usage"] == {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}
    assert second["response"]["body"]["choices"][0]["message"]["content"] == "Bye"


def test_failures_go_into_the_error_file_and_the_order_is_kept(
    api: Api, scripted: ScriptedDecoder, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 1
    settings.BATCH_SLICE_SECONDS = 0  # filed over several slices
    monkeypatch.setattr(write_output, "CHUNK", 2)
    wrong = InvalidPrompt("No such template.")
    scripted.enqueue(["a"], wrong, ["c"], wrong, ["e"])
    batch = api.run(*(line(name) for name in "abcde"))
    assert batch["status"] == "completed"
    assert batch["request_counts"] == {"total": 5, "completed": 3, "failed": 2}
    output = api.lines(batch["output_file_id"])
    assert [each["custom_id"] for each in output] == ["a", "c", "e"]
    texts = [each["response"]["body"]["choices"][0]["message"]["content"] for each in output]
    assert texts == ["a", "c", "e"]
    errors = api.lines(batch["error_file_id"])
    assert [each["custom_id"] for each in errors] == ["b", "d"]
    assert errors[0]["error"] is None
    assert errors[0]["response"]["status_code"] == 400
    assert errors[0]["response"]["body"] == {
        "error": {
            "message": "No such template.",
            "type": "invalid_request_error",
            "param": "messages",
            "code": "invalid_value",
        }
    }
    assert StoredFile.objects.get(public_id=batch["output_file_id"]).part_count == 3


def test_there_is_no_output_file_if_all_fail(api: Api, scripted: ScriptedDecoder) -> None:
    scripted.enqueue(InvalidPrompt("No."), InvalidPrompt("No."))
    batch = api.run(line("a"), line("b"))
    assert batch["status"] == "completed"
    assert "output_file_id" not in batch
    assert len(api.lines(batch["error_file_id"])) == 2


def test_output_files_are_kept_as_long_as_the_batch_says(api: Api) -> None:
    batch = api.create(
        api.file(line()), output_expires_after={"anchor": "created_at", "seconds": 7200}
    )
    work()
    file = api.get(f"files/{api.batch(batch['id'])['output_file_id']}").json()
    assert file["expires_at"] - file["created_at"] == 7200


def test_an_input_file_is_not_needed_once_it_was_read(api: Api) -> None:
    file_id = api.file(line("a"))
    batch = api.create(file_id)
    assert advance()
    assert api.delete(f"files/{file_id}").status_code == 200
    work()
    over = api.batch(batch["id"])
    assert (over["status"], over["input_file_id"]) == ("completed", file_id)


def test_a_model_that_cannot_be_had_fails_the_batch_with_the_reason_and_partial_output(
    api: Api, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 1
    scripted.enqueue(["a"], *[ModelUnavailable("No such folder.")] * 20)
    batch = api.create(api.file(line("a"), line("b")))
    while job_of(batch).is_open:
        end_waits()
        tasks.sweep()
        work()
    over = api.batch(batch["id"])
    assert over["status"] == "failed"
    assert over["errors"]["data"] == [
        {"code": "model_unavailable", "message": "No such folder.", "param": None, "line": None}
    ]
    assert [each["custom_id"] for each in api.lines(over["output_file_id"])] == ["a"]
    [failed] = api.lines(over["error_file_id"])
    assert failed["response"]["status_code"] == 503


def test_what_a_batch_says_is_what_the_jobs_endpoint_says(api: Api) -> None:
    """A batch is a job, so the endpoints and actions of jobs work for it too."""
    batch = api.run(line("a"), line("b"))
    state = api.get(f"batch/jobs/{batch['id']}").json()
    assert (state["status"], state["state"]) == ("completed", "completed")
    results = api.get(f"batch/jobs/{batch['id']}/results", format="jsonl")
    found = [json.loads(text) for text in content_of(results).splitlines()]
    written = api.lines(batch["output_file_id"])
    assert found == written


def test_choices_that_are_stored_are_those_of_the_answer(api: Api) -> None:
    batch = api.run(line("a"))
    result = Result.objects.select_related("item").get()
    choices: list[dict[str, Any]] = [
        {"index": n, "message": {}, "logprobs": None, "finish_reason": "stop"} for n in (0, 1)
    ]
    Result.objects.update(choices=choices)
    result.refresh_from_db()
    assert completion_body(job_of(batch), result.item)["choices"] == choices


def test_a_file_that_kills_workers_is_given_up(
    api: Api, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.BATCH_MAX_ATTEMPTS = 3
    monkeypatch.setattr("batches.worker.read_input.CHUNK_LINES", 2)
    batch = api.create(api.file(line("a"), line("b"), line("poison"), line("d")))
    other = api.create(api.file(line("x")))
    item = LineParser.item
    deaths = 0

    def die(parser: LineParser, content: bytes | None, index: int) -> BatchItem:
        nonlocal deaths
        if b"poison" in (content or b""):
            deaths += 1
            raise Killed
        return item(parser, content, index)

    monkeypatch.setattr(LineParser, "item", die)
    while job_of(batch).is_open:
        try:
            assert advance()
        except Killed:
            expire_leases()
            tasks.sweep()
    # One more death, in the slice that had stored lines before.
    assert deaths == 4
    over = api.batch(batch["id"])
    assert over["status"] == "failed"
    [error] = over["errors"]["data"]
    assert error == {
        "code": "worker_died",
        "message": "The worker died 3 times while it read the file from line 3 on.",
        "param": None,
        "line": None,
    }
    assert not BatchItem.objects.filter(job__public_id=batch["id"]).exists()
    work()
    assert api.batch(other["id"])["status"] == "completed"


def test_a_full_database_is_not_the_files_doing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batches.worker.db_retry.RETRY_DEADLINE_SECONDS", 0.0)
    monkeypatch.setattr("batches.worker.db_retry.RETRY_INTERVAL_SECONDS", 0.0)
    batch = api.create(api.file(line("a")))
    with monkeypatch.context() as full:

        def fail(*args: Any, **kwargs: Any) -> None:
            raise OperationalError("database or disk is full")

        full.setattr("batches.worker.read_input.ReadInput._store", fail)
        for _ in range(5):
            assert advance()
            job = job_of(batch)
            assert (job.status, job.read_attempts, job.lease_owner) == ("validating", 0, "")
            assert job.not_before is not None
            end_waits()
    work()
    assert api.batch(batch["id"])["status"] == "completed"


# --- deletion ------------------------------------------------------------------------------------


def test_contents_of_old_batches_go_with_their_files(api: Api) -> None:
    shared = api.file(line("a"))
    first, second = api.create(shared), api.create(shared)
    work()
    wrong = api.run("x")
    ended = BatchJob.objects.filter(public_id__in=[first["id"], wrong["id"]])
    ended.update(finished_at=timezone.now() - dt.timedelta(days=10))
    output = api.batch(first["id"])["output_file_id"]
    assert retention.purge(7) == retention.Purged(jobs=2, items=1, files=2)
    error_of(api.get(f"files/{output}"), 404)
    error_of(api.get(f"files/{wrong['input_file_id']}"), 404)
    assert api.get(f"files/{shared}").status_code == 200, "the second batch was made of it too"
    assert api.batch(first["id"])["output_file_id"] == output
    job = BatchJob.objects.filter(public_id=second["id"])
    job.update(finished_at=timezone.now() - dt.timedelta(days=10))
    assert retention.purge(7) == retention.Purged(jobs=1, items=1, files=2)
    assert not StoredFile.objects.exists()
    assert not FilePart.objects.exists()


def test_a_file_larger_than_one_part_is_read_across_its_parts(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when reading continues in the middle of a part."""
    monkeypatch.setattr(file_store, "PART_BYTES", 700)
    monkeypatch.setattr("batches.worker.read_input.CHUNK_LINES", 3)
    monkeypatch.setattr("django.conf.settings.BATCH_SLICE_SECONDS", 0)
    names = [f"id-{n}" for n in range(40)]
    batch = api.run(*(line(name, user="é" * n) for n, name in enumerate(names)))
    assert batch["status"] == "completed", batch
    assert [each["custom_id"] for each in api.lines(batch["output_file_id"])] == names
    assert list(BatchItem.objects.values_list("custom_id", flat=True)) == names
    assert StoredFile.objects.get(public_id=batch["output_file_id"]).part_count > 10
