"""Loading a model: what goes wrong is said to whoever asked, and the process lives on."""

from __future__ import annotations

from pathlib import Path

import pytest

from generation.engine.contract import ModelUnavailable
from generation.engine.loading import ModelOptions, load_model
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
