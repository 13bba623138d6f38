"""How a tokenizer itself spells the words of a lexicon: their canonical token paths.

A word may be written only by the path that the tokenizer gives it, so a model cannot begin a word
that is not on the list by a token that happens to begin a listed one. The path depends on what
stands right before the word: nothing, a space, or a mark that the tokenizer joins to letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from functools import cached_property
from itertools import islice
from threading import Lock
from typing import NamedTuple

import numpy as np

from generation.constraint.canonical.path_tries import ContextPaths, PathsByHead, Stem, WholePaths
from generation.constraint.tokenizer.encode_words import EncodeBatch, WordEncoder, every_path
from generation.constraint.tokenizer.gc_paused import gc_paused
from generation.constraint.tokenizer.ragged import Behind, Paths, flattened
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Punctuation, Style
from vocab.words.surroundings import Surroundings
from vocab.words.trie import Int32, Int64, RankTrie, build_trie
from vocab.words.word_forms import FORM_CLASSES, FormClass

BARE = ""
SPACE = " "
# Enough words to see whether a tokenizer joins a mark to the letters after it.
JOINED_SAMPLE = 25
# A word that the tokenizer has no path for may be spelt in any way, but to a tokenizer that
# lower-cases that is every word with a capital: the more there are, the fewer paths has each.
MAX_PATHS_OF_WORD = 256
MAX_OTHER_PATHS = 20_000


class WordsKey(NamedTuple):
    """Words of one class right after `context`: nothing, a space, or a mark joined to them."""

    context: str
    form_class: FormClass


class TrieKey(NamedTuple):
    """A part of the paths of some words; see `ContextPaths`."""

    words: WordsKey
    part: int


class WordPaths:
    """The canonical paths of one lexicon under one tokenizer, found on first use.

    Shared by every view, request and thread.
    """

    def __init__(self, lexicon: Lexicon, table: TokenTable, encode: EncodeBatch) -> None:
        self.lexicon = lexicon
        self.table = table
        self.encode = encode
        self._paths: dict[WordsKey, ContextPaths | None] = {}
        # Of each class, the trie of the words by themselves, and where each spelling ends in it.
        self._bare: dict[FormClass, tuple[RankTrie, Int32]] = {}
        self._lock = Lock()

    def of(self, key: WordsKey) -> ContextPaths | None:
        """The paths of the words of a key; None if there are none. The same object each time, one
        trie of words by themselves and after a space.
        """
        if key not in self._paths:
            self.prepare(key.form_class, (key.context,))
        return self._paths[key]

    def prepare(self, form_class: FormClass, contexts: Iterable[str]) -> None:
        """Find the paths of a class that are not there yet: in one go, because to spell the words
        out takes as long as to encode them.
        """
        keys = {WordsKey(context, form_class) for context in contexts}
        if self._paths.keys() >= keys:
            return
        # Every list needs these two sooner or later.
        keys |= {WordsKey(BARE, form_class), WordsKey(SPACE, form_class)}
        with self._lock, gc_paused():
            missing = sorted(keys - self._paths.keys())
            if missing:
                self._find(form_class, [key.context for key in missing])

    def _find(self, form_class: FormClass, contexts: Sequence[str]) -> None:
        forms = self.lexicon.forms(form_class)
        if not forms:
            self._paths.update((WordsKey(context, form_class), None) for context in contexts)
            return
        spellings = WordEncoder(forms, self.encode, self.table)
        # The words by themselves, to which others refer, come first.
        for context, found in zip(contexts, spellings.paths(contexts), strict=True):
            self._paths[WordsKey(context, form_class)] = self._made(
                spellings, WordsKey(context, form_class), found
            )

    def _made(
        self, spellings: WordEncoder, key: WordsKey, found: Paths | Behind
    ) -> ContextPaths | None:
        if isinstance(found, Behind) and key.context != SPACE:
            bare, ends = self._bare[key.form_class]
            stem = Stem(found.lead, bare, ends[found.apart])
            paths, ranks = with_other_paths(spellings, key.context, found.paths, found.others)
            return PathsByHead(paths, ranks, stem)
        whole = found.whole() if isinstance(found, Behind) else found
        every = np.arange(len(spellings.forms))
        paths, ranks = with_other_paths(spellings, key.context, whole, every)
        if len(ranks) == 0:
            return None
        if key.context not in (BARE, SPACE):
            return PathsByHead(paths, ranks)
        lengths, symbols = paths
        trie, ends = build_trie(symbols, lengths, ranks)
        if key.context == BARE:
            own = np.flatnonzero(whole[0])
            ends_of_forms = np.zeros(len(every), np.int32)
            ends_of_forms[own] = ends[: len(own)]
            self._bare[key.form_class] = trie, ends_of_forms
        return WholePaths(trie)

    @cached_property
    def joined_marks(self) -> JoinedMarks:
        """The marks that this tokenizer joins to the letters after them."""
        style = Style(punctuation=Punctuation.MARKDOWN)  # the one with the most
        marks = Surroundings(self.lexicon.orthography, style).all_marks
        sample: list[str] = []
        for form_class in FORM_CLASSES:
            if len(sample) < JOINED_SAMPLE:  # or the forms of every class would be made
                sample += islice(self.lexicon.forms(form_class), JOINED_SAMPLE - len(sample))
        symbols = [mark for mark in sorted(marks) if not mark.isdigit() and mark not in " \n"]
        return joined_marks(sample, self.encode, self.table, symbols)

    @property
    def nbytes(self) -> int:
        ends = [ends for _, ends in list(self._bare.values())]
        return sum(each.nbytes for each in (*list(self._paths.values()), *ends) if each is not None)


def with_other_paths(
    spellings: WordEncoder, before: str, found: Paths, words: Int64
) -> tuple[Paths, Int32]:
    """Return the token paths of `before` + some spellings, the tokenizer's own first, and the rank
    of each path.

    words: which spellings; found: the tokenizer's own path of each, 0 tokens where it has none.
    """
    lengths, symbols = found
    own = lengths > 0
    ranks, lengths = spellings.ranks[words[own]], lengths[own]
    if not own.all():
        paths, path_ranks = _other_paths(spellings, before, words[~own].tolist())
        more, more_symbols = flattened(paths)
        lengths, symbols = np.append(lengths, more), np.append(symbols, more_symbols)
        ranks = np.append(ranks, np.array(path_ranks, np.int32))
    return (lengths, symbols), ranks


def _other_paths(
    spellings: WordEncoder, before: str, indices: Sequence[int]
) -> tuple[list[tuple[int, ...]], list[int]]:
    """Return all paths of the spellings to which the tokenizer gives none of its own, and the rank
    of each: as many as there is room for.
    """
    most = max(1, min(MAX_PATHS_OF_WORD, MAX_OTHER_PATHS // len(indices)))
    paths, ranks = [], []
    for index in indices:
        found = every_path(before + spellings.forms[index], spellings.table, most)
        paths += found
        ranks += [int(spellings.ranks[index])] * len(found)
    return paths, ranks


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
    words = [word for word in words if word[0].isalpha()][:JOINED_SAMPLE]
    letters = {word[0] for word in words}
    words_of = {}
    for mark in marks:
        joining = {letter for letter in letters if table.may_join(mark, letter)}
        if joining:
            words_of[mark] = [word for word in words if word[0] in joining]
    if not words_of:
        return frozenset()
    lefts = {left: words[0] if left is Left.WORD else left.value for left in Left}
    cases = [(left, mark) for mark in words_of for left in Left]
    texts = [lefts[left] + mark + word for left, mark in cases for word in words_of[mark]]
    paths = iter(encode([*words, *texts]))
    alone = dict(zip(words, paths, strict=False))
    joined = set()
    for left, mark in cases:
        own = [alone[word] for word in words_of[mark]]
        behind = islice(paths, len(own))
        if any(path[-len(end) :] != end for path, end in zip(list(behind), own, strict=True)):
            joined.add((left, mark))
    return frozenset(joined)
