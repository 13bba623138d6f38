"""Load a model's tokenizer without the model, for example to check wordlists.

A tokenizer.json is read directly, which is fast and imports neither transformers nor torch. For the
Qwen, Gemma and SmolLM files it gives every word the same ids as the tokenizer that `loading.model`
loads. transformers loads the tokenizer only if the model has no such file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generation.constraint.tokenizer.inside_text import inside_text
from generation.constraint.tokenizer.token_bytes import TokenTable, UnsupportedTokenizer
from generation.engine.contract import ModelUnavailable

FILE = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class LoadedTokenizer:
    """A tokenizer.

    backend: A `tokenizers.Tokenizer`. inside: The same without a space before every text.
    """

    backend: Any
    inside: Any
    table: TokenTable

    def encode(self, texts: Sequence[str], *, special: bool = False) -> list[list[int]]:
        """Return the ids of each text. special: Add the tokenizer's tokens around a text."""
        return _ids(self.backend, texts, special=special)

    def encode_inside(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of each text as they are inside a longer text."""
        return _ids(self.inside, texts)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of the ids, with control tokens. Raises UnknownToken."""
        self.names(ids)
        text: str = self.backend.decode(list(ids), skip_special_tokens=False)
        return text

    def names(self, ids: Sequence[int]) -> list[str]:
        """Return the tokenizer's name of each id. Raises UnknownToken."""
        names: list[str] = []
        for position, token_id in enumerate(ids):
            name = self.backend.id_to_token(token_id) if 0 <= token_id < 2**32 else None
            if name is None:
                raise UnknownToken(position)
            names.append(name)
        return names


class UnknownToken(Exception):
    """The tokenizer does not have an id. position: Index of the id in the request."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


def load_tokenizer(
    source: str, *, token: str = "", trust_remote_code: bool = False
) -> LoadedTokenizer:
    """Load a tokenizer. source: A folder, a tokenizer.json or a Hugging Face id.

    Raises ModelUnavailable.
    """
    try:
        backend = _load(source, token or None, trust_remote_code)
        inside = inside_text(backend)
        return LoadedTokenizer(backend, inside, TokenTable(inside.to_str()))
    except ModelUnavailable:
        raise
    except UnsupportedTokenizer as error:
        raise ModelUnavailable(f"The tokenizer {source!r} cannot be used: {error}.") from error
    except Exception as error:
        # Each library has its own errors: not found, gated, no network, broken files.
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise ModelUnavailable(f"The tokenizer {source!r} cannot be loaded: {reason}") from error


def _ids(backend: Any, texts: Sequence[str], *, special: bool = False) -> list[list[int]]:
    encodings = backend.encode_batch_fast(list(texts), add_special_tokens=special)
    return [encoding.ids for encoding in encodings]


def load_chat_tokenizer(source: str, *, token: str = "", trust_remote_code: bool = False) -> Any:
    """Load transformers' own tokenizer object, which has the chat template.

    Imports torch but loads no weights. Raises ModelUnavailable.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(
            source, token=token or None, trust_remote_code=trust_remote_code
        )
    except Exception as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise ModelUnavailable(f"The tokenizer {source!r} cannot be loaded: {reason}") from error


def _load(source: str, token: str | None, trust_remote_code: bool) -> Any:
    from tokenizers import Tokenizer

    path = Path(source).expanduser()
    file = path / FILE if path.is_dir() else path
    if not path.exists():
        file = _from_hub(source, token)
    if file.is_file():
        return Tokenizer.from_file(str(file))
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(source, token=token, trust_remote_code=trust_remote_code)
    backend = getattr(loaded, "backend_tokenizer", None)
    if backend is None:
        raise UnsupportedTokenizer("it has no fast tokenizer")
    return backend


def _from_hub(source: str, token: str | None) -> Path:
    """Return the path of the model's tokenizer.json. It does not exist if the model has none."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HFValidationError,
        LocalEntryNotFoundError,
    )

    for local_only in (True, False):  # a downloaded file needs no network
        try:
            return Path(hf_hub_download(source, FILE, token=token, local_files_only=local_only))
        except HFValidationError:
            raise ModelUnavailable(
                f"There is no tokenizer at {source!r}: it is no file, folder or Hugging Face id."
            ) from None
        except LocalEntryNotFoundError as error:
            if not local_only:
                raise ModelUnavailable(
                    f"The tokenizer {source!r} is not on this machine and cannot be downloaded."
                ) from error
        except EntryNotFoundError:
            break
    return Path(source) / FILE
