"""The timeout of a chat request, the limit of an API key, and the choices of one request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from generation.chat.chat_request import choice_seed
from generation.chat.per_key_limit import (
    PerKeyLimit,
    hold_places,
    per_key_limit,
    per_user_limit,
)
from generation.engine.contract import Completion, EngineError, GenerationCancelled
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.decoder import SequentialDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.openai.errors import ApiError
from generation.serving.engine_provider import set_engine
from tests.generation.api.test_chat_api import HELLO, error_of, post, stream

pytestmark = pytest.mark.django_db

WAIT = 10.0


class Endless(SequentialDecoder):
    """Writes the given tokens, then waits until it is cancelled."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self._pause = threading.Event()  # never set
        self.given_up = threading.Event()

    def decode(self, request: Any, emit: Any, cancelled: Callable[[], bool]) -> Completion:
        for word in self._words:
            emit(word)
        while not cancelled():
            self._pause.wait(0.001)
        self.given_up.set()
        raise GenerationCancelled


@pytest.fixture
def endless() -> Iterator[Callable[..., Endless]]:
    def serve(*words: str) -> Endless:
        decoder = Endless(*words)
        set_engine(ThreadedEngine(lambda: decoder, 8))
        return decoder

    yield serve
    set_engine(None)


# --- the deadline --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_a_stream_that_takes_too_long_ends_with_an_error_event(
    bearer: dict[str, str], settings: Any, endless: Callable[..., Endless]
) -> None:
    settings.REQUEST_TIMEOUT = 1.5
    decoder = endless("Once")
    response, events = await stream(bearer, HELLO)
    assert response.status_code == 200
    assert events[-3]["choices"][0]["delta"] == {"content": "Once"}
    assert events[-2]["error"] == {
        "message": "The request took longer than 1.5 seconds.",
        "type": "server_error",
        "param": None,
        "code": "timeout",
    }
    assert events[-1] == "[DONE]"
    assert decoder.given_up.wait(WAIT)
    assert per_key_limit.total == 0


@pytest.mark.parametrize("stream", [False, True])
def test_a_timeout_without_text_is_504_streamed_or_not(
    client: Client,
    bearer: dict[str, str],
    settings: Any,
    endless: Callable[..., Endless],
    stream: bool,
) -> None:
    settings.REQUEST_TIMEOUT = 0.05
    decoder = endless()
    response = post(client, bearer, {**HELLO, "stream": stream, "n": 2})
    assert response.status_code == 504
    assert error_of(response)["code"] == "timeout"
    assert response.headers["x-should-retry"] == "false"
    assert decoder.given_up.wait(WAIT)
    assert per_key_limit.total == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_a_response_that_nobody_reads_is_cancelled_when_it_is_closed(
    bearer: dict[str, str], endless: Callable[..., Endless]
) -> None:
    """A client can leave between the headers and the first event."""
    from asgiref.sync import sync_to_async

    decoder = endless("Once")
    body = {**HELLO, "stream": True}
    response = await sync_to_async(lambda: post(Client(), bearer, body))()
    assert per_key_limit.total == 1
    response.close()
    assert per_key_limit.total == 0
    assert await sync_to_async(decoder.given_up.wait)(WAIT)


# --- the limit of a key --------------------------------------------------------------------------


def test_replies_are_counted_together_and_released_once(settings: Any) -> None:
    settings.MAX_CONCURRENT_PER_KEY = 3
    limit = PerKeyLimit()
    release = limit.acquire(1, 2)
    with pytest.raises(ApiError, match="has 2 replies") as refused:
        limit.acquire(1, 2)
    assert (refused.value.status_code, refused.value.headers) == (429, {"Retry-After": "1"})
    assert limit.total == 2
    release_other = limit.acquire(2, 3)  # each key has its own limit
    release()
    release()
    assert limit.total == 3
    limit.acquire(1, 3)
    release_other()
    assert limit.total == 3


