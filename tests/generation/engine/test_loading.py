"""Loading a model: what goes wrong is said to whoever asked, and the process lives on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from generation.engine.contract import GenerationRequest, Message, ModelUnavailable, Sampling
from generation.engine.cpu import choose_dtype
from generation.engine.cpu.fused_linear import PartOfJoint, join_linears
from generation.engine.cpu.packed_linear import Float16Linear, Int8Linear, can_float16
from generation.engine.loading.model import ModelOptions, load_model
from generation.engine.local import LocalDecoder
from tests.generation.engine import tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder as `save_pretrained` leaves it."""
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
        ({"source": "x", "dtype": "float99"}, "DTYPE=float99"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_a_sentence(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelUnavailable, match=message) as error:
        load_model(ModelOptions(**options))
    assert "\n" not in str(error.value)


def test_a_folder_without_a_model_is_said_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be loaded") as error:
        load_model(ModelOptions(source=str(tmp_path)))
    assert str(tmp_path) in str(error.value)


# --- which numbers to compute with ---------------------------------------------------------------


def test_auto_measures_once_and_remembers(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "engine" / "dtype.json"
    loaded = load_model(ModelOptions(source=str(folder), measurements=kept))
    (choice,) = json.loads(kept.read_text()).values()
    assert choice["dtype"] == min(choice["cost"], key=choice["cost"].get) or choice["loss"] > 0.02
    in_float32 = choice["dtype"] in ("float32", "float16")
    assert (str(loaded.model.dtype) == "torch.float32") == in_float32
    # What was measured counts, even where another measurement would say something else.
    (key,) = json.loads(kept.read_text())
    for dtype, expected in (("bfloat16", "torch.bfloat16"), ("float32", "torch.float32")):
        kept.write_text(json.dumps({key: {"dtype": dtype, "cost": {}, "loss": None}}))
        again = load_model(ModelOptions(source=str(folder), measurements=kept))
        assert str(again.model.dtype) == expected


def test_a_damaged_measurement_is_made_again(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "dtype.json"
    kept.write_text("{")
    load_model(ModelOptions(source=str(folder), measurements=kept))
    assert json.loads(kept.read_text())


def test_int8_is_refused_by_auto_if_it_predicts_worse(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        choose_dtype, "measure_cost", lambda model: {"float32": 3.0, "bfloat16": 4.0, "int8": 2.0}
    )
    for loss, dtype in ((0.03, "float32"), (0.01, "int8")):
        monkeypatch.setattr(choose_dtype, "perplexity_loss", lambda *given, loss=loss: loss)
        kept = tmp_path / f"{dtype}.json"
        load_model(ModelOptions(source=str(folder), measurements=kept))
        (choice,) = json.loads(kept.read_text()).values()
        assert (choice["dtype"], choice["loss"]) == (dtype, loss)


def test_int8_weights_multiply_nearly_as_the_model_does(folder: Path) -> None:
    plain = load_model(ModelOptions(source=str(folder), dtype="float32")).model
    expected = choose_dtype.perplexity(plain, tiny.tokenizer())
    loss = choose_dtype.perplexity_loss(plain, tiny.tokenizer())
    assert choose_dtype.perplexity(plain, tiny.tokenizer()) == expected  # it is left as it was
    torch.manual_seed(0)
    weight, bias = torch.randn(48, 32), torch.randn(48)
    layer = Int8Linear(weight, bias)
    for rows in (1, 3, 20):  # below and above the number of rows that it treats apart
        inputs = torch.randn(rows, 32)
        exact = inputs @ weight.T + bias
        found = layer(inputs.bfloat16()).float()
        assert (found - exact).abs().max() < 0.03 * exact.abs().max()
    loaded = load_model(ModelOptions(source=str(folder), dtype="int8"))
    assert loaded.model.lm_head.weight.shape == plain.lm_head.weight.shape
    assert choose_dtype.perplexity(loaded.model, tiny.tokenizer()) == pytest.approx(
        expected * (1 + loss), rel=0.05
    )
    completion = LocalDecoder(loaded, max_input_tokens=50, truncate=True).decode(
        GenerationRequest(
            messages=(Message("user", "hola"),), sampling=Sampling(max_tokens=5, min_tokens=5)
        ),
        lambda text, logprobs=(): None,
        lambda: False,
    )
    assert completion.completion_tokens > 0


@pytest.mark.skipif(not can_float16(), reason="torch has no float16 weights on this processor")
def test_float16_weights_keep_what_bfloat16_files_say(folder: Path) -> None:
    torch.manual_seed(0)
    weight, bias = torch.randn(48, 32).bfloat16().float(), torch.randn(48)
    layer = Float16Linear(weight, bias)
    for rows, tolerance in ((1, 1e-5), (8, 1e-5), (20, 0.02)):  # many are multiplied in bfloat16
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


# --- layers that become one product --------------------------------------------------------------


class Shares(torch.nn.Module):  # type: ignore[misc]
    """Two layers are given one tensor; two others one that is changed in between."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.three, self.four = (torch.nn.Linear(8, n) for n in (3, 5, 2, 4))

    def forward(self, input_ids: torch.Tensor, use_cache: bool = False) -> torch.Tensor:
        inputs = torch.ones(*input_ids.shape, 8)
        first = torch.cat([self.one(inputs), self.two(inputs)], -1)
        inputs = first.clone()
        third = self.three(inputs)
        inputs.mul_(2)
        return torch.cat([third, self.four(inputs)], -1)


def test_layers_are_joined_that_get_the_same_input_unchanged() -> None:
    torch.manual_seed(0)
    model, ids = Shares(), torch.zeros((2, 3), dtype=torch.long)
    expected = model(ids)
    assert join_linears(model) == 1
    assert isinstance(model.one, PartOfJoint)
    assert model.one.joint is model.two.joint
    assert isinstance(model.three, torch.nn.Linear)
    assert isinstance(model.four, torch.nn.Linear)
    torch.testing.assert_close(model(ids), expected)


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
def test_a_model_writes_the_same_with_its_layers_joined(architecture: str) -> None:
    model, ids = tiny.model(0, architecture), torch.tensor([[5, 9, 40, 7]])
    expected = model(ids).logits
    assert join_linears(model) == 4  # in each of two layers: query, key, value; gate, up
    torch.testing.assert_close(model(ids).logits, expected)
