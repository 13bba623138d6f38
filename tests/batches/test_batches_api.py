"""/v1/batches: from a file of lines to an output file and an error file."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.utils import timezone
from django_q.models import OrmQ

from batches import filing, lifecycle, retention, storage, tasks
from batches.batch_bodies import batch_body
from batches.lines import LineChecker
from batches.models import BatchItem, BatchJob, FilePart, Result, StoredFile
from batches.serializers import completion_body
from batches.slices import advance
from generation.engine.contract import InvalidPrompt, ModelUnavailable
from generation.engine.scripted import ScriptedDecoder
from tests.batches.engines import Killed
from tests.batches.filing import Api, MakeApi, content_of, create_fields, error_of, line, work
from tests.batches.making import MakeJob, end_waits, expire_leases

pytestmark = pytest.mark.django_db

NOT_YET = {
    "in_progress_at",
    "finalizing_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelling_at",
    "cancelled_at",
    "output_file_id",
    "error_file_id",
    "errors",
}


def job_of(batch: dict[str, Any]) -> BatchJob:
    return BatchJob.objects.get(public_id=batch["id"])


def let_time_run_out(batch: dict[str, Any]) -> None:
    BatchJob.objects.filter(public_id=batch["id"]).update(expires_at=timezone.now())


# --- create --------------------------------------------------------------------------------------


def test_a_batch_is_stored_with_its_message(api: Api, user: User) -> None:
    file_id = api.file(line())
    before = int(time.time())
    batch = api.create(file_id, metadata={"class": "7b"})
    job = job_of(batch)
    assert batch == {
        "id": job.public_id,
        "object": "batch",
        "endpoint": "/v1/chat/completions",
        "model": "SmolLM2-135M-Instruct",
        "input_file_id": file_id,
        "completion_window": "24h",
        "status": "validating",
        "created_at": int(job.created_at.timestamp()),
        "expires_at": int(job.expires_at.timestamp()),  # type: ignore[union-attr]
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "usage": {
            "input_tokens": 0,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 0,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 0,
        },
        "metadata": {"class": "7b"},
    }
    assert batch["id"].startswith("batch_")
    assert before <= batch["created_at"] <= time.time()
    assert abs(batch["expires_at"] - batch["created_at"] - 86_400) <= 1
    assert (job.owner, job.api_key and job.api_key.name) == (user, "tests")
    [message] = OrmQ.objects.all()
    assert message.task["func"] == "batches.tasks.advance"


BAD_CREATES: list[tuple[dict[str, Any], str, str, str]] = [
    ({"input_file_id": None}, "input_file_id", "missing_required_parameter", "required"),
    ({"input_file_id": ["x"]}, "input_file_id", "invalid_type", "string"),
    ({"endpoint": None}, "endpoint", "missing_required_parameter", "required"),
    (
        {"endpoint": "/v1/embeddings"},
        "endpoint",
        "invalid_value",
        "Invalid value: '/v1/embeddings'. Supported values are: '/v1/chat/completions'.",
    ),
    ({"endpoint": {}}, "endpoint", "invalid_value", "Invalid value: '{}'."),
    ({"completion_window": None}, "completion_window", "missing_required_parameter", "required"),
    (
        {"completion_window": "48h"},
        "completion_window",
        "invalid_value",
        "Invalid value: '48h'. Supported values are: '24h'.",
    ),
    ({"metadata": "x"}, "metadata", "invalid_type", "an object whose values are strings"),
    ({"metadata": {"a": 7}}, "metadata", "invalid_type", "an object whose values are strings"),
    (
        {"metadata": {str(n): "x" for n in range(17)}},
        "metadata",
        "string_above_max_length",
        "At most 16 pairs",
    ),
    ({"metadata": {"k" * 65: "x"}}, "metadata", "string_above_max_length", "64 characters"),
    ({"metadata": {"k": "x" * 513}}, "metadata", "string_above_max_length", "at most 512"),
    ({"metadata": {"k": "\x00"}}, "metadata", "invalid_value", "NUL"),
    (
        {"output_expires_after": {"anchor": "created_at"}},
        "output_expires_after.seconds",
        "missing_required_parameter",
        "required",
    ),
    (
        {"output_expires_after": {"anchor": "now", "seconds": 3600}},
        "output_expires_after.anchor",
        "invalid_value",
        "not a valid choice",
    ),
    (
        {"output_expires_after": {"anchor": "created_at", "seconds": 60}},
        "output_expires_after.seconds",
        "integer_below_min_value",
        "3600",
    ),
    ({"priority": 5}, "priority", "unknown_parameter", "Unrecognized"),
]


@pytest.mark.parametrize(("fields", "param", "code", "said"), BAD_CREATES)
def test_what_a_batch_may_not_say(
    api: Api, fields: dict[str, Any], param: str, code: str, said: str
) -> None:
    error = error_of(api.post("batches", create_fields(api.file(line()), **fields)), 400)
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    assert said in error["message"]
    assert not BatchJob.objects.exists()
    assert not OrmQ.objects.exists()


@pytest.mark.parametrize("body", [b"{not json", b"[]", b'"x"', b""])
def test_a_body_that_is_no_object(api: Api, body: bytes) -> None:
    error = error_of(api.post("batches", body), 400)
    assert error["type"] == "invalid_request_error"
    assert not BatchJob.objects.exists()


def assert_no_such_file(batch: dict[str, Any], said: str) -> None:
    assert batch["status"] == "failed"
    [error] = batch["errors"]["data"]
    assert (error["code"], error["param"], error["line"]) == ("invalid_request", "file_id", None)
    assert said in error["message"]


def test_a_file_that_is_not_there_or_is_not_for_batches(api: Api, api_of: MakeApi) -> None:
    """Told like a wrong line, and another user's file is as unknown as none."""
    deleted = api.file(line())
    api.delete(f"files/{deleted}")
    expired = api.file(line())
    StoredFile.objects.filter(public_id=expired).update(expires_at=timezone.now())
    foreign = api_of("bo").file(line())
    other = api.upload(b"x", "x.jsonl", "user_data").json()["id"]
    batches = [api.create(file_id) for file_id in ("file-0", deleted, expired, foreign, other)]
    work()
    for batch, file_id in zip(batches, ["file-0", deleted, expired, foreign], strict=False):
        assert_no_such_file(api.batch(batch["id"]), f"No file found with id '{file_id}'.")
    assert_no_such_file(api.batch(batches[-1]["id"]), "the purpose 'user_data'")


