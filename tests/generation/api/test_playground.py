"""The playground: its page, and its WebSocket through the real ASGI application."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from generation.aliases.model_alias import ModelAlias
from generation.chat.per_key_limit import hold_places, per_user_limit
from generation.engine.contract import (
    Completion,
    GenerationCancelled,
    GenerationRequest,
    ModelUnavailable,
)
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.decoder import Decoder, SequentialDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.playground import consumer
from generation.serving.engine_provider import set_engine
from tests.generation.aliases.client import make_alias
from tests.vocab.styles import AS_ANSWERED
from vocab.models import Wordlist
from vocab.revisions import add_revision
from wordgen_site.asgi import application

WORDS = ["the", "dog", "sees", "a", "cat", "house"]
TIMEOUT = 10.0
Message = dict[str, Any]


class SteppedDecoder(SequentialDecoder):
    """Writes one token for each `release`, and has events for its start and end."""

    def __init__(self) -> None:
        self._released = threading.Semaphore(0)
        self.started = threading.Event()
        self.ended = threading.Event()
        self.tokens = 0
        self.cancelled = False

    def release(self, tokens: int) -> None:
        self._released.release(tokens)

    def decode(
        self,
        request: GenerationRequest,
        emit: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> Completion:
        self.started.set()
        try:
            while True:
                if not self._released.acquire(timeout=TIMEOUT):
                    raise TimeoutError("the test never released another token")
                if cancelled():
                    self.cancelled = True
                    raise GenerationCancelled
                self.tokens += 1
                emit("dog ")
        finally:
            self.ended.set()


@pytest.fixture
def decoder() -> Iterator[ScriptedDecoder]:
    decoder = ScriptedDecoder()
    _serve(decoder)
    yield decoder
    set_engine(None)


@pytest.fixture
def stepped() -> Iterator[SteppedDecoder]:
    decoder = SteppedDecoder()
    _serve(decoder)
    yield decoder
    set_engine(None)


def _serve(decoder: Decoder) -> None:
    set_engine(ThreadedEngine(lambda: decoder, 8))


@pytest.fixture
def user(transactional_db: None) -> User:
    return User.objects.create_user("rosa", password="a-long-password")


@pytest.fixture
def wordlist(transactional_db: None) -> Wordlist:
    wordlist = Wordlist.objects.create(slug="en", title="English", language="en")
    add_revision(wordlist, WORDS)
    return wordlist


@pytest.fixture
def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _socket(client: Client | None) -> WebsocketCommunicator:
    headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]
    if client is not None:
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode()))
    return WebsocketCommunicator(application, "/ws/playground/", headers=headers)


@asynccontextmanager
async def _connected(client: Client) -> AsyncIterator[WebsocketCommunicator]:
    socket = _socket(client)
    assert await socket.connect(TIMEOUT) == (True, None)
    try:
        yield socket
    finally:
        await socket.disconnect(timeout=TIMEOUT)


async def _generate(socket: WebsocketCommunicator, id: str | int = 1, **fields: Any) -> None:  # noqa: A002
    request = {"messages": [{"role": "user", "content": "Write."}], **fields}
    await socket.send_json_to({"type": "generate", "id": id, "request": request})


async def _next(socket: WebsocketCommunicator) -> Message:
    message: Message = await socket.receive_json_from(TIMEOUT)
    return message


async def _until(socket: WebsocketCommunicator, *kinds: str) -> list[Message]:
    messages = [await _next(socket)]
    while messages[-1]["type"] not in kinds:
        messages.append(await _next(socket))
    return messages


async def _happened(event: threading.Event) -> bool:
    return await asyncio.to_thread(event.wait, TIMEOUT)


# --- access --------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_an_anonymous_socket_is_closed_with_a_code_that_the_page_can_read() -> None:
    socket = _socket(None)
    await socket.connect(TIMEOUT)
    assert await socket.receive_output(TIMEOUT) == {"type": "websocket.close", "code": 4401}
    await socket.disconnect(timeout=TIMEOUT)


@pytest.mark.asyncio
async def test_a_user_who_is_deactivated_meanwhile_is_disconnected(
    client_of: Client, user: User, decoder: ScriptedDecoder
) -> None:
    async with _connected(client_of) as socket:
        await User.objects.filter(pk=user.pk).aupdate(is_active=False)
        await _generate(socket)
        assert (await socket.receive_output(TIMEOUT))["code"] == 4401
    assert decoder.history == []


@pytest.mark.asyncio
async def test_a_user_who_logged_out_elsewhere_is_disconnected(
    client_of: Client, decoder: ScriptedDecoder
) -> None:
    async with _connected(client_of) as socket:
        await sync_to_async(client_of.session.flush)()
        await _generate(socket)
        assert (await socket.receive_output(TIMEOUT))["code"] == 4401
    assert decoder.history == []


# --- a generation --------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_stop_string_ends_the_answer(client_of: Client, decoder: ScriptedDecoder) -> None:
    decoder.enqueue(["The ", "dog. ", "END", " sees"])
    async with _connected(client_of) as socket:
        await _generate(socket, stop="END")
        *before, done = await _until(socket, "done")
    assert "".join(message.get("text", "") for message in before) == done["text"] == "The dog. "
    assert (done["finish_reason"], done["usage"]["completion_tokens"]) == ("stop", 3)


@pytest.mark.asyncio
async def test_an_alias_binds_its_list(
    client_of: Client, wordlist: Wordlist, decoder: ScriptedDecoder
) -> None:
    await sync_to_async(make_alias)("en-3", "en", n_words=3)
    async with _connected(client_of) as socket:
        await _generate(socket, model="en-3")
        *_, done = await _until(socket, "done")
        assert (done["wordlist"]["slug"], done["wordlist"]["n_words"]) == ("en", 3)
        await _generate(socket, model="en-3", vocab_n_words=4)
        error = await _next(socket)
    assert (error["type"], error["param"], error["code"]) == (
        "error",
        "vocab_n_words",
        "fixed_by_model",
    )


@pytest.mark.asyncio
async def test_streams_the_answer_and_ends_with_the_report(
    client_of: Client, wordlist: Wordlist, decoder: ScriptedDecoder
) -> None:
    decoder.enqueue(["The ", "dog ", "sees ", "the ", "dog."])
    async with _connected(client_of) as socket:
        await _generate(socket, id="a1", vocab_lang="en", vocab_n_words=3, seed=7)
        started, *deltas, done = await _until(socket, "done")

    pinned = {"slug": "en", "revision": 1, "n_words": 3, "style": AS_ANSWERED, "told_model": True}
    assert started["type"] == "started"
    assert {name: started["wordlist"][name] for name in pinned} == pinned
    assert {message["type"] for message in deltas} == {"delta"}
    assert "".join(message["text"] for message in deltas) == "The dog sees the dog."
    assert {message["id"] for message in [started, *deltas, done]} == {"a1"}
    assert len(done["wordlist"].pop("sha256")) == 64
    assert isinstance(done.pop("seconds"), float)
    assert done == {
        "type": "done",
        "id": "a1",
        "text": "The dog sees the dog.",
        "finish_reason": "stop",
        "usage": {"prompt_tokens": 6, "completion_tokens": 5, "total_tokens": 11},
        "wordlist": pinned,
        "vocab_report": {
            "words": 5,
            "distinct_words": 3,
            "out_of_list": [],
            "no_words": False,
            "out_of_style": [],
            "word_parts": 0,
        },
        "prompt_truncated": False,
        "seed": "7",
    }


@pytest.mark.asyncio
async def test_the_report_names_words_out_of_the_list(
    client_of: Client, wordlist: Wordlist, decoder: ScriptedDecoder
) -> None:
    decoder.enqueue(["the ", "house ", "sees"])  # house is the sixth word
    async with _connected(client_of) as socket:
        await _generate(socket, vocab_lang="en", vocab_n_words=3)
        done = (await _until(socket, "done"))[-1]
    assert done["vocab_report"]["out_of_list"] == ["house"]


@pytest.mark.asyncio
async def test_without_a_list_nothing_is_constrained_and_nothing_reported(
    client_of: Client, decoder: ScriptedDecoder
) -> None:
    async with _connected(client_of) as socket:
        await _generate(socket)
        messages = await _until(socket, "done")
    assert messages[0]["wordlist"] is None
    assert (messages[-1]["wordlist"], messages[-1]["vocab_report"]) == (None, None)
    assert decoder.history[0].vocabulary is None


@pytest.mark.asyncio
async def test_stream_fields_of_a_copied_api_body_are_ignored(
    client_of: Client, decoder: ScriptedDecoder
) -> None:
    decoder.enqueue(["a", " b", " c"])
    async with _connected(client_of) as socket:
        await _generate(socket, stream=False, stream_options={"include_usage": True}, max_tokens=2)
        done = (await _until(socket, "done"))[-1]
    assert done["finish_reason"] == "length"


@pytest.mark.asyncio
async def test_waiting_is_sent_until_there_is_text(
    client_of: Client, stepped: SteppedDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "WAITING_SECONDS", 0.01)
    async with _connected(client_of) as socket:
        await _generate(socket, id=5)
        assert [(await _next(socket))["type"] for _ in range(3)] == ["started", *["waiting"] * 2]
        stepped.release(1)
        assert (await _until(socket, "delta"))[-1] == {"type": "delta", "id": 5, "text": "dog "}
        await socket.send_json_to({"type": "cancel"})
        assert (await _next(socket))["type"] == "cancelled"
    stepped.release(1)


# --- stopping ------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_cancel_stops_the_decoder_before_its_next_token(
    client_of: Client, stepped: SteppedDecoder
) -> None:
    async with _connected(client_of) as socket:
        await _generate(socket, id=3)
        stepped.release(2)
        received = ""
        while received != "dog dog ":
            received += (await _until(socket, "delta"))[-1]["text"]
        await socket.send_json_to({"type": "cancel"})
        assert await _next(socket) == {"type": "cancelled", "id": 3}
        stepped.release(5)
        assert await _happened(stepped.ended)
        assert (stepped.tokens, stepped.cancelled) == (2, True)
        # The socket still works.
        await socket.send_json_to({"type": "cancel"})
        await socket.send_to(text_data="?")
        assert (await _next(socket))["type"] == "error"


@pytest.mark.asyncio
async def test_a_disconnect_stops_the_decoder(client_of: Client, stepped: SteppedDecoder) -> None:
    async with _connected(client_of) as socket:
        await _generate(socket)
        stepped.release(1)
        await _until(socket, "delta")
    stepped.release(5)
    assert await _happened(stepped.ended)
    assert (stepped.tokens, stepped.cancelled) == (1, True)


@pytest.mark.asyncio
async def test_a_request_cancelled_in_the_queue_never_reaches_the_decoder(
    client_of: Client, user: User, stepped: SteppedDecoder
) -> None:
    async with _connected(client_of) as first, _connected(client_of) as second:
        await _generate(first)
        assert await _happened(stepped.started)
        stepped.started.clear()
        await _generate(second)
        await _until(second, "started")
        await second.send_json_to({"type": "cancel"})
        assert (await _next(second))["type"] == "cancelled"
        await first.send_json_to({"type": "cancel"})
        await _until(first, "cancelled")
        stepped.release(1)
        assert await _happened(stepped.ended)
    assert not stepped.started.is_set()


@pytest.mark.asyncio
async def test_a_second_generate_replaces_the_first(
    client_of: Client, stepped: SteppedDecoder
) -> None:
    async with _connected(client_of) as socket:
        await _generate(socket, id=1)
        stepped.release(1)
        await _until(socket, "delta")
        await _generate(socket, id=2)
        assert await _next(socket) == {"type": "cancelled", "id": 1}
        assert (await _next(socket))["id"] == 2
        stepped.release(2)  # one lets the first generation notice its cancellation
        assert (await _next(socket)) == {"type": "delta", "id": 2, "text": "dog "}
        await socket.send_json_to({"type": "cancel"})
        assert await _next(socket) == {"type": "cancelled", "id": 2}
        stepped.release(1)


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"temperature": 9}, "temperature", "decimal_above_max_value"),
        ({"vocab_lang": "xx"}, "vocab_lang", "wordlist_not_found"),
        ({"vocab_lang": "en@9"}, "vocab_lang", "wordlist_not_found"),
        ({"model": "gpt-4"}, "model", "model_not_found"),
        ({"vocab_n_word": 3}, "vocab_n_word", "unknown_parameter"),
        ({"n": 2}, "n", "unsupported_value"),
        ({"best_of": 2}, "best_of", "unsupported_value"),
        ({"stop": [""]}, "stop", "invalid_value"),
        ({"messages": [{"role": "user"}]}, "messages[0].content", "missing_required_parameter"),
    ],
)
async def test_an_error_names_the_field_and_nothing_is_generated(
    client_of: Client,
    wordlist: Wordlist,
    decoder: ScriptedDecoder,
    fields: dict[str, Any],
    param: str,
    code: str,
) -> None:
    async with _connected(client_of) as socket:
        await _generate(socket, **fields)
        error = await _next(socket)
    assert error.pop("message")
    assert error == {"type": "error", "id": 1, "param": param, "code": code}
    assert decoder.history == []


@pytest.mark.asyncio
async def test_a_failure_of_the_engine_is_sent(client_of: Client, decoder: ScriptedDecoder) -> None:
    decoder.enqueue(ModelUnavailable("There is no model at /models/x."), RuntimeError("inner"))
    async with _connected(client_of) as socket:
        await _generate(socket)
        error = (await _until(socket, "error"))[-1]
        assert (error["code"], error["message"]) == (
            "model_unavailable",
            "There is no model at /models/x.",
        )
        await _generate(socket)
        error = (await _until(socket, "error"))[-1]
        assert "inner" not in error["message"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[" * 100_000,
        "[]",
        "null",
        '{"type": "sing"}',
        '{"type": "generate"}',
        '{"type": "generate", "id": true, "request": {}}',
        '{"type": "generate", "id": [1], "request": {}}',
    ],
    ids=lambda text: text[:30],
)
async def test_an_invalid_message_does_not_close_the_socket(
    client_of: Client, decoder: ScriptedDecoder, text: str
) -> None:
    async with _connected(client_of) as socket:
        await socket.send_to(text_data=text)
        error = await _next(socket)
        assert (error["type"], error["id"]) == ("error", None)
        await _generate(socket)
        assert (await _until(socket, "done", "error"))[-1]["type"] == "done"


@pytest.mark.asyncio
@pytest.mark.parametrize("body", [None, [], "text", 5])
async def test_a_request_that_is_not_an_object_is_an_error(
    client_of: Client, decoder: ScriptedDecoder, body: object
) -> None:
    async with _connected(client_of) as socket:
        await socket.send_json_to({"type": "generate", "id": 1, "request": body})
        error = await _next(socket)
    assert (error["type"], error["id"]) == ("error", 1)


# --- the page ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_page_needs_a_login(client: Client) -> None:
    response = client.get(reverse("playground"))
    assert response.status_code == 302
    assert response.headers["Location"] == "/login/?next=/"


@pytest.mark.django_db
def test_logging_in_leads_to_the_page_and_out_back_to_the_login(client: Client, user: User) -> None:
    fields = {"username": "rosa", "password": "wrong", "next": "/"}
    refused = client.post("/login/", fields)
    assert b'role="alert"' in refused.content
    response = client.post("/login/", {**fields, "password": "a-long-password"})
    assert response.headers["Location"] == "/"
    assert client.get("/").status_code == 200
    assert client.post("/logout/").headers["Location"] == "/login/"


def test_the_page_offers_every_list_that_has_words(client_of: Client, wordlist: Wordlist) -> None:
    add_revision(wordlist, [*WORDS, "<b>"])
    Wordlist.objects.create(slug="empty", title="Nothing yet", language="en")
    response = client_of.get("/")
    assert response.context["wordlists"] == [
        {
            "slug": "en",
            "title": "English",
            "language": "en",
            "number": 2,
            "word_count": 7,
            "ranked": True,
        }
    ]
    page = response.content.decode()
    assert 'value="en" data-words="7" data-language="en" data-ranked>English (en@2)<' in page
    assert "Nothing yet" not in page


def test_the_page_offers_the_aliases_with_what_they_bind(
    client_of: Client, wordlist: Wordlist
) -> None:
    empty = Wordlist.objects.create(slug="empty", title="Nothing yet", language="en")
    ModelAlias.objects.create(name="of-a-list-that-the-page-does-not-have", wordlist=empty)
    assert b'<div class="field" hidden>' in client_of.get("/").content  # there is no choice
    defaults = {"temperature": 0.7, "stop": ['"<b>']}
    ModelAlias.objects.create(name="en-3", wordlist=wordlist, n_words=3, defaults=defaults)
    response = client_of.get("/")
    assert b'<div class="field" hidden>' not in response.content
    [(name, slug, bound)] = response.context["aliases"]
    assert (name, slug) == ("en-3", "en")
    assert json.loads(bound) == {"vocab_lang": "en", "vocab_n_words": 3, **defaults}
    page = response.content.decode()
    assert 'data-list="en"' in page
    assert "<b>" not in page


def test_the_page_never_reads_a_lists_text(
    client_of: Client, wordlist: Wordlist, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(10) as queries:
        client_of.get("/")
    said = [query["sql"] for query in queries.captured_queries if "vocab_wordlist" in query["sql"]]
    assert len(said) == 2  # the lists, and the aliases with theirs
    assert not [each for each in said if '"text"' in each]


def test_only_staff_see_the_link_to_the_admin(client_of: Client, user: User) -> None:
    assert reverse("admin:index").encode() + b'"' not in client_of.get("/").content
    User.objects.filter(pk=user.pk).update(is_staff=True)
    assert reverse("admin:index").encode() + b'"' in client_of.get("/").content


def test_the_page_runs_under_its_own_strict_policy(client_of: Client) -> None:
    response = client_of.get("/")
    assert response.headers["Content-Security-Policy"].startswith("default-src 'self';")
    page = response.content.decode()
    assert "<style" not in page
    assert ' style="' not in page
    assert page.count("<script") == page.count('<script src="/static/')


@pytest.mark.asyncio
async def test_the_pages_of_a_user_have_one_limit_with_the_keys(
    user: User, client_of: Client, stepped: SteppedDecoder, settings: Any
) -> None:
    settings.MAX_CONCURRENT_PER_USER = 2
    release = hold_places(1, user=user.pk, key=1)
    async with _connected(client_of) as first, _connected(client_of) as second:
        await _generate(first)
        assert (await _next(first))["type"] == "started"
        await _generate(second)
        refused = await _next(second)
        assert (refused["type"], refused["code"]) == ("error", "rate_limit_exceeded")
        assert "This user has 2 replies in progress" in refused["message"]
        release()
        await _generate(second)
        assert (await _next(second))["type"] == "started"
        for socket in (first, second):
            await socket.send_json_to({"type": "cancel"})
            await _until(socket, "cancelled")
        assert per_user_limit.total == 0
