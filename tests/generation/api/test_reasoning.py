"""Models that think first: the thought is hidden or returned, and the list binds the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from generation.chat.phases import SPARE_TOKENS
from generation.engine.contract import Message
from generation.engine.scripted import ScriptedDecoder
from generation.serving.model_tokenizer import message_ids
from tests.batches.api_client import Api, content_of, line
from tests.generation.aliases.client import error_of
from tests.generation.engine.test_thinking import TAGS, _with_tags

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spanish")]

USER = {"role": "user", "content": "¿Qué tal?"}
THINK = {"chat_template_kwargs": {"enable_thinking": True}}
ASKED: dict[str, Any] = {"messages": [USER], "vocab_lang": "es", "vocab_tell_model": False}
HELD: dict[str, Any] = {**ASKED, **THINK}

Post = Callable[..., Any]


def test_the_thought_is_free_and_hidden_and_the_answer_follows_it(
    post: Post, scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["Let ", "me ", "think.\n"], ["hola ", "mundo"])
    response = post(**HELD, seed=4, max_tokens=30, thinking_token_budget=100, stop="me", min_p=0.1)
    assert response.status_code == 200, response.content
    thought, answer = scripted.history
    assert (thought.thinking, thought.vocabulary) == ("open", None)
    assert thought.messages == answer.messages == (Message("user", "¿Qué tal?"),)
    assert (thought.sampling.max_tokens, thought.sampling.stop) == (100, ())
    assert (thought.sampling.seed, thought.sampling.min_p) == (4, 0.1)
    assert (thought.reserve, answer.added) == (30 + SPARE_TOKENS, 100 + SPARE_TOKENS)
    assert (answer.thinking, answer.thought) == ("done", "Let me think.")
    assert answer.vocabulary is not None
    assert (answer.sampling.max_tokens, answer.sampling.stop) == (30, ("me",))
    body = response.json()
    assert body["choices"][0]["message"] == {
        "role": "assistant",
        "content": "hola mundo",
        "refusal": None,
    }
    assert body["usage"] == {
        "prompt_tokens": 2,
        "completion_tokens": 5,
        "total_tokens": 7,
        "completion_tokens_details": {"reasoning_tokens": 3, "draft_tokens": 0},
    }
    assert body["vocab_report"]["words"] == 2


def test_the_thought_is_returned_if_it_is_asked_for(post: Post, scripted: ScriptedDecoder) -> None:
    scripted.enqueue(["Hm."], ["hola"])
    message = post(**HELD, include_reasoning=True).json()["choices"][0]["message"]
    assert (message["reasoning_content"], message["content"]) == ("Hm.", "hola")
    # It may be sent back, and is no part of the conversation.
    scripted.enqueue(["hola"])
    assert post(messages=[USER, message, USER]).status_code == 200
    assert [each.content for each in scripted.history[-1].messages] == [
        "¿Qué tal?",
        "hola",
        "¿Qué tal?",
    ]


@pytest.mark.parametrize("shown", [True, False])
def test_a_stream_has_the_thought_before_the_answer_or_not_at_all(
    post: Post, scripted: ScriptedDecoder, shown: bool
) -> None:
    scripted.enqueue(["Let ", "me ", "think."], ["hola ", "mundo"])
    fields = {**HELD, "include_reasoning": shown, "stream_options": {"include_usage": True}}
    text = content_of(post(**fields, stream=True)).decode()
    events = [json.loads(each[6:]) for each in text.split("\n\n") if each.startswith("data: {")]
    deltas = [choice["delta"] for event in events for choice in event["choices"]]
    thought = "".join(each.get("reasoning_content", "") for each in deltas)
    assert thought == ("Let me think." if shown else "")
    assert "".join(each.get("content", "") for each in deltas) == "hola mundo"
    kinds = [next(iter(each)) for each in deltas if each and each.get("content") != ""]
    assert kinds == sorted(kinds, reverse=True)  # reasoning_content, then content
    assert events[-1]["usage"]["completion_tokens_details"]["reasoning_tokens"] == 3


def test_without_a_list_the_thought_is_split_all_the_same(
    post: Post, scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["Hm."], ["Good ", "day."])
    body = post(messages=[USER], **THINK).json()
    assert body["choices"][0]["message"]["content"] == "Good day."
    assert [request.thinking for request in scripted.history] == ["open", "done"]


SWITCHES: list[tuple[bool, dict[str, Any], list[str]]] = [
    (False, {}, ["off"]),
    (True, {}, ["open", "done"]),
    (True, {"chat_template_kwargs": {}}, ["open", "done"]),
    (True, {"chat_template_kwargs": {"enable_thinking": False}}, ["off"]),
    (True, {"thinking_token_budget": 0}, ["off"]),
    (False, {"chat_template_kwargs": {"thinking": True}}, ["open", "done"]),
    (False, {"include_reasoning": True}, ["off"]),
]


@pytest.mark.parametrize(("setting", "fields", "expected"), SWITCHES)
def test_the_request_goes_before_the_servers_setting(
    post: Post,
    scripted: ScriptedDecoder,
    settings: Any,
    setting: bool,
    fields: dict[str, Any],
    expected: list[str],
) -> None:
    settings.ENABLE_THINKING = setting
    assert post(**ASKED, **fields).status_code == 200
    assert [request.thinking for request in scripted.history] == expected


def test_the_budget_has_a_default_and_a_limit(
    post: Post, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.MAX_THINKING_TOKENS = 50
    for budget in (None, 7, 1000):
        assert post(**HELD, thinking_token_budget=budget).status_code == 200
    budgets = [each.sampling.max_tokens for each in scripted.history if each.thinking == "open"]
    assert budgets == [50, 7, 50]


def test_a_draft_comes_after_the_thought(post: Post, scripted: ScriptedDecoder) -> None:
    scripted.enqueue(["Hm."], ["Muy ", "bien."], ["hola"])
    body = post(**HELD, vocab_draft=True).json()
    thought, draft, answer = scripted.history
    assert [each.thinking for each in (thought, draft, answer)] == ["open", "done", "off"]
    assert (draft.thought, draft.vocabulary) == ("Hm.", None)
    assert answer.messages[1] == Message("assistant", "Muy bien.")
    details = {"reasoning_tokens": 1, "draft_tokens": 2}
    assert body["usage"]["completion_tokens_details"] == details
    assert body["choices"][0]["message"]["content"] == "hola"


def test_a_response_counts_its_thought(post: Post, scripted: ScriptedDecoder) -> None:
    scripted.enqueue(["Hm ", "hm."], ["hola"])
    body = post("/v1/responses", input="Hola", vocab_lang="es", **THINK).json()
    assert body["output"][0]["content"][0]["text"] == "hola"
    assert body["usage"]["output_tokens_details"] == {"reasoning_tokens": 2}
    assert body["usage"]["output_tokens"] == 3


def test_a_line_of_a_batch_may_have_a_thought(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["Hm."], ["hola"])
    api = Api(client, bearer)
    batch = api.run(line("a", **HELD, include_reasoning=True))
    [answer] = api.lines(batch["output_file_id"])
    message = answer["response"]["body"]["choices"][0]["message"]
    assert (message["reasoning_content"], message["content"]) == ("Hm.", "hola")


@pytest.mark.parametrize(
    ("url", "change", "param"),
    [
        ("/v1/chat/completions", {**ASKED, "thinking_token_budget": 5}, "thinking_token_budget"),
        ("/v1/chat/completions", {**HELD, "thinking_token_budget": -1}, "thinking_token_budget"),
        ("/v1/chat/completions", {**HELD, "include_reasoning": "so"}, "include_reasoning"),
        (
            "/v1/chat/completions",
            {**ASKED, "chat_template_kwargs": {"enable_thinking": "on"}},
            "chat_template_kwargs.enable_thinking",
        ),
        (
            "/v1/chat/completions",
            {**ASKED, "chat_template_kwargs": {"enable_thinking": True, "thinking": False}},
            "chat_template_kwargs.thinking",
        ),
        (
            "/v1/chat/completions",
            {**ASKED, "chat_template_kwargs": {"date": "today"}},
            "chat_template_kwargs.date",
        ),
        ("/v1/responses", {"input": "Hola", "include_reasoning": True}, "include_reasoning"),
        ("/v1/completions", {"prompt": "Hola", **THINK}, "chat_template_kwargs"),
        ("/v1/completions", {"prompt": "Hola", "thinking_token_budget": 5}, None),
    ],
)
def test_it_is_refused_by_name(
    post: Post, scripted: ScriptedDecoder, url: str, change: dict[str, Any], param: str | None
) -> None:
    found = error_of(post(url, **change), 400)[0]
    assert found == (param or "thinking_token_budget")
    assert scripted.history == []


@pytest.mark.parametrize("thinks", [True, False])
def test_tokenize_counts_the_prompt_of_the_thought(
    post: Post, settings: Any, tmp_path: Any, thinks: bool
) -> None:
    _with_tags(TAGS).save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 512}')
    settings.MODEL_NAME = str(tmp_path)
    options = {"chat_template_kwargs": {"enable_thinking": thinks}}
    tokens = post("/v1/tokenize", messages=[USER], **options).json()["tokens"]
    asked = (Message("user", "¿Qué tal?"),)
    assert tokens == message_ids(asked, begin_answer=True, thinks=thinks)
    tag = _with_tags(TAGS).convert_tokens_to_ids("<think>")
    closed = _with_tags(TAGS).convert_tokens_to_ids("</think>")
    assert (tag in tokens, closed in tokens) == (True, not thinks)
