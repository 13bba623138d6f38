"""The requests that n8n's nodes for OpenAI make with their default settings, on the real engine."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.clients.environments import run_node
from tests.conformance.server import Server
from tests.conformance.web import ALIASES

pytestmark = pytest.mark.process

# n8n's model node is this version of LangChain.
PACKAGES = ("@langchain/openai@1.4.4", "@langchain/core@1.1.39")


@pytest.fixture(scope="module")
def found(real: Server) -> dict[str, Any]:
    """The output of `n8n.mjs`."""
    return run_node("n8n.mjs", PACKAGES, real)


@pytest.fixture(scope="module")
def expected(real: Server) -> tuple[str, int]:
    """The text that OpenAI's client gets, and its number of tokens."""
    with real.client(timeout=120) as client:
        response = client.responses.create(model=ALIASES[0], input="hola")
    assert response.usage is not None
    assert len(response.output_text) > 10
    return response.output_text, response.usage.output_tokens


def test_the_model_node(found: dict[str, Any], expected: tuple[str, int]) -> None:
    assert (found["text"], found["tokens"]) == expected
    assert found["streamed"] == expected[0]


def test_an_agent_with_tools_gets_a_text(found: dict[str, Any], expected: tuple[str, int]) -> None:
    assert found["tools"] == expected[0]
    assert found["second"]  # a random model may stop after a word


def test_the_node_that_sends_a_message(found: dict[str, Any], expected: tuple[str, int]) -> None:
    assert found["node"] == {"status": 200, "text": expected[0]}
