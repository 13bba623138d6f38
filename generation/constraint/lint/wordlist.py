"""What a tokenizer makes of a wordlist: words it cannot write, words it writes in many pieces.

Everything is read from the tries of token paths that decoding itself uses, so the lint cannot say
one thing and a reply do another. Takes about a second for 20,000 entries, nearly all of it spent
in the tokenizer. Pure: it knows neither models nor Django.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from generation.constraint.canonical.boundaries import Boundaries
from generation.constraint.canonical.path_tries import WHOLE
from generation.constraint.canonical.word_paths import BARE, SPACE, WordPaths, WordsKey
from generation.constraint.lint.reachable import mark_tokens, places, word_contexts
from generation.constraint.session import TokenIds, united
from generation.constraint.tokenizer.encode_words import EncodeBatch, every_path
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.lexicon import Lexicon
from vocab.words.trie import NO_RANK, RankTrie
from vocab.words.word_forms import FORM_CLASSES, spellings

# More tokens than this after a space make a long path: slow to write and easy to miss.
USUAL_TOKENS = 4
WORD_COUNTS = (1_000, 3_000)


@dataclass(frozen=True, slots=True)
class UnreachableWord:
    rank: int
    entry: str
    reason: str


@dataclass(frozen=True, slots=True)
class LongPath:
    rank: int
    entry: str
    tokens: int


@dataclass(frozen=True, slots=True)
class WordlistLint:
    """tokenizer: its name. entries: how many. vocabulary: how many tokens of it are text.

    unreachable: entries no spelling of which can be written, neither after a space nor at the
    start of a text, the best rank first. long_paths: entries that take more than USUAL_TOKENS
    tokens after a space, the longest first. reachable_tokens: N -> how many distinct tokens can
    be chosen at some place of some text of the first N entries, marks included, the tokens that
    end a reply not; the last N is all entries. tokens_per_word: the mean over the entries as they
    stand, after a space, each weighted by 1/rank as running text roughly is; None if none can be
    written so.
    """

    tokenizer: str
    entries: int
    vocabulary: int
    unreachable: tuple[UnreachableWord, ...]
    long_paths: tuple[LongPath, ...]
    reachable_tokens: Mapping[int, int]
    tokens_per_word: float | None


def lint_wordlist(
    lexicon: Lexicon,
    table: TokenTable,
    encode: EncodeBatch,
    *,
    tokenizer: str,
    word_counts: Sequence[int] = WORD_COUNTS,
) -> WordlistLint:
    """word_counts: the N to count reachable tokens at; those beyond the list are left out."""
    paths = WordPaths(lexicon, table, encode)
    bare, spaced = _written(paths, BARE), _written(paths, SPACE)
    counts = sorted({n for n in word_counts if n < len(lexicon)} | {len(lexicon)})
    sizes = {
        rank: size
        for rank, entry in enumerate(lexicon.entries, start=1)
        if (size := spaced.get((SPACE + entry).encode())) is not None
    }
    long_paths = [
        LongPath(rank, lexicon.entries[rank - 1], size)
        for rank, size in sizes.items()
        if size > USUAL_TOKENS
    ]
    weight = sum(1 / rank for rank in sizes)
    tokens = sum(size / rank for rank, size in sizes.items())
    return WordlistLint(
        tokenizer=tokenizer,
        entries=len(lexicon),
        vocabulary=len(table),
        unreachable=tuple(
            UnreachableWord(rank, entry, _why_unreachable(entry, table))
            for rank, entry in enumerate(lexicon.entries, start=1)
            if rank not in sizes
            and not any(
                (SPACE + form).encode() in spaced or form.encode() in bare
                for form in spellings(entry, lexicon.orthography)
            )
        ),
        long_paths=tuple(sorted(long_paths, key=lambda path: (-path.tokens, path.rank))),
        reachable_tokens={n: len(ids) for n, ids in reachable_tokens(paths, counts).items()},
        tokens_per_word=tokens / weight if weight else None,
    )


def reachable_tokens(paths: WordPaths, counts: Sequence[int]) -> dict[int, TokenIds]:
    """Map each N to the ids, sorted, that may be chosen at some place of some text."""
    found = {}
    marks: TokenIds | None = None
    for n in counts:
        boundaries = Boundaries(paths, n, ())
        if marks is None:  # nothing about them depends on N
            everywhere = places(boundaries.surroundings)
            marks = mark_tokens(boundaries.marks, everywhere)
            contexts = word_contexts(boundaries.marks, everywhere)
        words = [boundaries.tokens_of(WordsKey(*context)) for context in contexts]
        found[n] = united((marks, *words))
    return found


def _written(paths: WordPaths, context: str) -> dict[bytes, int]:
    """Map every text that has a path in `context` to the number of tokens of the shortest."""
    found: dict[bytes, int] = {}
    for form_class in FORM_CLASSES:
        words = paths.of(WordsKey(context, form_class))
        if words is None:
            continue
        trie = words.trie(WHOLE)
        texts = _texts(trie, paths.table)
        depth = np.repeat(np.arange(len(trie.levels) - 1), np.diff(trie.levels)).tolist()
        for node in np.flatnonzero(trie.rank < NO_RANK).tolist():
            found.setdefault(texts[node], depth[node])  # nodes are numbered level by level
    return found


def _texts(trie: RankTrie, table: TokenTable) -> list[bytes]:
    """[nodes]: the bytes that lead to each node. Parents come before their children."""
    texts = [b""]
    parents = np.repeat(np.arange(trie.node_count), np.diff(trie.first_child))
    for parent, token in zip(parents.tolist(), trie.label[1:].tolist(), strict=True):
        texts.append(texts[parent] + table.bytes_of[token])
    return texts


def _why_unreachable(entry: str, table: TokenTable) -> str:
    """A word all of whose characters have tokens can be written: name those that have none."""
    missing = [mark for mark in dict.fromkeys(entry) if not every_path(mark, table, 1)]
    if not missing:
        return "no sequence of tokens spells it"
    return f"no token writes {' or '.join(repr(character) for character in missing)}"
