"""The model that comes with a wheel: what an interrupted conversion leaves, and two at a time."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from generation.serving import embedded_model
from generation.serving.embedded_model import (
    DRAFT_PREFIX,
    embedded_model_folder,
    prepare_embedded_model,
)

conversions: list[Path] = []


@pytest.fixture(autouse=True)
def quick_conversion(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> threading.Event:
    """Conversions write an empty file instead of a model, and wait for the event."""
    settings.MODELS_DIR = tmp_path
    go_on = threading.Event()
    go_on.set()
    conversions.clear()

    def convert(source: Path, target: Path, show_progress: bool) -> None:
        conversions.append(target)
        target.mkdir(parents=True)
        assert go_on.wait(30)
        (target / "config.json").touch()

    monkeypatch.setattr(embedded_model, "_gguf_file", lambda: Path("model.gguf"))
    monkeypatch.setattr(embedded_model, "_convert", convert)
    return go_on


def leave_draft(folder: Path) -> Path:
    """What a process leaves that is killed in the middle of a conversion."""
    draft = folder / f"{DRAFT_PREFIX}abc"
    (draft / "model").mkdir(parents=True)
    (draft / "model" / "model.safetensors").write_bytes(b"half")
    return draft


def test_a_conversion_deletes_what_a_killed_one_has_left(tmp_path: Path) -> None:
    draft = leave_draft(tmp_path)
    assert prepare_embedded_model(show_progress=False) == embedded_model_folder()
    assert not draft.exists()
    assert list(tmp_path.glob(f"{DRAFT_PREFIX}*")) == []


def test_what_is_left_beside_a_complete_model_is_deleted_too(tmp_path: Path) -> None:
    prepare_embedded_model(show_progress=False)
    draft = leave_draft(tmp_path)
    prepare_embedded_model(show_progress=False)
    assert not draft.exists()
    assert len(conversions) == 1


def test_two_starts_at_the_same_time_convert_once(quick_conversion: threading.Event) -> None:
    quick_conversion.clear()
    found: list[Path] = []
    starts = [
        threading.Thread(target=lambda: found.append(prepare_embedded_model(show_progress=False)))
        for _ in range(2)
    ]
    for start in starts:
        start.start()
    quick_conversion.set()
    for start in starts:
        start.join(30)
    assert found == [embedded_model_folder()] * 2
    assert len(conversions) == 1
