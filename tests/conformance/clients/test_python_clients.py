"""LangChain, LiteLLM, Pydantic AI and LlamaIndex against the real server and the real engine."""

from __future__ import annotations

import re
from typing import Any

import openai
import pytest

from tests.conformance.clients.environments import run
from tests.conformance.server import KEYS, Server
from tests.conformance.web import WORDS

pytestmark = pytest.mark.process

MODEL = "SmolLM2-135M-Instruct"
PROMPT = "hola"
MAX_TOKENS = 40
# With a seed, the whole text and the streamed one are the same.
FIELDS = {"vocab_lang": "es", "vocab_token_paths": "canonical", "seed": 7, "temperature": 1.0}
CLIENTS = {
    "langchain": ("openai_3", "langchain_chat.py", "chat"),
    "litellm": ("openai_3", "litellm_completion.py", "chat"),
    "pydantic-ai": ("openai_3", "pydantic_ai_agent.py", "chat"),
    "pydantic-ai responses": ("openai_3", "pydantic_ai_agent.py", "responses"),
    "llama-index": ("openai_2", "llama_index_llm.py", "completions"),
    "llama-index chat": ("openai_2", "llama_index_llm.py", "chat"),
}


def expected(client: openai.OpenAI, api: str) -> tuple[str, int]:
    """The text that OpenAI's client gets, and its number of tokens."""
    limit: Any = {"max_output_tokens" if api == "responses" else "max_tokens": MAX_TOKENS}
    if api == "chat":
        messages: Any = [{"role": "user", "content": PROMPT}]
        chat = client.chat.completions.create(
            model=MODEL, messages=messages, extra_body=FIELDS, **limit
        )
        assert chat.usage is not None
        return chat.choices[0].message.content or "", chat.usage.completion_tokens
    if api == "responses":
        response = client.responses.create(model=MODEL, input=PROMPT, extra_body=FIELDS, **limit)
        assert response.usage is not None
        return response.output_text, response.usage.output_tokens
    text = client.completions.create(model=MODEL, prompt=PROMPT, extra_body=FIELDS, **limit)
    assert text.usage is not None
    return text.choices[0].text, text.usage.completion_tokens


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_gets_the_text_whole_and_in_pieces(real: Server, name: str) -> None:
    environment, script, api = CLIENTS[name]
    request = {
        "base_url": f"{real.url}/v1",
        "key": KEYS[0],
        "model": MODEL,
        "prompt": PROMPT,
        "max_tokens": MAX_TOKENS,
        "api": api,
        "fields": FIELDS,
    }
    found = run(environment, script, request)
    with real.client(timeout=120) as client:
        text, tokens = expected(client, api)
    assert len(text) > 10
    assert set(found["texts"]) == {text}
    assert found["streamed"] == text
    assert set(found["tokens"]) == {tokens}
    assert found["finish"] in ("stop", "length")
    words = re.findall(r"[^\W\d_]+", text.lower().replace("(s)", ""))  # "una(s)" is a plural
    assert set(words) <= set(WORDS)
