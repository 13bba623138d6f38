"""What a model's files say about it, read without loading it and without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = "config.json"
LONGEST = "max_position_embeddings"


def context_of(source: str) -> int | None:
    """Most tokens of prompt and reply; None if the files are not here or do not say.

    source: a folder or a Hugging Face id.
    """
    try:
        config = json.loads((_file_of(source) or Path()).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    for part in _parts(config):
        if isinstance(part, dict) and isinstance(part.get(LONGEST), int):
            return int(part[LONGEST])
    return None


def _file_of(source: str) -> Path | None:
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder / FILE
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(source, FILE)
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None


def _parts(config: Any) -> list[Any]:
    """Models of text and images have a part for the text."""
    if not isinstance(config, dict):
        return []
    return [config, config.get("text_config"), config.get("llm_config")]
