"""Server-sent events as bytes on the connection, and as the client reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest

from tests.conformance.server import Server, ask, text_of

pytestmark = pytest.mark.process


@contextmanager
def raw(client: openai.OpenAI, body: dict[str, Any]) -> Iterator[Any]:
    """The response to a streamed request, read while it arrives."""
    with client._client.stream(
        "POST",
        f"{client.base_url}chat/completions",
        json={**body, "stream": True},
        headers={"Authorization": f"Bearer {client.api_key}"},
    ) as response:
        yield response


def events_of(text: str) -> list[Any]:
    assert text.endswith("\n\n")
    events = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        assert block.startswith("data: ")
        assert "\n" not in block
        data = block.removeprefix("data: ")
        events.append(data if data == "[DONE]" else json.loads(data))
    return events


@pytest.mark.parametrize("usage", [True, False])
@pytest.mark.parametrize("n", [1, 3])
def test_the_sequence_of_events(client: openai.OpenAI, n: int, usage: bool) -> None:
    options = {"stream_options": {"include_usage": True}} if usage else {}
    with raw(client, {**ask("say uno dos"), "n": n, **options}) as response:
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["cache-control"] == "no-cache"
        assert response.headers["x-accel-buffering"] == "no"
        events = events_of(response.read().decode())

    assert events.pop() == "[DONE]"
    heads = [(each["id"], each["created"], each["model"], each["object"]) for each in events]
    assert len(set(heads)) == 1
    assert heads[0][3] == "chat.completion.chunk"
    if usage:
        last = events.pop()
        assert last["choices"] == []
        assert last["usage"] == {
            "prompt_tokens": 3,
            "completion_tokens": 2 * n,
            "total_tokens": 3 + 2 * n,
        }
    assert all(each.get("usage", "none") == (None if usage else "none") for each in events)

    choices = [choice for each in events for choice in each["choices"]]
    assert all(len(each["choices"]) == 1 for each in events)
    assert all(choice["logprobs"] is None for choice in choices)
    assert [choice["index"] for choice in choices[:n]] == list(range(n))
    for index in range(n):
        first, *middle, finish = [choice for choice in choices if choice["index"] == index]
        assert (first["delta"], first["finish_reason"]) == (
            {"role": "assistant", "content": ""},
            None,
        )
        assert all(set(choice["delta"]) == {"content"} for choice in middle)
        assert all(choice["finish_reason"] is None for choice in middle)
        assert "".join(choice["delta"]["content"] for choice in middle) == "uno dos"
        assert (finish["delta"], finish["finish_reason"]) == ({}, "stop")


def test_a_list_and_its_report_come_with_each_finish(client: openai.OpenAI) -> None:
    with raw(client, {**ask("say la casa blanca"), "n": 2, "vocab_lang": "es"}) as response:
        events = events_of(response.read().decode())[:-1]
    finished = [each for each in events if each["choices"][0]["finish_reason"]]
    assert len(finished) == 2
    for each in finished:
        assert each["wordlist"]["slug"] == "es"
        assert each["vocab_report"] == {
            "words": 3,
            "distinct_words": 3,
            "out_of_list": ["blanca"],
            "no_words": False,
            "out_of_style": [],
            "word_parts": 0,
        }
    assert all("vocab_report" not in each for each in events if each not in finished)


def test_a_queued_stream_gets_keep_alive_comments(puppet: Server, client: openai.OpenAI) -> None:
    with client.chat.completions.create(**ask("hold"), stream=True, n=4) as holding:
        with raw(client, ask("say after all")) as response:
            assert response.status_code == 200
            lines = response.iter_lines()
            head = [next(lines) for _ in range(4)]
            assert json.loads(head[0].removeprefix("data: "))["choices"][0]["delta"]["role"]
            assert head[1:] == ["", ": keep-alive", ""]
            holding.close()
            rest = [line for line in lines if line and not line.startswith(":")]
        assert rest[-1] == "data: [DONE]"
    # The client ignores the comments.
    with client.chat.completions.create(**ask("hold"), stream=True, n=4) as holding:
        stream = client.chat.completions.create(**ask("say after all"), stream=True)
        holding.close()
        assert text_of(list(stream)) == "after all"


def test_an_error_event_is_followed_by_the_end(puppet: Server, client: openai.OpenAI) -> None:
    with raw(client, ask("break later")) as response:
        parts = []
        for part in response.iter_text():
            parts.append(part)
            if "soon" in part:
                puppet.get("fail-now")
    error, done = events_of("".join(parts))[-2:]
    assert error == {
        "error": {"message": "It broke later.", "type": "server_error", "param": None, "code": None}
    }
    assert done == "[DONE]"


@pytest.mark.parametrize("n", [1, 4])
def test_the_client_reads_the_choices_side_by_side(client: openai.OpenAI, n: int) -> None:
    chunks = list(
        client.chat.completions.create(
            **ask("say uno dos tres"), n=n, stream=True, stream_options={"include_usage": True}
        )
    )
    for index in range(n):
        assert text_of(chunks, index) == "uno dos tres"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 3 * n


def test_the_clients_own_accumulation_of_a_stream_works(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(**ask("say uno dos"), n=2) as stream:
        final = stream.get_final_completion()
    assert [choice.message.content for choice in final.choices] == ["uno dos"] * 2
    assert [choice.finish_reason for choice in final.choices] == ["stop"] * 2
