"""The lint of a list under a tokenizer, against counting by trying."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.lint.wordlist import (
    UnreachableWord,
    WordlistLint,
    lint_wordlist,
    reachable_tokens,
)
from generation.constraint.tokenizer.token_bytes import TokenTable
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon

ENGLISH = ["it", "the", "dog", "a", "cat", "don't", "sees", "house", "ice cream", "ice", "Ann"]
# A mark right before letters belongs to them, as in Qwen's vocabularies.
JOINING = Regex(r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+")


class Trained:
    """A byte-level tokenizer trained on `corpus`, with the bytes of the corpus only."""

    def __init__(
        self,
        corpus: Sequence[str],
        split: Regex | None = None,
        normalizer: normalizers.Normalizer | None = None,
    ) -> None:
        self.backend = Tokenizer(models.BPE())
        if normalizer is not None:
            self.backend.normalizer = normalizer
        bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=split is None)
        self.backend.pre_tokenizer = (
            bytes_only
            if split is None
            else pre_tokenizers.Sequence([pre_tokenizers.Split(split, "isolated"), bytes_only])
        )
        self.backend.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(vocab_size=200, show_progress=False)
        self.backend.train_from_iterator(corpus, trainer)
        self.table = TokenTable(self.backend.to_str())

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        return [found.ids for found in self.backend.encode_batch(list(texts))]

    def lint(self, lexicon: Lexicon, word_counts: Sequence[int] = ()) -> WordlistLint:
        return lint_wordlist(
            lexicon, self.table, self.encode, tokenizer="trained", word_counts=word_counts
        )


@cache
def joining() -> Trained:
    marks = '"the "the (the —the (dog —dog. "dog" (a cat) "cat" house" (it) (house), sees it.'
    texts = "Ann sees the dog. don't! \n\n don’t? ice cream… – - “it” : ; 0 1 2 3 4 5 6 7 8 9"
    return Trained([marks, texts], JOINING)


def tiny_lint(words: list[str], language: str, word_counts: Sequence[int] = ()) -> WordlistLint:
    loaded = tiny.loaded()
    return lint_wordlist(
        Lexicon(words, language),
        loaded.table,
        loaded.encode,
        tokenizer="tiny",
        word_counts=word_counts,
    )


def tokens_of_walks(paths: WordPaths, n: int) -> set[int]:
    """Every token that is allowed somewhere on many walks at random."""
    automaton = TokenAutomaton(paths, n, ())
    walk = random.Random(n)
    tokens: set[int] = set()
    for _ in range(300):
        state = automaton.start
        for _ in range(25):
            allowed = automaton.allowed(state).tolist()
            tokens.update(allowed)
            state = automaton.advance(state, walk.choice(allowed))
    return tokens


@pytest.mark.parametrize(
    ("table", "encode"),
    [(tiny.loaded().table, tiny.loaded().encode), (joining().table, joining().encode)],
    ids=["tiny", "joining"],
)
def test_the_reachable_tokens_are_those_that_some_text_has(
    table: TokenTable, encode: Callable[[Sequence[str]], list[list[int]]]
) -> None:
    paths = WordPaths(Lexicon(ENGLISH, "en"), table, encode)
    found = reachable_tokens(paths, [1, 4, 11])
    for n, exact in found.items():
        walked = tokens_of_walks(paths, n)
        quick = set(TokenAutomaton(paths, n, ()).reachable.tolist())
        assert walked <= set(exact.tolist()) <= quick
        assert len(exact) <= 1.25 * len(walked)
        assert len(quick) < 1.5 * len(exact)
    sizes = [len(exact) for exact in found.values()]
    assert sizes[0] < sizes[1] < sizes[2] < len(table)


def test_the_lint_counts_them_for_each_n_that_the_list_has() -> None:
    lint = tiny_lint(ENGLISH, "en", (1, 4, 1_000))
    loaded = tiny.loaded()
    paths = WordPaths(Lexicon(ENGLISH, "en"), loaded.table, loaded.encode)
    expected = {n: len(ids) for n, ids in reachable_tokens(paths, [1, 4, 11]).items()}
    assert lint.reachable_tokens == expected


def test_the_joining_tokenizer_joins() -> None:
    """Else the test above would not look at what joined marks add."""
    paths = WordPaths(Lexicon(ENGLISH, "en"), joining().table, joining().encode)
    assert '"' in {mark for _, mark in paths.joined_marks}


def test_words_in_many_tokens_come_longest_first() -> None:
    words = ["hola", "otorrinolaringólogo", "casa", "jeroglífico", "xyzzyx", "la"]
    encode = tiny.loaded().encode
    sizes = {word: len(encode([f" {word}"])[0]) for word in words}
    lint = tiny_lint(words, "es")
    found = [(path.entry, path.tokens) for path in lint.long_paths]
    expected = [(word, size) for word, size in sizes.items() if size > 4]
    assert sorted(found) == sorted(expected)
    assert 1 < len(found) < len(words)
    assert [size for _, size in found] == sorted((size for _, size in found), reverse=True)
    assert all(words[path.rank - 1] == path.entry for path in lint.long_paths)


def test_running_words_weigh_by_their_rank() -> None:
    words = ["hola", "xyzzyx", "la"]
    first, second, third = (len(path) for path in tiny.loaded().encode([f" {w}" for w in words]))
    lint = tiny_lint(words, "es")
    expected = (first + second / 2 + third / 3) / (1 + 1 / 2 + 1 / 3)
    assert lint.tokens_per_word == pytest.approx(expected)
    assert (lint.tokenizer, lint.entries, lint.unreachable) == ("tiny", 3, ())


def test_words_without_tokens_are_unreachable_with_the_reason() -> None:
    """A tokenizer that lower-cases what it reads, and learnt no capitals."""
    lower = Trained(["la casa de maría, una casa. el niño"], normalizer=normalizers.Lowercase())
    words = ["casa", "María", "Wok", "sol", "NI", "maría"]
    lint = lower.lint(Lexicon(words, "es"))
    assert lint.unreachable == (
        UnreachableWord(2, "María", "no token writes 'M'"),
        UnreachableWord(3, "Wok", "no token writes 'W' or 'k'"),
        UnreachableWord(5, "NI", "no token writes 'N' or 'I'"),
    )
    assert lint.tokens_per_word is not None


def test_a_word_that_only_its_other_spellings_let_through_is_reachable() -> None:
    capitals = Trained(["EL SOL, LA CASA"])
    lint = capitals.lint(Lexicon(["sol", "mar"], "es"))
    assert [word.entry for word in lint.unreachable] == ["mar"]
    assert lint.tokens_per_word is None, "no entry can be written as it stands"


def test_a_word_that_another_entry_stands_for_is_reachable() -> None:
    """Both are written AGUA, which has the rank of the first."""
    assert tiny_lint(["agua", "AGUA"], "es").unreachable == ()


def test_a_part_of_a_contraction_is_reachable_with_the_other_part() -> None:
    """Nothing is written n't, but didn't has it."""
    assert tiny_lint(["did", "n't", "I", "see", "it"], "en").unreachable == ()
    (word,) = tiny_lint(["n't", "see"], "en").unreachable
    assert (word.rank, word.entry) == (1, "n't")
    assert word.reason.startswith("it is only a part of words (isn't, ")
    assert word.reason.endswith("and the list lacks their other parts")


def test_a_list_of_which_nothing_can_be_written() -> None:
    # Without letters that could be a label or a unit, such as the a of a) and the s of 5 s.
    lint = Trained(["yoyo"]).lint(Lexicon(["词", "月"], "zh"), [1])
    assert [word.reason for word in lint.unreachable] == [
        "no token writes '词'",
        "no token writes '月'",
    ]
    assert lint.reachable_tokens == {1: 0, 2: 0}
