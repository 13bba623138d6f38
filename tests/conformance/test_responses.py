"""The Responses API with OpenAI's strict Python client, with the puppet and the real engine."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest
from openai.types.responses import Response

from tests.conformance.server import Server, ask

pytestmark = pytest.mark.process

MODEL = "SmolLM2-135M-Instruct"
LIST: dict[str, Any] = {"vocab_lang": "es"}
EVENTS = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
]


def say(*words: str, **fields: Any) -> dict[str, Any]:
    """The arguments of `responses.create` for a prompt."""
    return {"model": MODEL, "input": " ".join(words), **fields}


def text_of(events: list[Any]) -> str:
    return "".join(each.delta for each in events if each.type == "response.output_text.delta")


def test_a_response(client: openai.OpenAI) -> None:
    response = client.responses.create(
        **say("say uno dos"), instructions="Be brief.", metadata={"class": "7b"}, store=True
    )
    assert response.output_text == "uno dos"
    assert (response.status, response.error, response.model) == ("completed", None, MODEL)
    assert (response.instructions, response.metadata) == ("Be brief.", {"class": "7b"})
    assert response.usage is not None
    assert (response.usage.output_tokens, response.usage.total_tokens) == (2, 5)
    extra: Any = response.model_extra
    assert extra["store"] is False
    with pytest.raises(openai.NotFoundError, match="stores no responses"):
        client.responses.retrieve(response.id)
    with pytest.raises(openai.NotFoundError, match="stores no responses"):
        client.responses.delete(response.id)


def test_a_conversation_goes_on_with_the_output_of_the_first_response(
    client: openai.OpenAI,
) -> None:
    first = client.responses.create(**say("say uno"))
    again: list[Any] = [
        {"role": "user", "content": "say uno"},
        *(item.to_dict() for item in first.output),
        {"role": "user", "content": [{"type": "input_text", "text": "say dos"}]},
    ]
    assert client.responses.create(model=MODEL, input=again).output_text == "dos"


def test_a_reply_that_reaches_the_maximum_is_incomplete(client: openai.OpenAI) -> None:
    response = client.responses.create(**say("say uno dos tres"), max_output_tokens=2)
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.output_text == "uno dos"


def test_the_events_of_a_stream(client: openai.OpenAI) -> None:
    events: list[Any] = list(client.responses.create(**say("say uno dos"), stream=True))
    types = [event.type for event in events]
    deltas = types.count("response.output_text.delta")
    assert types == [*EVENTS[:4], *["response.output_text.delta"] * deltas, *EVENTS[4:], types[-1]]
    assert types[-1] == "response.completed"
    assert text_of(events) == events[-1].response.output_text == "uno dos"
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_the_clients_own_accumulation_of_a_stream_works(client: openai.OpenAI) -> None:
    with client.responses.stream(**say("say uno dos"), extra_body=LIST) as stream:
        for _ in stream:
            pass
        final = stream.get_final_response()
    assert final.output_text == "uno dos"
    extra: Any = final.model_extra
    assert extra["wordlist"]["slug"] == "es"
    assert extra["vocab_report"]["out_of_list"] == ["uno", "dos"]


def test_the_asynchronous_client(puppet: Server) -> None:
    async def both() -> tuple[Response, list[Any]]:
        async with puppet.async_client() as client:
            response = await client.responses.create(**say("say uno dos"))
            stream = await client.responses.create(**say("say uno dos"), stream=True)
            return response, [event async for event in stream]

    response, events = asyncio.run(both())
    assert response.output_text == text_of(events) == "uno dos"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"background": True}, "background"),
        ({"text": {"format": {"type": "json_object"}}}, "text.format.type"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0].type"),
        ({"extra_body": {"vocab_n_word": 3}}, "vocab_n_word"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_honoured_is_a_bad_request(
    client: openai.OpenAI, fields: dict[str, Any], param: str, stream: bool
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(**{**say("say x"), **fields}, stream=stream)
    assert refused.value.param == param


@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_before_any_text_is_an_error_with_a_status(
    client: openai.OpenAI, stream: bool
) -> None:
    with pytest.raises(openai.InternalServerError, match=r"It broke\."):
        client.responses.create(**say("break plainly"), stream=stream)
    with pytest.raises(openai.BadRequestError, match="maximum context length") as long:
        client.responses.create(**say("break long"), stream=stream)
    assert (long.value.param, long.value.code) == ("input", "context_length_exceeded")


def test_a_failure_in_the_middle_of_a_stream_is_an_api_error(
    puppet: Server, client: openai.OpenAI
) -> None:
    texts = []

    def read() -> None:
        for event in client.responses.create(**say("break later"), stream=True):
            if event.type == "response.output_text.delta":
                texts.append(event.delta)
                puppet.get("fail-now")

    with pytest.raises(openai.APIError, match=r"It broke later\.") as failed:
        read()
    assert failed.value.type == "server_error"
    assert texts == ["soon"]


def test_replies_count_for_the_key_and_a_stream_that_is_left_frees_its_place(
    puppet: Server, client: openai.OpenAI
) -> None:
    with client.responses.create(**say("hold"), stream=True) as held:
        for event in held:
            if event.type == "response.output_text.delta":
                break
        assert puppet.held()["replies"] == 1
        with (
            client.chat.completions.create(**ask("hold"), stream=True, n=4),
            pytest.raises(openai.RateLimitError, match=r"has 5 replies.* 2 more; at most 6"),
        ):
            client.chat.completions.create(**ask("say x"), n=2)
    puppet.wait_until(lambda now: not now["replies"] and not now["rows"])


# --- the real engine -----------------------------------------------------------------------------


@pytest.mark.parametrize("words", [{}, LIST])
@pytest.mark.parametrize("logprobs", [False, True])
def test_deltas_the_whole_response_and_the_chat_endpoint_have_the_same_text(
    real: Server, words: dict[str, Any], logprobs: bool
) -> None:
    body = {"seed": 7, "vocab_token_paths": "canonical", **words}
    options: dict[str, Any] = {"max_output_tokens": 40, "temperature": 1.0, "extra_body": body}
    chat_options: dict[str, Any] = {"max_tokens": 40, "temperature": 1.0, "extra_body": body}
    if logprobs:
        options |= {"include": ["message.output_text.logprobs"], "top_logprobs": 2}
        chat_options |= {"logprobs": True, "top_logprobs": 2}
    with real.client(timeout=120) as client:
        whole: Any = client.responses.create(**say("hola"), **options)
        events: list[Any] = list(client.responses.create(**say("hola"), **options, stream=True))
        chat = client.chat.completions.create(**ask("hola"), **chat_options)
    text = whole.output_text
    assert len(text) > 10
    assert text_of(events) == events[-1].response.output_text == text
    assert chat.choices[0].message.content == text
    assert chat.usage is not None
    assert (whole.usage.input_tokens, whole.usage.output_tokens) == (
        chat.usage.prompt_tokens,
        chat.usage.completion_tokens,
    )
    assert (
        whole.status == {"stop": "completed", "length": "incomplete"}[chat.choices[0].finish_reason]
    )
    if words:
        assert whole.model_extra["vocab_report"]["words"] > 0
        assert whole.model_extra["vocab_report"]["out_of_list"] == []
    tokens = whole.output[0].content[0].logprobs
    pieces = [
        token
        for event in events
        if event.type == "response.output_text.delta"
        for token in event.logprobs
    ]
    assert [token.token for token in tokens] == [token.token for token in pieces]
    assert bool(tokens) is logprobs
    if logprobs:
        assert chat.choices[0].logprobs is not None
        expected = chat.choices[0].logprobs.content or []
        assert [token.token for token in tokens] == [token.token for token in expected]
        assert [len(token.top_logprobs) for token in tokens] == [
            len(token.top_logprobs) for token in expected
        ]
