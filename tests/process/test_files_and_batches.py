"""OpenAI's client uses files and batches of a running server and worker.

The client validates every answer strictly: a null where none may be is an error.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import openai
import pytest
from openai.types import Batch

from tests.batches.api_client import jsonl, line
from tests.process import server as servers
from tests.process.postgres import NO_POSTGRES, binaries, running_postgres
from tests.process.server import KEY, Server
from tests.process.test_worker_faults import peak_of_web_server

pytestmark = pytest.mark.process

POLL_SECONDS = 0.2
WAIT_SECONDS = 120.0
PAUSE = threading.Event()  # never set
OVER = ("completed", "failed", "expired", "cancelled")
ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"


def serve(folder: Path, **extra: str) -> Iterator[Server]:
    with servers.running(folder, "en", "es", ENGINE="scripted", **extra) as server:
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from serve(tmp_path_factory.mktemp("files"), FILE_MAX_BYTES="60000000")


def client_of(server: Server, **options: Any) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{server.url}/v1",
        api_key=KEY,
        _strict_response_validation=True,
        **{"max_retries": 0, **options},
    )


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[openai.OpenAI]:
    with client_of(server) as client:
        yield client


def upload(client: openai.OpenAI, content: bytes) -> str:
    return client.files.create(file=("in.jsonl", content), purpose="batch").id


def create(client: openai.OpenAI, content: bytes, **options: Any) -> Batch:
    return client.batches.create(
        input_file_id=upload(client, content),
        endpoint=ENDPOINT,
        completion_window="24h",
        **options,
    )


def wait(client: openai.OpenAI, batch: Batch, *states: str) -> Batch:
    deadline = time.monotonic() + WAIT_SECONDS
    while (batch := client.batches.retrieve(batch.id)).status not in (states or OVER):
        assert time.monotonic() < deadline, batch
        PAUSE.wait(POLL_SECONDS)
    return batch


def lines_of(client: openai.OpenAI, file_id: str | None) -> list[Any]:
    assert file_id is not None
    return [json.loads(text) for text in client.files.content(file_id).text.splitlines()]


def test_a_file_is_uploaded_and_downloaded(client: openai.OpenAI, tmp_path: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_bytes(jsonl(line("ñ")))
    file = client.files.create(
        file=path, purpose="batch", expires_after={"anchor": "created_at", "seconds": 3600}
    )
    assert (file.filename, file.bytes, file.purpose) == (
        "prompts.jsonl",
        path.stat().st_size,
        "batch",
    )
    assert (file.status, file.expires_at) == ("processed", file.created_at + 3600)
    assert client.files.retrieve(file.id) == file
    assert client.files.content(file.id).read() == path.read_bytes()
    assert file.id in [each.id for each in client.files.list(purpose="batch", limit=100)]
    deleted = client.files.delete(file.id)
    assert (deleted.id, deleted.deleted) == (file.id, True)
    with pytest.raises(openai.NotFoundError, match="No file found with id"):
        client.files.retrieve(file.id)


def test_pages_are_followed_to_the_end(client: openai.OpenAI) -> None:
    ids = [upload(client, jsonl(line())) for _ in range(5)]
    listed = [file.id for file in client.files.list(purpose="batch", limit=2)]
    assert listed[:5] == ids[::-1]
    assert len(listed) == len(set(listed))
    ascending = [file.id for file in client.files.list(limit=2, order="asc")]
    assert ascending[-5:] == ids
    batches = [
        client.batches.create(input_file_id=file_id, endpoint=ENDPOINT, completion_window="24h").id
        for file_id in ids
    ]
    found = [batch.id for batch in client.batches.list(limit=2)]
    assert found[:5] == batches[::-1]
    assert len(found) == len(set(found))


def test_a_batch_from_its_file_to_its_results(client: openai.OpenAI) -> None:
    batch = create(
        client,
        jsonl(
            line("free", max_tokens=5),
            line("listed", vocab_lang="en", vocab_n_words=50, seed=3),
            line("other", vocab_lang="es", vocab_n_words=20),
        ),
        metadata={"class": "7b"},
        output_expires_after={"anchor": "created_at", "seconds": 7200},
    )
    assert batch.status == "validating"
    assert (batch.output_file_id, batch.error_file_id) == (None, None)
    over = wait(client, batch)
    assert over.status == "completed", over
    assert over.metadata == {"class": "7b"}
    counts, usage = over.request_counts, over.usage
    assert counts is not None
    assert (counts.total, counts.completed, counts.failed) == (3, 3, 0)
    assert usage is not None
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens > 0
    times = [over.created_at, over.in_progress_at, over.finalizing_at, over.completed_at]
    assert times == sorted(times)  # type: ignore[type-var]
    assert over.error_file_id is None
    output = client.files.retrieve(over.output_file_id or "")
    assert output.purpose == "batch_output"
    assert output.expires_at == output.created_at + 7200
    results = {each["custom_id"]: each for each in lines_of(client, output.id)}
    assert list(results) == ["free", "listed", "other"]
    for result in results.values():
        assert (result["response"]["status_code"], result["error"]) == (200, None)
        completion = openai.types.chat.ChatCompletion.model_validate(
            result["response"]["body"], strict=True
        )
        assert completion.choices[0].message.content
    listed = results["listed"]["response"]["body"]
    assert (listed["wordlist"]["slug"], listed["wordlist"]["n_words"]) == ("en", 50)
    assert listed["vocab_report"]["out_of_list"] == []


def test_a_file_with_wrong_lines_fails_with_all_of_them(client: openai.OpenAI) -> None:
    wrong_url = {**line("b"), "url": "/v1/embeddings"}
    content = jsonl(line("a"), "nonsense", line("a"), wrong_url, line("c", model="x"))
    over = wait(client, create(client, content))
    assert over.status == "failed"
    assert over.failed_at is not None
    assert over.errors is not None
    errors = over.errors.data
    assert errors is not None
    assert [(error.line, error.code, error.param) for error in errors] == [
        (2, "invalid_json_line", None),
        (3, "duplicate_custom_id", "custom_id"),
        (4, "invalid_url", "url"),
    ]
    assert (over.output_file_id, over.error_file_id) == (None, None)


def test_lines_with_wrong_bodies_get_errors_and_the_rest_is_answered(client: openai.OpenAI) -> None:
    wrong = [line("b", temperature=9), line("c", vocab_lang="xx"), line("d", stream=True)]
    over = wait(client, create(client, jsonl(line("a", max_tokens=5), *wrong)))
    assert (over.status, over.errors) == ("completed", None)
    counts = over.request_counts
    assert counts is not None
    assert (counts.total, counts.completed, counts.failed) == (4, 1, 3)
    assert [each["custom_id"] for each in lines_of(client, over.output_file_id)] == ["a"]
    failed = lines_of(client, over.error_file_id)
    assert [each["custom_id"] for each in failed] == ["b", "c", "d"]
    responses = [each["response"] for each in failed]
    assert [
        (response["status_code"], response["body"]["error"]["param"]) for response in responses
    ] == [(400, "temperature"), (404, "vocab_lang"), (400, "stream")]


def test_a_cancelled_batch_keeps_what_it_has(client: openai.OpenAI) -> None:
    batch = create(client, jsonl(*(line(str(n)) for n in range(4000))))
    running = wait(client, batch, "in_progress", *OVER)
    assert running.status == "in_progress"
    deadline = time.monotonic() + WAIT_SECONDS
    while not (client.batches.retrieve(batch.id).request_counts or running).completed:  # type: ignore[union-attr]
        assert time.monotonic() < deadline
        PAUSE.wait(POLL_SECONDS)
    cancelled = client.batches.cancel(batch.id)
    assert cancelled.status in ("cancelling", "cancelled")
    over = wait(client, batch)
    assert over.status == "cancelled"
    assert over.cancelling_at is not None
    assert over.cancelled_at is not None
    counts = over.request_counts
    assert counts is not None
    done = lines_of(client, over.output_file_id)
    left = lines_of(client, over.error_file_id)
    assert counts.total == 4000 == len(done) + len(left)
    assert counts.completed == len(done) > 0
    assert {each["error"]["code"] for each in left} == {"batch_cancelled"}


def test_a_conflict_is_not_retried(server: Server, client: openai.OpenAI) -> None:
    over = wait(client, create(client, jsonl(line())))
    with client_of(server, max_retries=2) as stubborn:
        before = server.log.count("/cancel status=409")
        with pytest.raises(openai.ConflictError) as error:
            stubborn.batches.cancel(over.id)
    assert error.value.body["message"] == "Cannot cancel a batch with status 'completed'."  # type: ignore[index]
    assert error.value.response.headers["x-should-retry"] == "false"
    server.wait_for("/cancel status=409")
    assert server.log.count("/cancel status=409") == before + 1


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"endpoint": "/v1/embeddings"}, "endpoint", "invalid_value"),
        ({"completion_window": "1h"}, "completion_window", "invalid_value"),
        ({"metadata": {"a": 1}}, "metadata.a", "invalid_type"),
        ({"input_file_id": None}, "input_file_id", "missing_required_parameter"),
    ],
)
def test_wrong_fields_of_a_batch_are_a_bad_request(
    client: openai.OpenAI, fields: dict[str, Any], param: str, code: str
) -> None:
    good = {"input_file_id": "file-1", "endpoint": ENDPOINT, "completion_window": "24h"}
    with pytest.raises(openai.BadRequestError) as error:
        client.batches.create(**{**good, **fields})
    assert (error.value.param, error.value.code) == (param, code)
    assert error.value.type == "invalid_request_error"


def test_a_missing_file_fails_the_batch(client: openai.OpenAI) -> None:
    over = wait(
        client,
        client.batches.create(
            input_file_id="file-none", endpoint=ENDPOINT, completion_window="24h"
        ),
    )
    assert over.status == "failed"
    assert over.errors is not None
    assert over.errors.data is not None
    assert (over.errors.data[0].code, over.errors.data[0].param) == ("invalid_request", "file_id")


def test_wrong_uploads_are_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match=r"Must be \.jsonl"):
        client.files.create(file=("in.txt", b"x"), purpose="batch")
    with pytest.raises(openai.APIStatusError) as error:
        client.files.create(file=("in.jsonl", b"x" * 60_000_001), purpose="batch")
    assert error.value.status_code == 413
    assert error.value.code == "request_too_large"


LARGE = 50_000_000


@pytest.fixture(scope="module")
def large_file(server: Server, client: openai.OpenAI) -> str:
    """Upload a large file, which must not be in memory as a whole."""
    before = peak_of_web_server(server.process.pid)
    file_id = upload_large(client)
    grown = peak_of_web_server(server.process.pid) - before
    assert grown < 20_000_000, f"{grown:,} bytes for an upload of {LARGE:,}"
    return file_id


def upload_large(client: openai.OpenAI) -> str:
    return client.files.create(file=("zeros.bin", bytes(LARGE)), purpose="user_data").id


def begin_download(server: Server, file_id: str) -> socket.socket:
    """Request a file's content and read only the head of the response."""
    address = urlsplit(server.url)
    connection = socket.create_connection((address.hostname, address.port), WAIT_SECONDS)
    path = f"/v1/files/{file_id}/content"
    head = f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {KEY}\r\n\r\n"
    connection.sendall(head.encode())
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(1)
    assert received.startswith(b"HTTP/1.1 200"), received
    assert f"Content-Length: {LARGE}".encode() in received
    return connection


