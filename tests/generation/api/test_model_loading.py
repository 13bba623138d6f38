"""Requests and health checks while the model is loading."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import AsyncClient, Client

from generation.engine.load_progress import load_progress
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import engine_health, set_engine, start_loading

# The request's thread reads the key, so it must be committed.
pytestmark = pytest.mark.django_db(transaction=True)

WAIT = 10.0  # seconds; a test that is right never waits
HELLO = {"messages": [{"role": "user", "content": "Hello"}], "stream": True}


@pytest.fixture
def may_end() -> Iterator[threading.Event]:
    """Let the load of this process's engine end. It has begun."""
    began, end = threading.Event(), threading.Event()

    def load() -> ScriptedDecoder:
        load_progress.report("reading the weights")
        began.set()
        assert end.wait(WAIT)
        return ScriptedDecoder([["Good ", "day."]])

    set_engine(ThreadedEngine(load, 8))
    start_loading()
    assert began.wait(WAIT)
    yield end
    end.set()
    set_engine(None)


def test_ready_says_that_the_model_is_loading(client: Client, may_end: threading.Event) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "loading", "step": "reading the weights"}


@pytest.mark.asyncio
async def test_a_chat_waits_with_keep_alives(
    async_client: AsyncClient, bearer: dict[str, str], may_end: threading.Event, settings: Any
) -> None:
    settings.STREAM_KEEP_ALIVE = 0.01
    response: Any = await async_client.post(
        "/v1/chat/completions", HELLO, content_type="application/json", headers=bearer
    )
    assert response.status_code == 200
    text = ""
    async for chunk in response.streaming_content:
        text += chunk.decode()
        if text.count(": keep-alive\n\n") == 2:
            may_end.set()
    assert text.index(": keep-alive") < text.index("Good ")
    assert text.endswith("data: [DONE]\n\n")
    assert engine_health().state == "ready"


def test_nothing_is_loaded_where_the_setting_says_so(settings: Any) -> None:
    def load() -> ScriptedDecoder:
        raise AssertionError("it is loaded")

    settings.ENGINE_PRELOAD = False
    set_engine(ThreadedEngine(load, 8))
    try:
        start_loading()
        assert engine_health().state == "idle"
    finally:
        set_engine(None)
