"""Bodies of requests while they arrive: of strangers, too large ones, and ones in chunks."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import psutil
import pytest

from tests.process.raw_http import (
    RawResponse,
    chunk,
    connect,
    head_bytes,
    read_response,
    send_until_refused,
)
from tests.process.server import ADMIN, KEY
from tests.process.web_only import WebOnly, running_web_only

pytestmark = pytest.mark.process

BEARER = {"Authorization": f"Bearer {KEY}"}
JSON = {"Content-Type": "application/json"}
CHUNKED = {"Transfer-Encoding": "chunked"}
MEGABYTE = bytes(1_000_000)
# A socket holds some megabytes before its sender notices that nobody reads.
IN_SOCKETS = 20_000_000
MAX_REQUEST = 1_000_000
FILE_MAX = 5_000_000
# The long form runs with `make test-faults`.
FLOOD_MEGABYTES = 3_000 if "LONG_FAULTS" in os.environ else 400


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebOnly]:
    limits = {"MAX_REQUEST_BYTES": str(MAX_REQUEST), "FILE_MAX_BYTES": str(FILE_MAX)}
    with running_web_only(tmp_path_factory.mktemp("bodies"), **limits) as web:
        yield web


def flood(
    web: WebOnly, path: str, headers: dict[str, str], *, megabytes: int
) -> tuple[RawResponse, int]:
    """Send a body until the server answers. Returns the response and the bytes that it took."""
    chunked = headers.get("Transfer-Encoding") == "chunked"
    piece = chunk(MEGABYTE) if chunked else MEGABYTE
    if not chunked:
        headers = {**headers, "Content-Length": str(megabytes * len(MEGABYTE))}
    with connect(web.url) as connection:
        connection.sendall(head_bytes(web.url, f"POST {path}", headers))
        sent = send_until_refused(connection, (piece for _ in range(megabytes)))
        return read_response(connection), sent


def written_by(web: WebOnly) -> int:
    return int(psutil.Process(web.process.pid).io_counters().write_chars)


@pytest.mark.parametrize("framing", [{}, CHUNKED], ids=["length", "chunked"])
@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/files", {}, 401),
        ("/v1/files", {"Authorization": "Bearer wg_wrong"}, 401),
        ("/v1/chat/completions", JSON, 401),
        ("/v1/files?token=wrong", {}, 401),
        ("/internal/generate", {"Authorization": "Bearer wrong"}, 401),
        ("/login/", {}, 413),
        ("/admin/vocab/wordlist/upload/", {"Cookie": "sessionid=nonsense"}, 413),
        ("/v1/files", BEARER, 413),
        ("/v1/chat/completions", BEARER | JSON, 413),
    ],
)
def test_a_body_that_nobody_may_send_is_refused_while_it_arrives(
    web: WebOnly, path: str, headers: dict[str, str], status: int, framing: dict[str, str]
) -> None:
    before = written_by(web)
    response, sent = flood(web, path, headers | framing, megabytes=FLOOD_MEGABYTES)
    # A length above the limit is refused to everybody, without a look at the key.
    status = status if framing == CHUNKED else 413
    assert response.status == status, response
    assert "error" in json.loads(response.body)
    assert "x-request-id:" in response.head.lower()
    assert sent < IN_SOCKETS
    assert written_by(web) - before < FILE_MAX + 2_000_000
    assert web.is_live()
    assert f"path={path.partition('?')[0]} status={status}" in web.log
    assert "Traceback" not in web.log


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wg_wrong"}])
def test_a_stranger_within_the_limit_is_asked_for_a_key_first(
    web: WebOnly, headers: dict[str, str]
) -> None:
    with connect(web.url) as connection:
        length = {"Content-Length": str(FILE_MAX)}
        connection.sendall(head_bytes(web.url, "POST /v1/files", headers | length))
        assert read_response(connection).status == 401  # nothing of the body was sent


def test_others_are_answered_while_a_stranger_sends(web: WebOnly) -> None:
    with connect(web.url) as connection:
        connection.sendall(head_bytes(web.url, "POST /v1/files", CHUNKED))
        connection.setblocking(False)
        longest, ends = 0.0, time.monotonic() + 3
        while time.monotonic() < ends:
            try:
                while connection.send(chunk(MEGABYTE)):
                    pass
            except BlockingIOError:
                pass
            except (BrokenPipeError, ConnectionResetError):
                break
            began = time.monotonic()
            with urlopen(f"{web.url}/health/live", timeout=30) as live:
                assert live.status == 200
            longest = max(longest, time.monotonic() - began)
    assert longest < 2


def test_a_client_that_asks_before_it_sends_is_told(web: WebOnly) -> None:
    """With `Expect: 100-continue`, and before a byte of the body."""
    ask = {"Expect": "100-continue", "Content-Length": "400000"}
    with connect(web.url) as stranger:
        stranger.sendall(head_bytes(web.url, "POST /v1/chat/completions", ask | JSON))
        assert read_response(stranger).status == 401
    with connect(web.url) as client:
        client.sendall(head_bytes(web.url, "POST /v1/chat/completions", ask | JSON | BEARER))
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(chat("x" * 50_000).ljust(400_000))
        assert read_response(client).status == 200


def chat(text: str = "Say hi.") -> bytes:
    return json.dumps({"messages": [{"role": "user", "content": text}], "max_tokens": 3}).encode()


def form(filename: str, content: bytes, **fields: str) -> tuple[dict[str, str], bytes]:
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    disposition = f'form-data; name="file"; filename="{filename}"'
    head = f"--cut\r\nContent-Disposition: {disposition}\r\n\r\n"
    parts.append(head.encode() + content + b"\r\n--cut--\r\n")
    return {"Content-Type": "multipart/form-data; boundary=cut"}, b"".join(parts)


def posts() -> list[Any]:
    prompts = json.dumps([json.loads(chat())]).encode()
    messages = json.dumps({"messages": [{"role": "user", "content": "Hi."}]}).encode()
    return [
        pytest.param("/v1/chat/completions", JSON, chat(), 200, id="chat"),
        pytest.param("/tokenize", JSON, messages, 200, id="tokenize"),
        pytest.param("/v1/tokenize", JSON, messages, 200, id="v1-tokenize"),
        pytest.param("/detokenize", JSON, b'{"tokens": [1, 2]}', 200, id="detokenize"),
        pytest.param("/v1/files", *form("a.jsonl", b"{}\n" * 9, purpose="batch"), 200, id="files"),
        pytest.param(
            "/v1/files", *form("b.bin", bytes(900_000), purpose="user_data"), 200, id="large-file"
        ),
        pytest.param("/v1/batch/jobs", *form("p.json", prompts), 200, id="jobs"),
        # The body arrives, so the error is about its content.
        pytest.param("/v1/batches", JSON, b'{"input_file_id": "file-1"}', 400, id="batches"),
        pytest.param("/v1/chat/completions", JSON, b"", 400, id="empty"),
    ]


def post(web: WebOnly, path: str, headers: dict[str, str], pieces: list[bytes]) -> RawResponse:
    with connect(web.url) as connection:
        connection.sendall(head_bytes(web.url, f"POST {path}", BEARER | headers))
        for piece in pieces:
            connection.sendall(piece)
        return read_response(connection)


@pytest.mark.parametrize(("path", "headers", "body", "status"), posts())
def test_a_body_in_chunks_is_read_like_one_with_a_length(
    web: WebOnly, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    third = len(body) // 3 + 1
    cuts = [body[start : start + third] for start in range(0, len(body), third)]
    chunked = post(web, path, headers | CHUNKED, [*(chunk(piece) for piece in cuts), b"0\r\n\r\n"])
    whole = post(web, path, headers | {"Content-Length": str(len(body))}, [body])
    assert chunked.status == whole.status == status, (chunked, whole)
    if status == 400:
        assert chunked.body == whole.body


def test_a_login_in_chunks(web: WebOnly) -> None:
    with connect(web.url) as connection:
        connection.sendall(head_bytes(web.url, "GET /login/", {}))
        page = read_response(connection)
    csrf = page.head.split("csrftoken=", 1)[1].split(";", 1)[0]
    fields = f"csrfmiddlewaretoken={csrf}&username={ADMIN[0]}&password={ADMIN[1]}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={csrf}"}
    answer = post(web, "/login/", headers | CHUNKED, [chunk(fields), b"0\r\n\r\n"])
    assert answer.status == 302, answer


@pytest.mark.parametrize("value", ["/internal", "/v1", "//evil.example", "/\xe9", "%C3%A9"])
@pytest.mark.parametrize("path", ["/v1/models", "/internal/engine", "/admin", "/"])
def test_a_client_cannot_set_the_root_path(web: WebOnly, path: str, value: str) -> None:
    def get(headers: dict[str, str]) -> tuple[int, str]:
        with connect(web.url) as connection:
            close = {"Connection": "close"}
            connection.sendall(head_bytes(web.url, f"GET {path}", BEARER | close | headers))
            response = read_response(connection)
        lines = response.head.splitlines()
        places = [line for line in lines if line.lower().startswith("location:")]
        return response.status, "".join(places)

    assert get({"Daphne-Root-Path": value}) == get({})
    assert get({"daphne-root-path": value}) == get({})


def test_two_lengths_are_no_request(web: WebOnly) -> None:
    """Otherwise a proxy and this server could disagree on where a request ends."""
    both = CHUNKED | {"Content-Length": "5"}
    answer = post(web, "/v1/chat/completions", JSON | both, [b"0\r\n\r\n"])
    assert answer.status == 400


def test_a_client_that_leaves_in_the_middle_leaves_nothing(web: WebOnly) -> None:
    process = psutil.Process(web.process.pid)

    def leave(connection: socket.socket) -> None:
        connection.sendall(head_bytes(web.url, "POST /v1/files", BEARER | CHUNKED))
        connection.sendall(chunk(MEGABYTE))

    for _ in range(20):
        with connect(web.url) as connection:
            leave(connection)
    web.wait_for(lambda: process.num_fds() < 60)
    assert web.is_live()
    assert "Traceback" not in web.log
