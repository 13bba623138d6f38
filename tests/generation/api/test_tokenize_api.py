"""/tokenize and /detokenize give the tokens of the engine's prompt, without loading the model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from generation.engine.contract import Message
from generation.engine.processors.chat_template import ChatTemplate
from generation.engine.processors.prompt import build_prompt
from generation.serving.engine_provider import engine_health, set_engine
from tests.generation.engine import tiny

TEXTS = ["", "hola", " la casa", "¿Qué es la casa?\n", "猫 and ñandú", "<|end|>", "e\u0301\u200d"]
MESSAGES = [
    {"role": "user", "content": "¿Qué es la casa?"},
    {"role": "developer", "content": "Be brief."},
    {"role": "assistant", "content": [{"type": "text", "text": "Una casa."}]},
]


@pytest.fixture(autouse=True)
def model_folder(tmp_path: Path, settings: Any) -> Path:
    """A model folder with only the tokenizer and the configuration."""
    tiny.tokenizer().save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 512}')
    settings.MODEL_NAME = str(tmp_path)
    set_engine(None)
    return tmp_path


@pytest.fixture(params=["/tokenize", "/v1/tokenize"])
def ask(request: Any, client: Client, bearer: dict[str, str]) -> Any:
    def ask(body: Any, to: str = "tokenize") -> Any:
        url = request.param.replace("tokenize", to)
        content = body if isinstance(body, bytes) else json.dumps(body)
        return client.post(url, content, content_type="application/json", headers=bearer)

    return ask


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_tokenized_and_detokenized(ask: Any, text: str) -> None:
    expected = tiny.tokenizer().encode(text, add_special_tokens=False)
    response = ask({"prompt": text, "add_special_tokens": False, "return_token_strs": True})
    assert response.status_code == 200
    assert response.json() == {
        "count": len(expected),
        "max_model_len": 512,
        "tokens": expected,
        "token_strs": tiny.tokenizer().convert_ids_to_tokens(expected),
    }
    back = ask({"tokens": expected}, "detokenize")
    assert (back.status_code, back.json()) == (200, {"prompt": text})
    assert engine_health().state == "idle"  # the model was not loaded for it


def test_special_tokens_are_added_by_default(ask: Any, model_folder: Path) -> None:
    """Uses a tokenizer with special tokens, because the tiny one adds none."""
    file = model_folder / "tokenizer.json"
    content = json.loads(file.read_text())
    end = {"id": "<|end|>", "ids": [2], "tokens": ["<|end|>"]}
    content["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [
            {"SpecialToken": {"id": "<|end|>", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
        ],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}],
        "special_tokens": {"<|end|>": end},
    }
    file.write_text(json.dumps(content))
    plain = ask({"prompt": "hola", "add_special_tokens": False}).json()
    assert ask({"prompt": "hola"}).json()["tokens"] == [2, *plain["tokens"]]
    assert plain["token_strs"] is None


@pytest.mark.parametrize("begin", [True, False])
def test_messages_become_the_same_prompt_as_in_the_engine(ask: Any, begin: bool) -> None:
    response = ask({"messages": MESSAGES, "add_generation_prompt": begin})
    assert response.status_code == 200
    turns = (
        Message("system", "Be brief."),
        Message("user", "¿Qué es la casa?"),
        Message("assistant", "Una casa."),
    )
    prompt = build_prompt(ChatTemplate(tiny.tokenizer()), turns, limit=512, truncate=False).ids
    tokens = response.json()["tokens"]
    if begin:
        assert tokens == prompt
    else:
        assert tokens == prompt[: len(tokens)]
        assert 0 < len(tokens) < len(prompt)


def test_the_flags_of_vllm_are_accepted_with_its_defaults(ask: Any) -> None:
    flags: dict[str, Any] = {
        "add_special_tokens": False,
        "continue_final_message": False,
        "chat_template": None,
        "chat_template_kwargs": {},
        "mm_processor_kwargs": None,
        "tools": [{"type": "function", "function": {"name": "f"}}],
    }
    plain = ask({"messages": MESSAGES}).json()["tokens"]
    response = ask({"messages": MESSAGES, **flags})
    assert (response.status_code, response.json()["tokens"]) == (200, plain)


@pytest.mark.parametrize(
    ("body", "to", "param", "code"),
    [
        ({}, "tokenize", "prompt", "missing_required_parameter"),
        ({"prompt": 5}, "tokenize", "prompt", "invalid_type"),
        ({"prompt": "x", "messages": MESSAGES}, "tokenize", "prompt", "invalid_value"),
        (
            {"messages": MESSAGES, "add_special_tokens": True},
            "tokenize",
            "add_special_tokens",
            "invalid_value",
        ),
        ({"messages": []}, "tokenize", "messages", "empty_array"),
        (
            {"messages": MESSAGES, "continue_final_message": True},
            "tokenize",
            "continue_final_message",
            "unsupported_value",
        ),
        ({"prompt": "x", "chat_template": "y"}, "tokenize", "chat_template", None),
        ({"messages": [{"role": "user"}]}, "tokenize", "messages[0].content", None),
        ({"prompt": "a\0"}, "tokenize", "prompt", None),
        ({"prompt": "\ud800"}, "tokenize", "prompt", None),
        ({"prompt": "x", "text": "x"}, "tokenize", "text", "unknown_parameter"),
        ({}, "detokenize", "tokens", "missing_required_parameter"),
        ({"tokens": "abc"}, "detokenize", "tokens", "invalid_type"),
        ({"tokens": [1, "2"]}, "detokenize", "tokens[1]", "invalid_type"),
        ({"tokens": [True]}, "detokenize", "tokens[0]", "invalid_type"),
        ({"tokens": [1, 1.5]}, "detokenize", "tokens[1]", "invalid_type"),
        ({"tokens": [1, -1]}, "detokenize", "tokens[1]", "invalid_value"),
        ({"tokens": [1, 2, 100_000]}, "detokenize", "tokens[2]", "invalid_value"),
        ({"tokens": [2**80]}, "detokenize", "tokens[0]", "invalid_value"),
    ],
)
def test_errors_name_the_wrong_field(
    ask: Any, body: Any, to: str, param: str, code: str | None
) -> None:
    response = ask(body, to)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["param"] == param
    assert error["message"].startswith(f"{param}:")
    if code:
        assert error["code"] == code


@pytest.mark.parametrize(
    ("to", "body"), [("tokenize", {"prompt": "x"}), ("detokenize", {"tokens": [1]})]
)
def test_another_model_is_404(ask: Any, to: str, body: dict[str, Any]) -> None:
    response = ask({"model": "gpt-9", **body}, to)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "model_not_found"


def test_a_missing_tokenizer_is_503(ask: Any, settings: Any, tmp_path: Path) -> None:
    settings.MODEL_NAME = str(tmp_path / "nothing")
    response = ask({"prompt": "x"})
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "model_unavailable"
    assert int(response["Retry-After"]) > 0


def test_the_tokenizer_needs_a_key(client: Client, db: None) -> None:
    for url in ("/tokenize", "/detokenize", "/v1/tokenize", "/v1/detokenize"):
        assert client.post(url, "{}", content_type="application/json").status_code == 401


def test_a_text_is_tokenized_without_torch(model_folder: Path) -> None:
    code = """
import sys, django
django.setup()
from generation.serving.model_tokenizer import model_tokenizer
[ids] = model_tokenizer().encode(["la casa"])
assert model_tokenizer().decode(ids) == "la casa"
sys.exit("torch" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=django_settings.BASE_DIR,
        env={
            "DJANGO_SETTINGS_MODULE": "wordgen_site.settings",
            "PATH": "",
            "DATA_DIR": str(model_folder / "data"),
            "MODEL_NAME": str(model_folder),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
