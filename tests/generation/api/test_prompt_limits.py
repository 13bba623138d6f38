"""Prompts that are too long, and messages that the chat template does not take, over HTTP.

A random model with a real tokenizer and a real chat template answers.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from generation.engine.contract import Serving
from generation.engine.local import LocalDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.engine.transformers_fallback import TransformersDecoder
from generation.serving.engine_provider import set_engine
from tests.generation.engine import tiny
from tests.generation.engine.test_template_turns import STRICT

pytestmark = pytest.mark.django_db

LONG = [{"role": "user", "content": f"{number} la casa es grande"} for number in range(30)]
SHORT = LONG[:1]
LIMIT = 60  # tokens of a prompt
Ask = Callable[..., Any]


def serve(kind: type[Any] = LocalDecoder, template: str = tiny.CHAT_TEMPLATE) -> None:
    tokenizer = copy.deepcopy(tiny.tokenizer())
    tokenizer.chat_template = template
    loaded = replace(tiny.loaded(), tokenizer=tokenizer)
    decoder = kind(loaded, max_input_tokens=LIMIT, truncate=True)
    set_engine(ThreadedEngine(lambda: decoder, 8))


@pytest.fixture
def ask(client: Client, bearer: dict[str, str]) -> Iterator[Ask]:
    def post(messages: Any, **fields: Any) -> Any:
        return client.post(
            "/v1/chat/completions",
            data=json.dumps({"messages": messages, "max_tokens": 4, **fields}),
            content_type="application/json",
            headers=bearer,
        )

    serve()
    yield post
    set_engine(None)


@pytest.mark.parametrize("kind", [LocalDecoder, TransformersDecoder])
@pytest.mark.parametrize("n", [1, 2])
def test_a_prompt_that_was_cut_is_told(ask: Ask, kind: type[Any], n: int) -> None:
    serve(kind)
    response = ask(LONG, n=n)
    assert response.status_code == 200
    assert response["x-prompt-truncated"] == "true"
    body = response.json()
    assert body["prompt_truncated"] is True
    assert body["usage"]["prompt_tokens"] <= LIMIT
    response = ask(SHORT, n=n)
    assert "x-prompt-truncated" not in response
    assert response.json()["prompt_truncated"] is False


async def events(response: Any) -> list[dict[str, Any]]:
    text = b"".join([part async for part in response.streaming_content]).decode()
    lines = [line.removeprefix("data: ") for line in text.split("\n\n") if line.startswith("data")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


@pytest.mark.parametrize(("messages", "cut"), [(LONG, True), (SHORT, False)])
def test_a_stream_tells_it_in_its_headers_and_in_the_last_chunk_of_each_reply(
    ask: Ask, messages: Any, cut: bool
) -> None:
    from asgiref.sync import async_to_sync

    response = ask(messages, stream=True, n=2)
    assert response.status_code == 200
    assert response.get("x-prompt-truncated") == ("true" if cut else None)
    chunks = async_to_sync(events)(response)
    last = [each for each in chunks if each["choices"][0]["finish_reason"]]
    assert [each["prompt_truncated"] for each in last] == [cut, cut]
    assert not any("prompt_truncated" in each for each in chunks if each not in last)


@pytest.mark.parametrize("stream", [True, False])
def test_a_request_can_ask_for_an_error_instead(ask: Ask, stream: bool) -> None:
    response = ask(LONG, truncate=False, stream=stream)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["type"], error["param"], error["code"]) == (
        "invalid_request_error",
        "messages",
        "context_length_exceeded",
    )
    assert error["message"].startswith(f"This model's maximum context length is {LIMIT} tokens.")
    assert "your messages resulted in" in error["message"]
    assert ask(SHORT, truncate=False).status_code == 200
    assert ask(LONG, truncate=None).json()["prompt_truncated"] is True


def test_a_request_can_ask_for_truncation_where_the_server_refuses(ask: Ask) -> None:
    decoder = LocalDecoder(tiny.loaded(), max_input_tokens=LIMIT, truncate=False)
    set_engine(ThreadedEngine(lambda: decoder, 8))
    assert ask(LONG).status_code == 400
    assert ask(LONG, truncate=True).json()["prompt_truncated"] is True


def test_a_value_that_is_no_boolean_is_refused_by_name(ask: Ask) -> None:
    response = ask(SHORT, truncate="start")
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "truncate"


def test_a_template_that_takes_one_system_message_gets_one(ask: Ask) -> None:
    serve(template=STRICT)
    two = [
        {"role": "system", "content": "You teach class 3b."},
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Tell me of a dog."},
    ]
    joined = [{"role": "system", "content": "You teach class 3b.\n\nBe short."}, two[2]]
    first, second = (ask(messages, temperature=0).json() for messages in (two, joined))
    assert first["choices"] == second["choices"]
    assert first["usage"] == second["usage"]


def test_a_role_that_the_template_refuses_is_named_by_its_place(ask: Ask) -> None:
    serve(template=STRICT)
    late = [
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Hi."},
        {"role": "system", "content": "Be short."},
    ]
    for messages, field in ((late, "messages[0].role"), ([late[2], *late], "messages[1].role")):
        response = ask(messages)
        assert response.status_code == 400
        error = response.json()["error"]
        assert (error["param"], error["code"]) == (field, "invalid_value")
        assert error["message"].startswith(f"{field}: ")


def test_what_the_template_does_is_in_the_list_of_models(
    ask: Ask, client: Client, bearer: dict[str, str]
) -> None:
    assert ask(SHORT).status_code == 200
    assert client.get("/v1/models", headers=bearer).json()["data"][0]["notes"] == []
    serve(template=STRICT)
    ask(SHORT)
    notes = client.get("/v1/models", headers=bearer).json()["data"][0]["notes"]
    assert len(notes) == 2
    assert "system" in notes[0]
    assert Serving("rows", 1).notes == ()


def test_the_responses_api_has_its_own_name_for_it(
    ask: Ask, client: Client, bearer: dict[str, str]
) -> None:
    def post(**fields: Any) -> Any:
        return client.post(
            "/v1/responses",
            data=json.dumps({"input": LONG, "max_output_tokens": 4, **fields}),
            content_type="application/json",
            headers=bearer,
        )

    for fields in ({}, {"truncation": "auto"}):
        response = post(**fields)
        assert response["x-prompt-truncated"] == "true"
        body = response.json()
        assert (body["prompt_truncated"], body["truncation"]) == (True, "auto")
    response = post(truncation="disabled")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "context_length_exceeded"
    assert post(truncate=False).json()["error"]["param"] == "truncate"


def test_a_text_to_continue_follows_the_same_rules(client: Client, bearer: dict[str, str]) -> None:
    def post(**fields: Any) -> Any:
        return client.post(
            "/v1/completions",
            data=json.dumps({"prompt": "la casa " * 100, "max_tokens": 4, **fields}),
            content_type="application/json",
            headers=bearer,
        )

    serve(LocalDecoder)
    response = post()
    assert response.status_code == 200
    assert response["x-prompt-truncated"] == "true"
    assert response.json()["prompt_truncated"] is True
    response = post(truncate=False)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["param"], error["code"]) == ("prompt", "context_length_exceeded")
    response = post(prompt="la casa")
    assert "x-prompt-truncated" not in response
    assert response.json()["prompt_truncated"] is False
