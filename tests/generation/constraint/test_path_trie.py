"""The paths of a PathTrie are those that it was given."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, pre_tokenizers

from generation.constraint.canonical.path_trie import PathTrie
from generation.constraint.canonical.word_paths import WordPaths, WordsKey
from generation.constraint.tokenizer.ragged import flattened
from generation.constraint.tokenizer.token_bytes import TokenTable
from tests.generation.constraint.test_bulk_bpe import CASED, MANY, MARKED, encode_with, tokenizer
from tests.generation.constraint.test_word_paths import paths_of
from vocab.words.lexicon import Lexicon
from vocab.words.trie import NO_RANK
from vocab.words.word_forms import FORM_CLASSES

paths = st.lists(st.integers(0, 6), min_size=1, max_size=5).map(tuple)


@st.composite
def ranked_paths(draw: st.DrawFn) -> list[tuple[tuple[int, ...], int]]:
    found = draw(st.lists(paths, min_size=1, max_size=16, unique=True))
    return list(zip(found, draw(st.permutations(range(1, len(found) + 1))), strict=True))


@settings(deadline=None, derandomize=True, max_examples=400)
@given(ranked_paths(), st.integers(0, 17))
def test_the_paths_are_those_that_were_given(
    given_paths: list[tuple[tuple[int, ...], int]], max_rank: int
) -> None:
    ranks = np.array([rank for _, rank in given_paths], np.int32)
    found = PathTrie(flattened([path for path, _ in given_paths]), ranks)
    firsts = sorted({path[0] for path, _ in given_paths})
    in_force = {path for path, rank in given_paths if rank <= max_rank}
    tokens = {token for path in in_force for token in path}
    assert found.heads.tolist() == firsts
    assert found.first_tokens(max_rank).tolist() == sorted({path[0] for path in in_force})
    assert found.longest == max(len(path) for path, _ in given_paths)
    assert found.best_rank == min(rank for _, rank in given_paths)
    for build in (False, True):  # the trie replaces the list of the paths
        if build:
            assert found.trie is found.trie
            assert found.nbytes == found.trie.nbytes + 4 * len(firsts)  # the steps of the heads
        assert found.steps_from_heads(max_rank).tolist() == [
            min((len(path) - 1 for path in in_force if path[0] == first), default=NO_RANK)
            for first in firsts
        ]
        assert found.tokens(max_rank).tolist() == sorted(tokens)
    for token in range(8):
        node = found.begin(token, max_rank)
        assert (node is None) == all(path[0] != token for path in in_force)
        assert node is None or found.trie.label[node] == token
    assert paths_of(found.trie) == dict(given_paths)


@pytest.mark.parametrize("ignore_merges", [False, True])
def test_the_trie_after_a_mark_holds_the_tokenizers_own_paths(ignore_merges: bool) -> None:
    """Words that merge with the mark, words that do not, and words that are not only letters."""
    merges = [("a", "b"), ("(", "a"), ("ab", "c"), ("b", "c"), ("Ã", "±"), ("(", "Ã±"), ("l", "'")]
    split = pre_tokenizers.Split(Regex(CASED), "isolated")
    content = json.loads(tokenizer(split, merges=merges).to_str())
    content["model"]["ignore_merges"] = ignore_merges
    for index, token in enumerate(["cab", "(bb", "(bc"]):  # which no merges make
        content["model"]["vocab"][token] = 1_000 + index
    backend = Tokenizer.from_str(json.dumps(content))
    table = TokenTable(backend.to_str())
    assert table.merges is not None
    assert table.merges.ignore_merges == ignore_merges
    found = WordPaths(Lexicon([*MANY, *MARKED, "a.b", "c-a"], "es"), table, encode_with(backend))
    for form_class in FORM_CLASSES:
        forms = found.lexicon.forms(form_class)
        for prefix in ["(", "", "-"] if forms else []:
            words = found.of(WordsKey(prefix, form_class))
            assert words is not None
            encoded = encode_with(backend)([prefix + form for form in forms])
            expected = dict(zip(map(tuple, encoded), forms.values(), strict=True))
            assert paths_of(words.trie) == expected, (prefix, form_class)
