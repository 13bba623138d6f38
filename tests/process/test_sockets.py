"""WebSockets and connections of clients that mean no good."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil
import pytest
import websockets.exceptions
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as connect_socket
from websockets.typing import Origin

from tests.process.raw_http import RawResponse, connect, head_bytes, read_response
from tests.process.server import ADMIN, KEY
from tests.process.web_only import WebOnly, running_web_only
from wordgen_site.http.socket_limits import TOO_MANY

pytestmark = pytest.mark.process

MAX_CONNECTIONS = 40
OF_A_USER = 5
# The long form runs with `make test-faults`.
GARBAGE_FRAMES = 1_000_000 if "LONG_FAULTS" in os.environ else 200_000
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebOnly]:
    folder = tmp_path_factory.mktemp("sockets")
    with running_web_only(folder, MAX_CONNECTIONS=str(MAX_CONNECTIONS)) as web:
        yield web


@pytest.fixture(scope="module")
def session(web: WebOnly) -> str:
    """The cookie of a logged-in user."""
    page = send(web, "GET /login/", {})
    csrf = page.head.split("csrftoken=", 1)[1].split(";", 1)[0]
    fields = f"csrfmiddlewaretoken={csrf}&username={ADMIN[0]}&password={ADMIN[1]}"
    answer = send(
        web,
        "POST /login/",
        {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={csrf}"},
        fields.encode(),
    )
    assert answer.status == 302, answer
    return "sessionid=" + answer.head.split("sessionid=", 1)[1].split(";", 1)[0]


def send(
    web: WebOnly, request_line: str, headers: dict[str, str], body: bytes = b""
) -> RawResponse:
    length = {"Content-Length": str(len(body))} if body else {}
    with connect(web.url) as connection:
        connection.sendall(head_bytes(web.url, request_line, headers | length) + body)
        return read_response(connection)


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


def open_socket(web: WebOnly, session: str) -> ClientConnection:
    return connect_socket(
        web.url.replace("http", "ws") + "/ws/playground/",
        origin=Origin(web.url),
        additional_headers={"Cookie": session},
        compression=None,
    )


def read_to_the_end(client: ClientConnection) -> int | None:
    """Read until the server closes the socket. Returns its code."""
    try:
        while True:
            client.recv(timeout=30)
    except websockets.exceptions.ConnectionClosed as closed:
        return None if closed.rcvd is None else closed.rcvd.code


def frames(kind: str) -> bytes:
    opcode, data, fin = {
        "messages": (Opcode.TEXT, b"{", True),
        "pings": (Opcode.PING, b"", True),
        "empty parts": (Opcode.CONT, b"", False),
    }[kind]
    one = Frame(opcode, data, fin).serialize(mask=True)
    begin = Frame(Opcode.TEXT, b"", False).serialize(mask=True) if opcode is Opcode.CONT else b""
    return begin + one * GARBAGE_FRAMES


@pytest.mark.parametrize("kind", ["messages", "pings", "empty parts"])
def test_a_socket_that_sends_too_much_is_closed(web: WebOnly, session: str, kind: str) -> None:
    process = psutil.Process(web.process.pid)
    garbage = frames(kind)
    before, cpu = process.memory_info().rss, process.cpu_times().user
    with open_socket(web, session) as client:
        # The client's own thread closes the file descriptor as soon as the server has closed.
        with suppress(OSError):
            client.socket.sendall(garbage)
        read_to_the_end(client)
    assert web.is_live()
    assert process.memory_info().rss - before < 20_000_000
    assert process.cpu_times().user - cpu < 2
    assert "socket closed path=/ws/playground/ reason='too many frames'" in web.log


def test_an_ordinary_socket_stays_open_and_another_close_tells_why(
    web: WebOnly, session: str
) -> None:
    with open_socket(web, session) as client:
        for _ in range(20):
            client.send("{")
            assert '"error"' in str(client.recv(timeout=30))
    with open_socket(web, session) as client:
        with suppress(websockets.exceptions.ConnectionClosed):
            for _ in range(120):
                client.send("{")
        code = read_to_the_end(client)
    assert code in (TOO_MANY, None)  # a reset may arrive before the code


def test_half_open_connections_do_not_shut_others_out(web: WebOnly) -> None:
    half = head_bytes(web.url, "POST /v1/files", {"Content-Length": "1000"})
    with ExitStack() as stack:
        for number in range(3 * MAX_CONNECTIONS):
            connection = stack.enter_context(connect(web.url))
            connection.sendall(half if number % 2 else b"GET / HT")
        for _ in range(5):
            with urlopen(f"{web.url}/health/live", timeout=10) as live:
                assert live.status == 200
        assert psutil.Process(web.process.pid).num_fds() < MAX_CONNECTIONS + 60
    assert f"connection limit reached limit={MAX_CONNECTIONS}" in web.log


def test_responses_that_nobody_reads_do_not_shut_others_out(web: WebOnly) -> None:
    large = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
    address = urlsplit(web.url)
    with ExitStack() as stack:
        for _ in range(2 * MAX_CONNECTIONS):
            unread = stack.enter_context(socket.socket())
            unread.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            unread.connect((address.hostname, address.port))
            unread.sendall(head_bytes(web.url, f"GET {large}", {}))
        # Others are refused as long as all of these requests are at work.
        web.wait_for(web.is_live)
        for _ in range(5):
            with urlopen(f"{web.url}/health/live", timeout=10) as live:
                assert live.status == 200


def test_an_upload_with_a_key_keeps_its_connection(web: WebOnly) -> None:
    """Half of it is there when others take all connections."""
    head = b'--cut\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n'
    file = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    body = head + file + bytes(1_000_000) + b"\r\n--cut--\r\n"
    headers = {
        "Authorization": f"Bearer {KEY}",
        "Content-Type": "multipart/form-data; boundary=cut",
        "Content-Length": str(len(body)),
        "Expect": "100-continue",
    }
    with ExitStack() as stack:
        upload = stack.enter_context(connect(web.url))
        upload.sendall(head_bytes(web.url, "POST /v1/files", headers))
        assert upload.recv(100).startswith(b"HTTP/1.1 100")
        for _ in range(2 * MAX_CONNECTIONS):
            stack.enter_context(connect(web.url)).sendall(b"GET / HT")
        assert web.is_live()
        upload.sendall(body)
        assert read_response(upload).status == 200


def test_the_sockets_of_one_user_do_not_shut_others_out(web: WebOnly, session: str) -> None:
    origin = {"Origin": web.url, "Cookie": session}
    request = head_bytes(web.url, "GET /ws/playground/", HANDSHAKE | origin)

    def statuses() -> list[int]:
        found = []
        with ExitStack() as stack:
            for _ in range(2 * MAX_CONNECTIONS):
                opened = stack.enter_context(connect(web.url))
                opened.sendall(request)
                found.append(int(opened.recv(1000).split(b" ", 2)[1]))
            assert web.is_live()
        return found

    # The server may not have noticed yet that the sockets of another test are closed.
    expected = [101] * OF_A_USER + [403] * (2 * MAX_CONNECTIONS - OF_A_USER)
    web.wait_for(lambda: statuses() == expected)
    assert f"too many sockets user=1 open={OF_A_USER}" in web.log
    web.wait_for(lambda: handshake(web, "/ws/playground/", origin) == 101)


def test_the_uploads_of_one_user_do_not_shut_others_out(web: WebOnly) -> None:
    headers = {
        "Authorization": f"Bearer {KEY}",
        "Content-Type": "multipart/form-data; boundary=cut",
        "Content-Length": "1000000",
        "Expect": "100-continue",
    }
    request = head_bytes(web.url, "POST /v1/files", headers)
    with ExitStack() as stack:
        uploads = [stack.enter_context(connect(web.url)) for _ in range(OF_A_USER)]
        for upload in uploads:
            upload.sendall(request)
            assert upload.recv(100).startswith(b"HTTP/1.1 100")
        for _ in range(2 * MAX_CONNECTIONS):
            with connect(web.url) as another:
                another.sendall(request)
                refused = read_response(another)
                assert (refused.status, "Retry-After: 1" in refused.head) == (429, True)
                assert b"large request bodies" in refused.body
        assert web.is_live()
        uploads[0].close()

        def is_accepted() -> bool:
            with connect(web.url) as another:
                another.sendall(request)
                return another.recv(100).startswith(b"HTTP/1.1 100")

        web.wait_for(is_accepted)


def test_the_server_stops_at_once_beside_half_open_connections(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running_web_only(tmp_path_factory.mktemp("stop")) as web, socket.socket() as half:
        address = urlsplit(web.url)
        half.connect((address.hostname, address.port))
        half.sendall(b"POST / HTTP/1.1\r\n")
        with connect(web.url) as complete:  # in the server after the first one
            complete.sendall(head_bytes(web.url, "GET /health/live", {}))
            assert read_response(complete).status == 200
        began = time.monotonic()
        web.stop()
        assert time.monotonic() - began < 10
        assert "Traceback" not in web.log