def rest_of(connection: socket.socket) -> int:
    """Count the rest of the content, until it is complete or the connection is closed."""
    count = 0
    try:
        while count < LARGE and (piece := connection.recv(1_000_000)):
            count += len(piece)
    except ConnectionResetError:
        pass
    return count


def test_a_download_waits_for_its_client(
    server: Server, client: openai.OpenAI, large_file: str
) -> None:
    """Content that a client has not read yet is not in the server's memory."""
    before = peak_of_web_server(server.process.pid)
    with begin_download(server, large_file) as slow:
        content = client.files.content(large_file).read()  # while the other one waits
        assert content == bytes(LARGE)
        assert rest_of(slow) == LARGE
    grown = peak_of_web_server(server.process.pid) - before
    assert grown < 20_000_000, f"{grown:,} bytes for two downloads of {LARGE:,}"


def test_a_download_of_a_deleted_file_breaks_off(server: Server, client: openai.OpenAI) -> None:
    file_id = upload_large(client)
    with begin_download(server, file_id) as connection:
        client.files.delete(file_id)
        assert 0 < rest_of(connection) < LARGE
    listed: Any = client.files.list()
    assert listed.object == "list"


# --- idempotency keys ----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def any_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    if request.param == "sqlite":
        yield request.getfixturevalue("server")
        return
    folder = binaries()
    if folder is None:
        pytest.skip(NO_POSTGRES)
    pytest.importorskip("psycopg")
    with running_postgres(folder) as database:
        yield from serve(tmp_path_factory.mktemp("postgres"), DATABASE_URL=database.url)


