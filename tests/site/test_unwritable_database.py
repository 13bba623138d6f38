"""While the database or the data folder cannot be written to, what only reads is answered."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import Client
from django.test.utils import CaptureQueriesContext

from generation.auth.api_key import ApiKey
from generation.engine.scripted import ScriptedDecoder
from wordgen_site.monitoring import write_check

pytestmark = pytest.mark.django_db(transaction=True)

CHAT = {"messages": [{"role": "user", "content": "Hi."}], "max_tokens": 3}


@pytest.fixture(autouse=True)
def nothing_checked_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_check, "_checked_at", float("-inf"))
    monkeypatch.setattr(write_check, "_last_problem", "")


@pytest.fixture
def locked() -> Iterator[None]:
    """Another connection holds the lock for writing, as a long transaction does."""
    connection.ensure_connection()
    other = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@pytest.fixture
def read_only() -> Iterator[None]:
    """SQLite refuses writes as it does with a read-only file."""

    def forbid_writing(**kwargs: Any) -> None:
        kwargs["connection"].cursor().execute("PRAGMA query_only = ON")

    connection_created.connect(forbid_writing)
    connection.close()
    yield
    connection_created.disconnect(forbid_writing)
    connection.close()


@pytest.fixture(params=["locked", "read_only"])
def unwritable(request: pytest.FixtureRequest, bearer: dict[str, str]) -> None:
    """After the key is made."""
    request.getfixturevalue(request.param)


def assert_reads_are_answered(client: Client, bearer: dict[str, str]) -> None:
    began = time.monotonic()
    for path in ("/v1/models", "/metrics", "/v1/files", "/v1/batches"):
        assert client.get(path, headers=bearer).status_code == 200, path
    chat = client.post("/v1/chat/completions", CHAT, "application/json", headers=bearer)
    assert chat.status_code == 200
    assert time.monotonic() - began < 10  # a single wait for the lock is 20 seconds


def test_reads_are_answered(
    client: Client, unwritable: None, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    assert_reads_are_answered(client, bearer)
    assert ApiKey.objects.get().last_used_at is None


def test_writes_wait_as_usual_after_a_touch(client: Client, bearer: dict[str, str]) -> None:
    client.get("/v1/models", headers=bearer)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (20_000,)


def upload(client: Client, bearer: dict[str, str]) -> Any:
    content = SimpleUploadedFile("in.jsonl", b"{}\n")
    return client.post("/v1/files", {"purpose": "batch", "file": content}, headers=bearer)


def test_a_write_is_503_and_can_be_tried_again(
    client: Client, bearer: dict[str, str], read_only: None
) -> None:
    answer = upload(client, bearer)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer.json()["error"]["code"] == "database_unavailable"


@pytest.fixture
def password(db: None) -> str:
    User.objects.create_user("bob", password="a-long-test-password")
    return "a-long-test-password"


def test_a_page_that_writes_is_503_too(password: str, read_only: None) -> None:
    client = Client(raise_request_exception=False)
    answer = client.post("/login/", {"username": "bob", "password": password})
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert b"database" in answer.content


def test_ready_tells_that_the_database_cannot_be_written_to(
    client: Client, unwritable: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_check, "LOCK_SECONDS", 0.1)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["reason"]) == (503, "database write")


def test_ready_tells_that_the_data_folder_cannot_be_written_to(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path / "unmounted"
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["reason"]) == (503, "disk")


def test_many_who_ask_whether_it_is_ready_make_one_check(client: Client) -> None:
    client.get("/health/ready")
    with CaptureQueriesContext(connection) as queries:
        for _ in range(20):
            assert client.get("/health/ready").status_code == 200
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]


def test_nobody_waits_for_the_check_of_another(client: Client) -> None:
    with write_check._checking:
        assert client.get("/health/ready").status_code == 200
