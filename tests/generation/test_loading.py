"""Loading a model: what goes wrong is said to whoever asked, and the process lives on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from generation.engine import precision
from generation.engine.contract import GenerationRequest, Message, ModelUnavailable, Sampling
from generation.engine.linear import Int8Linear
from generation.engine.loading import ModelOptions, load_model
from generation.engine.local import LocalDecoder
from tests.generation import tiny


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
def test_what_cannot_be_loaded_is_said_in_a_sentence(options: dict[str, str], message: str) -> None:
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
    assert (str(loaded.model.dtype) == "torch.float32") == (choice["dtype"] == "float32")
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
        precision, "measure_cost", lambda model: {"float32": 3.0, "bfloat16": 4.0, "int8": 2.0}
    )
    for loss, dtype in ((0.03, "float32"), (0.01, "int8")):
        monkeypatch.setattr(precision, "perplexity_loss", lambda *given, loss=loss: loss)
        kept = tmp_path / f"{dtype}.json"
        load_model(ModelOptions(source=str(folder), measurements=kept))
        (choice,) = json.loads(kept.read_text()).values()
        assert (choice["dtype"], choice["loss"]) == (dtype, loss)


def test_int8_weights_multiply_nearly_as_the_model_does(folder: Path) -> None:
    plain = load_model(ModelOptions(source=str(folder), dtype="float32")).model
    expected = precision.perplexity(plain, tiny.tokenizer())
    loss = precision.perplexity_loss(plain, tiny.tokenizer())
    assert precision.perplexity(plain, tiny.tokenizer()) == expected  # it is left as it was
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
    assert precision.perplexity(loaded.model, tiny.tokenizer()) == pytest.approx(
        expected * (1 + loss), rel=0.05
    )
    completion = LocalDecoder(loaded, max_input_tokens=50, truncate=True).decode(
        GenerationRequest(
            messages=(Message("user", "hola"),), sampling=Sampling(max_tokens=5, min_tokens=5)
        ),
        lambda text: None,
        lambda: False,
    )
    assert completion.completion_tokens > 0