def test_concurrent_requests_with_one_idempotency_key_have_one_effect(any_server: Server) -> None:
    with client_of(any_server) as client:
        together = threading.Barrier(6)

        def post(_: int) -> tuple[str, str, str]:
            together.wait(30)
            headers = {"Idempotency-Key": "only-once"}
            file = client.files.create(
                file=("in.jsonl", jsonl(line("a"))), purpose="batch", extra_headers=headers
            )
            batch = client.batches.create(
                input_file_id=file.id,
                endpoint=ENDPOINT,
                completion_window="24h",
                extra_headers=headers,
            )
            job = client._client.post(
                f"{any_server.url}/v1/batch/jobs",
                headers={"Authorization": f"Bearer {KEY}", **headers},
                files={"file": ("p.json", json.dumps([{"messages": line()["body"]["messages"]}]))},
            )
            assert job.status_code == 200, job.text
            return file.id, batch.id, job.json()["job_id"]

        with ThreadPoolExecutor(6) as threads:
            made = set(threads.map(post, range(6)))
        assert len(made) == 1
        [(file_id, batch_id, _)] = made
        assert [batch.id for batch in client.batches.list(limit=100)].count(batch_id) == 1
        uses = [batch for batch in client.batches.list() if batch.input_file_id == file_id]
        assert len(uses) == 1
        assert wait(client, uses[0]).status == "completed"
    assert "database is locked" not in any_server.log


def test_text_that_a_database_cannot_store_is_a_bad_request(any_server: Server) -> None:
    with client_of(any_server) as client:
        for path in ("files/%00", "files/a%00b/content", "batches/%00", "batch/jobs/%00"):
            answer = client._client.get(
                f"{any_server.url}/v1/{path}", headers={"Authorization": f"Bearer {KEY}"}
            )
            assert (answer.status_code, set(answer.json())) == (404, {"error"}), path
        strange = "a\x00b\ud800"
        wrong = [line(strange), {**line("b"), strange: 1}]
        errors = wait(client, create(client, jsonl(*wrong))).errors
        over = wait(client, create(client, jsonl(line("c", **{strange: strange}))))
        [failed] = lines_of(client, over.error_file_id)
    assert errors is not None
    assert [error.line for error in errors.data or []] == [1, 2]
    assert over.status == "completed"
    assert failed["custom_id"] == "c"
    assert failed["response"]["status_code"] == 400
    assert failed["response"]["body"]["error"]["code"] == "unknown_parameter"
