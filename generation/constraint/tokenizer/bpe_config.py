"""Read the merges of a serialised tokenizer (tokenizer.json).

Only for tokenizers that do nothing to a word which `bulk_bpe.py` does not do as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from generation.constraint.tokenizer.bulk_bpe import PADDING, BulkBpe
from generation.constraint.tokenizer.merge_table import MergeTable, pair_keys

_SPACE = "\u2581"  # SentencePiece's


def merges_of(content: Mapping[str, Any], byte_alphabet: Mapping[str, int]) -> BulkBpe | None:
    """Return the merges, or None for a tokenizer that is not BPE or has a step unknown here.

    byte_alphabet: Character -> the byte that it stands for in a byte-level vocabulary.
    """
    model = content["model"]
    unknown = ("dropout", "continuing_subword_prefix", "end_of_word_suffix")
    if model.get("type") != "BPE" or any(model.get(name) for name in unknown):
        return None
    steps = [*_steps(content.get("normalizer")), *_steps(content.get("pre_tokenizer"))]
    if not all(map(_is_known, steps)) or content.get("truncation") or content.get("padding"):
        return None
    vocabulary: dict[str, int] = model["vocab"]
    kinds = {step["type"] for step in steps}
    if "ByteLevel" in kinds and "Replace" not in kinds:
        byte_ids = {byte: vocabulary.get(char, PADDING) for char, byte in byte_alphabet.items()}
        pieces_of: dict[str, tuple[int, ...]] = {}
    elif kinds & {"Replace", "Metaspace"} and model.get("byte_fallback"):
        byte_ids = {byte: vocabulary.get(f"<0x{byte:02X}>", PADDING) for byte in range(256)}
        pieces_of = {token: (id_,) for token, id_ in vocabulary.items() if len(token) == 1}
        pieces_of.pop(" ", None)
        if _SPACE in pieces_of:
            pieces_of[" "] = pieces_of[_SPACE]
    else:
        return None
    ignore_merges = bool(model.get("ignore_merges"))
    ids = [byte_ids[byte] for byte in range(256)]
    pairs = _merge_table(vocabulary, model["merges"])
    if pairs is None or (ignore_merges and pieces_of):
        return None
    added = [token["content"] for token in content.get("added_tokens") or ()]
    return BulkBpe(pairs, pieces_of, ids, added, ignore_merges=ignore_merges)


def _steps(step: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    if step is None:
        return
    if step["type"] == "Sequence":
        for inner in step.get("normalizers") or step.get("pretokenizers") or ():
            yield from _steps(inner)
    else:
        yield step


def _is_known(step: Mapping[str, Any]) -> bool:
    """True for a step that changes no letter of a text in NFC and only splits it into words."""
    kind = step["type"]
    if kind == "Replace":
        return (step["content"], step["pattern"]) == (_SPACE, {"String": " "})
    if kind == "Metaspace":
        return step["replacement"] == _SPACE and step.get("prepend_scheme") == "never"
    if kind == "ByteLevel":
        return not step.get("add_prefix_space")
    return kind in ("NFC", "Split", "Digits")


def _merge_table(vocabulary: Mapping[str, int], merges: Sequence[Any]) -> MergeTable | None:
    """Return None if a pair occurs twice.

    merges: Pairs of tokens, or strings with a space between the two tokens.
    """
    pairs = [pair.split(" ") if isinstance(pair, str) else pair for pair in merges]
    size = len(pairs)
    left = np.fromiter((vocabulary[a] for a, _ in pairs), np.int32, size)
    right = np.fromiter((vocabulary[b] for _, b in pairs), np.int32, size)
    made = np.fromiter((vocabulary[a + b] for a, b in pairs), np.int32, size)
    keys = np.sort(pair_keys(left, right))
    if (keys[1:] == keys[:-1]).any():
        return None
    return MergeTable(left, right, made, max(vocabulary.values(), default=-1) + 1)