# --- its life ------------------------------------------------------------------------------------


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
    monkeypatch.setattr(filing, "CHUNK", 2)
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
    """Both are the same job: the older endpoint, and what may be done there, work for it too."""
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
    choices = [
        {"index": n, "message": {}, "logprobs": None, "finish_reason": "stop"} for n in (0, 1)
    ]
    Result.objects.update(choices=choices)
    result.refresh_from_db()
    assert completion_body(job_of(batch), result.item)["choices"] == choices


def test_a_file_that_kills_workers_is_given_up(
    api: Api, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.BATCH_MAX_ATTEMPTS = 3
    monkeypatch.setattr("batches.validation.CHUNK_LINES", 2)
    batch = api.create(api.file(line("a"), line("b"), line("poison"), line("d")))
    other = api.create(api.file(line("x")))
    item = LineChecker.item
    deaths = 0

    def die(checker: LineChecker, content: bytes | None, index: int) -> BatchItem:
        nonlocal deaths
        if b"poison" in (content or b""):
            deaths += 1
            raise Killed
        return item(checker, content, index)

    monkeypatch.setattr(LineChecker, "item", die)
    while job_of(batch).is_open:
        try:
            assert advance()
        except Killed:
            expire_leases()
            tasks.sweep()
    # One more in the slice that had read something before.
    assert deaths == 4
    over = api.batch(batch["id"])
    assert over["status"] == "failed"
    [error] = over["errors"]["data"]
    assert error == {
        "code": "worker_died",
        "message": "The worker died 3 times while reading from line 3 on.",
        "param": None,
        "line": None,
    }
    assert not BatchItem.objects.filter(job__public_id=batch["id"]).exists()
    work()
    assert api.batch(other["id"])["status"] == "completed"


def test_a_full_database_is_not_the_files_doing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batches.patience.PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr("batches.patience.RETRY_SECONDS", 0.0)
    batch = api.create(api.file(line("a")))
    with monkeypatch.context() as full:

        def fail(*args: Any, **kwargs: Any) -> None:
            raise OperationalError("database or disk is full")

        full.setattr("batches.validation.Validation._store", fail)
        for _ in range(5):
            assert advance()
            job = job_of(batch)
            assert (job.status, job.read_attempts, job.lease_owner) == ("validating", 0, "")
            assert job.not_before is not None
            end_waits()
    work()
    assert api.batch(batch["id"])["status"] == "completed"


# --- cancel, expire, retry -----------------------------------------------------------------------


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
    monkeypatch.setattr("batches.validation.CHUNK_LINES", 2)
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
    monkeypatch.setattr(filing, "CHUNK", 1)
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
        lifecycle.pause(job_of(batch))
        assert work() == 0
        lifecycle.resume(job_of(batch))
        assert advance()
    job = job_of(batch)
    assert job.status == "finalizing"
    assert lifecycle.possible_actions(job) == ["cancel"]
    for action in ("pause", "expire", "retry"):
        with pytest.raises(lifecycle.Conflict, match="with status 'finalizing'"):
            lifecycle.ACTIONS[action](job)
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


# --- look, list, and other people ----------------------------------------------------------------


def test_an_unknown_batch(api: Api, make_job: MakeJob) -> None:
    of_the_jobs_endpoint = make_job(1).public_id
    for batch_id in ("batch_0", of_the_jobs_endpoint):
        for answer in (
            api.get(f"batches/{batch_id}"),
            api.post(f"batches/{batch_id}/cancel"),
        ):
            error = error_of(answer, 404)
            assert error["message"] == f"No batch found with id '{batch_id}'."
    assert api.get("batches").json() == {"object": "list", "data": [], "has_more": False}


def test_another_users_batches_are_unknown(api: Api, api_of: MakeApi) -> None:
    batch = api.run(line("a"))
    other = api_of("bo")
    error_of(other.get(f"batches/{batch['id']}"), 404)
    error_of(other.post(f"batches/{batch['id']}/cancel"), 404)
    error_of(other.get(f"files/{batch['output_file_id']}"), 404)
    assert other.get("batches").json()["data"] == []
    assert other.get("files").json()["data"] == []


def test_batches_are_listed_newest_first_page_by_page(api: Api) -> None:
    file_id = api.file(line())
    newest = [api.create(file_id)["id"] for _ in range(5)][::-1]

    def listed(**query: Any) -> tuple[list[str], bool]:
        body = api.get("batches", **query).json()
        assert body["object"] == "list"
        found = [each["id"] for each in body["data"]]
        assert (body["first_id"], body["last_id"]) == (found[0], found[-1])
        assert body["data"][0] == batch_body(BatchJob.objects.get(public_id=found[0]))
        return found, body["has_more"]

    assert listed() == (newest, False)
    assert listed(limit=2) == (newest[:2], True)
    assert listed(limit=2, after=newest[1]) == (newest[2:4], True)
    assert listed(limit=2, after=newest[3]) == (newest[4:], False)


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        ({"limit": 0}, "limit", "integer_below_min_value"),
        ({"limit": 101}, "limit", "integer_above_max_value"),
        ({"after": "batch_0"}, "after", "invalid_value"),
        ({"order": "asc"}, "order", "unknown_parameter"),
    ],
)
def test_what_a_list_may_not_ask(api: Api, query: dict[str, Any], param: str, code: str) -> None:
    error = error_of(api.get("batches", **query), 400)
    assert (error["param"], error["code"]) == (param, code)


# --- what is deleted -----------------------------------------------------------------------------


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
    """Also when the reading goes on in the middle of a part."""
    monkeypatch.setattr(storage, "PART_BYTES", 700)
    monkeypatch.setattr("batches.validation.CHUNK_LINES", 3)
    monkeypatch.setattr("django.conf.settings.BATCH_SLICE_SECONDS", 0)
    names = [f"id-{n}" for n in range(40)]
    batch = api.run(*(line(name, user="é" * n) for n, name in enumerate(names)))
    assert batch["status"] == "completed", batch
    assert [each["custom_id"] for each in api.lines(batch["output_file_id"])] == names
    assert list(BatchItem.objects.values_list("custom_id", flat=True)) == names
    assert StoredFile.objects.get(public_id=batch["output_file_id"]).part_count > 10
