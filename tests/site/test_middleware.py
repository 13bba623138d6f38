"""The outermost middleware, through the real ASGI application where the connection matters."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from generation.engine.contract import Completion, GenerationCancelled, GenerationRequest
from generation.engine.service.decoder import SequentialDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import set_engine
from wordgen_site import urls
from wordgen_site.asgi import application

ACCESS = "wordgen.access"
TIMEOUT = 5.0
REQUEST_ID = re.compile(r"[0-9a-f]{32}")


def failing_view(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("an error in the view")


urlpatterns = [path("v1/fail", failing_view), *urls.urlpatterns]
handler500 = urls.handler500


# --- request ids and the access log --------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/v1/models", 401),
        ("GET", "/nothing", 404),
        ("GET", "/v1/nothing", 404),
        ("POST", "/v1/fail", 500),
    ],
)
def test_every_response_has_an_id_and_one_line_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture, method: str, url: str, status: int
) -> None:
    client.raise_request_exception = False
    with caplog.at_level(logging.INFO, ACCESS):
        response = client.generic(method, f"{url}?token=wg_secret&name=value")
    assert response.status_code == status
    request_id = response["x-request-id"]
    assert REQUEST_ID.fullmatch(request_id)
    [line] = [record.getMessage() for record in caplog.records if record.name == ACCESS]
    assert re.fullmatch(
        rf"method={method} path={url} status={status} ms=\d+ request_id={request_id}", line
    )


def test_ids_differ(client: Client) -> None:
    ids = {client.get("/health/live")["x-request-id"] for _ in range(5)}
    assert len(ids) == 5


def test_a_path_cannot_inject_log_lines(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, ACCESS):
        response = client.get("/v1/x%0A2026-01-01 INFO wordgen.access method=GET path=/forged")
    assert response.status_code == 404
    [line] = [record.getMessage() for record in caplog.records if record.name == ACCESS]
    assert "\n" not in line


# --- headers of all responses --------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url", ["/v1/models", "/v1/nothing", "/v1/files", "/login/", "/admin/", "/health/live"]
)
def test_no_response_may_be_kept(client: Client, bearer: dict[str, str], url: str) -> None:
    assert "no-store" in client.get(url, headers=bearer)["Cache-Control"]


@pytest.mark.django_db  # the end of a response looks at an open connection, if there is one
def test_static_files_may_be_kept(client: Client) -> None:
    kept = client.get("/static/generation/playground.js")
    assert kept.status_code == 200
    assert "max-age" in kept["Cache-Control"]
    kept.close()


def test_https_only_can_be_asked_for(client: Client, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 3600
    moved = client.get("/docs")
    assert (moved.status_code, moved["Location"]) == (301, "https://testserver/docs")
    assert client.get("/health/live").status_code == 200
    assert client.get("/internal/engine").status_code == 404
    secure = client.get("/docs", headers={"X-Forwarded-Proto": "https"})
    assert secure["Strict-Transport-Security"] == "max-age=3600"


# --- a client that leaves ------------------------------------------------------------------------


class WaitingDecoder(SequentialDecoder):
    """Writes `tokens`, then waits until it is cancelled or stopped."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = tokens
        self.stop = threading.Event()
        self.started = threading.Event()
        self.cancelled = threading.Event()

    def decode(
        self,
        request: GenerationRequest,
        emit: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> Completion:
        for token in self._tokens:
            emit(token)
        self.started.set()
        while not (cancelled() or self.stop.wait(0.005)):
            pass
        if cancelled():
            self.cancelled.set()
        raise GenerationCancelled


@pytest.fixture
def serve() -> Iterator[Callable[..., WaitingDecoder]]:
    def serve(*tokens: str) -> WaitingDecoder:
        decoder = WaitingDecoder(*tokens)
        set_engine(ThreadedEngine(lambda: decoder, 8))
        return decoder

    yield serve
    set_engine(None)


async def happens(event: threading.Event) -> bool:
    return await sync_to_async(event.wait, thread_sensitive=False)(TIMEOUT)


@asynccontextmanager
async def post(
    decoder: WaitingDecoder, bearer: dict[str, str], **fields: Any
) -> AsyncIterator[ApplicationCommunicator]:
    """Send a chat request over a connection that stays open to the end of the block."""
    body = json.dumps({"messages": [{"role": "user", "content": "Write."}], **fields}).encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/chat/completions",
        "raw_path": b"/v1/chat/completions",
        "query_string": b"",
        "headers": [
            (b"host", b"testserver"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"authorization", bearer["Authorization"].encode()),
        ],
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
    }
    connection = ApplicationCommunicator(application, scope)
    await connection.send_input({"type": "http.request", "body": body, "more_body": False})
    try:
        yield connection
    finally:
        decoder.stop.set()  # otherwise a failed test waits for REQUEST_TIMEOUT
        await connection.wait(TIMEOUT)


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_a_client_that_leaves_while_it_waits_frees_the_engine(
    bearer: dict[str, str],
    serve: Callable[..., WaitingDecoder],
    caplog: pytest.LogCaptureFixture,
) -> None:
    decoder = serve()
    with caplog.at_level(logging.INFO, ACCESS):
        async with post(decoder, bearer, stream=False) as connection:
            assert await happens(decoder.started)
            assert not decoder.cancelled.is_set()
            await connection.send_input({"type": "http.disconnect"})
            assert await happens(decoder.cancelled)
            await connection.wait(TIMEOUT)
            assert connection.output_queue.empty()
    [line] = [record.getMessage() for record in caplog.records if record.name == ACCESS]
    assert "path=/v1/chat/completions status=499 " in line


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_a_client_that_leaves_before_a_streams_first_text_frees_the_engine(
    bearer: dict[str, str], serve: Callable[..., WaitingDecoder]
) -> None:
    decoder = serve()
    async with post(decoder, bearer, stream=True) as connection:
        assert await happens(decoder.started)
        await connection.send_input({"type": "http.disconnect"})
        assert await happens(decoder.cancelled)
        await connection.wait(TIMEOUT)
        assert connection.output_queue.empty()


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_a_client_that_leaves_in_the_middle_of_a_stream_frees_the_engine(
    bearer: dict[str, str], serve: Callable[..., WaitingDecoder]
) -> None:
    decoder = serve("some", " words")
    async with post(decoder, bearer, stream=True) as connection:
        start = await connection.receive_output(TIMEOUT)
        assert (start["type"], start["status"]) == ("http.response.start", 200)
        headers = dict(start["headers"])
        assert headers[b"Content-Type"] == b"text/event-stream"
        assert REQUEST_ID.fullmatch(headers[b"x-request-id"].decode())
        text = b""
        while b"words" not in text:
            text += (await connection.receive_output(TIMEOUT))["body"]
        assert not decoder.cancelled.is_set()
        await connection.send_input({"type": "http.disconnect"})
        assert await happens(decoder.cancelled)
        assert b"[DONE]" not in text


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_the_engine_answers_after_a_client_left(
    bearer: dict[str, str], serve: Callable[..., WaitingDecoder]
) -> None:
    decoder = serve()
    async with post(decoder, bearer, stream=False) as first:
        assert await happens(decoder.started)
        decoder.started.clear()
        async with post(decoder, bearer, stream=False) as second:
            await first.send_input({"type": "http.disconnect"})
            assert await happens(decoder.started)
            await second.send_input({"type": "http.disconnect"})
