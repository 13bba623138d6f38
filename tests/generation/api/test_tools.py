"""Tools in a chat request: none is called, and earlier calls are part of the conversation."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from generation.engine.contract import InvalidPrompt, Message, ToolCall
from generation.engine.scripted import ScriptedDecoder
from tests.batches.api_client import Api, line
from tests.generation.api.test_chat_api import HELLO, error_of, post

pytestmark = pytest.mark.django_db

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
NAMED = {"type": "function", "function": {"name": "f"}}
ALLOWED = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [NAMED]}}
USER = {"role": "user", "content": "What is 2 + 2?"}
CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 2}'}}
CALLS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "4"}]}
OLD_CALL = {"role": "assistant", "function_call": {"name": "add", "arguments": ""}}
OLD_RESULT = {"role": "function", "name": "add", "content": "4"}


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [TOOL]},
        {"tools": [TOOL] * 128, "tool_choice": "auto", "parallel_tool_calls": True},
        {"tools": [TOOL], "tool_choice": "none"},
        {"tools": [TOOL], "tool_choice": ALLOWED},
        {"functions": [TOOL["function"]], "function_call": "auto"},
        {"functions": [TOOL["function"]], "function_call": "none"},
    ],
)
def test_with_tools_the_reply_has_no_call(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, fields: dict[str, Any]
) -> None:
    scripted.enqueue(["Four."], ["Four."])
    body = post(client, bearer, {**HELLO, **fields}).json()
    assert body["choices"][0]["message"] == {
        "role": "assistant",
        "content": "Four.",
        "refusal": None,
    }
    assert body["choices"][0]["finish_reason"] == "stop"
    assert post(client, bearer, HELLO).status_code == 200
    assert scripted.history[0] == scripted.history[1]


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"tools": [TOOL], "tool_choice": "required"}, "tool_choice", "unsupported_value"),
        ({"tools": [TOOL], "tool_choice": NAMED}, "tool_choice", "unsupported_value"),
        (
            {"tool_choice": {**ALLOWED, "allowed_tools": {"mode": "required"}}},
            "tool_choice",
            "unsupported_value",
        ),
        ({"tool_choice": "sometimes"}, "tool_choice", "invalid_type"),
        ({"function_call": {"name": "f"}}, "function_call", "unsupported_value"),
        ({"tools": "f"}, "tools", "invalid_type"),
        ({"tools": ["f"]}, "tools[0]", "invalid_type"),
        ({"tools": [TOOL] * 129}, "tools", "array_above_max_length"),
        ({"messages": [{**USER, "tool_calls": [CALL]}]}, "messages[0].tool_calls", "invalid_value"),
        ({"messages": [USER, RESULT]}, "messages[1].role", "invalid_value"),
        ({"messages": [USER, CALLS, USER, RESULT]}, "messages[3].role", "invalid_value"),
        (
            {"messages": [USER, CALLS, {**RESULT, "tool_call_id": "c2"}]},
            "messages[2].role",
            "invalid_value",
        ),
        (
            {"messages": [USER, CALLS, {"role": "tool", "content": "4"}]},
            "messages[2].tool_call_id",
            "missing_required_parameter",
        ),
        (
            {"messages": [USER, OLD_CALL, {"role": "function", "content": "4"}]},
            "messages[2].name",
            "missing_required_parameter",
        ),
        (
            {"messages": [USER, {"role": "assistant", "content": None, "tool_calls": []}]},
            "messages[1].content",
            "missing_required_parameter",
        ),
        (
            {"messages": [{**CALLS, "tool_calls": [{**CALL, "function": {"name": "add"}}]}]},
            "messages[0].tool_calls[0].function.arguments",
            "missing_required_parameter",
        ),
        (
            {"messages": [{**OLD_CALL, "function_call": {"name": "add", "arguments": "[1]"}}]},
            "messages[0].function_call.arguments",
            "invalid_value",
        ),
        (
            {"messages": [{**CALLS, "tool_calls": [{**CALL, "type": "custom"}]}]},
            "messages[0].tool_calls[0].type",
            "invalid_value",
        ),
        (
            {"messages": [{**CALLS, "tool_calls": [CALL] * 129}]},
            "messages[0].tool_calls",
            "array_above_max_length",
        ),
    ],
)
def test_what_needs_a_call_or_is_wrong_is_refused_by_name(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    fields: dict[str, Any],
    param: str,
    code: str,
) -> None:
    response = post(client, bearer, {**HELLO, **fields})
    assert response.status_code == 400
    error = error_of(response)
    assert (error["param"], error["code"]) == (param, code)
    assert scripted.history == []


EXPECTED = [
    Message("user", "What is 2 + 2?"),
    Message("assistant", "", (ToolCall("c1", "add", '{"a": 2}'),)),
    Message("tool", "4", tool_call_id="c1", tool_name="add"),
]


def test_calls_and_results_reach_the_engine(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    turns = [USER, CALLS, RESULT, {"role": "developer", "content": "Be brief."}]
    assert post(client, bearer, {"messages": turns}).status_code == 200
    sent = scripted.history[0].messages
    assert list(sent) == [*EXPECTED, Message("system", "Be brief.")]
    assert [each.position for each in sent] == [0, 1, 2, 3]
    assert post(client, bearer, {"messages": [USER, OLD_CALL, OLD_RESULT]}).status_code == 200
    assert list(scripted.history[1].messages) == [
        EXPECTED[0],
        Message("assistant", "", (ToolCall("add", "add", "{}"),)),
        Message("tool", "4", tool_call_id="add", tool_name="add"),
    ]


def test_a_template_without_calls_is_an_error_of_the_role(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(InvalidPrompt("messages[1].role: no", "messages[1].role"))
    response = post(client, bearer, {"messages": [USER, CALLS, RESULT]})
    assert response.status_code == 400
    error = error_of(response)
    assert (error["param"], error["code"]) == ("messages[1].role", "invalid_value")


def test_a_batch_may_have_calls_and_results_too(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    turns = [USER, CALLS, RESULT]
    api = Api(client, bearer)
    batch = api.run(line("a", messages=turns, tools=[TOOL], tool_choice="auto"))
    assert batch["request_counts"] == {"total": 1, "completed": 1, "failed": 0}
    assert list(scripted.history[0].messages) == EXPECTED
    [failed] = api.lines(api.run(line("a", messages=[USER, RESULT]))["error_file_id"])
    assert failed["response"]["status_code"] == 400
    assert failed["response"]["body"]["error"]["param"] == "messages[1].role"
