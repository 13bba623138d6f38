"""A page of another origin calls the API with a key, if the settings name its origin."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import ServerProcess

pytestmark = pytest.mark.browser

KEY = "wg_a-key-for-tests-in-a-browser"  # of `server.py`

FETCH = """async ([url, key, stream]) => {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      "Authorization": `Bearer ${key}`,
      "Content-Type": "application/json",
      "X-Stainless-OS": "Unknown",
    },
    body: JSON.stringify({ stream, messages: [{ role: "user", content: "Hi" }] }),
  });
  const pieces = [];
  const decoder = new TextDecoder();
  for await (const piece of response.body) pieces.push(decoder.decode(piece));
  return [response.status, response.headers.get("x-request-id"), pieces.join("")];
}"""


class OtherPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A class</title>")

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), OtherPage) as pages:
        thread = threading.Thread(target=pages.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{pages.server_port}"
        pages.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory, origin: str) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("open"), CORS_ALLOWED_ORIGINS=origin)
    yield server
    server.stop()


@pytest.fixture
def other_page(browser: Browser, origin: str) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(origin)
    yield page
    page.close()


def test_it_chats_and_streams(other_page: Page, open_server: ServerProcess) -> None:
    status, request_id, body = other_page.evaluate(FETCH, [open_server.url, KEY, False])
    assert (status, len(request_id)) == (200, 32)
    assert '"content": "' in body or '"content":"' in body
    status, request_id, body = other_page.evaluate(FETCH, [open_server.url, KEY, True])
    assert (status, len(request_id)) == (200, 32)
    assert body.count("data: ") > 3
    assert body.endswith("data: [DONE]\n\n")


def test_it_can_read_an_error(other_page: Page, open_server: ServerProcess) -> None:
    status, request_id, body = other_page.evaluate(FETCH, [open_server.url, "wg_wrong", False])
    assert (status, len(request_id)) == (401, 32)
    assert "invalid_api_key" in body


def test_a_server_that_names_no_origin_is_closed_to_it(
    other_page: Page, server: ServerProcess
) -> None:
    with pytest.raises(Exception, match="Failed to fetch"):
        other_page.evaluate(FETCH, [server.url, KEY, False])
