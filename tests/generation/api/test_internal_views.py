"""/internal/generate and /internal/engine: access, answers and errors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import StreamingHttpResponse
from django.test import Client

from generation.api.internal_views import answer, lines
from generation.engine.contract import (
    Completion,
    EngineBusy,
    EngineError,
    GenerationRequest,
    Message,
    ModelUnavailable,
    Piece,
    Priority,
    Sampling,
)
from generation.engine.handle import Handle
from generation.engine.remote import protocol
from generation.engine.scripted import ScriptedDecoder
from generation.engine.streaming import stream_pieces
from generation.serving.engine_provider import set_engine
from tests.batches.engines import SteppedEngine
from tests.conftest import MakeWordlist
from vocab.models import WordlistRevision
from vocab.revisions import vocabulary_of
from vocab.words.orthography import Style
from vocab.words.vocabulary import Vocabulary

KEY = "a-service-key-that-is-long-enough-for-it"
LET_IN = {"Authorization": f"Bearer {KEY}"}
MODEL = "SmolLM2-135M-Instruct"
GENERATE, ENGINE = "/internal/generate", "/internal/engine"


@pytest.fixture(autouse=True)
def with_key(settings: Any) -> None:
    settings.ENGINE_KEY = KEY


def ask(words: Vocabulary | None = None, **more: Any) -> bytes:
    request = GenerationRequest(messages=(Message("user", "hi"),), vocabulary=words, **more)
    return protocol.encode_request(request, MODEL)


def post(client: Client, body: bytes, **headers: str) -> Any:
    return client.post(
        GENERATE, body, content_type="application/json", headers={**LET_IN, **headers}
    )


def lines_of(response: Any) -> list[Any]:
    """The lines of a stream, without blank ones."""
    assert isinstance(response, StreamingHttpResponse)

    async def read() -> bytes:
        return b"".join([part async for part in response])

    found = [protocol.read_line(line) for line in asyncio.run(read()).splitlines()]
    return [line for line in found if line is not None]


def refusal(response: Any) -> tuple[int, EngineError]:
    error = protocol.read_line(response.content)
    assert isinstance(error, EngineError)
    return response.status_code, error


# --- access --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [GENERATE, ENGINE])
@pytest.mark.parametrize(
    ("key", "url", "given", "status"),
    [
        ("", "", f"Bearer {KEY}", 404),
        ("", "", "Bearer ", 404),
        (KEY, "http://127.0.0.1:9", f"Bearer {KEY}", 404),
        (KEY, "", "", 401),
        (KEY, "", f"Bearer {KEY}x", 401),
        (KEY, "", f"Bearer {KEY[:-1]}", 401),
        (KEY, "", "Bearer ñ", 401),
        (KEY, "", KEY, 401),
    ],
)
def test_the_engine_key_is_required_and_must_be_set(
    client: Client, settings: Any, path: str, key: str, url: str, given: str, status: int
) -> None:
    # Without the db mark, a query is an error: a request without the key makes none.
    settings.ENGINE_KEY, settings.ENGINE_URL = key, url
    send = client.post if path == GENERATE else client.get
    response = send(path, headers={"Authorization": given})
    assert (response.status_code, response.content) == (status, b"")


def test_an_api_key_is_not_accepted(client: Client, bearer: dict[str, str]) -> None:
    assert client.get(ENGINE, headers=bearer).status_code == 401


def test_other_methods_are_not_allowed(client: Client) -> None:
    assert client.get(GENERATE, headers=LET_IN).status_code == 405
    assert client.post(ENGINE, headers=LET_IN).status_code == 405


# --- an answer -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_text_then_the_completion(
    client: Client, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    words = vocabulary_of(make_wordlist("animals", ["dog", "cat"]), 1, Style())
    scripted.enqueue(["dog ", "dog"])
    sampling = Sampling(max_tokens=9, seed=4)
    said = lines_of(post(client, ask(words, sampling=sampling, priority=Priority.BATCH)))
    assert [line for line in said if isinstance(line, Piece)]
    assert "".join(line.text for line in said if isinstance(line, Piece)) == "dog dog"
    assert said[-1] == Completion(
        text="dog dog", finish_reason="stop", prompt_tokens=1, completion_tokens=2, seed=4
    )
    [asked] = scripted.history
    assert asked.vocabulary is not None
    assert asked.vocabulary.key == words.key
    assert (asked.sampling, asked.priority) == (sampling, Priority.BATCH)


@pytest.mark.django_db
def test_an_error_in_the_middle_ends_the_stream_with_its_type(
    client: Client, scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(ModelUnavailable("gone"))
    [error] = lines_of(post(client, ask()))
    assert type(error) is ModelUnavailable
    assert str(error) == "gone"


@pytest.mark.django_db
def test_a_list_in_two_languages_is_the_one_that_was_meant(
    client: Client, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    """Two lists with the same entries have the same digest."""
    for slug, language in (("a", "de"), ("b", "en")):
        make_wordlist(slug, ["dog"], language)
    revision = WordlistRevision.objects.get(wordlist__slug="b")
    lines_of(post(client, ask(vocabulary_of(revision))))
    [asked] = scripted.history
    assert asked.vocabulary is not None
    assert asked.vocabulary.language == "en"


@pytest.mark.django_db
def test_the_engine_reports_health_counters_and_runtime(
    client: Client, scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["one ", "two"])
    lines_of(post(client, ask()))
    status = client.get(ENGINE, headers=LET_IN).json()
    assert status["health"] == {"state": "ready", "detail": ""}
    assert status["counters"]["tokens"] == 2
    assert status["runtime"]["model"] == MODEL


@pytest.mark.django_db
def test_the_access_log_has_only_refused_internal_requests(
    client: Client, scripted: ScriptedDecoder, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "wordgen.access"):
        lines_of(post(client, ask()))
        post(client, ask(), Authorization="Bearer wrong")
    [line] = [each.getMessage() for each in caplog.records if each.name == "wordgen.access"]
    assert "path=/internal/generate status=401" in line


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_full_queue_is_an_error_line_with_a_retry_time(client: Client) -> None:
    set_engine(SteppedEngine(capacity=0))
    try:
        [error] = lines_of(post(client, ask()))
    finally:
        set_engine(None)
    assert isinstance(error, EngineBusy)
    assert error.retry_after == EngineBusy(0).retry_after


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda body: body.replace(MODEL.encode(), b"other"), "not 'other'"),
        (lambda body: body.replace(b"max_tokens", b"most_tokens"), "another version"),
        (lambda body: b"no JSON", "another version"),
        (lambda body: b"", "another version"),
    ],
)
def test_an_unreadable_request_is_model_unavailable(
    client: Client, scripted: ScriptedDecoder, change: Callable[[bytes], bytes], said: str
) -> None:
    status, error = refusal(post(client, change(ask())))
    assert (status, type(error)) == (503, ModelUnavailable)
    assert said in str(error)
    assert scripted.history == []


@pytest.mark.django_db
def test_an_unreachable_database_is_model_unavailable(
    client: Client, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    words = vocabulary_of(make_wordlist("animals", ["dog", "cat"]))

    def refuse(*args: object) -> None:
        raise OperationalError("connection refused at secret-host")

    with connection.execute_wrapper(refuse):
        status, error = refusal(post(client, ask(words)))
    assert (status, type(error)) == (503, ModelUnavailable)
    assert "secret-host" not in str(error)


@pytest.mark.django_db
def test_an_internal_request_may_exceed_the_public_size_limit(
    client: Client, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert lines_of(post(client, ask()))


# --- the receipt ---------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_the_receipt_comes_before_the_engine_gets_the_request() -> None:
    engine = SteppedEngine()
    set_engine(engine)
    try:
        stream = answer(GenerationRequest(messages=(Message("user", "hi"),)))
        assert await anext(stream) == protocol.KEEP_ALIVE
        assert engine.submitted == []
        assert await anext(stream) == protocol.KEEP_ALIVE
        assert engine.submitted == ["hi"]
        await stream.aclose()
        assert engine.open[0][1].cancelled
    finally:
        set_engine(None)


# --- cancellation --------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_closing_the_stream_cancels_the_request() -> None:
    handle = Handle()
    stream = lines(handle, 0.0)
    assert await anext(stream) == protocol.KEEP_ALIVE
    handle.emit("so far")
    assert protocol.read_line(await anext(stream)) == Piece("so far")
    assert not handle.cancelled
    await stream.aclose()
    assert handle.cancelled


@pytest.mark.asyncio
async def test_a_pause_joins_pieces_but_does_not_delay_the_end() -> None:
    handle = Handle()
    pieces = stream_pieces(handle, pause=60.0)
    handle.emit("a")
    assert await anext(pieces) == Piece("a")
    following = asyncio.ensure_future(anext(pieces))
    for letter in "bcd":
        handle.emit(letter)
    for _ in range(5):
        await asyncio.sleep(0)
    assert not following.done()
    end = Completion(text="abcd", finish_reason="stop", prompt_tokens=1, completion_tokens=4)
    handle.finish(end)
    assert await asyncio.wait_for(following, 10) == Piece("bcd")
    with pytest.raises(StopAsyncIteration):
        await anext(pieces)


def test_a_cancelled_handle_tells_its_engine_once_and_a_late_one_at_once() -> None:
    calls: list[str] = []
    handle = Handle()
    handle.on_cancel(lambda: calls.append("first"))
    handle.cancel()
    handle.cancel()
    assert calls == ["first"]
    handle.on_cancel(lambda: calls.append("late"))
    assert calls == ["first", "late"]


def test_the_first_end_of_a_handle_counts() -> None:
    handle = Handle()
    end = Completion(text="a", finish_reason="stop", prompt_tokens=1, completion_tokens=1)
    handle.finish(end)
    handle.fail(EngineError("late"))
    assert handle.result(0) is end
    failed = Handle()
    failed.fail(EngineError("why"))
    failed.finish(end)
    with pytest.raises(EngineError, match="why"):
        failed.result(0)


# --- a truncated prompt --------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("truncated", [True, False])
async def test_a_truncated_prompt_is_told_before_the_first_text(truncated: bool) -> None:
    handle = Handle()
    handle.emit("a")
    completion = Completion(
        text="a",
        finish_reason="stop",
        prompt_tokens=1,
        completion_tokens=1,
        prompt_truncated=truncated,
    )
    handle.finish(completion)
    sent = [line async for line in lines(handle, 0.0) if line != protocol.KEEP_ALIVE]
    told = [protocol.PROMPT_TRUNCATED] if truncated else []
    text, end = protocol.piece_line(Piece("a")), protocol.completion_line(completion)
    assert sent == [*told, text, end]
