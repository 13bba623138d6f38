"""The canonical token paths of the words of a lexicon: the tokenizer's own encoding of each word.

A word may be written only by the path that the tokenizer gives it, so a model cannot begin an
unlisted word by a token that happens to begin a listed one. The path depends on the prefix that is
encoded together with the word: nothing, a space, or a mark that the tokenizer joins to letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import cached_property
from itertools import islice, zip_longest
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from generation.constraint.canonical.path_trie import PathTrie
from generation.constraint.tokenizer.encode_words import EncodeBatch, WordEncoder, every_path
from generation.constraint.tokenizer.ragged import Paths, flattened
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.gc_paused import gc_paused
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Numbers, Punctuation, Style, exercise_marks
from vocab.words.surroundings import Surroundings
from vocab.words.trie import Int32
from vocab.words.word_forms import FORM_CLASSES, WORDS, FormClass, Forms, FormTable, LetterCase

if TYPE_CHECKING:
    from generation.constraint.canonical.boundaries import StyleBoundaries

NO_PREFIX = ""
SPACE = " "
# Number of words that show whether a tokenizer joins a mark to the letters after it.
JOINED_SAMPLE = 25
SAMPLED_ENTRIES = 100  # the sample is taken from the first entries of a list
# A word without a path of the tokenizer's own may be spelt in any way. To a tokenizer that
# lower-cases, every word with a capital is such a word, so both numbers are limited.
MAX_PATHS_OF_WORD = 256
MAX_OTHER_PATHS = 20_000  # of the words of one class after one prefix


class WordsKey(NamedTuple):
    """The words of one class right after `prefix`: nothing, a space, or a mark joined to them."""

    prefix: str
    form_class: FormClass


class WordPaths:
    """The canonical paths of one lexicon under one tokenizer, found on first use.

    All views, requests and threads share them.

    base: The paths of `lexicon.base`, which lists with other appended entries may share.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        table: TokenTable,
        encode: EncodeBatch,
        base: WordPaths | None = None,
    ) -> None:
        self.lexicon = lexicon
        self.table = table
        self.encode = encode
        self.base = base
        # `boundaries.py` fills it. A StyleBoundaries needs these paths, so it cannot be made here.
        self.of_style: dict[Style, StyleBoundaries] = {}
        self._paths: dict[WordsKey, PathTrie | None] = {}
        self._has_other_paths = False
        self._lock = Lock()

    def of(self, key: WordsKey) -> PathTrie | None:
        """Return the paths of the words of a key, or None if it has no words.

        Returns the same object each time.
        """
        if self.base and not key.form_class.appended:
            return self.base.of(key)
        if key not in self._paths:
            self.prepare(key.form_class, (key.prefix,))
        return self._paths[key]

    def prepare(self, form_class: FormClass, prefixes: Iterable[str]) -> None:
        """Find the missing paths of a class for these prefixes.

        One call for all prefixes is faster, because listing the spellings takes as long as encoding
        them.
        """
        if self.base and not form_class.appended:
            self.base.prepare(form_class, prefixes)
            return
        keys = {WordsKey(prefix, form_class) for prefix in prefixes}
        if self._paths.keys() >= keys:
            return
        # Every list needs these two sooner or later.
        keys |= {WordsKey(NO_PREFIX, form_class), WordsKey(SPACE, form_class)}
        with self._lock, gc_paused():
            missing = sorted(keys - self._paths.keys())
            if missing:
                self._find(form_class, [key.prefix for key in missing])

    def _find(self, form_class: FormClass, prefixes: Sequence[str]) -> None:
        forms = self.lexicon.forms(form_class)
        if not forms:
            self._paths.update((WordsKey(prefix, form_class), None) for prefix in prefixes)
            return
        encoder = WordEncoder(forms, self.encode, self.table)
        for prefix, own_paths in zip(prefixes, encoder.paths(prefixes), strict=True):
            self._has_other_paths |= not own_paths[0].all()
            paths, ranks = with_other_paths(encoder, prefix, own_paths)
            trie = PathTrie(paths, ranks) if len(ranks) else None
            self._paths[WordsKey(prefix, form_class)] = trie

    @cached_property
    def joined_marks(self) -> JoinedMarks:
        """The marks that this tokenizer joins to the letters after them."""
        if self.base:
            return self.base.joined_marks
        # The style with the most marks before letters.
        style = Style(numbers=Numbers.DIGITS, punctuation=Punctuation.MARKDOWN)
        marks = Surroundings(self.lexicon.orthography, style).all_marks
        marks |= {exercise_marks.AT, *exercise_marks.tight_operators(self.lexicon.orthography)}
        # Entries that are appended to a longer list do not change the sample.
        table = FormTable(
            self.lexicon.entries[:SAMPLED_ENTRIES],
            self.lexicon.orthography,
            characters=self.lexicon.characters,
        )
        symbols = [mark for mark in sorted(marks) if not mark.isdigit() and mark not in " \n"]
        return joined_marks(sample_of(table.forms), self.encode, self.table, symbols)

    @property
    def may_be_base(self) -> bool:
        """False if some words have no path of the tokenizer's own.

        The number of other paths of a word depends on the number of such words in the whole list.
        """
        for form_class in FORM_CLASSES:
            if form_class.role in WORDS and form_class.case is not LetterCase.UPPER:
                self.prepare(form_class, (NO_PREFIX,))
        return not self._has_other_paths

    @property
    def nbytes(self) -> int:
        """Bytes of these paths without those of `base`, and of the lexicon, which they keep."""
        paths = sum(each.nbytes for each in list(self._paths.values()) if each is not None)
        styles = sum(each.nbytes for each in list(self.of_style.values()))
        return paths + styles + self.lexicon.nbytes + self.lexicon.entry_bytes


