"""Merging many words at once gives what the tokenizer gives for each: made-up tokenizers here, real
ones in `real/test_paths.py`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from generation.constraint.tokenizer.bulk_bpe import CHUNK
from generation.constraint.tokenizer.encode_words import SAMPLE, WordEncoder
from generation.constraint.tokenizer.ragged import Paths
from generation.constraint.tokenizer.token_bytes import TokenTable

LETTERS = "abcñé"
BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())
# As tekken's: it cuts where a capital follows a small letter.
CASED = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}]*[\p{Ll}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}]+|\s+|."
words = st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=30, unique=True)


def split(paths: Paths) -> list[list[int]]:
    lengths, symbols = paths
    return [part.tolist() for part in np.split(symbols, np.cumsum(lengths)[:-1])]


def encode_with(backend: Tokenizer) -> Any:
    def encode(texts: Sequence[str]) -> list[list[int]]:
        encodings = backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    return encode


def merged(pieces: Sequence[str], places: Sequence[int]) -> tuple[dict[str, int], list[Any]]:
    """A vocabulary and merges: each place is a pair of tokens known so far, in the order given,
    which is not the order in which they would come up in a text.
    """
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    known, merges = list(pieces), []
    for place in places:
        left, right = known[place % len(known)], known[place // len(known) % len(known)]
        if left + right not in vocabulary:
            vocabulary[left + right] = len(vocabulary)
            merges.append((left, right))
            known.append(left + right)
    return vocabulary, merges


@st.composite
def byte_level(draw: st.DrawFn) -> Tokenizer:
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=draw(st.booleans()))
    # The pieces of the letters first, or a random pair would hardly ever be one of a word.
    pieces = sorted(
        {c for word in [*LETTERS, " ", "(", "—"] for c in level.pre_tokenize_str(word)[0][0]}
    )
    rest = [piece for piece in BYTES if piece not in pieces]
    places = draw(st.lists(st.integers(0, 2**16), max_size=80))
    vocabulary, merges = merged(pieces, places)
    vocabulary |= {piece: len(vocabulary) + index for index, piece in enumerate(rest)}
    if draw(st.booleans()):  # words that no merges make
        vocabulary |= {word: len(vocabulary) + i for i, word in enumerate(["abc", "cab", "bb"])}
    backend = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=draw(st.booleans())))
    backend.pre_tokenizer = level
    backend.decoder = decoders.ByteLevel()
    return backend


@st.composite
def sentencepiece(draw: st.DrawFn) -> Tokenizer:
    """The only tokens of ñ are its bytes."""
    pieces = ["\u2581", "(", "a", "b", "c", "é"]
    vocabulary, merges = merged(pieces, draw(st.lists(st.integers(0, 2**16), max_size=80)))
    vocabulary |= {f"<0x{byte:02X}>": len(vocabulary) + byte for byte in range(256)}
    backend = Tokenizer(models.BPE(vocabulary, merges, byte_fallback=True, fuse_unk=True))
    backend.normalizer = normalizers.Replace(" ", "\u2581")
    backend.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback()])
    return backend


@settings(deadline=None, derandomize=True, max_examples=300)
@given(
    st.one_of(byte_level(), sentencepiece()),
    words,
    st.lists(st.sampled_from(["", " ", "(", "b", "é", "—"]), min_size=1, unique=True),
    st.sampled_from([2, 7, CHUNK]),
)
def test_words_are_merged_as_the_tokenizer_merges_them(
    backend: Tokenizer, texts: list[str], contexts: list[str], chunk: int
) -> None:
    """é is two pieces or one before any merge, and never apart from the letters after it; a dash
    is three. chunk: how many words at once, of which a list may have more.
    """
    if backend.pre_tokenizer and len(backend.pre_tokenizer.pre_tokenize_str("(a")) > 1:
        contexts = [before for before in contexts if before not in ("(", "—")]  # words to this one
    table = TokenTable(backend.to_str())
    assert table.merges is not None
    assert all(map(table.merges.may_begin, contexts))
    with patch("generation.constraint.tokenizer.bulk_bpe.CHUNK", chunk):
        found = table.merges.encode(texts, contexts, table.ids_of)
    for before, paths in zip(contexts, found, strict=True):
        expected = encode_with(backend)([before + text for text in texts])
        assert split(paths) == expected, before


@pytest.mark.parametrize(
    ("merges", "path"),
    [
        ([("Ã", "©"), ("a", "b")], ["Ã©", "ab"]),
        ([("©", "a"), ("Ã", "©")], ["Ã", "©a", "b"]),  # before what stands there is one token
        ([("Ã©", "a"), ("a", "b"), ("Ã", "©")], ["Ã©", "ab"]),  # or only later
    ],
)
def test_what_stands_before_a_word_in_two_pieces_may_merge_with_it(
    merges: list[tuple[str, str]], path: list[str]
) -> None:
    backend = tokenizer(merges=merges)
    table = TokenTable(backend.to_str())
    assert table.merges is not None
    (paths,) = table.merges.encode(["ab"], ["é"], table.ids_of)
    assert [backend.id_to_token(each) for each in split(paths)[0]] == path
    assert backend.encode("éab").tokens == path


# Distinct, letters alone, more than are encoded one by one.
MANY = [a + b + c for a in LETTERS for b in LETTERS for c in LETTERS]
MARKED = ["a-b", "l'a", "ab cd", "aB", "a1"]


def forms(texts: Sequence[str]) -> dict[str, int]:
    return {text: rank for rank, text in enumerate(texts, start=1)}


def tokenizer(
    pre_tokenizer: Any = None, normalizer: Any = None, merges: Sequence[tuple[str, str]] = ()
) -> Tokenizer:
    made = [a + b for a, b in merges]
    vocabulary = {piece: index for index, piece in enumerate([*BYTES, *made])}
    backend = Tokenizer(models.BPE(vocabulary, list(merges)))
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pre_tokenizer is None)
    steps = [pre_tokenizer, level] if pre_tokenizer else [level]
    backend.pre_tokenizer = pre_tokenizers.Sequence(steps)
    backend.decoder = decoders.ByteLevel()
    if normalizer is not None:
        backend.normalizer = normalizer
    return backend


MERGES = [("a", "b"), ("Ġ", "a"), ("ab", "c"), ("b", "c"), ("(", "a"), ("B", "a"), ("a", "B")]


class Counted:
    """An encoder that counts the texts it was given."""

    def __init__(self, backend: Tokenizer) -> None:
        self.texts = 0
        self._encode = encode_with(backend)

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        self.texts += len(texts)
        found: list[list[int]] = self._encode(texts)
        return found


@pytest.mark.parametrize(
    ("before", "cuts"), [("", None), (" ", None), ("", CASED), (" ", CASED), ("(", CASED)]
)
def test_the_tokenizer_encodes_a_sample_and_what_is_not_letters(
    before: str, cuts: str | None
) -> None:
    split_first = pre_tokenizers.Split(Regex(cuts), "isolated") if cuts else None
    backend = tokenizer(split_first, merges=MERGES)
    encode = Counted(backend)
    texts = [*MANY[:60], *MARKED, *MANY[60:], *(text.capitalize() for text in MANY)]
    spellings = WordEncoder(forms(texts), encode, TokenTable(backend.to_str()))
    (paths,) = spellings.paths([before])
    assert split(paths) == encode_with(backend)([before + text for text in texts])
    assert len(MARKED) < encode.texts < len(texts)


def test_one_path_of_the_sample_that_differs_sends_all_to_the_tokenizer() -> None:
    """This one takes every letter for a word of its own, which no description of it says."""
    apart = pre_tokenizers.Split(pattern="b", behavior="isolated")
    backend = tokenizer(apart, merges=MERGES)
    encode = Counted(backend)
    table = TokenTable(backend.to_str())
    assert table.merges is not None
    expected = encode_with(backend)(MANY)
    (merged_paths,) = table.merges.encode(MANY, [""], table.ids_of)
    assert split(merged_paths) != expected
    (paths,) = WordEncoder(forms(MANY), encode, table).paths([""])
    assert split(paths) == expected
    assert encode.texts > len(MANY)


@pytest.mark.parametrize(
    "change",
    [
        {"normalizer": {"type": "Lowercase"}},
        {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "use_regex": True}},
        {"padding": {"strategy": "BatchLongest"}},
    ],
)
def test_a_tokenizer_that_does_more_to_a_word_is_not_imitated(change: dict[str, Any]) -> None:
    content = json.loads(tokenizer(merges=MERGES).to_str())
    assert TokenTable(json.dumps(content)).merges is not None
    assert TokenTable(json.dumps({**content, **change})).merges is None


def test_an_added_token_of_letters_may_be_part_of_a_word() -> None:
    backend = tokenizer(merges=MERGES)
    backend.add_tokens(["(abc", "<x>"])
    merges = TokenTable(backend.to_str()).merges
    assert merges is not None
    assert merges.may_begin(" ")
    assert not merges.may_begin("(")
    texts = [text + "x" for text in MANY]
    table = TokenTable(backend.to_str())
    spellings = WordEncoder(forms(texts), encode_with(backend), table)
    expected = encode_with(backend)([f"({text}" for text in texts])
    (paths,) = spellings.paths(["("])
    for text, path, its in zip(texts, split(paths), expected, strict=True):
        # The added token is no text, so a word that begins with it has no path of its own.
        assert path == ([] if text.startswith("abc") else its)


def test_there_are_enough_words_to_merge() -> None:
    assert len(MANY) > SAMPLE
