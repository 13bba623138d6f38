"""How a tokenizer itself spells the words of a lexicon: their canonical token paths.

A word may be written only by the path that the tokenizer gives it, so a model cannot begin a word
that is not on the list by a token that happens to begin a listed one. The path depends on what
stands right before the word: nothing, a space, or a mark that the tokenizer joins to letters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np

from generation.constraint.tokens import TokenTable
from vocab.words.lexicon import Lexicon
from vocab.words.trie import Int64, RankTrie

# Texts -> token ids of each, without special tokens.
EncodeBatch = Callable[[Sequence[str]], list[list[int]]]

BARE = ""
SPACE = " "
# Enough words to see whether a tokenizer joins a mark to the letters after it.
FUSION_SAMPLE = 200


def word_trie(
    lexicon: Lexicon, encode: EncodeBatch, before: str, table: TokenTable
) -> RankTrie | None:
    """Return the trie of the token paths of `before` + word, for every spelling of every word.

    A path that does not spell its text back (a tokenizer that normalises) is left out. None if no
    path is left.
    """
    forms = lexicon.forms()
    texts = [before + form for form in forms]
    ranks = np.fromiter(forms.values(), np.int32, len(forms))
    paths = encode(texts)
    lengths = np.fromiter((len(path) for path in paths), np.int64, len(paths))
    symbols = np.fromiter(chain.from_iterable(paths), np.int64, int(lengths.sum()))
    if not _spell_back(texts, lengths, symbols, table):
        good = [
            index
            for index, (path, text) in enumerate(zip(paths, texts, strict=True))
            if path and table.text(path) == text.encode()
        ]
        if not good:
            return None
        paths, ranks, lengths = [paths[index] for index in good], ranks[good], lengths[good]
        symbols = np.fromiter(chain.from_iterable(paths), np.int64, int(lengths.sum()))
    return RankTrie(symbols, lengths, ranks)


def _spell_back(texts: Sequence[str], lengths: Int64, symbols: Int64, table: TokenTable) -> bool:
    """True if every path spells its text: all the bytes together, and as many for each."""
    encoded = "".join(texts).encode()
    if lengths.min() == 0 or table.text(symbols.tolist()) != encoded:
        return False
    token_sizes = table.sizes[symbols]
    path_sizes = np.add.reduceat(token_sizes, np.append(0, lengths.cumsum()[:-1]))
    text_sizes = np.fromiter((len(text.encode()) for text in texts), np.int64, len(texts))
    return bool((path_sizes == text_sizes).all())


def fuses(lexicon: Lexicon, encode: EncodeBatch, mark: str) -> bool:
    """True if the tokenizer joins `mark` to the word after it: `(the` as one token in Qwen."""
    sample = lexicon.entries[:FUSION_SAMPLE]
    alone = encode(sample)
    after = encode([mark + word for word in sample])
    return any(path[-len(word) :] != word for path, word in zip(after, alone, strict=True))
