"""/v1/models and /v1/models/ID describe the model without loading it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from generation.engine.contract import GenerationRequest, Message, Sampling
from generation.engine.loading.config_file import context_of
from generation.engine.local import Limits, LocalDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.engine.transformers_fallback import TransformersDecoder
from generation.serving.engine_provider import engine_health, get_engine, set_engine
from tests.generation.engine import tiny

WAIT = 60.0


@pytest.fixture(autouse=True)
def no_engine() -> Any:
    set_engine(None)
    yield
    set_engine(None)


@pytest.mark.parametrize("name", ["SmolLM2-135M-Instruct", "Qwen/Qwen3-4B", "a/b/c d@1"])
def test_a_model_is_found_by_its_id(
    client: Client, bearer: dict[str, str], settings: Any, name: str
) -> None:
    settings.SERVED_MODEL_NAME = name
    response = client.get(f"/v1/models/{name}", headers=bearer)
    assert response.status_code == 200
    body = response.json()
    assert (body["id"], body["object"], body["owned_by"]) == (name, "model", "wordgen")
    assert isinstance(body["created"], int)
    assert body["decoding"] is None
    assert client.get("/v1/models", headers=bearer).json() == {"object": "list", "data": [body]}
    assert engine_health().state == "idle"


@pytest.mark.parametrize("name", ["gpt-9", "Qwen/Qwen3", "SmolLM2-135M-Instruct/x", "%20"])
def test_another_model_is_404(client: Client, bearer: dict[str, str], name: str) -> None:
    response = client.get(f"/v1/models/{name}", headers=bearer)
    assert response.status_code == 404
    error = response.json()["error"]
    assert (error["type"], error["param"], error["code"]) == (
        "invalid_request_error",
        "model",
        "model_not_found",
    )


@pytest.mark.parametrize(
    ("config", "settings_", "expected"),
    [
        ({"max_position_embeddings": 300}, {}, 300),
        ({"text_config": {"max_position_embeddings": 200}}, {}, 200),
        ({"max_position_embeddings": 90_000}, {"MAX_INPUT_TOKENS": 1000}, 1512),
        ({"max_position_embeddings": 90_000}, {"ENGINE_CACHE_TOKENS": 700}, 700),
        ({}, {"MAX_INPUT_TOKENS": 1000}, 1512),
    ],
)
def test_the_longest_request_is_the_models_and_the_settings(
    client: Client,
    bearer: dict[str, str],
    settings: Any,
    tmp_path: Path,
    config: dict[str, Any],
    settings_: dict[str, int],
    expected: int,
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    settings.MODEL_NAME = str(tmp_path)
    for name, value in settings_.items():
        setattr(settings, name, value)
    [model] = client.get("/v1/models", headers=bearer).json()["data"]
    assert model["max_model_len"] == expected


@pytest.mark.parametrize("content", ["", "[]", "{", '{"text_config": 3}'])
def test_a_model_without_a_context_length_is_no_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    assert context_of(str(tmp_path)) is None
    assert context_of(str(tmp_path / "nothing")) is None
    assert context_of("nobody/has-this-model") is None


@pytest.mark.parametrize(
    ("decoding", "longest", "make"),
    [
        ("rows", 400, partial(LocalDecoder, limits=Limits(cache_tokens=400))),
        ("generate", 512, TransformersDecoder),
    ],
)
def test_a_loaded_model_reports_its_decoding(
    client: Client, bearer: dict[str, str], decoding: str, longest: int, make: Any
) -> None:
    set_engine(ThreadedEngine(lambda: make(tiny.loaded(), max_input_tokens=100, truncate=True), 8))
    ask = GenerationRequest(messages=(Message("user", "hola"),), sampling=Sampling(max_tokens=1))
    get_engine().submit(ask).result(WAIT)
    [model] = client.get("/v1/models", headers=bearer).json()["data"]
    assert (model["decoding"], model["max_model_len"]) == (decoding, longest)
