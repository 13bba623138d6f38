"""A wordlist under a tokenizer: words that it cannot write, and words of many tokens.

The lint uses the same tries of token paths as decoding, so that the two always agree. It takes
about a second for 20,000 entries, nearly all of it in the tokenizer. It needs no model and no
Django.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from generation.constraint.canonical.boundaries import Boundaries
from generation.constraint.canonical.word_paths import NO_PREFIX, SPACE, WordPaths, WordsKey
from generation.constraint.lint.reachable import mark_tokens, reachable_states, word_prefixes
from generation.constraint.session import TokenIds
from generation.constraint.token_ids import union
from generation.constraint.tokenizer.encode_words import EncodeBatch, every_path
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Orthography
from vocab.words.trie import NO_RANK, RankTrie
from vocab.words.word_forms import FORM_CLASSES, spellings

# A path after a space is long if it has more tokens: slow to write, and rarely chosen.
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
    """The report of one list under one tokenizer.

    tokenizer: Its name.
    entries: Number of entries.
    vocabulary: Number of tokens of the tokenizer that are text.
    unreachable: Entries without a spelling that can be written, after a space or at the start of a
        text, the best rank first.
    long_paths: Entries with more than USUAL_TOKENS tokens after a space, the longest first.
    reachable_tokens: N -> the number of distinct tokens that texts of the first N entries can have,
        with marks and without stop tokens. The last N is the number of entries.
    tokens_per_word: Mean number of tokens of the entries after a space, weighted by 1/rank, which
        is roughly their frequency in text. None if no entry can be written after a space.
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
    """word_counts: Values of N for `reachable_tokens`. Those beyond the list are left out."""
    paths = WordPaths(lexicon.alone, table, encode)
    bare, spaced = _written(paths, NO_PREFIX), _written(paths, SPACE)
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
    written = bare.keys() | {text.removeprefix(SPACE.encode()) for text in spaced}
    weight = sum(1 / rank for rank in sizes)
    tokens = sum(size / rank for rank, size in sizes.items())
    return WordlistLint(
        tokenizer=tokenizer,
        entries=len(lexicon),
        vocabulary=len(table),
        unreachable=tuple(
            UnreachableWord(rank, entry, _why_unreachable(entry, table, lexicon.orthography))
            for rank, entry in enumerate(lexicon.entries, start=1)
            if rank not in sizes
            and not any(
                form.encode() in written for form in _texts_with(entry, lexicon.orthography)
            )
        ),
        long_paths=tuple(sorted(long_paths, key=lambda path: (-path.tokens, path.rank))),
        reachable_tokens={n: len(ids) for n, ids in reachable_tokens(paths, counts).items()},
        tokens_per_word=tokens / weight if weight else None,
    )


def reachable_tokens(paths: WordPaths, counts: Sequence[int]) -> dict[int, TokenIds]:
    """Map each N to the ids, sorted, that texts of the first N entries can have."""
    found = {}
    marks: TokenIds | None = None
    for n in counts:
        boundaries = Boundaries(paths, n, ())
        if marks is None:  # marks and prefixes do not depend on N
            states = reachable_states(boundaries.surroundings)
            marks = mark_tokens(boundaries.marks, states)
            prefixes = word_prefixes(boundaries.marks, states)
        words = [boundaries.tokens_of(WordsKey(*each)) for each in prefixes]
        found[n] = union((marks, *words))
    return found


def _written(paths: WordPaths, prefix: str) -> dict[bytes, int]:
    """Map every text with a path after `prefix` to the number of tokens of its shortest path."""
    found: dict[bytes, int] = {}
    for form_class in FORM_CLASSES:
        words = paths.of(WordsKey(prefix, form_class))
        if words is None:
            continue
        trie = words.trie
        texts = _texts(trie, paths.table)
        depth = np.repeat(np.arange(len(trie.levels) - 1), np.diff(trie.levels)).tolist()
        for node in np.flatnonzero(trie.rank < NO_RANK).tolist():
            found.setdefault(texts[node], depth[node])  # nodes are numbered level by level
    return found


def _texts(trie: RankTrie, table: TokenTable) -> list[bytes]:
    """Return [nodes]: the bytes that lead to each node."""
    texts = [b""]
    parents = np.repeat(np.arange(trie.node_count), np.diff(trie.first_child))
    for parent, token in zip(parents.tolist(), trie.label[1:].tolist(), strict=True):
        texts.append(texts[parent] + table.bytes_of[token])
    return texts


def _texts_with(entry: str, orthography: Orthography) -> Iterable[str]:
    """Return the spellings of an entry; of a part such as n't, the words that it is in."""
    if entry.lower() in orthography.parts:
        return _words_with(entry, orthography)
    return spellings(entry, orthography)


def _words_with(part: str, orthography: Orthography) -> list[str]:
    found = orthography.contractions.items()
    return [word for word, ways in found if any(part.lower() in parts for parts in ways)]


def _why_unreachable(entry: str, table: TokenTable, orthography: Orthography) -> str:
    """Name the characters without tokens. A word without such characters can be written."""
    missing = [mark for mark in dict.fromkeys(entry) if not every_path(mark, table, 1)]
    if missing:
        return f"no token writes {' or '.join(repr(character) for character in missing)}"
    if entry.lower() in orthography.parts:
        words = ", ".join(_words_with(entry, orthography)[:3])
        return f"it is only a part of words ({words}), and the list lacks their other parts"
    return "no sequence of tokens spells it"
