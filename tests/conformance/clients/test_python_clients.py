"""Python clients of other projects against the real server and the real engine.

Each gets the text that OpenAI's client gets: with the fields of a list, and with the name of an
alias alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conformance.clients.environments import program, run, run_script
from tests.conformance.server import KEYS, Server
from tests.conformance.web import ALIASES, DEFAULTS, WORDS
from tests.docs.curl import PRINTED_ADDRESS
from tests.docs.markdown import ROOT, blocks

pytestmark = pytest.mark.process

MODEL = "SmolLM2-135M-Instruct"
PROMPT = "hola"
FIELDS = {"vocab_lang": "es", **DEFAULTS}
MAX_TOKENS = FIELDS.pop("max_tokens")


@dataclass(frozen=True)
class Client:
    """api: What it calls.  kind: Of a script that can make several kinds of models."""

    environment: str
    script: str
    api: str = "chat"
    kind: str = ""


CLIENTS = {
    "LangChain": Client("openai_3", "langchain_chat.py"),
    "LiteLLM": Client("openai_3", "litellm_completion.py"),
    "Pydantic AI": Client("openai_3", "pydantic_ai_agent.py", kind="chat"),
    "Pydantic AI responses": Client("openai_3", "pydantic_ai_agent.py", "responses", "responses"),
    "LlamaIndex": Client("openai_2", "llama_index_llm.py", "completions", "OpenAILike"),
    "LlamaIndex chat": Client("openai_2", "llama_index_llm.py", kind="OpenAILike chat"),
    "LlamaIndex OpenAI": Client("openai_2", "llama_index_llm.py", kind="OpenAI"),
}


def expected(server: Server, api: str) -> tuple[str, int]:
    """The text that OpenAI's client gets, and its number of tokens."""
    with server.client(timeout=120) as client:
        if api == "responses":
            response = client.responses.create(model=ALIASES[0], input=PROMPT)
            assert response.usage is not None
            return response.output_text, response.usage.output_tokens
        if api == "completions":
            completion = client.completions.create(model=ALIASES[0], prompt=PROMPT)
            assert completion.usage is not None
            return completion.choices[0].text, completion.usage.completion_tokens
        chat = client.chat.completions.create(
            model=ALIASES[0], messages=[{"role": "user", "content": PROMPT}]
        )
        assert chat.usage is not None
        return chat.choices[0].message.content or "", chat.usage.completion_tokens


def check_words(text: str) -> None:
    assert len(text) > 10
    bare = text.lower().replace("(s)", "")  # "una(s)" is a plural
    words = "".join(each if each.isalpha() else " " for each in bare).split()
    assert set(words) <= set(WORDS)


# LlamaIndex's `OpenAI` refuses the name of the model itself.
@pytest.mark.parametrize(
    ("name", "by"),
    [
        (name, by)
        for name, client in CLIENTS.items()
        for by in ("fields", "alias")
        if client.kind != "OpenAI" or by == "alias"
    ],
)
def test_a_client_gets_the_text_whole_and_in_pieces(real: Server, name: str, by: str) -> None:
    client = CLIENTS[name]
    alias = ALIASES[client.kind == "OpenAI"]
    found = run_script(
        client.environment,
        client.script,
        {
            "base_url": f"{real.url}/v1",
            "key": KEYS[0],
            "prompt": PROMPT,
            "kind": client.kind,
            "model": MODEL if by == "fields" else alias,
            "fields": FIELDS if by == "fields" else {},
            "max_tokens": MAX_TOKENS if by == "fields" else None,
            "temperature": FIELDS["temperature"],  # LlamaIndex always sends one
        },
    )
    text, tokens = expected(real, client.api)
    check_words(text)
    assert set(found["texts"]) == {text}
    assert found["streamed"] == text
    assert set(found["tokens"]) == {tokens}
    assert found["finish"] in ("stop", "length")


def test_llm_writes_with_an_alias_after_the_lines_of_the_documentation(
    real: Server, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    models = next(block.text for block in blocks(page) if "api_key_name" in block.text)
    assert f"model_id: {ALIASES[0]}\n" in models
    (tmp_path / "extra-openai-models.yaml").write_text(
        models.replace(PRINTED_ADDRESS, real.url), encoding="utf-8"
    )
    llm = program("openai_3", "llm")
    environment = {"LLM_USER_PATH": str(tmp_path)}
    run([llm, "keys", "set", "wordgen", "--value", KEYS[0]], **environment)
    text, _ = expected(real, "chat")
    check_words(text)
    for options in ([], ["--no-stream"]):
        assert run([llm, "-m", ALIASES[0], *options, PROMPT], **environment) == f"{text}\n"
