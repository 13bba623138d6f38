"""Heads of requests that are too long, and requests before an earlier response is read."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from fcntl import ioctl
from struct import unpack
from termios import FIONREAD

import pytest

from tests.process.raw_http import WAIT_SECONDS, connect, head_bytes, read_response
from tests.process.server import KEY
from tests.process.web_only import PAUSE, WebOnly, running_web_only

pytestmark = pytest.mark.process

LIMIT = 16_384
FILE_BYTES = 20_000_000
# A socket holds some megabytes before its sender notices that nobody reads.
IN_SOCKETS = 20_000_000
BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebOnly]:
    with running_web_only(tmp_path_factory.mktemp("heads")) as web:
        yield web


@pytest.fixture(scope="module")
def download(web: WebOnly) -> str:
    """The path of a response that no socket can hold."""
    field = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n'
    head = field.format("purpose") + "user_data\r\n" + field.format('file"; filename="a')
    body = head.encode() + bytes(FILE_BYTES) + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(len(body))}
    with connect(web.url) as connection:
        connection.sendall(head_bytes(web.url, "POST /v1/files", BEARER | headers) + body)
        answer = read_response(connection)
    assert answer.status == 200, answer
    return f"/v1/files/{json.loads(answer.body)['id']}/content"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/models?" + "a" * LIMIT, BEARER),
        ("/v1/models", BEARER | {"X-Long": "a" * LIMIT}),
        ("/v1/models", BEARER | {f"X-{n}": "a" * 500 for n in range(40)}),
        ("/v1/models", BEARER | {f"X-{n}": "a" for n in range(501)}),
    ],
    ids=["path", "header", "headers", "number"],
)
def test_a_long_head_is_refused_with_the_limit(
    web: WebOnly, path: str, headers: dict[str, str]
) -> None:
    with connect(web.url) as connection:
        connection.sendall(head_bytes(web.url, f"GET {path}", headers))
        answer = read_response(connection)
    assert answer.status == 431
    assert "\r\nconnection: close\r\n" in answer.head.lower()
    error = json.loads(answer.body)["error"]
    assert "16,384 bytes" in error["message"]
    assert "500 headers" in error["message"]
    assert error["type"] == "invalid_request_error"
    assert "method=- path= status=431" in web.log


def test_a_head_of_almost_the_limit_is_read(web: WebOnly) -> None:
    with connect(web.url) as connection:
        headers = BEARER | {"X-Long": "a" * (LIMIT - 1000)}
        connection.sendall(head_bytes(web.url, "GET /v1/models", headers))
        assert read_response(connection).status == 200


def wait_until_full(connection: socket.socket) -> None:
    """Wait until nothing more arrives that could be read."""
    deadline = time.monotonic() + WAIT_SECONDS
    size, since = 0, time.monotonic()
    while not size or time.monotonic() - since < 1.0:
        assert time.monotonic() < deadline
        (now,) = unpack("i", ioctl(connection, FIONREAD, bytes(4)))
        if now != size:
            size, since = now, time.monotonic()
        PAUSE.wait(0.05)


def test_a_client_that_does_not_read_cannot_send_without_an_end(
    web: WebOnly, download: str
) -> None:
    with connect(web.url) as connection:
        connection.sendall(head_bytes(web.url, f"GET {download}", BEARER))
        wait_until_full(connection)
        sent = 0
        connection.settimeout(2.0)
        with suppress(TimeoutError):
            while sent < 3 * IN_SOCKETS:
                sent += connection.send(bytes(1_000_000))
    assert sent < IN_SOCKETS


def test_requests_that_come_early_are_all_answered(web: WebOnly, download: str) -> None:
    early = 500
    with connect(web.url) as connection:
        connection.sendall(head_bytes(web.url, f"GET {download}", BEARER))
        wait_until_full(connection)
        connection.sendall(head_bytes(web.url, "GET /health/live", {}) * early)
        received = 0
        answers = b""
        while answers.count(b'{"status": "ok"}') < early:
            piece = connection.recv(1_000_000)
            assert piece
            received += len(piece)
            answers += piece.strip(b"\0")
    assert received > FILE_BYTES