def with_other_paths(encoder: WordEncoder, prefix: str, own_paths: Paths) -> tuple[Paths, Int32]:
    """Return the paths of `prefix` + every spelling, and [paths] the rank of each path.

    own_paths: The tokenizer's own path of each spelling, 0 tokens for a spelling that has none.
        These spellings get other paths, which come last.
    """
    lengths, symbols = own_paths
    has_own = lengths > 0
    ranks, lengths = encoder.ranks[has_own], lengths[has_own]
    if not has_own.all():
        paths, path_ranks = _other_paths(encoder, prefix, np.flatnonzero(~has_own).tolist())
        more, more_symbols = flattened(paths)
        lengths, symbols = np.append(lengths, more), np.append(symbols, more_symbols)
        ranks = np.append(ranks, np.array(path_ranks, np.int32))
    return (lengths, symbols), ranks


def _other_paths(
    encoder: WordEncoder, prefix: str, indices: Sequence[int]
) -> tuple[list[tuple[int, ...]], list[int]]:
    """Return all paths of the spellings at `indices`, up to the limits, and the rank of each."""
    max_paths = max(1, min(MAX_PATHS_OF_WORD, MAX_OTHER_PATHS // len(indices)))
    paths, ranks = [], []
    for index in indices:
        found = every_path(prefix + encoder.forms[index], encoder.table, max_paths)
        paths += found
        ranks += [int(encoder.ranks[index])] * len(found)
    return paths, ranks


class Preceding(Enum):
    """What precedes a mark. Some tokenizers join the mark to letters only after some of these."""

    NOTHING = ""
    SPACE = " "
    MARK = "("
    WORD = "word"  # a sample word of the list is used for it


JoinedMarks = frozenset[tuple[Preceding, str]]


def sample_of(forms: Callable[[FormClass], Forms]) -> list[str]:
    """Return a sample of the spellings that `forms` gives for the classes."""
    halves = [
        [form for each in FORM_CLASSES if each.elides is elides for form in forms(each)]
        for elides in (False, True)
    ]
    # One half has all words that begin with a vowel, and some marks join only these.
    pairs = zip_longest(*(half[:JOINED_SAMPLE] for half in halves))
    return [form for pair in pairs for form in pair if form is not None][:JOINED_SAMPLE]


def joined_marks(
    words: Sequence[str], encode: EncodeBatch, table: TokenTable, marks: Sequence[str]
) -> JoinedMarks:
    """Return the marks that the tokenizer joins to the word after them, each with what precedes it.

    Qwen encodes the beginning of `(the` to one token, but not that of ` (the`.

    words: A sample of the words that may follow.
    marks: Single characters, no spaces.
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
    text_of = {each: words[0] if each is Preceding.WORD else each.value for each in Preceding}
    cases = [(preceding, mark) for mark in words_of for preceding in Preceding]
    texts = [
        text_of[preceding] + mark + word for preceding, mark in cases for word in words_of[mark]
    ]
    paths = iter(encode([*words, *texts]))
    path_of_word = dict(zip(words, paths, strict=False))
    joined = set()
    for preceding, mark in cases:
        own_paths = [path_of_word[word] for word in words_of[mark]]
        with_mark = list(islice(paths, len(own_paths)))
        if any(path[-len(own) :] != own for path, own in zip(with_mark, own_paths, strict=True)):
            joined.add((preceding, mark))
    return frozenset(joined)
