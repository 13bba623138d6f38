"""How a tokenizer itself spells the words of a lexicon: their canonical token paths.

A word may be written only by the path that the tokenizer gives it, so a model cannot begin a word
that is not on the list by a token that happens to begin a listed one. The path depends on what
stands right before the word: nothing, a space, or a mark that the tokenizer joins to letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from generation.constraint.encoding import EncodeBatch, Spellings
from generation.constraint.tokens import TokenTable
from vocab.words.trie import RankTrie

BARE = ""
SPACE = " "
# Enough words to see whether a tokenizer joins a mark to the letters after it.
JOINED_SAMPLE = 25


def word_tries(spellings: Spellings, befores: Sequence[str]) -> list[RankTrie | None]:
    """Return, for each of `befores`, the trie of the token paths of it + word, for every spelling
    of every word; None if nothing can be spelt at all.
    """
    tries = []
    for lengths, symbols in spellings.paths(befores):
        spelt = lengths > 0
        ranks = spellings.ranks[spelt]
        tries.append(RankTrie(symbols, lengths[spelt], ranks) if spelt.any() else None)
    return tries


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
    words = list({word[0]: word for word in reversed(words) if word[0].isalpha()}.values())
    words_of = {
        mark: found
        for mark in marks
        if (found := [word for word in words if table.may_join(mark, word[0])])
    }
    if not words_of:
        return frozenset()
    lefts = {left: words[0] if left is Left.WORD else left.value for left in Left}
    cases = [(left, mark) for mark in words_of for left in Left]
    texts = [lefts[left] + mark + word for left, mark in cases for word in words_of[mark]]
    paths = encode([*words, *texts])
    alone = dict(zip(words, paths[: len(words)], strict=True))
    after = iter(paths[len(words) :])
    joined = set()
    for left, mark in cases:
        for word in words_of[mark]:
            if next(after)[-len(alone[word]) :] != alone[word]:
                joined.add((left, mark))
    return frozenset(joined)
