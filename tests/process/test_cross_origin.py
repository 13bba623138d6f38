"""Errors that are sent before Django sees the request can be read by pages of other origins too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.process.raw_http import RawResponse, connect, head_bytes, read_response
from tests.process.web_only import WebOnly, running_web_only

pytestmark = pytest.mark.process

ORIGIN = "https://class.example.org"
CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebOnly]:
    folder = tmp_path_factory.mktemp("site")
    with running_web_only(folder, CORS_ALLOWED_ORIGINS=ORIGIN) as web:
        yield web


def ask(web: WebOnly, request_line: str, origin: str, length: int, body: bytes) -> RawResponse:
    headers = {"Origin": origin, "Content-Length": str(length), "Authorization": "Bearer wg_wrong"}
    with connect(web.url) as connection:
        connection.sendall(head_bytes(web.url, request_line, headers) + body)
        return read_response(connection)


@pytest.mark.parametrize(
    ("request_line", "length", "body", "status"),
    [
        (f"POST {CHAT}", 10**9, b"", 413),
        (f"POST {CHAT}", 100_000, b"x" * 70_000, 401),
    ],
)
def test_an_early_error_names_the_origin_that_may_read_it(
    web: WebOnly, request_line: str, length: int, body: bytes, status: int
) -> None:
    response = ask(web, request_line, ORIGIN, length, body)
    assert response.status == status
    head = response.head.lower()
    assert f"\r\naccess-control-allow-origin: {ORIGIN}\r\n" in head
    assert "x-request-id" in head.partition("access-control-expose-headers: ")[2].split("\r\n")[0]
    other = ask(web, request_line, "https://evil.example.org", length, body)
    assert other.status == status
    assert "access-control" not in other.head.lower()
