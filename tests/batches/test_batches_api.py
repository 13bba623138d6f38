"""/v1/batches: valid and invalid requests, and their responses."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django_q.models import OrmQ

from batches.formats.batch_object import batch_body
from batches.models import BatchJob, StoredFile
from tests.batches.api_client import (
    Api,
    MakeApi,
    create_fields,
    error_of,
    job_of,
    line,
    work,
)
from tests.batches.factories import MakeJob

pytestmark = pytest.mark.django_db

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
    ({"metadata": {"a": 7}}, "metadata.a", "invalid_type", "Expected a string"),
    (
        {"metadata": {str(n): "x" for n in range(17)}},
        "metadata",
        "object_above_max_properties",
        "At most 16 pairs",
    ),
    ({"metadata": {"k" * 65: "x"}}, "metadata", "string_above_max_length", "64 characters"),
    ({"metadata": {"k": "x" * 513}}, "metadata.k", "string_above_max_length", "At most 512"),
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
    """The batch fails as for a wrong line. Another user's file counts as unknown."""
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


# --- retrieve, list, and other users -------------------------------------------------------------


def test_an_unknown_batch(api: Api, make_job: MakeJob) -> None:
    of_the_jobs_endpoint = make_job(1).public_id
    for batch_id in ("batch_0", of_the_jobs_endpoint):
        for answer in (
            api.get(f"batches/{batch_id}"),
            api.post(f"batches/{batch_id}/cancel"),
        ):
            error = error_of(answer, 404)
            assert error["message"] == f"No batch found with id '{batch_id}'."
    assert api.get("batches").json()["data"] == []


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


def test_an_empty_page_has_no_ids_and_other_parameters_are_ignored(api: Api) -> None:
    response = api.get("batches", colour="red", order="asc")
    assert response.status_code == 200
    assert response.json() == {
        "object": "list",
        "data": [],
        "has_more": False,
        "first_id": None,
        "last_id": None,
    }


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        ({"limit": 0}, "limit", "integer_below_min_value"),
        ({"limit": 101}, "limit", "integer_above_max_value"),
        ({"after": "batch_0"}, "after", "invalid_value"),
    ],
)
def test_what_a_list_may_not_ask(api: Api, query: dict[str, Any], param: str, code: str) -> None:
    error = error_of(api.get("batches", **query), 400)
    assert (error["param"], error["code"]) == (param, code)
