"""Loading a model: the dtypes, and the message for the user when it fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from generation.engine.contract import GenerationRequest, Message, ModelUnavailable, Sampling
from generation.engine.cpu import choose_dtype
from generation.engine.cpu.packed_linear import Float16Linear, can_float16
from generation.engine.loading.model import ModelOptions, load_model
from generation.engine.local import LocalDecoder
from tests.generation.engine import tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder that `save_pretrained` wrote."""
    path = tmp_path_factory.mktemp("model")
    tiny.model().save_pretrained(path)
    tiny.tokenizer().save_pretrained(path)
    return path


def test_a_folder_loads_with_its_stops_bytes_and_context(folder: Path) -> None:
    loaded = load_model(ModelOptions(source=str(folder)))
    assert loaded.stop_ids == tiny.loaded().stop_ids
    assert loaded.table.bytes_of == tiny.loaded().table.bytes_of
    assert loaded.context == 512
    assert loaded.encode(["hola", " casa"]) == tiny.loaded().encode(["hola", " casa"])
    assert str(loaded.model.dtype) == "torch.float32"


def test_dtype_is_obeyed(folder: Path) -> None:
    loaded = load_model(ModelOptions(source=str(folder), dtype="bfloat16"))
    assert str(loaded.model.dtype) == "torch.bfloat16"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source": "/no/such/folder"}, "There is no model folder '/no/such/folder'"),
        ({"source": "./nothing-here"}, "There is no model folder"),
        (
            {"source": "x", "dtype": "int8"},
            "^DTYPE=int8: use one of auto, float32, bfloat16, float16.$",
        ),
    ],
)
def test_a_failure_is_one_sentence(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelUnavailable, match=message) as error:
        load_model(ModelOptions(**options))
    assert "\n" not in str(error.value)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be loaded") as error:
        load_model(ModelOptions(source=str(tmp_path)))
    assert str(tmp_path) in str(error.value)


# --- dtypes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("float16", "bfloat16", "expected"),
    [(True, True, "float16"), (False, True, "bfloat16"), (False, False, "float32")],
)
def test_auto_depends_on_the_instructions_of_the_processor(
    float16: bool, bfloat16: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose_dtype, "can_float16", lambda: float16)
    monkeypatch.setattr(choose_dtype, "can_pack", lambda weight: bfloat16)
    model = tiny.model()
    assert choose_dtype.choose_dtype(model) == expected
    # Float16 weights take four bytes: a large model keeps the two bytes of its files.
    monkeypatch.setattr(choose_dtype, "MAX_PARAMETERS", 1000)
    assert choose_dtype.choose_dtype(model.bfloat16()) == "bfloat16"


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_auto_converts_the_weights(
    dtype: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.engine.loading.model.choose_dtype", lambda model: dtype)
    loaded = load_model(ModelOptions(source=str(folder)))
    assert str(loaded.model.dtype) == f"torch.{dtype}"


@pytest.mark.skipif(not can_float16(), reason="torch has no float16 weights on this processor")
def test_float16_weights_are_exact_for_bfloat16_files(folder: Path) -> None:
    torch.manual_seed(0)
    weight, bias = torch.randn(48, 32).bfloat16().float(), torch.randn(48)
    layer = Float16Linear(weight, bias)
    for rows, tolerance in ((1, 1e-5), (8, 1e-5), (20, 0.02)):  # bfloat16 for many rows
        inputs = torch.randn(1, rows, 32)
        exact = inputs @ weight.T + bias
        assert (layer(inputs) - exact).abs().max() < tolerance * exact.abs().max()
    loaded = load_model(ModelOptions(source=str(folder), dtype="float16"))
    assert any(isinstance(each, Float16Linear) for each in loaded.model.modules())
    plain = load_model(ModelOptions(source=str(folder), dtype="float32"))
    request = GenerationRequest(
        messages=(Message("user", "hola"),), sampling=Sampling(max_tokens=5, temperature=0.0)
    )
    texts = {
        LocalDecoder(each, max_input_tokens=50, truncate=True)
        .decode(request, lambda text, logprobs=(): None, lambda: False)
        .text
        for each in (plain, loaded)
    }
    assert len(texts) == 1
