"""The exact bytes of every token, read from the tokenizer's own model.

Decoding single tokens does not give them: a token that holds part of a character decodes to a
replacement character, and SentencePiece decoders drop a space at the start. Added tokens (chat
markers, `<think>`, tool markers) are not text and have no bytes here.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from generation.constraint.tokenizer.bpe_config import merges_of
from vocab.gc_paused import gc_paused

_BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2})>")
SENTENCEPIECE_SPACE = "\u2581"
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
# "\w" has signs such as ½, ² and ① too, which are no letters.
_SIGNS = "".join(
    filter(lambda each: each.isnumeric() and not each.isalpha(), map(chr, range(0x10000)))
)
_LETTER = re.compile(rf"(?![{_SIGNS}])[^\W\d_]")
_CONTINUATION = bytes(range(0x80, 0xC0))
_PARTIAL = "\ufffd"  # replaces the first bytes of a character, which may be a letter
_JOINERS = {"\u200c", "\u200d", _PARTIAL}
_LETTER_BEGUN = re.compile(rf"{_LETTER.pattern}|{_PARTIAL}")
_JOINED = re.compile(rf"([\W_])(?=({_LETTER_BEGUN.pattern}))")

Mask = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.int64]


class UnsupportedTokenizer(ValueError):
    """A tokenizer of a kind whose tokens' bytes are not known."""


class TokenTable:
    """The bytes of the tokens that are text.

    tokenizer_json: The serialised fast tokenizer (`backend_tokenizer.to_str()`): byte-level BPE
        (GPT-2, Llama 3, Qwen, SmolLM) or SentencePiece with byte fallback (Llama 2, Gemma).
    Raises UnsupportedTokenizer for others.

    bytes_of: Token id -> bytes.
    merges: The merges for `bulk_bpe.py`; None if they are not known (`bpe_config.py`).
    """

    def __init__(self, tokenizer_json: str) -> None:
        with gc_paused():
            self._read(json.loads(tokenizer_json))

    def _read(self, content: dict[str, Any]) -> None:
        # The added tokens of Gemma include line breaks and runs of spaces, which are text.
        added = {
            int(token["id"]): token
            for token in content.get("added_tokens") or ()
            if token["special"] or token["content"].replace(SENTENCEPIECE_SPACE, "").strip()
        }
        to_bytes = _decoder_of(content)
        self.bytes_of: dict[int, bytes] = {
            token_id: to_bytes(token)
            for token, token_id in _vocabulary(content["model"])
            if token_id not in added
        }
        # Added tokens that a model may write without a wordlist: `<think>`, `<table>`.
        self.added_text: dict[int, bytes] = {
            token_id: token["content"].encode()
            for token_id, token in added.items()
            if not token["special"]
        }
        self.control_names: dict[int, bytes] = {
            token_id: token["content"].encode()
            for token_id, token in added.items()
            if token["special"]
        }
        self.merges = merges_of(content, _BYTE_OF_CHARACTER)

    @cached_property
    def ids_of(self) -> dict[bytes, int]:
        """Bytes -> the first token with these bytes."""
        ids: dict[bytes, int] = {}
        for token_id, encoded in self.bytes_of.items():
            if encoded:
                ids.setdefault(encoded, token_id)
        return ids

    @cached_property
    def marks(self) -> Mask:
        """[highest id + 1]: True for tokens without letters and digits: spaces, punctuation."""
        return self._where(lambda text: not _LETTER_OR_DIGIT.search(text))

    @cached_property
    def continuing(self) -> npt.NDArray[np.float32]:
        """[highest id + 1]: 1 for tokens that continue the word before them: they begin with a
        letter, a digit, a combining mark, or the rest of a character. For sums of probabilities.
        """
        return self._where(_continues_word).astype(np.float32)

    def with_white_space(self, ids: Ids) -> Ids:
        """Return these tokens, and those that are the same but for white space at their end."""
        known = self._variants.get(ids.tobytes())
        if known is None:
            texts = {self._texts[token].rstrip() for token in ids.tolist()}
            same = [token for token, text in self._mark_texts.items() if text in texts]
            known = self._variants[ids.tobytes()] = np.asarray(same, np.int64)
        return known

    @cached_property
    def _variants(self) -> dict[bytes, Ids]:
        """The results of `with_white_space`. There are about as many as kinds of open pairs."""
        return {}

    @cached_property
    def _mark_texts(self) -> dict[int, str]:
        """The texts of the tokens that are marks, without white space at their end."""
        marks = np.flatnonzero(self.marks).tolist()
        return {id_: self._texts[id_].rstrip() for id_ in marks if id_ in self._texts}

    def letterless_of(self, alphabet: Iterable[int]) -> list[int]:
        """Return the tokens without letters (marks, digits) that have only bytes of `alphabet`."""
        known = np.zeros(256, np.bool_)
        known[[*alphabet]] = True
        ids, starts, data = self._letterless_bytes
        found: list[int] = ids[np.logical_and.reduceat(known[data], starts)].tolist()
        return found

    @cached_property
    def letterless(self) -> Ids:
        """The tokens without letters: marks, digits, spaces."""
        letterless = self._where(lambda text: not _LETTER.search(text))
        return np.flatnonzero(letterless & (self.sizes > 0))

    @cached_property
    def _letterless_bytes(self) -> tuple[Ids, Ids, npt.NDArray[np.uint8]]:
        """The tokens without letters, the offset of each one's bytes, and their bytes."""
        ids = self.letterless
        data = np.frombuffer(self.text(ids.tolist()), np.uint8)
        sizes = self.sizes[ids]
        return ids, np.cumsum(sizes) - sizes, data

    def may_join(self, mark: str, letter: str) -> bool:
        """True if some token may have this mark right before this letter.

        Such a token has the mark or its last bytes, and then the letter or its first bytes.
        """
        pairs = {(mark, letter)} if letter.isascii() else {(mark, letter), (mark, _PARTIAL)}
        return not self._joining.isdisjoint(pairs) or any(
            map(mark.encode().endswith, self._joining_tails)
        )

    @cached_property
    def _joining(self) -> frozenset[tuple[str, str]]:
        return frozenset(chain.from_iterable(map(_JOINED.findall, self._texts.values())))

    @cached_property
    def _joining_tails(self) -> frozenset[bytes]:
        """The last bytes of a character with which a token begins, before a letter."""
        found = set()
        for encoded in self.bytes_of.values():
            rest = encoded.lstrip(_CONTINUATION)
            if 0 < len(rest) < len(encoded) and _LETTER_BEGUN.match(rest.decode(errors="replace")):
                found.add(encoded[: -len(rest)])
        return frozenset(found)

    @cached_property
    def _texts(self) -> dict[int, str]:
        return {id_: encoded.decode(errors="replace") for id_, encoded in self.bytes_of.items()}

    def _where(self, holds: Callable[[str], bool]) -> Mask:
        mask = np.zeros(max(self.bytes_of) + 1, np.bool_)
        mask[[token_id for token_id, text in self._texts.items() if holds(text)]] = True
        return mask

    @cached_property
    def sizes(self) -> Ids:
        """[highest id + 1]: the number of bytes of each token; 0 for tokens that are not text."""
        sizes = np.zeros(max(self.bytes_of) + 1, np.int64)
        sizes[list(self.bytes_of)] = [len(encoded) for encoded in self.bytes_of.values()]
        return sizes

    def __len__(self) -> int:
        return len(self.bytes_of)

    def text(self, token_ids: Iterable[int]) -> bytes:
        """Return the bytes of a sequence. Tokens that are not text have none."""
        return b"".join(self.bytes_of.get(token_id, b"") for token_id in token_ids)


