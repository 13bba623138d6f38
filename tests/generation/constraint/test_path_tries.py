"""Token paths in parts, some of them behind a mark and never spelt out, are those given."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, pre_tokenizers

from generation.constraint.canonical.path_tries import ContextPaths, PathsByHead, Stem, WholePaths
from generation.constraint.canonical.word_paths import WordPaths, WordsKey
from generation.constraint.tokenizer.ragged import Paths, flattened
from generation.constraint.tokenizer.token_bytes import TokenTable
from tests.generation.constraint.test_bulk_bpe import CASED, MANY, MARKED, encode_with, tokenizer
from tests.generation.constraint.test_word_paths import paths_of
from vocab.words.lexicon import Lexicon
from vocab.words.trie import NO_RANK, Int32, RankTrie, build_trie, prefixed
from vocab.words.word_forms import FORM_CLASSES

Path = tuple[int, ...]
LEAD = 3
TOKENS = st.integers(0, 6)
paths = st.lists(TOKENS, min_size=1, max_size=5).map(tuple)


Ranked = list[tuple[Path, int]]


def arrays_of(found: Ranked) -> tuple[Paths, Int32]:
    return flattened([path for path, _ in found]), np.array([rank for _, rank in found], np.int32)


def trie_of(found: Ranked) -> tuple[RankTrie, Int32]:
    (lengths, symbols), ranks = arrays_of(found)
    return build_trie(symbols, lengths, ranks)


def all_paths(found: ContextPaths) -> dict[Path, int]:
    """Every path of every trie, with its rank."""
    paths = {}
    for token in found.heads.tolist():
        begun = found.begin(token, NO_RANK)
        assert begun is not None
        part, node = begun
        for path, rank in paths_of(found.trie(part)).items():
            if path[0] == token:
                paths[path] = rank
        assert found.trie(part).label[node] == token
    return paths


def behind_lead(alone: Ranked, apart: list[bool]) -> Ranked:
    return [((LEAD, *path), rank) for (path, rank), one in zip(alone, apart, strict=True) if one]


@st.composite
def words(draw: st.DrawFn) -> tuple[Ranked, list[bool], Ranked]:
    """Words by themselves, which of them are the same behind the mark, and the paths of others."""
    alone = draw(st.lists(paths, min_size=1, max_size=12, unique=True))
    ranks = draw(st.permutations(range(1, len(alone) + 9)))
    apart = draw(st.lists(st.booleans(), min_size=len(alone), max_size=len(alone)))
    apart[draw(st.integers(0, len(alone) - 1))] = True
    others = draw(st.lists(paths.filter(lambda path: path[0] != LEAD), max_size=8, unique=True))
    both = list(zip([*alone, *others], ranks, strict=False))
    return both[: len(alone)], apart, both[len(alone) :]


@settings(deadline=None, derandomize=True, max_examples=400)
@given(words(), st.sampled_from(["whole", "by head", "behind a mark"]), st.integers(0, 20))
def test_paths_in_parts_are_those_that_were_given(
    drawn: tuple[Ranked, list[bool], Ranked], kind: str, max_rank: int
) -> None:
    alone, apart, others = drawn
    bare, ends = trie_of(alone)
    found: ContextPaths
    if kind == "behind a mark":
        found = PathsByHead(*arrays_of(others), Stem(LEAD, bare, ends[np.array(apart)]))
        given_paths = [
            ((LEAD, *p), rank) for (p, rank), one in zip(alone, apart, strict=True) if one
        ]
        given_paths += others
    else:
        given_paths = alone
        found = WholePaths(bare) if kind == "whole" else PathsByHead(*arrays_of(alone))

    firsts = sorted({path[0] for path, _ in given_paths})
    in_force = {path for path, rank in given_paths if rank <= max_rank}
    assert found.heads.tolist() == firsts
    assert found.first_tokens(max_rank).tolist() == sorted({path[0] for path in in_force})
    assert found.longest == max(len(path) for path, _ in given_paths)
    assert found.best_rank == min(rank for _, rank in given_paths)
    assert found.steps_from_heads(max_rank).tolist() == [
        min((len(path) - 1 for path in in_force if path[0] == first), default=NO_RANK)
        for first in firsts
    ]
    tokens = {token for path in in_force for token in path}
    assert set(found.tokens(max_rank).tolist()) == tokens
    its_own = set(found.tokens_beside_bare(max_rank).tolist())
    assert tokens <= its_own | set(WholePaths(bare).tokens(max_rank).tolist())
    assert all_paths(found) == dict(given_paths)
    for token in range(8):
        assert (found.begin(token, max_rank) is None) == all(path[0] != token for path in in_force)


@settings(deadline=None, derandomize=True, max_examples=400)
@given(words())
def test_a_trie_behind_a_symbol_is_that_of_the_longer_sequences(
    drawn: tuple[Ranked, list[bool], Ranked],
) -> None:
    alone, apart, _ = drawn
    trie, ends = trie_of(alone)
    expected, _ = trie_of(behind_lead(alone, apart))
    found = prefixed(trie, ends[np.array(apart)], LEAD)
    for name in ("label", "rank", "best_rank", "first_child", "levels"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist(), name


@pytest.mark.parametrize("whole_first", [False, True])
def test_the_trie_behind_a_mark_holds_the_tokenizers_own_paths(whole_first: bool) -> None:
    """Words that merge with the mark, words that do not, and words that are not letters alone."""
    merges = [("a", "b"), ("(", "a"), ("ab", "c"), ("b", "c"), ("Ã", "±"), ("(", "Ã±"), ("l", "'")]
    split = pre_tokenizers.Split(Regex(CASED), "isolated")
    content = json.loads(tokenizer(split, merges=merges).to_str())
    content["model"]["ignore_merges"] = whole_first
    for index, token in enumerate(["cab", "(bb", "(bc"]):  # which no merges make
        content["model"]["vocab"][token] = 1_000 + index
    backend = Tokenizer.from_str(json.dumps(content))
    table = TokenTable(backend.to_str())
    assert table.merges is not None
    assert table.merges.whole_first == whole_first
    paths = WordPaths(Lexicon([*MANY, *MARKED, "a.b", "c-a"], "es"), table, encode_with(backend))
    behind = 0
    for form_class in FORM_CLASSES:
        forms = paths.lexicon.forms(form_class)
        for before in ["(", "", "-"] if forms else []:
            found = paths.of(WordsKey(before, form_class))
            assert found is not None
            behind += isinstance(found, PathsByHead) and found.has_stem
            encoded = encode_with(backend)([before + form for form in forms])
            expected = dict(zip(map(tuple, encoded), forms.values(), strict=True))
            assert all_paths(found) == expected, (before, form_class)
    # Of lower-case, capitalised and upper-case words behind two marks; but cab is not `c` and `ab`.
    assert behind == (4 if whole_first else 6)
