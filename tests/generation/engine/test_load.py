"""What is done once with a model that the settings name: measured, and set apart from garbage."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from generation.engine.local import LocalDecoder
from generation.serving.engine_provider import load_local
from tests.generation.engine import tiny


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """Settings with a model folder, and the process as it was afterwards."""
    tiny.model().save_pretrained(tmp_path / "model")
    tiny.tokenizer().save_pretrained(tmp_path / "model")
    settings.MODEL_NAME, settings.DATA_DIR = str(tmp_path / "model"), tmp_path
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield tmp_path
    torch.set_num_threads(before)
    gc.unfreeze()


def test_threads_are_measured_unless_their_number_is_set(folder: Path, settings: Any) -> None:
    kept = folder / "engine" / "threads.json"
    settings.ENGINE_THREADS, settings.DTYPE = 2, "float32"
    decoder = load_local()
    assert isinstance(decoder, LocalDecoder)
    assert not kept.exists()
    assert decoder._model.threads.choices == {}
    settings.ENGINE_THREADS = 0
    decoder = load_local()
    assert isinstance(decoder, LocalDecoder)
    ((key, choices),) = json.loads(kept.read_text()).items()
    assert f"{settings.MODEL_NAME} float32" in key
    assert {int(size): number for size, number in choices.items()} == decoder._model.threads.choices


@pytest.mark.usefixtures("folder")
def test_collections_pass_over_what_was_loaded(settings: Any) -> None:
    settings.ENGINE_THREADS = 2
    decoder = load_local()
    assert isinstance(decoder, LocalDecoder)
    assert gc.get_freeze_count() > 0
    assert not any(each is decoder for each in gc.get_objects())
    # A model that takes this one's place is not kept beside it for ever.
    gone = weakref.ref(decoder)
    del decoder
    load_local()
    assert gone() is None
