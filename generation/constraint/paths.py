"""How a tokenizer itself spells the words of a lexicon: their canonical token paths.

A word may be written only by the path that the tokenizer gives it, so a model cannot begin a word
that is not on the list by a token that happens to begin a listed one. The path depends on what
stands right before the word: nothing, a space, or a mark that the tokenizer joins to letters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from itertools import chain

import numpy as np

from generation.constraint.tokens import TokenTable
from vocab.words.trie import Int64, RankTrie

# Texts -> token ids of each, without special tokens.
EncodeBatch = Callable[[Sequence[str]], list[list[int]]]

BARE = ""
SPACE = " "
# Enough words to see whether a tokenizer joins a mark to the letters after it.
JOINED_SAMPLE = 25


def word_trie(
    forms: Mapping[str, int], encode: EncodeBatch, before: str, table: TokenTable
) -> RankTrie | None:
    """Return the trie of the token paths of `before` + word, for every spelling of every word.

    forms: spelling -> rank, as `Lexicon.forms` gives them.
    Where a tokenizer normalises, its own path may not spell the word; that word then gets the
    path with the fewest tokens. None if nothing can be spelt at all.
    """
    texts = [before + form for form in forms]
    ranks = np.fromiter(forms.values(), np.int32, len(forms))
    paths = encode(texts)
    lengths, symbols = _flatten(paths)
    if not _spell_back(texts, lengths, symbols, table):
        repaired = [
            path if path and table.text(path) == text.encode() else shortest_path(text, table)
            for path, text in zip(paths, texts, strict=True)
        ]
        spelt = [index for index, path in enumerate(repaired) if path]
        if not spelt:
            return None
        ranks = ranks[spelt]
        lengths, symbols = _flatten([path for path in repaired if path])
    return RankTrie(symbols, lengths, ranks)


def shortest_path(text: str, table: TokenTable) -> list[int] | None:
    """Return the fewest tokens that spell `text`, the longest first among equals; None if none."""
    data = text.encode()
    # best[k]: the fewest tokens that spell data[k:], found from the end.
    best: list[list[int] | None] = [None] * len(data) + [[]]
    for start in range(len(data) - 1, -1, -1):
        for end in range(len(data), start, -1):
            token, rest = table.ids_of.get(data[start:end]), best[end]
            shortest = best[start]
            if token is None or rest is None:
                continue
            if shortest is None or len(rest) + 1 < len(shortest):
                best[start] = [token, *rest]
    return best[0]


def _flatten(paths: Sequence[Sequence[int]]) -> tuple[Int64, Int64]:
    """Return the lengths of the paths and all their ids, one path after the other."""
    lengths = np.fromiter((len(path) for path in paths), np.int64, len(paths))
    return lengths, np.fromiter(chain.from_iterable(paths), np.int64, int(lengths.sum()))


def _spell_back(texts: Sequence[str], lengths: Int64, symbols: Int64, table: TokenTable) -> bool:
    """True if every path spells its text: all the bytes together, and as many for each."""
    encoded = "".join(texts).encode()
    if lengths.min() == 0 or table.text(symbols.tolist()) != encoded:
        return False
    token_sizes = table.sizes[symbols]
    path_sizes = np.add.reduceat(token_sizes, np.append(0, lengths.cumsum()[:-1]))
    text_sizes = np.fromiter((len(text.encode()) for text in texts), np.int64, len(texts))
    return bool((path_sizes == text_sizes).all())


class Left(Enum):
    """What stands before a mark: some tokenizers join it to letters after one and not another."""

    NOTHING = ""
    SPACE = " "
    MARK = "("
    WORD = "word"  # a sample word of the list stands for it


JoinedMarks = frozenset[tuple[Left, str]]


def joined_marks(
    words: Sequence[str], encode: EncodeBatch, table: TokenTable, marks: Sequence[str]
) -> JoinedMarks:
    """Return the marks that the tokenizer joins to the word after them, by what is before them:
    `(the` begins with one token in Qwen, ` (the` does not.

    words: a sample of those that may follow. marks: single characters, none of them a space.
    """
    marks = [mark for mark in marks if table.may_join(mark)]
    words = [word for word in words if word[0].isalpha()][:JOINED_SAMPLE]
    if not marks or not words:
        return frozenset()
    lefts = {left: words[0] if left is Left.WORD else left.value for left in Left}
    cases = [(left, mark) for mark in marks for left in Left]
    alone, *after = _in_groups(
        encode([*words, *(lefts[left] + mark + word for left, mark in cases for word in words)]),
        len(words),
    )
    return frozenset(
        case
        for case, paths in zip(cases, after, strict=True)
        if any(path[-len(word) :] != word for path, word in zip(paths, alone, strict=True))
    )


def _in_groups(paths: Sequence[list[int]], size: int) -> list[Sequence[list[int]]]:
    return [paths[start : start + size] for start in range(0, len(paths), size)]
