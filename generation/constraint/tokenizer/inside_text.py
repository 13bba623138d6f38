"""Encode a text as it is encoded inside a longer text.

Tokenizers such as Llama 2's put a space before every text that they encode, so that its first word
has the tokens of a word after a space. A word after a line break or after a mark does not have
them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from generation.constraint.tokenizer.token_bytes import SENTENCEPIECE_SPACE

_SPACES = (SENTENCEPIECE_SPACE, "\u0120")  # the second one is that of byte-level vocabularies


def inside_text(backend: Any) -> Any:
    """Return the tokenizer itself, or a copy without the space before a text if it puts one there.

    backend: A `tokenizers.Tokenizer`.
    """
    if not backend.encode("a", add_special_tokens=False).tokens[0].startswith(_SPACES):
        return backend
    from tokenizers import Tokenizer

    content = json.loads(backend.to_str())
    for kind in ("normalizer", "pre_tokenizer"):
        content[kind] = _without_space(content[kind])
    return Tokenizer.from_str(json.dumps(content))


def _without_space(step: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a step of a serialised tokenizer without the space; None if nothing else is left."""
    match step:
        case None | {"type": "Prepend"}:
            return None
        case {"type": "Metaspace"}:
            return {**step, "prepend_scheme": "never"}
        case {"type": "ByteLevel"}:
            return {**step, "add_prefix_space": False}
        case {"type": "Sequence"}:
            inner = "normalizers" if "normalizers" in step else "pretokenizers"
            kept = [each for each in map(_without_space, step[inner]) if each is not None]
            return {**step, inner: kept}
    return dict(step)
