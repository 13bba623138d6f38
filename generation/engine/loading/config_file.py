"""The context length in a model's config.json, read without the model and without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = "config.json"
MAX_TOKENS_KEY = "max_position_embeddings"


def context_of(source: str) -> int | None:
    """Return the maximum number of tokens of prompt and reply.

    None if the file is not on this machine or has no such number. source: A folder or a Hugging
    Face id.
    """
    try:
        config = json.loads((_file_of(source) or Path()).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    for section in _sections(config):
        if isinstance(section, dict) and isinstance(section.get(MAX_TOKENS_KEY), int):
            return int(section[MAX_TOKENS_KEY])
    return None


def _file_of(source: str) -> Path | None:
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder / FILE
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        path = try_to_load_from_cache(source, FILE)
    except HFValidationError:
        return None
    return Path(path) if isinstance(path, str) else None


def _sections(config: Any) -> list[Any]:
    """Models for text and images have a section of their own for the text."""
    if not isinstance(config, dict):
        return []
    return [config, config.get("text_config"), config.get("llm_config")]
