"""The fields of a request for a response, and the error for each wrong one."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from generation.engine.scripted import ScriptedDecoder
from generation.openai.responses.serializers import NOT_IN_RESPONSES, ResponsesSerializer
from generation.openai.serializers import ChatSerializer
from tests.generation.api.test_chat_api import error_of, post
from tests.generation.api.test_responses_api import HELLO, URL

pytestmark = pytest.mark.django_db

HARMLESS: dict[str, Any] = {
    "background": False,
    "include": ["reasoning.encrypted_content", "web_search_call.action.sources"],
    "max_tool_calls": 3,
    "metadata": {"class": "7b"},
    "parallel_tool_calls": True,
    "prompt_cache_key": "k",
    "prompt_cache_retention": "24h",
    "reasoning": {"effort": "low", "summary": "auto", "context": "auto"},
    "safety_identifier": "s",
    "service_tier": "flex",
    "store": True,
    "text": {"format": {"type": "text"}, "verbosity": "low"},
    "tool_choice": "auto",
    "tools": [
        {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True},
        {"type": "web_search"},
    ],
    "truncation": "auto",
    "user": "u",
}
NULL = ("previous_response_id", "conversation", "prompt", "moderation", "instructions", "seed")
PART = {"type": "input_text", "text": "Hello"}


def test_fields_without_effect_are_accepted(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    for body in (
        {**HELLO, **HARMLESS},
        {**HELLO, **dict.fromkeys((*HARMLESS, *NULL))},
        {**HELLO, "tool_choice": "none", "tools": []},
        HELLO,
    ):
        response = post(client, bearer, body, URL)
        assert response.status_code == 200, response.json()
        assert response.json()["tools"] == []
    first, *others = scripted.history
    assert len(others) == 3
    assert all(
        (each.sampling, each.messages) == (first.sampling, first.messages) for each in others
    )


def message(**changed: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": "Hello"}, {"role": "user", "content": [PART], **changed}]


@pytest.mark.parametrize(
    ("value", "param", "code"),
    [
        (None, "input", "missing_required_parameter"),
        (5, "input", "invalid_type"),
        ({"role": "user", "content": "Hello"}, "input", "invalid_type"),
        ([], "input", "empty_array"),
        ([{"type": "reasoning", "summary": []}], "input", "empty_array"),
        ("a\x00b", "input", "invalid_value"),
        ("a" * (settings.MAX_MESSAGE_CHARS + 1), "input", "string_above_max_length"),
        (["Hello"], "input[0]", "invalid_type"),
        (message(role="tool"), "input[1].role", "invalid_value"),
        (message(role=None), "input[1].role", "missing_required_parameter"),
        (message(content=None), "input[1].content", "missing_required_parameter"),
        (message(content=[]), "input[1].content", "empty_array"),
        (message(content=[PART, 5]), "input[1].content", "invalid_type"),
        (message(content=[{"type": "text", "text": "x"}]), "input[1].content", "unsupported_value"),
        (message(content=[{"type": "input_image"}]), "input[1].content", "unsupported_value"),
        (message(content=[{"type": "input_text"}]), "input[1].content", "invalid_type"),
        (message(colour="red"), "input[1].colour", "unknown_parameter"),
        (message(type="item_reference"), "input[1].type", "unsupported_value"),
        (message(type="function_call"), "input[1].type", "unsupported_value"),
        (message(type="function_call_output"), "input[1].type", "unsupported_value"),
        (message(type="web_search_call"), "input[1].type", "unsupported_value"),
        (message(type=["message"]), "input[1].type", "unsupported_value"),
    ],
)
def test_a_wrong_input_is_named_by_its_path(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    value: Any,
    param: str,
    code: str,
) -> None:
    response = post(client, bearer, {"input": value}, URL)
    assert response.status_code == 400
    error = error_of(response)
    assert (error["param"], error["code"]) == (param, code)
    assert error["message"].startswith(f"{param}: ")
    assert scripted.history == []


def test_an_input_has_a_maximum_of_items(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    item = {"role": "user", "content": "x"}
    body = {"input": [item] * (settings.MAX_MESSAGES + 1)}
    error = error_of(post(client, bearer, body, URL))
    assert error["param"] == "input"
    assert str(settings.MAX_MESSAGES) in error["message"]


def test_a_reference_is_told_to_send_the_message(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    error = error_of(post(client, bearer, {"input": message(type="item_reference")}, URL))
    assert "Nothing is stored here" in error["message"]
    assert "store: false" in error["message"]


@pytest.mark.parametrize(
    ("wrong", "param", "code"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id", "unsupported_parameter"),
        ({"conversation": "conv_1"}, "conversation", "unsupported_parameter"),
        ({"prompt": {"id": "pmpt_1"}}, "prompt", "unsupported_parameter"),
        ({"background": True}, "background", "unsupported_value"),
        ({"context_management": [{"type": "compaction"}]}, "context_management", None),
        ({"moderation": {"model": "m"}}, "moderation", None),
        ({"text": {"format": {"type": "json_object"}}}, "text.format.type", "unsupported_value"),
        (
            {"text": {"format": {"type": "json_schema", "name": "n", "schema": {}}}},
            "text.format.type",
            "unsupported_value",
        ),
        ({"tool_choice": "required"}, "tool_choice", "unsupported_value"),
        ({"tool_choice": {"type": "function", "name": "f"}}, "tool_choice", "unsupported_value"),
        ({"tools": {"type": "function"}}, "tools", "invalid_type"),
        ({"include": ["message.colour"]}, "include[0]", "invalid_value"),
        ({"reasoning": {"colour": "red"}}, "reasoning.colour", "unknown_parameter"),
        ({"max_output_tokens": 0}, "max_output_tokens", "integer_below_min_value"),
        ({"top_logprobs": 21}, "top_logprobs", "integer_above_max_value"),
        ({"top_logprobs": 2, "num_beams": 2}, "top_logprobs", "unsupported_value"),
        (
            {"include": ["message.output_text.logprobs"], "num_beams": 2},
            "include",
            "unsupported_value",
        ),
        ({"metadata": ["a"]}, "metadata", "invalid_type"),
        ({"instructions": ["x"]}, "instructions", "invalid_type"),
        ({"instructions": "\ud800"}, "instructions", "invalid_value"),
        ({"temperature": 9}, "temperature", "decimal_above_max_value"),
        ({"truncation": "sometimes"}, "truncation", "invalid_value"),
        ({"stream_options": {"include_obfuscation": True}}, "stream_options", "invalid_value"),
        ({"n": 2}, "n", "unsupported_parameter"),
        ({"best_of": 2}, "best_of", "unsupported_value"),
        ({"vocab_n_word": 3}, "vocab_n_word", "unknown_parameter"),
        ({"vocab_n_words": 3}, "vocab_n_words", "invalid_value"),
        ({"vocab_constraint_mode": "soft"}, "vocab_constraint_mode", "unsupported_value"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    wrong: dict[str, Any],
    param: str,
    code: str | None,
) -> None:
    response = post(client, bearer, {**HELLO, **wrong}, URL)
    assert response.status_code == 400, response.json()
    error = error_of(response)
    assert error["param"] == param
    assert error["code"] == (code or "unsupported_parameter")
    assert error["message"].startswith(f"{param}: ")
    assert scripted.history == []


@pytest.mark.parametrize(
    ("chat_field", "value", "name"),
    [
        ("messages", [{"role": "user", "content": "Hi"}], "input"),
        ("max_tokens", 5, "max_output_tokens"),
        ("max_completion_tokens", 5, "max_output_tokens"),
        ("response_format", {"type": "text"}, "text.format"),
        ("reasoning_effort", "low", "reasoning.effort"),
        ("logprobs", True, "include"),
    ],
)
def test_a_field_of_a_chat_request_is_answered_with_its_name_here(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    chat_field: str,
    value: Any,
    name: str,
) -> None:
    error = error_of(post(client, bearer, {**HELLO, chat_field: value}, URL))
    assert (error["param"], error["code"]) == (chat_field, "unsupported_parameter")
    assert name in error["message"]


def test_every_field_of_a_chat_request_is_here_or_has_another_name() -> None:
    ours = ResponsesSerializer().fields
    assert set(ChatSerializer().fields) - set(ours) == NOT_IN_RESPONSES
    assert {"vocab_lang", "temperature", "seed", "stream", "metadata"} < set(ours)


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"model": "gpt-9"}, "model", "model_not_found"),
        ({"vocab_lang": "xx"}, "vocab_lang", "wordlist_not_found"),
    ],
)
def test_missing_objects_are_not_found(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    change: dict[str, Any],
    param: str,
    code: str,
) -> None:
    response = post(client, bearer, {**HELLO, **change}, URL)
    assert response.status_code == 404
    error = error_of(response)
    assert (error["param"], error["code"]) == (param, code)
