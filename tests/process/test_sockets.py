"""WebSockets of clients that mean no good."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.process.raw_http import connect, head_bytes
from tests.process.web_only import WebOnly, running_web_only

pytestmark = pytest.mark.process

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebOnly]:
    with running_web_only(tmp_path_factory.mktemp("sockets")) as web:
        yield web


def handshake(web: WebOnly, path: str, headers: dict[str, str]) -> int:
    """Return the status of an attempt to open a socket."""
    with connect(web.url) as connection:
        connection.sendall(head_bytes(web.url, f"GET {path}", HANDSHAKE | headers))
        return int(connection.recv(1000).split(b" ", 2)[1])


@pytest.mark.parametrize("path", ["/ws/", "/ws/nothing/", "/ws/playground", "/", "/v1/models"])
def test_a_socket_of_an_unknown_path_is_refused_without_a_traceback(
    web: WebOnly, path: str
) -> None:
    assert handshake(web, path, {"Origin": web.url}) == 403
    assert "Traceback" not in web.log


def test_only_this_sites_own_pages_may_open_a_socket(web: WebOnly) -> None:
    port = urlsplit(web.url).port
    assert handshake(web, "/ws/playground/", {"Origin": web.url}) == 101
    for origin in (
        f"http://127.0.0.1:{port + 1 if port else 0}",
        "http://127.0.0.1",
        f"http://localhost:{port}",
        f"ftp://127.0.0.1:{port}",
        "http://evil.example",
        "null",
    ):
        assert handshake(web, "/ws/playground/", {"Origin": origin}) == 403, origin
    assert handshake(web, "/ws/playground/", {}) == 403
