"""POST /v1/responses over HTTP, with a scripted model. The official clients are in conformance."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.test import AsyncClient, Client

from generation.engine.contract import (
    Completion,
    EngineBusy,
    EngineError,
    GenerationRequest,
    Message,
    NoContinuation,
    PromptTooLong,
)
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.decoder import SequentialDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import set_engine
from tests.conftest import MakeWordlist
from tests.generation.api.test_chat_api import error_of, post
from tests.vocab.styles import AS_ANSWERED

pytestmark = pytest.mark.django_db

URL = "/v1/responses"
CHAT = "/v1/chat/completions"
HELLO: dict[str, Any] = {"input": "Hello"}
# What a response says beside its text and its request.
CONSTANT = {
    "object": "response",
    "background": False,
    "error": None,
    "max_tool_calls": None,
    "parallel_tool_calls": False,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "service_tier": "default",
    "store": False,
    "text": {"format": {"type": "text"}},
    "tool_choice": "none",
    "tools": [],
}


def respond(client: Client, bearer: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    response = post(client, bearer, body, URL)
    assert response.status_code == 200, response.json()
    found: dict[str, Any] = response.json()
    return found


async def stream(
    bearer: dict[str, str], body: dict[str, Any], after_first: Callable[[], object] = lambda: None
) -> list[dict[str, Any]]:
    """Return the events. after_first: Called after the first text."""
    response = await AsyncClient().post(
        URL,
        data=json.dumps({**body, "stream": True}),
        content_type="application/json",
        headers=bearer,
    )
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/event-stream"
    text = ""
    async for part in response.streaming_content:  # type: ignore[attr-defined]
        text += part.decode()
        after_first()
    assert text.endswith("\n\n")
    events = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        events.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {events[-1]['type']}"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    return events


# --- replies -------------------------------------------------------------------------------------


def test_a_response_has_openais_shape(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["Good ", "day."])
    body = respond(client, bearer, HELLO)
    assert body["id"].startswith("resp_")
    assert body["status"] == "completed"
    assert body["incomplete_details"] is None
    assert body["created_at"] <= body["completed_at"]
    assert body["model"] == "SmolLM2-135M-Instruct"
    (item,) = body["output"]
    assert item.pop("id").startswith("msg_")
    text = {"type": "output_text", "text": "Good day.", "annotations": [], "logprobs": []}
    assert item == {
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [text],
    }
    assert body["usage"] == {
        "input_tokens": 1,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 2,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 3,
    }
    assert {name: body[name] for name in CONSTANT} == CONSTANT
    assert (body["temperature"], body["top_p"], body["truncation"]) == (1.0, 1.0, "auto")
    assert (body["instructions"], body["max_output_tokens"], body["metadata"]) == (None, None, {})
    assert body["prompt_truncated"] is False
    assert "vocab_report" not in body


def test_a_response_repeats_what_was_asked(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    asked = {
        "instructions": "Be brief.",
        "max_output_tokens": 5,
        "metadata": {"class": "7b"},
        "prompt_cache_key": "k",
        "safety_identifier": "s",
        "temperature": 0.5,
        "top_p": 0.9,
        "user": "ana",
    }
    body = respond(client, bearer, {**HELLO, **asked})
    assert {name: body[name] for name in asked} == asked


def test_a_reply_that_reaches_the_maximum_is_incomplete(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["one", " two", " three"])
    body = respond(client, bearer, {**HELLO, "max_output_tokens": 2})
    assert (body["status"], body["completed_at"]) == ("incomplete", None)
    assert body["incomplete_details"] == {"reason": "max_output_tokens"}
    assert body["output"][0]["status"] == "incomplete"
    assert body["output"][0]["content"][0]["text"] == "one two"
    assert body["usage"]["output_tokens"] == 2


def test_a_constrained_response_names_its_list_and_proves_its_words(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    make_wordlist: MakeWordlist,
) -> None:
    revision = make_wordlist("es", ["la", "casa", "es", "grande"], language="es")
    scripted.enqueue(["La ", "mesa"])
    body = respond(client, bearer, {**HELLO, "vocab_lang": "es", "vocab_n_words": 2})
    assert body["wordlist"] == {
        "slug": "es",
        "revision": 1,
        "sha256": revision.sha256,
        "n_words": 2,
        "style": AS_ANSWERED,
        "told_model": True,
    }
    assert body["vocab_report"] == {
        "words": 2,
        "distinct_words": 2,
        "out_of_list": ["mesa"],
        "no_words": False,
        "out_of_style": [],
        "word_parts": 0,
    }
    vocabulary = scripted.history[0].vocabulary
    assert vocabulary is not None
    assert vocabulary.words == ("la", "casa")


# --- the request for the engine ------------------------------------------------------------------


def test_the_engine_gets_the_same_request_as_from_the_chat_endpoint(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    make_wordlist: MakeWordlist,
) -> None:
    make_wordlist("es", ["la", "casa"], language="es")
    both = {
        "temperature": 0.7,
        "top_p": 0.8,
        "top_k": 7,
        "seed": 3,
        "stop": ["x"],
        "presence_penalty": 0.5,
        "frequency_penalty": 0.25,
        "repetition_penalty": 1.5,
        "logit_bias": {"5": 1},
        "min_tokens": 2,
        "top_logprobs": 2,
        "vocab_lang": "es",
        "vocab_n_words": 1,
        "vocab_finish": "word",
        "vocab_token_paths": "all",
    }
    turns = [{"role": "user", "content": "Hello"}]
    system = [{"role": "system", "content": "Be brief."}]
    post(client, bearer, {**both, "messages": system + turns, "max_tokens": 9, "logprobs": True})
    respond(
        client,
        bearer,
        {**both, "input": turns, "instructions": "Be brief.", "max_output_tokens": 9},
    )
    chat, response = scripted.history
    assert response.sampling == chat.sampling
    assert response.messages == chat.messages
    assert (response.token_paths, response.finish) == ("all", "word")
    assert response.vocabulary is chat.vocabulary
    assert response.owner == chat.owner != ""


def test_instructions_and_items_become_messages(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["Good day."])
    first = respond(client, bearer, HELLO)
    conversation = [
        {"role": "developer", "content": "Be brief."},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
        *first["output"],  # unchanged, with its id, its status and its annotations
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "And", "prompt_cache_breakpoint": None},
                {"type": "input_text", "text": "now?"},
            ],
        },
    ]
    respond(client, bearer, {"instructions": "Use simple words.", "input": conversation})
    assert scripted.history[1].messages == (
        Message("system", "Use simple words."),
        Message("system", "Be brief."),
        Message("user", "Hello"),
        Message("assistant", "Good day."),
        Message("user", "And\nnow?"),
    )


@pytest.mark.parametrize(
    "asked", [{"include": ["message.output_text.logprobs"]}, {"top_logprobs": 3}]
)
def test_logprobs_are_asked_for_by_include_or_by_a_number(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, asked: dict[str, Any]
) -> None:
    body = respond(client, bearer, {**HELLO, **asked})
    assert scripted.history[0].sampling.logprobs == asked.get("top_logprobs", 0)
    assert body["top_logprobs"] == asked.get("top_logprobs", 0)
    respond(client, bearer, HELLO)
    assert scripted.history[1].sampling.logprobs is None


# --- a stream ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_a_stream_has_openais_events_in_their_order(
    bearer: dict[str, str], scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    from asgiref.sync import sync_to_async

    await sync_to_async(make_wordlist)("es", ["la", "casa"], language="es")
    scripted.enqueue(["La ", "casa"])
    asked = {**HELLO, "vocab_lang": "es", "metadata": {"class": "7b"}}
    (
        created,
        in_progress,
        item_added,
        part_added,
        *deltas,
        text,
        part,
        item,
        completed,
    ) = await stream(bearer, asked)
    assert (created["type"], in_progress["type"]) == ("response.created", "response.in_progress")
    assert created["response"] == in_progress["response"]
    started = created["response"]
    assert (started["status"], started["output"], started["usage"]) == ("in_progress", [], None)
    assert {name: started[name] for name in CONSTANT} == CONSTANT
    assert "vocab_report" not in started

    assert item_added["type"] == "response.output_item.added"
    assert item_added["output_index"] == 0
    assert (item_added["item"]["status"], item_added["item"]["content"]) == ("in_progress", [])
    place = {"item_id": item_added["item"]["id"], "output_index": 0, "content_index": 0}
    assert part_added["type"] == "response.content_part.added"
    assert part_added["part"] == {
        "type": "output_text",
        "text": "",
        "annotations": [],
        "logprobs": [],
    }
    assert {delta["type"] for delta in deltas} == {"response.output_text.delta"}
    assert "".join(delta["delta"] for delta in deltas) == "La casa"
    assert all(delta["logprobs"] == [] for delta in deltas)
    assert (text["type"], text["text"]) == ("response.output_text.done", "La casa")
    assert (part["type"], part["part"]["text"]) == ("response.content_part.done", "La casa")
    for event in (part_added, *deltas, text, part):
        assert {name: event[name] for name in place} == place
    assert (item["type"], item["output_index"]) == ("response.output_item.done", 0)
    assert item["item"]["content"] == [part["part"]]

    assert completed["type"] == "response.completed"
    whole = completed["response"]
    assert whole["output"] == [item["item"]]
    assert (whole["id"], whole["created_at"]) == (started["id"], started["created_at"])
    assert whole["status"] == item["item"]["status"] == "completed"
    assert whole["metadata"] == {"class": "7b"}
    assert whole["usage"]["total_tokens"] == 9
    assert whole["wordlist"]["slug"] == "es"
    assert whole["vocab_report"] == {
        "words": 2,
        "distinct_words": 2,
        "out_of_list": [],
        "no_words": False,
        "out_of_style": [],
        "word_parts": 0,
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_a_stream_that_reaches_the_maximum_ends_incomplete(
    bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["one", " two", " three"])
    events = await stream(bearer, {**HELLO, "max_output_tokens": 2})
    assert events[-1]["type"] == "response.incomplete"
    assert events[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert events[-2]["item"]["status"] == "incomplete"


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("failure", "param", "code", "failed"),
    [
        (EngineError("It fell over."), None, None, "server_error"),
        (EngineBusy(3), None, "rate_limit_exceeded", "rate_limit_exceeded"),
        (PromptTooLong(10, 20), "input", "context_length_exceeded", "invalid_prompt"),
    ],
)
async def test_a_failure_after_the_first_text_is_an_error_and_a_failed_response(
    bearer: dict[str, str],
    failure: EngineError,
    param: str | None,
    code: str | None,
    failed: str,
) -> None:
    fail = threading.Event()

    class Failing(SequentialDecoder):
        def decode(self, request: GenerationRequest, emit: Any, cancelled: Any) -> Completion:
            emit("Good ")
            assert fail.wait(10)
            raise failure

    set_engine(ThreadedEngine(lambda: Failing(), 8))
    try:
        events = await stream(bearer, HELLO, after_first=fail.set)
    finally:
        set_engine(None)
    *_, delta, error, last = events
    assert delta["delta"] == "Good "
    assert error["type"] == "error"
    assert (error["message"], error["param"], error["code"]) == (str(failure), param, code)
    assert error["error"].keys() == {"message", "type", "param", "code"}
    assert last["type"] == "response.failed"
    assert last["response"]["status"] == "failed"
    assert last["response"]["error"] == {"code": failed, "message": str(failure)}
    assert last["response"]["id"] == events[0]["response"]["id"]


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("streamed", [False, True])
def test_a_failure_before_any_text_is_an_http_error_about_the_input(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, streamed: bool
) -> None:
    scripted.enqueue(PromptTooLong(10, 20), NoContinuation("The list cannot be written."))
    long = post(client, bearer, {**HELLO, "stream": streamed}, URL)
    assert long.status_code == 400
    error = error_of(long)
    assert (error["param"], error["code"]) == ("input", "context_length_exceeded")
    assert "maximum context length is 10 tokens" in error["message"]
    list_ = post(client, bearer, {**HELLO, "stream": streamed}, URL)
    assert list_.status_code == 500
    assert list_["x-should-retry"] == "false"


def test_a_key_is_needed(client: Client, db: None) -> None:
    for response in (
        post(client, {}, HELLO, URL),
        post(client, {"Authorization": "Bearer wg_wrong"}, HELLO, URL),
        client.get(f"{URL}/resp_1"),
    ):
        assert response.status_code == 401
        assert error_of(response)["code"] == "invalid_api_key"
        assert response["WWW-Authenticate"] == "Bearer"


def test_no_response_is_stored(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    body = respond(client, bearer, {**HELLO, "store": True})
    assert body["store"] is False
    for method in (client.get, client.delete):
        missing = method(f"{URL}/{body['id']}", headers=bearer)
        assert missing.status_code == 404
        error = error_of(missing)
        assert body["id"] in error["message"]
        assert "stores no responses" in error["message"]
        assert error["type"] == "invalid_request_error"
