"""POST /v1/chat/completions and GET /v1/models over HTTP, with a scripted model."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.test import AsyncClient, Client

from generation.engine.contract import (
    Completion,
    EngineError,
    EngineOutOfMemory,
    EngineStopped,
    GenerationRequest,
    InvalidRequest,
    Message,
    ModelUnavailable,
    NoContinuation,
    PromptTooLong,
)
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.decoder import SequentialDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import set_engine
from tests.vocab.styles import AS_ANSWERED
from vocab.models import WordlistRevision
from vocab.revisions import add_revision

pytestmark = pytest.mark.django_db

URL = "/v1/chat/completions"
HELLO = {"messages": [{"role": "user", "content": "Hello"}]}
MakeWordlist = Callable[..., WordlistRevision]


def post(client: Client, bearer: dict[str, str], body: Any, url: str = URL) -> Any:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(url, data=data, content_type="application/json", headers=bearer)


def error_of(response: Any) -> dict[str, Any]:
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    error: dict[str, Any] = body["error"]
    return error


# --- answers -------------------------------------------------------------------------------------


def test_an_answer_has_openais_shape(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["Good ", "day."])
    response = post(client, bearer, {**HELLO, "max_tokens": 60})
    assert response.status_code == 200
    body = response.json()
    assert body["id"].startswith("chatcmpl-")
    assert body["object"] == "chat.completion"
    assert body["model"] == "SmolLM2-135M-Instruct"
    assert isinstance(body["created"], int)
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Good day.", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert body["usage"] == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    assert "vocab_report" not in body


def test_a_constrained_answer_names_its_list_and_proves_its_words(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    make_wordlist: MakeWordlist,
) -> None:
    revision = make_wordlist("es", ["la", "casa", "es", "grande"], language="es")
    scripted.enqueue(["La ", "casa", ", la casa"])
    body = post(client, bearer, {**HELLO, "vocab_lang": "es", "vocab_n_words": 2}).json()
    assert body["wordlist"] == {
        "slug": "es",
        "revision": 1,
        "sha256": revision.sha256,
        "n_words": 2,
        "style": AS_ANSWERED,
        "told_model": True,
    }
    assert body["vocab_report"] == {
        "words": 4,
        "distinct_words": 2,
        "out_of_list": [],
        "no_words": False,
        "out_of_style": [],
        "word_parts": 0,
    }
    vocabulary = scripted.history[0].vocabulary
    assert vocabulary is not None
    assert vocabulary.words == ("la", "casa")


def test_the_report_does_not_rely_on_the_constraint(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    make_wordlist: MakeWordlist,
) -> None:
    make_wordlist("es", ["la", "casa"], language="es")
    scripted.enqueue(["La ", "mesa"])
    body = post(client, bearer, {**HELLO, "vocab_lang": "es"}).json()
    assert body["vocab_report"]["out_of_list"] == ["mesa"]


def test_a_revision_can_be_pinned_and_a_new_one_is_live_at_once(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    make_wordlist: MakeWordlist,
) -> None:
    first = make_wordlist("es", ["la"], language="es")
    add_revision(first.wordlist, ["el", "la"])
    newest = post(client, bearer, {**HELLO, "vocab_lang": "es"}).json()
    pinned = post(client, bearer, {**HELLO, "vocab_lang": "es@1"}).json()
    assert (newest["wordlist"]["revision"], newest["wordlist"]["n_words"]) == (2, 2)
    assert (pinned["wordlist"]["revision"], pinned["wordlist"]["n_words"]) == (1, 1)


def test_a_larger_n_than_the_list_means_all_of_it(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    make_wordlist: MakeWordlist,
) -> None:
    make_wordlist("es", ["la", "casa"], language="es")
    body = post(client, bearer, {**HELLO, "vocab_lang": "es", "vocab_n_words": 5000}).json()
    assert body["wordlist"]["n_words"] == 2


def test_every_parameter_reaches_the_engine(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    parameters = {
        "max_tokens": 17,
        "temperature": 0.3,
        "top_p": 0.8,
        "top_k": 7,
        "repetition_penalty": 1.2,
        "num_beams": 3,
        "length_penalty": 0.5,
        "seed": 42,
        "presence_penalty": -2,
        "frequency_penalty": 1.5,
        "min_tokens": 5,
    }
    others = {"stop": ["\n", "END"], "logit_bias": {"17": -100, "3": 0.5}}
    post(client, bearer, {**HELLO, **parameters, **others})
    sampling = scripted.history[0].sampling
    assert {name: getattr(sampling, name) for name in parameters} == parameters
    assert sampling.stop == ("\n", "END")
    assert sampling.logit_bias == {17: -100.0, 3: 0.5}
    assert sampling.logprobs is None


def test_groups_of_beams_reach_the_engine(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    groups = {"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 0.5, "temperature": 0}
    assert post(client, bearer, {**HELLO, **groups}).status_code == 200
    sampling = scripted.history[0].sampling
    assert {name: getattr(sampling, name) for name in groups} == groups


@pytest.mark.parametrize(("asked", "wanted"), [({}, 0), ({"top_logprobs": 20}, 20)])
def test_log_probabilities_are_requested_from_the_engine(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    asked: dict[str, int],
    wanted: int,
) -> None:
    assert post(client, bearer, {**HELLO, "logprobs": True, **asked}).status_code == 200
    assert scripted.history[0].sampling.logprobs == wanted


def test_defaults_are_the_prototypes_and_null_means_default(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    post(client, bearer, HELLO)
    post(client, bearer, {**HELLO, "temperature": None, "seed": None, "max_tokens": None})
    first, second = (request.sampling for request in scripted.history)
    assert first == second
    assert (first.temperature, first.top_p, first.top_k) == (1.0, 1.0, 50)
    assert (first.num_beams, first.length_penalty, first.repetition_penalty) == (1, 1.0, 1.0)
    assert first.max_tokens == 512


def test_max_tokens_is_clamped_to_the_largest_allowed(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    post(client, bearer, {**HELLO, "max_completion_tokens": 100_000})
    assert scripted.history[0].sampling.max_tokens == 512


def test_messages_keep_their_order_and_parts_are_joined(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "developer", "content": "rules"},
    ]
    post(client, bearer, {"messages": messages})
    assert scripted.history[0].messages == (Message("user", "a\nb"), Message("system", "rules"))


def test_json_is_read_with_any_content_type(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    """`curl -d` sends application/x-www-form-urlencoded."""
    response = client.post(
        URL,
        data=json.dumps(HELLO),
        content_type="application/x-www-form-urlencoded",
        headers={**bearer, "Accept": "text/event-stream"},
    )
    assert response.status_code == 200
    assert scripted.history[0].messages == (Message("user", "Hello"),)


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status", "param", "code"),
    [
        ({"messages": None}, 400, "messages", "missing_required_parameter"),
        ({"messages": []}, 400, "messages", "empty_array"),
        ({"messages": "hi"}, 400, "messages", "invalid_type"),
        ({"messages": ["hi"]}, 400, "messages[0]", "invalid_type"),
        ({"messages": [{"role": "user"}]}, 400, "messages[0].content", None),
        (
            {"messages": [HELLO["messages"][0], {"role": "wizard", "content": "x"}]},
            400,
            "messages[1].role",
            "invalid_value",
        ),
        ({"messages": [{"role": "user", "content": 3}]}, 400, "messages[0].content", None),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            400,
            "messages[0].content",
            None,
        ),
        ({"messages": [{"role": "user", "content": "a\x00b"}]}, 400, "messages[0].content", None),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, 400, "messages[0].content", None),
        ({"vocab_lang": "xx"}, 404, "vocab_lang", "wordlist_not_found"),
        ({"vocab_lang": "es@9"}, 404, "vocab_lang", "wordlist_not_found"),
        ({"vocab_lang": "es@@"}, 404, "vocab_lang", "wordlist_not_found"),
        ({"vocab_lang": "es", "vocab_n_words": 0}, 400, "vocab_n_words", None),
        ({"vocab_lang": "es", "vocab_n_words": "many"}, 400, "vocab_n_words", None),
        ({"vocab_n_words": 100}, 400, "vocab_n_words", "invalid_value"),
        ({"vocab_n_word": 100}, 400, "vocab_n_word", "unknown_parameter"),
        ({"model": "gpt-9"}, 404, "model", "model_not_found"),
        ({"max_tokens": 0}, 400, "max_tokens", "integer_below_min_value"),
        ({"temperature": 3}, 400, "temperature", None),
        ({"temperature": "nan"}, 400, "temperature", None),
        ({"top_p": -1}, 400, "top_p", None),
        ({"num_beams": 1000}, 400, "num_beams", None),
        ({"tool_choice": "required"}, 400, "tool_choice", "unsupported_value"),
        ({"stream_options": {"include_usage": True}}, 400, "stream_options", "invalid_value"),
    ],
)
def test_an_error_names_the_wrong_field(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    make_wordlist: MakeWordlist,
    change: dict[str, Any],
    status: int,
    param: str,
    code: str | None,
) -> None:
    make_wordlist("es", ["la"], language="es")
    response = post(client, bearer, {**HELLO, **change})
    assert response.status_code == status
    error = error_of(response)
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert param.split("[")[0] in error["message"] or code == "wordlist_not_found"
    if code:
        assert error["code"] == code
    assert scripted.history == []


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', "null", b"\xff"])
def test_a_body_that_is_not_a_json_object_is_refused(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, body: Any
) -> None:
    response = post(client, bearer, body)
    assert response.status_code == 400
    assert error_of(response)["type"] == "invalid_request_error"


def test_a_body_that_is_too_large_is_413(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = post(client, bearer, {"messages": [{"role": "user", "content": "x" * 2000}]})
    assert response.status_code == 413
    assert error_of(response)["code"] == "request_too_large"


@pytest.mark.parametrize(
    ("failure", "status", "code", "kind"),
    [
        (PromptTooLong(512, 900), 400, "context_length_exceeded", "invalid_request_error"),
        (ModelUnavailable("No such model"), 503, "model_unavailable", "server_error"),
        (EngineStopped("the thread died"), 503, "engine_stopped", "server_error"),
        (EngineOutOfMemory("too long"), 400, "context_length_exceeded", "invalid_request_error"),
        (InvalidRequest("no beams", "num_beams"), 400, "invalid_value", "invalid_request_error"),
        (NoContinuation("cannot write"), 500, None, "server_error"),
        (EngineError("out of memory"), 500, None, "server_error"),
        (KeyError("secret detail"), 500, None, "server_error"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_engine_failure_before_any_text_is_an_http_status(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    failure: Exception,
    status: int,
    code: str | None,
    kind: str,
    stream: bool,
) -> None:
    scripted.enqueue(failure)
    response = post(client, bearer, {**HELLO, "stream": stream})
    assert response.status_code == status
    error = error_of(response)
    assert (error["code"], error["type"]) == (code, kind)
    assert "secret detail" not in error["message"]
    assert ("Retry-After" in response.headers) == (status == 503)
    helpless = isinstance(failure, NoContinuation)
    assert response.headers.get("x-should-retry") == ("false" if helpless else None)


def test_a_full_queue_is_429_with_retry_after(client: Client, bearer: dict[str, str]) -> None:
    started, release = threading.Event(), threading.Event()

    class Blocked(SequentialDecoder):
        def decode(self, request: GenerationRequest, emit: Any, cancelled: Any) -> Completion:
            started.set()
            release.wait(10)
            return Completion(text="x", finish_reason="stop", prompt_tokens=1, completion_tokens=1)

    engine = ThreadedEngine(lambda: Blocked(), max_waiting=1)
    set_engine(engine)
    try:
        ask = GenerationRequest(messages=(Message("user", "x"),))
        engine.submit(ask)
        assert started.wait(10)
        engine.submit(ask)  # fills the queue
        response = post(client, bearer, HELLO)
        assert response.status_code == 429
        assert int(response.headers["Retry-After"]) > 0
        assert error_of(response)["code"] == "rate_limit_exceeded"
    finally:
        release.set()
        set_engine(None)


def test_a_request_that_takes_too_long_is_504_and_cancelled(
    client: Client, bearer: dict[str, str], settings: Any
) -> None:
    settings.REQUEST_TIMEOUT = 0.05
    stopped = threading.Event()

    class Endless(SequentialDecoder):
        def decode(self, request: GenerationRequest, emit: Any, cancelled: Any) -> Completion:
            while not cancelled():
                stopped.wait(0.001)
            stopped.set()
            raise EngineError("stopped")

    set_engine(ThreadedEngine(lambda: Endless(), 8))
    try:
        response = post(client, bearer, HELLO)
        assert response.status_code == 504
        assert error_of(response)["code"] == "timeout"
        assert response.headers["x-should-retry"] == "false"
        assert stopped.wait(10)
    finally:
        set_engine(None)


# --- routes and keys -----------------------------------------------------------------------------


def test_the_models_list_names_the_one_model(client: Client, bearer: dict[str, str]) -> None:
    response = client.get("/v1/models", headers=bearer)
    assert response.status_code == 200
    body = response.json()
    assert body["object"] == "list"
    assert [model["id"] for model in body["data"]] == ["SmolLM2-135M-Instruct"]
    assert body["data"][0]["object"] == "model"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/v1/chat/completions", 405),
        ("delete", "/v1/models", 405),
        ("get", "/v1/nothing", 404),
        ("post", "/v1", 404),
        ("get", "/v1/models/", 404),
    ],
)
def test_wrong_paths_and_methods_are_json_too(
    client: Client, bearer: dict[str, str], method: str, path: str, status: int
) -> None:
    response = getattr(client, method)(path, headers=bearer)
    assert response.status_code == status
    assert error_of(response)["type"] == "invalid_request_error"


@pytest.mark.parametrize("path", ["/v1/models", URL])
def test_no_key_is_401(client: Client, path: str) -> None:
    response = client.get(path) if path == "/v1/models" else client.post(path)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert error_of(response)["code"] == "invalid_api_key"


# --- streams -------------------------------------------------------------------------------------


async def stream(
    bearer: dict[str, str], body: dict[str, Any], after_first: Callable[[], object] = lambda: None
) -> tuple[Any, list[Any]]:
    """Return the response and its events.

    after_first: Called after the first text.
    """
    response = await AsyncClient().post(
        URL,
        data=json.dumps({**body, "stream": True}),
        content_type="application/json",
        headers=bearer,
    )
    text = ""
    async for part in response.streaming_content:  # type: ignore[attr-defined]
        text += part.decode()
        after_first()
    assert text.endswith("\n\n")
    events = [event.removeprefix("data: ") for event in text.split("\n\n")[:-1]]
    return response, [event if event == "[DONE]" else json.loads(event) for event in events]


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_a_stream_is_role_deltas_finish_done(
    bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["Good ", "day."])
    response, events = await stream(bearer, HELLO)
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert events[-1] == "[DONE]"
    chunks = events[:-1]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert text == "Good day."
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [
        *[None] * (len(chunks) - 1),
        "stop",
    ]
    assert all("usage" not in chunk for chunk in chunks)


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_usage_is_in_the_last_chunk_if_requested(
    bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["Good ", "day."])
    _, events = await stream(bearer, {**HELLO, "stream_options": {"include_usage": True}})
    assert events[-2]["choices"] == []
    assert events[-2]["usage"] == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    assert all(chunk["usage"] is None for chunk in events[:-2])


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_the_finish_chunk_has_the_report(
    bearer: dict[str, str], scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    from asgiref.sync import sync_to_async

    await sync_to_async(make_wordlist)("es", ["la", "casa"], language="es")
    scripted.enqueue(["La ", "casa"])
    _, events = await stream(bearer, {**HELLO, "vocab_lang": "es"})
    finish = events[-2]
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert finish["wordlist"]["slug"] == "es"
    assert finish["vocab_report"] == {
        "words": 2,
        "distinct_words": 2,
        "out_of_list": [],
        "no_words": False,
        "out_of_style": [],
        "word_parts": 0,
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_a_failure_after_the_first_text_is_an_error_event_and_the_end(
    bearer: dict[str, str],
) -> None:
    fail = threading.Event()

    class Failing(SequentialDecoder):
        def decode(self, request: GenerationRequest, emit: Any, cancelled: Any) -> Completion:
            emit("Good ")
            assert fail.wait(10)
            raise EngineError("the model fell over")

    set_engine(ThreadedEngine(lambda: Failing(), 8))
    try:
        response, events = await stream(bearer, HELLO, after_first=fail.set)
    finally:
        set_engine(None)
    assert response.status_code == 200
    assert events[-2]["error"] == {
        "message": "the model fell over",
        "type": "server_error",
        "param": None,
        "code": None,
    }
    assert events[-1] == "[DONE]"