def test_zero_means_no_limit(settings: Any) -> None:
    settings.MAX_CONCURRENT_PER_KEY = 0
    limit = PerKeyLimit()
    for _ in range(100):
        limit.acquire(1, 8)
    assert limit.total == 800


def test_a_user_is_counted_with_all_keys_together(settings: Any) -> None:
    settings.MAX_CONCURRENT_PER_KEY, settings.MAX_CONCURRENT_PER_USER = 2, 3
    releases = [hold_places(2, user=1, key=10), hold_places(1, user=1)]
    for key in (11, None):
        with pytest.raises(ApiError, match="This user has 3 replies in progress") as refused:
            hold_places(1, user=1, key=key)
        assert refused.value.headers == {"Retry-After": "1"}
    releases.append(hold_places(3, user=2))
    releases[1]()
    with pytest.raises(ApiError, match="This API key has 2 replies"):
        hold_places(1, user=1, key=10)
    releases.append(hold_places(1, user=1, key=11))  # the refusal has left no place taken
    for release in releases * 2:
        release()
    assert per_user_limit.total == per_key_limit.total == 0


def test_the_chats_of_a_users_keys_have_one_limit(
    client: Client, bearer: dict[str, str], user: User, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.MAX_CONCURRENT_PER_USER = 2
    release = hold_places(1, user=user.pk)  # as a playground page does
    refused = post(client, bearer, {**HELLO, "n": 2})
    assert refused.status_code == 429
    assert "This user has 1 replies in progress" in error_of(refused)["message"]
    assert post(client, bearer, HELLO).status_code == 200
    assert scripted.history[0].owner == str(user.pk)
    release()
    assert post(client, bearer, {**HELLO, "n": 2}).status_code == 200
    assert per_user_limit.total == 0


@pytest.mark.django_db(transaction=True)  # closing a response closes the database connection
@pytest.mark.parametrize("stream", [False, True])
def test_the_limit_is_released_however_a_request_ends(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, settings: Any, stream: bool
) -> None:
    settings.MAX_CONCURRENT_PER_KEY = 2
    body = {**HELLO, "n": 2, "stream": stream}
    for ending in (EngineError("broken"), KeyError("broken"), ["fine"]):
        scripted.enqueue(ending, ending)
        response = post(client, bearer, body)
        assert response.status_code == (200 if ending == ["fine"] else 500)
        response.close()
        assert per_key_limit.total == 0
    assert post(client, bearer, {**HELLO, "n": 3}).status_code == 429
    assert per_key_limit.total == 0


def test_a_full_queue_leaves_the_limit_of_the_key_unused(
    client: Client, bearer: dict[str, str], endless: Callable[..., Endless]
) -> None:
    decoder = Endless()
    set_engine(ThreadedEngine(lambda: decoder, 1))
    response = post(client, bearer, {**HELLO, "n": 2})
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert per_key_limit.total == 0


# --- choices -------------------------------------------------------------------------------------


def test_each_choice_has_a_seed_derived_from_the_requests_seed(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    for _ in range(2):
        assert post(client, bearer, {**HELLO, "n": 3, "seed": 5}).status_code == 200
    seeds = [request.sampling.seed for request in scripted.history]
    assert seeds[:3] == seeds[3:]
    assert seeds[0] == 5
    assert len(set(seeds)) == 3
    neighbours = {choice_seed(seed, index) for seed in range(50) for index in range(8)}
    assert len(neighbours) == 400


def test_choices_without_a_seed_draw_random_ones(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    post(client, bearer, {**HELLO, "n": 3})
    assert [request.sampling.seed for request in scripted.history] == [None] * 3


def test_greedy_choices_are_generated_once(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["the same"])
    body = post(client, bearer, {**HELLO, "n": 3, "temperature": 0}).json()
    assert [choice["message"]["content"] for choice in body["choices"]] == ["the same"] * 3
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]
    assert body["usage"] == {"prompt_tokens": 1, "completion_tokens": 3, "total_tokens": 4}
    assert len(scripted.history) == 1
