"""/v1/files: a file is returned unchanged, only to its owner, until it expires."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from batches import file_store, tasks
from batches.lifecycle import retention
from batches.models import BatchJob, FilePart, RememberedAnswer, StoredFile
from tests.batches.api_client import Api, MakeApi, content_of, error_of, jsonl, line
from tests.client_response import ClientResponse

pytestmark = pytest.mark.django_db

CONTENT = jsonl(line("a"), line("b"))
PARTS = file_store.PART_BYTES


def stored(response: ClientResponse) -> StoredFile:
    assert response.status_code == 200, response.content
    return StoredFile.objects.get(public_id=response.json()["id"])


def assert_nothing_stored() -> None:
    assert not StoredFile.objects.exists()
    assert not FilePart.objects.exists()


def age(files: QuerySet[StoredFile], **ago: float) -> None:
    files.update(created_at=timezone.now() - dt.timedelta(**ago))


# --- upload --------------------------------------------------------------------------------------


def test_an_upload_is_stored_and_described(api: Api, user: User) -> None:
    before = int(time.time())
    response = api.upload(CONTENT, "prompts.jsonl")
    file = stored(response)
    body = response.json()
    assert body == {
        "id": file.public_id,
        "object": "file",
        "bytes": len(CONTENT),
        "created_at": int(file.created_at.timestamp()),
        "filename": "prompts.jsonl",
        "purpose": "batch",
        "status": "processed",
        "expires_at": int(file.expires_at.timestamp()),  # type: ignore[union-attr]
    }
    assert body["id"].startswith("file-")
    assert before <= body["created_at"] <= time.time()
    assert body["expires_at"] - body["created_at"] == 30 * 86_400
    assert (file.owner, file.api_key and file.api_key.name) == (user, "tests")
    assert b"".join(bytes(part.content) for part in file.parts.order_by("index")) == CONTENT
    assert api.get(f"files/{file.public_id}").json() == body


@pytest.mark.parametrize(
    "size", [0, 1, PARTS - 1, PARTS, PARTS + 1, 3 * PARTS + 7], ids=lambda size: f"{size} bytes"
)
def test_the_bytes_come_back_as_they_went_in(api: Api, size: int) -> None:
    content = hashlib.shake_128(b"some file").digest(size)
    file = stored(api.upload(content, "blob.bin", "user_data"))
    assert (file.bytes, file.part_count) == (size, -(-size // PARTS))
    response = api.get(f"files/{file.public_id}/content")
    assert response.status_code == 200
    assert response["Content-Length"] == str(size)
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="blob.bin"'
    assert content_of(response) == content


@pytest.mark.parametrize("purpose", ["assistants", "fine-tune", "vision", "user_data", "evals"])
def test_other_purposes_may_hold_anything_and_are_kept(api: Api, purpose: str) -> None:
    response = api.upload(b"\x00\xff", "x.bin", purpose)
    assert stored(response).purpose == purpose
    assert "expires_at" not in response.json(), "null would not be allowed"


@pytest.mark.parametrize("purpose", ["batch", "user_data"])
def test_a_file_is_kept_as_long_as_its_upload_says(api: Api, purpose: str) -> None:
    expiry = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"}
    body = api.upload(CONTENT, purpose=purpose, **expiry).json()
    assert body["expires_at"] - body["created_at"] == 3600


def test_files_of_batches_are_kept_for_ever_if_the_setting_says_so(api: Api, settings: Any) -> None:
    settings.FILE_KEEP_DAYS = 0
    assert stored(api.upload(CONTENT)).expires_at is None


@pytest.mark.parametrize("name", ["in.JSONL", "IN.Jsonl"])
def test_the_end_of_a_batch_files_name_may_have_capitals(api: Api, name: str) -> None:
    assert stored(api.upload(CONTENT, name)).filename == name


@pytest.mark.parametrize(
    ("name", "purpose", "fields", "param", "code", "said"),
    [
        ("in.txt", "batch", {}, "file", "invalid_value", "Invalid file format for Batch API."),
        ("in.JSONL.zip", "batch", {}, "file", "invalid_value", "Must be .jsonl"),
        ("in.jsonl", "", {}, "purpose", "invalid_value", "not a valid choice"),
        ("in.jsonl", "batch_output", {}, "purpose", "invalid_value", "not a valid choice"),
        ("in.jsonl", "birthday", {}, "purpose", "invalid_value", "not a valid choice"),
        ("in.jsonl", "batch", {"purposes": "x"}, "purposes", "unknown_parameter", "Unrecognized"),
        (
            "in.jsonl",
            "batch",
            {"expires_after[seconds]": "3600"},
            "expires_after.anchor",
            "missing_required_parameter",
            "required",
        ),
        (
            "in.jsonl",
            "batch",
            {
                "expires_after": "never",
                "expires_after[anchor]": "created_at",
                "expires_after[seconds]": "3600",
            },
            "expires_after",
            "invalid_type",
            "object",
        ),
        (
            "in.jsonl",
            "batch",
            {"expires_after[anchor]": "created_at", "expires_after[seconds]": "3599"},
            "expires_after.seconds",
            "integer_below_min_value",
            "3600",
        ),
        (
            "in.jsonl",
            "batch",
            {"expires_after[anchor]": "created_at", "expires_after[seconds]": "2592001"},
            "expires_after.seconds",
            "integer_above_max_value",
            "2592000",
        ),
        (
            "in.jsonl",
            "batch",
            {"expires_after[anchor]": "today", "expires_after[seconds]": "3600"},
            "expires_after.anchor",
            "invalid_value",
            "not a valid choice",
        ),
    ],
)
def test_what_an_upload_may_not_say(
    api: Api, name: str, purpose: str, fields: dict[str, str], param: str, code: str, said: str
) -> None:
    error = error_of(api.upload(CONTENT, name, purpose, **fields), 400)
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    assert said in error["message"]
    assert_nothing_stored()


def test_an_upload_without_a_file_or_a_purpose(api: Api, client: Client) -> None:
    error = error_of(client.post("/v1/files", {"purpose": "batch"}, headers=api.headers), 400)
    assert (error["param"], error["code"]) == ("file", "missing_required_parameter")
    form = {"purpose": "batch", "file": "not a file, but a field"}
    error = error_of(client.post("/v1/files", form, headers=api.headers), 400)
    assert (error["param"], error["code"]) == ("file", "missing_required_parameter")
    with Path(__file__).open("rb") as file:
        error = error_of(client.post("/v1/files", {"file": file}, headers=api.headers), 400)
    assert (error["param"], error["code"]) == ("purpose", "missing_required_parameter")
    error_of(api.post("files", {"purpose": "batch"}), 400)
    assert_nothing_stored()


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data"])
def test_an_upload_without_a_body(api: Api, client: Client, content_type: str) -> None:
    response = client.post("/v1/files", b"", content_type=content_type, headers=api.headers)
    error = error_of(response, 400)
    assert (error["param"], error["code"]) == ("purpose", "missing_required_parameter")
    assert_nothing_stored()


@pytest.mark.parametrize("name", ["purpose", "file"])
def test_a_field_of_an_upload_comes_once(api: Api, client: Client, name: str) -> None:
    files = [SimpleUploadedFile("in.jsonl", CONTENT) for _ in range(2)]
    form: dict[str, list[Any]] = {"purpose": ["batch", "user_data"], "file": files}
    form |= {other: values[:1] for other, values in form.items() if other != name}
    error = error_of(client.post("/v1/files", form, headers=api.headers), 400)
    assert (error["param"], error["code"]) == (name, "invalid_value")
    assert_nothing_stored()


def test_a_file_that_is_too_large_is_refused(api: Api, settings: Any) -> None:
    settings.FILE_MAX_BYTES = 1000
    stored(api.upload(b"x" * 1000))
    StoredFile.objects.all().delete()
    error = error_of(api.upload(b"x" * 1001), 413)
    assert (error["param"], error["code"]) == ("file", "request_too_large")
    assert error["message"] == "The file has 1,001 bytes; at most 1,000 are accepted."
    # The body is not parsed if it is far too large.
    error_of(api.upload(b"x" * 200_000), 413)
    assert_nothing_stored()


def test_an_upload_that_fails_half_way_leaves_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = file_store.append

    def fail(file: StoredFile, content: bytes) -> None:
        append(file, content)
        if file.part_count == 2:
            raise OSError("disk full")

    monkeypatch.setattr(file_store, "append", fail)
    error = error_of(api.upload(b"x" * (3 * PARTS)), 500)
    assert error["type"] == "server_error"
    assert_nothing_stored()


# --- list, delete, and other users ---------------------------------------------------------------


def test_files_are_listed_newest_first_page_by_page(api: Api) -> None:
    ids = [stored(api.upload(CONTENT, f"{n}.jsonl")).public_id for n in range(5)]
    newest = ids[::-1]

    def listed(**query: Any) -> tuple[list[str], bool]:
        body = api.get("files", **query).json()
        assert body["object"] == "list"
        found = [each["id"] for each in body["data"]]
        assert (body["first_id"], body["last_id"]) == (found[0], found[-1])
        return found, body["has_more"]

    assert listed() == (newest, False)
    assert listed(limit=5) == (newest, False)
    assert listed(limit=2) == (newest[:2], True)
    assert listed(limit=2, after=newest[1]) == (newest[2:4], True)
    assert listed(limit=2, after=newest[3]) == (newest[4:], False)
    assert listed(order="asc", limit=2) == (ids[:2], True)
    assert listed(order="asc", after=ids[1]) == (ids[2:], False)
    # The last page is empty if `after` is the last file.
    assert api.get("files", after=newest[4]).json() == {
        "object": "list",
        "data": [],
        "has_more": False,
        "first_id": None,
        "last_id": None,
    }


def test_files_are_listed_by_purpose(api: Api) -> None:
    batch = stored(api.upload(CONTENT))
    other = stored(api.upload(CONTENT, "x.bin", "user_data"))
    assert [each["id"] for each in api.get("files", purpose="batch").json()["data"]] == [
        batch.public_id
    ]
    assert [each["id"] for each in api.get("files", purpose="user_data").json()["data"]] == [
        other.public_id
    ]
    assert api.get("files", purpose="batch_output").json()["data"] == []


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        ({"limit": 0}, "limit", "integer_below_min_value"),
        ({"limit": 10_001}, "limit", "integer_above_max_value"),
        ({"limit": "many"}, "limit", "invalid_type"),
        ({"order": "up"}, "order", "invalid_value"),
        ({"purpose": "birthday"}, "purpose", "invalid_value"),
        ({"after": "file-0"}, "after", "invalid_value"),
        ({"limit": ["1", "2"]}, "limit", "invalid_value"),
    ],
)
def test_what_a_list_may_not_ask(api: Api, query: dict[str, Any], param: str, code: str) -> None:
    error = error_of(api.get("files", **query), 400)
    assert (error["param"], error["code"]) == (param, code)


def test_a_deleted_file_is_gone(api: Api) -> None:
    file = stored(api.upload(CONTENT))
    response = api.delete(f"files/{file.public_id}")
    assert response.status_code == 200
    assert response.json() == {"id": file.public_id, "object": "file", "deleted": True}
    assert_nothing_stored()
    for answer in (
        api.get(f"files/{file.public_id}"),
        api.get(f"files/{file.public_id}/content"),
        api.delete(f"files/{file.public_id}"),
    ):
        error = error_of(answer, 404)
        assert error["message"] == f"No file found with id '{file.public_id}'."
        assert (error["param"], error["code"]) == ("file_id", None)
    assert api.get("files").json()["data"] == []


def test_a_download_breaks_off_if_the_file_is_deleted_meanwhile(api: Api) -> None:
    """A truncated file must not look complete."""
    file = stored(api.upload(b"x" * (2 * PARTS), "x.bin", "user_data"))
    response = api.get(f"files/{file.public_id}/content")
    file_store.delete(file)
    with pytest.raises(file_store.FileGone):
        content_of(response)


def test_another_users_files_are_unknown(api: Api, api_of: MakeApi) -> None:
    file = stored(api.upload(CONTENT))
    other = api_of("bo")
    for answer in (
        other.get(f"files/{file.public_id}"),
        other.get(f"files/{file.public_id}/content"),
        other.delete(f"files/{file.public_id}"),
    ):
        assert error_of(answer, 404)["message"] == f"No file found with id '{file.public_id}'."
    assert other.get("files").json()["data"] == []
    assert error_of(other.get("files", after=file.public_id), 400)["param"] == "after"
    assert api.get(f"files/{file.public_id}").status_code == 200


def test_without_a_key_there_is_nothing(client: Client, api: Api) -> None:
    file = stored(api.upload(CONTENT))
    for path in ("files", f"files/{file.public_id}", f"files/{file.public_id}/content", "batches"):
        error = error_of(client.get(f"/v1/{path}"), 401)
        assert error["code"] == "invalid_api_key"


def test_the_key_may_come_in_the_query(client: Client, api_key: str) -> None:
    assert client.get(f"/v1/files?token={api_key}&limit=1").status_code == 200


# --- expiry --------------------------------------------------------------------------------------


def test_a_file_whose_time_is_over_is_gone_at_once_and_purged_later(api: Api) -> None:
    file = stored(api.upload(CONTENT))
    kept = stored(api.upload(CONTENT))
    StoredFile.objects.filter(pk=file.pk).update(expires_at=timezone.now())
    error_of(api.get(f"files/{file.public_id}"), 404)
    error_of(api.get(f"files/{file.public_id}/content"), 404)
    error_of(api.delete(f"files/{file.public_id}"), 404)
    assert [each["id"] for each in api.get("files").json()["data"]] == [kept.public_id]
    tasks.purge()
    assert StoredFile.objects.get() == kept
    assert set(FilePart.objects.values_list("file", flat=True)) == {kept.pk}


def test_uploads_that_broke_off_are_invisible_and_purged_after_a_day(api: Api, user: User) -> None:
    def begun() -> StoredFile:
        file = file_store.begin(
            owner=user, api_key=None, filename="x", purpose=StoredFile.Purpose.BATCH_OUTPUT
        )
        file_store.append(file, b"half")
        return file

    recent, old, being_written = begun(), begun(), begun()
    age(StoredFile.objects.exclude(pk=recent.pk), days=2)
    BatchJob.objects.create(
        owner=user, parameters={}, total=0, output_file_id=being_written.public_id
    )
    assert api.get("files").json()["data"] == []
    error_of(api.get(f"files/{old.public_id}"), 404)
    assert retention.purge_files() == 1
    assert set(StoredFile.objects.all()) == {recent, being_written}


def test_remembered_answers_are_forgotten_after_two_days(api: Api) -> None:
    for key in ("old", "new"):
        stored(api.upload(CONTENT, headers={"Idempotency-Key": key}))
    RememberedAnswer.objects.filter(key="old").update(
        created_at=timezone.now() - dt.timedelta(days=3)
    )
    retention.purge_files()
    assert RememberedAnswer.objects.get().key == "new"
