"""A POST that is sent twice with one Idempotency-Key has its effect once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_q.models import OrmQ

from batches.api import idempotency
from batches.models import BatchItem, BatchJob, FilePart, RememberedAnswer, StoredFile
from tests.batches.api_client import PROMPT, Api, MakeApi, create_fields, error_of, jsonl, line
from tests.client_response import ClientResponse

pytestmark = pytest.mark.django_db

Post = Callable[[Api, str, str], ClientResponse]


def post_batch(api: Api, key: str, content: str) -> ClientResponse:
    fields = create_fields("file-1", metadata={"say": content})
    return api.post("batches", fields, **{"Idempotency-Key": key})


def post_file(api: Api, key: str, content: str) -> ClientResponse:
    return api.upload(content.encode(), headers={"Idempotency-Key": key})


def post_jobs(api: Api, key: str, content: str) -> ClientResponse:
    items = [{"messages": PROMPT, "custom_id": content}]
    return api.client.post(
        "/v1/batch/jobs?max_tokens=9",
        {"file": SimpleUploadedFile("p.json", json.dumps(items).encode())},
        headers={**api.headers, "Idempotency-Key": key},
    )


POSTS = [post_batch, post_file, post_jobs]


def effects() -> tuple[int, ...]:
    models = (BatchJob, BatchItem, StoredFile, FilePart, OrmQ, RememberedAnswer)
    return tuple(model.objects.count() for model in models)


@pytest.mark.parametrize("post", POSTS)
def test_the_same_request_gets_the_first_answer(api: Api, post: Post) -> None:
    first = post(api, "key-1", "hello")
    assert first.status_code == 200, first.content
    assert "Idempotent-Replayed" not in first
    done = effects()
    again = post(api, "key-1", "hello")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert effects() == done
    # Even if the created object has changed since, or was deleted.
    BatchJob.objects.update(status="failed")
    StoredFile.objects.all().delete()
    assert post(api, "key-1", "hello").json() == first.json()


@pytest.mark.parametrize("post", POSTS)
def test_another_request_with_the_same_key_is_refused(api: Api, post: Post) -> None:
    assert post(api, "key-1", "hello").status_code == 200
    done = effects()
    error = error_of(post(api, "key-1", "goodbye"), 400)
    assert (error["param"], error["code"]) == ("Idempotency-Key", "idempotency_key_reused")
    assert "sent before with another request" in error["message"]
    assert effects() == done


def test_other_parameters_make_another_request(api: Api) -> None:
    content = jsonl(line())
    assert api.upload(content, headers={"Idempotency-Key": "k"}).status_code == 200
    for other in (
        api.upload(content, "other.jsonl", headers={"Idempotency-Key": "k"}),
        api.upload(content, purpose="user_data", headers={"Idempotency-Key": "k"}),
        api.upload(
            content,
            headers={"Idempotency-Key": "k"},
            **{"expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"},
        ),
    ):
        assert error_of(other, 400)["code"] == "idempotency_key_reused"
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize("post", POSTS)
def test_keys_of_others_and_other_keys_are_others(api: Api, api_of: MakeApi, post: Post) -> None:
    answers = [
        post(api, "key-1", "hello"),
        post(api, "key-2", "hello"),
        post(api_of("bo"), "key-1", "hello"),
    ]
    ids = [answer.json().get("id") or answer.json()["job_id"] for answer in answers]
    assert len(set(ids)) == 3


def test_a_key_counts_for_one_endpoint(api: Api) -> None:
    for post in POSTS:
        assert post(api, "key-1", "hello").status_code == 200
    assert (BatchJob.objects.count(), StoredFile.objects.count()) == (2, 1)


def test_without_a_key_every_request_counts(api: Api) -> None:
    fields = create_fields("file-1")
    assert api.post("batches", fields).json()["id"] != api.post("batches", fields).json()["id"]
    assert not RememberedAnswer.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ", "a\x7f"])
def test_what_a_key_may_be(api: Api, key: str) -> None:
    error = error_of(post_batch(api, key, "hello"), 400)
    assert (error["param"], error["code"]) == ("Idempotency-Key", "invalid_value")
    assert not BatchJob.objects.exists()


def test_a_refused_request_uses_no_key_up(api: Api) -> None:
    error_of(api.post("batches", {"endpoint": "x"}, **{"Idempotency-Key": "k"}), 400)
    assert post_batch(api, "k", "hello").status_code == 200


@pytest.mark.parametrize("post", POSTS)
def test_an_effect_that_fails_uses_no_key_up(
    api: Api, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise OSError("the lights went out")

    with monkeypatch.context() as broken:
        for name in ("batches.intake.submit.nudge", "batches.file_store.complete"):
            broken.setattr(name, fail)
        error_of(post(api, "key-1", "hello"), 500)
    assert effects() == (0, 0, 0, 0, 0, 0)
    assert post(api, "key-1", "hello").status_code == 200


@pytest.mark.parametrize("post", POSTS)
def test_of_two_at_the_same_time_the_later_one_undoes_itself(
    api: Api, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other request is stored after this one has looked, so the unique key stops this one."""
    looks = 0
    stored_answer = idempotency.IdempotentRequest.stored_answer

    def look(request: idempotency.IdempotentRequest) -> Any:
        nonlocal looks
        looks += 1
        if looks == 1:
            assert stored_answer(request) is None
            first.append(post(api, "key-1", "hello"))
            return None
        return stored_answer(request)

    first: list[ClientResponse] = []
    monkeypatch.setattr(idempotency.IdempotentRequest, "stored_answer", look)
    second = post(api, "key-1", "hello")
    assert first[0].status_code == second.status_code == 200
    assert second.json() == first[0].json()
    assert second["Idempotent-Replayed"] == "true"
    jobs, _, files, parts, messages, answers = effects()
    assert (jobs + files, answers) == (1, 1)
    assert (parts, messages) == ((1, 0) if post is post_file else (0, 1))
