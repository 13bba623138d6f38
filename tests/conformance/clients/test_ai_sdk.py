"""The Vercel AI SDK against the real server.

Its provider for OpenAI uses the Responses API; the one for compatible servers uses chats and texts.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.clients.environments import run_node
from tests.conformance.server import Server

pytestmark = pytest.mark.process

PACKAGES = (
    "ai@6.0.326",
    "@ai-sdk/openai@3.0.141",
    "@ai-sdk/openai-compatible@2.0.92",
    "zod@4.1.13",
)


@pytest.fixture(scope="module")
def found(puppet: Server) -> dict[str, Any]:
    """The output of `ai_sdk.mjs`."""
    return run_node("ai_sdk.mjs", PACKAGES, puppet)


def test_a_text(found: dict[str, Any]) -> None:
    plain = found["plain"]
    assert (plain["text"], plain["finish"]) == ("uno dos", "stop")
    assert (plain["usage"]["inputTokens"], plain["usage"]["outputTokens"]) == (3, 2)
    assert plain["body"]["object"] == "response"
    assert found["cut"] == {"text": "uno dos", "finish": "length"}


def test_a_list_comes_from_added_fields_or_from_an_alias(found: dict[str, Any]) -> None:
    report = {
        "words": 2,
        "distinct_words": 2,
        "out_of_list": [],
        "no_words": False,
        "out_of_style": [],
        "word_parts": 0,
    }
    assert found["list"] == {"text": "la casa", "report": report}
    assert found["alias"] == {"text": "la casa", "report": report}


def test_a_stream(found: dict[str, Any]) -> None:
    assert "".join(found["pieces"]) == "uno dos"
    assert found["streamed"]["finish"] == "stop"
    assert found["streamed"]["usage"]["outputTokens"] == 2


def test_tools_are_answered_without_a_call(found: dict[str, Any]) -> None:
    assert found["tools"] == "uno"


def test_a_reference_to_a_stored_message_is_refused_and_messages_work(
    found: dict[str, Any],
) -> None:
    assert found["second"]["status"] == 400
    option = "providerOptions: { openai: { store: false } }"  # docs/clients.md has it too
    assert option in found["second"]["message"]
    assert found["unstored"] == "dos"


def test_the_provider_for_compatible_servers(found: dict[str, Any]) -> None:
    compatible = found["compatible"]
    assert compatible["text"] == compatible["streamed"] == "la casa"
    assert compatible["usage"] == [2, 2]
    assert compatible["report"] == {
        "words": 2,
        "distinct_words": 2,
        "out_of_list": [],
        "no_words": False,
        "out_of_style": [],
        "word_parts": 0,
    }
    assert compatible["turns"] == "dos"
    assert compatible["continued"] == "text_completion"


def test_errors(found: dict[str, Any]) -> None:
    assert found["json"]["status"] == 400
    assert "text.format.type" in found["json"]["message"]
    assert found["broken"] == {"status": 500, "message": "It broke."}
    assert found["later"] == ["It broke later."]