def _continues_word(text: str) -> bool:
    first = text[:1]
    return first != "" and (
        first.isalnum() or first in _JOINERS or unicodedata.category(first)[0] == "M"
    )


def _vocabulary(model: dict[str, Any]) -> Iterator[tuple[str, int]]:
    vocabulary = model["vocab"]
    if isinstance(vocabulary, dict):
        yield from vocabulary.items()
    else:  # Unigram: a list of [piece, score]
        for token_id, (piece, _score) in enumerate(vocabulary):
            yield piece, token_id


def _decoder_of(content: dict[str, Any]) -> Any:
    kinds = set(_types(content.get("decoder") or {}))
    if "ByteLevel" in kinds:
        return _byte_level
    if kinds & {"ByteFallback", "Metaspace"} or content["model"].get("byte_fallback"):
        return _sentencepiece
    raise UnsupportedTokenizer(
        "the tokenizer is neither byte-level nor SentencePiece with byte fallback"
        f" (decoder: {', '.join(sorted(kinds)) or 'none'})"
    )


def _types(decoder: dict[str, Any]) -> Iterator[str]:
    yield decoder.get("type", "")
    for inner in decoder.get("decoders", ()):
        yield from _types(inner)


def _byte_level(token: str) -> bytes:
    if not _BYTE_OF_CHARACTER.keys() >= set(token):
        return token.encode()  # added white space is not in the byte alphabet
    return bytes(_BYTE_OF_CHARACTER[character] for character in token)


def _sentencepiece(token: str) -> bytes:
    match = _BYTE_TOKEN.fullmatch(token)
    if match:
        return bytes([int(match[1], 16)])
    return token.replace(SENTENCEPIECE_SPACE, " ").encode()


def _byte_alphabet() -> dict[str, int]:
    """Return the inverse of GPT-2's bytes_to_unicode: character -> byte.

    Printable Latin-1 characters stand for themselves, and the characters from U+0100 on stand for
    the other bytes in order.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    alphabet = {chr(byte): byte for byte in printable}
    alphabet.update({chr(0x100 + index): byte for index, byte in enumerate(others)})
    return alphabet


_BYTE_OF_CHARACTER = _byte_alphabet()
