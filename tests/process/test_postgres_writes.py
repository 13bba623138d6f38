"""While PostgreSQL takes no write, what only reads is answered."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.process.postgres import NO_POSTGRES, binaries, running_postgres
from tests.process.server import KEY
from tests.process.web_only import WebOnly, running_web_only

pytestmark = pytest.mark.process

CHAT = {"messages": [{"role": "user", "content": "Hi."}], "max_tokens": 3}
BATCH = {
    "input_file_id": "file-1",
    "endpoint": "/v1/chat/completions",
    "completion_window": "24h",
}


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    folder = binaries()
    if folder is None:
        pytest.skip(NO_POSTGRES)
    with running_postgres(folder) as server:
        yield server.url


@pytest.fixture(scope="module")
def web(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebOnly]:
    with running_web_only(tmp_path_factory.mktemp("pg"), DATABASE_URL=database_url) as web:
        yield web


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        rows: list[tuple[object, ...]] = cursor.fetchall() if cursor.description else []
        return rows


@contextmanager
def read_only(url: str) -> Iterator[None]:
    """Every new connection refuses writes, as a standby server does."""
    execute(url, "ALTER DATABASE postgres SET default_transaction_read_only = on")
    try:
        yield
    finally:
        execute(
            url,
            "BEGIN READ WRITE; ALTER DATABASE postgres RESET default_transaction_read_only; COMMIT",
        )


@contextmanager
def keys_locked(url: str) -> Iterator[None]:
    """Another transaction has changed every key and has not ended."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE wordgen_site_apikey SET name = name")
        yield
        connection.rollback()


def send(web: WebOnly, path: str, body: object = None) -> tuple[int, str | None, str]:
    """Return the status, the header Retry-After and the body."""
    request = Request(
        web.url + path,
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
    )
    try:
        with urlopen(request, timeout=60) as response:
            return response.status, response.headers["Retry-After"], response.read().decode()
    except HTTPError as error:
        return error.code, error.headers["Retry-After"], error.read().decode()


def assert_reads_are_answered(web: WebOnly) -> None:
    for path in ("/v1/models", "/v1/files", "/v1/batches", "/metrics"):
        assert send(web, path)[0] == 200, web.log[-3000:]
    assert send(web, "/v1/chat/completions", CHAT)[0] == 200


def used(url: str) -> object:
    ((time_of_use,),) = execute(url, "SELECT last_used_at FROM wordgen_site_apikey")
    return time_of_use


def test_a_key_that_another_transaction_has_locked_is_accepted_at_once(
    web: WebOnly, database_url: str
) -> None:
    execute(database_url, "UPDATE wordgen_site_apikey SET last_used_at = NULL")
    with keys_locked(database_url):
        began = time.monotonic()
        assert_reads_are_answered(web)
        assert time.monotonic() - began < 10  # without a limit it waits until the lock is free
        assert used(database_url) is None
    assert send(web, "/v1/models")[0] == 200
    assert used(database_url) is not None


def test_a_read_only_database_answers_reads_and_tells_writes_to_try_again(
    web: WebOnly, database_url: str
) -> None:
    execute(database_url, "UPDATE wordgen_site_apikey SET last_used_at = NULL")
    with read_only(database_url):
        assert_reads_are_answered(web)
        status, retry_after, content = send(web, "/v1/batches", BATCH)
        assert (status, retry_after) == (503, "5"), content
        assert json.loads(content)["error"]["code"] == "database_unavailable"
        status, _, content = send(web, "/health/ready")
        assert (status, json.loads(content)["reason"]) == (503, "database write")
    assert send(web, "/v1/batches", BATCH)[0] == 200
