"""A model that the settings name: its threads, and its objects in garbage collections."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from generation.engine.cpu.choose_threads import SMALL_PASS_TOKENS
from generation.engine.local import LocalDecoder
from generation.serving.engine_provider import load_local
from tests.generation.engine import tiny


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """Settings with a model folder. Afterwards the process is as before."""
    tiny.model().save_pretrained(tmp_path / "model")
    tiny.tokenizer().save_pretrained(tmp_path / "model")
    settings.MODEL_NAME, settings.DATA_DIR = str(tmp_path / "model"), tmp_path
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield tmp_path
    torch.set_num_threads(before)
    gc.unfreeze()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("threads", "tokens"), [(2, 0), (0, SMALL_PASS_TOKENS)])
def test_a_number_of_threads_in_the_settings_is_for_every_pass(
    threads: int, tokens: int, settings: Any
) -> None:
    settings.ENGINE_THREADS = threads
    decoder = load_local()
    assert isinstance(decoder, LocalDecoder)
    assert decoder._model.one_thread_tokens == tokens


@pytest.mark.usefixtures("folder")
def test_garbage_collections_skip_the_loaded_objects(settings: Any) -> None:
    settings.ENGINE_THREADS = 2
    decoder = load_local()
    assert isinstance(decoder, LocalDecoder)
    assert gc.get_freeze_count() > 0
    assert not any(each is decoder for each in gc.get_objects())
    # The next model replaces this one, which is then freed.
    gone = weakref.ref(decoder)
    del decoder
    load_local()
    assert gone() is None
