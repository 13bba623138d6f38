"""A list that was edited allows what it allows when it is built from nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import SAMPLED_ENTRIES
from generation.constraint.factory import ConstraintFactory, TokenPaths
from generation.constraint.session import NO_IDS, ConstraintSession, TokenIds
from generation.constraint.tokenizer.token_bytes import TokenTable
from tests.generation.constraint.real_tokenizers import RealTokenizer
from tests.generation.constraint.test_token_automaton_properties import (
    chosen,
    languages_and_styles,
    tokenizers,
    words,
)
from tests.generation.engine import tiny
from vocab import vocabulary_cache
from vocab.vocabulary_cache import VocabularyCache
from vocab.words.lexicon import MAX_APPENDED, Lexicon
from vocab.words.orthography import Style
from vocab.words.vocabulary import Vocabulary

# Enough entries that later ones do not change the sample of `WordPaths.joined_marks`.
STOCK = [first + second + third for first in "abnñ" for second in "aeiou" for third in "nsrltm"]
WALK = 10
LEFT = [None, 2, 7]  # numbers of tokens that a reply may still have


class Process:
    """What one process keeps: its lexicons and its token paths."""

    def __init__(self, tokenizer: RealTokenizer) -> None:
        self.lexicons = VocabularyCache(4)
        self.constraints = ConstraintFactory(tokenizer.table, tokenizer.encode, [tokenizer.stop])

    def vocabulary(self, entries: Sequence[str], language: str, n: int, style: Style) -> Vocabulary:
        digest = "\n".join(entries)

        def make() -> Lexicon:
            return self.lexicons.lexicon_of(entries, language, characters=False)

        return self.lexicons.get((digest, language), digest, n, style, make)

    def session(self, vocabulary: Vocabulary, paths: TokenPaths, finish: str) -> ConstraintSession:
        return self.constraints.session(vocabulary, token_paths=paths, finish=finish)


@st.composite
def edits(draw: st.DrawFn) -> list[list[str]]:
    """Return the versions of a list, each an edit of the one before."""
    version = [*STOCK, *draw(st.lists(words, max_size=3))]
    versions = [list(dict.fromkeys(version))]
    for _ in range(draw(st.integers(1, 4))):
        version = list(versions[-1])
        at = draw(st.integers(0, len(version) - 1))
        kind = draw(st.sampled_from(["append", "append", "append", "remove", "move", "rename"]))
        if kind == "append":
            version += draw(st.lists(words, min_size=1, max_size=4))
        elif kind == "rename":
            version[at] = draw(words)
        else:
            word = version.pop(at)
            if kind == "move":
                version.insert(draw(st.integers(0, len(version))), word)
        versions.append(list(dict.fromkeys(version)))
    return versions


versions_and_tokenizers = edits().flatmap(
    lambda versions: st.tuples(
        st.just(versions), tokenizers(sorted({word for each in versions for word in each[-12:]}))
    )
)


@pytest.fixture(autouse=True)
def _short_bases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary_cache, "MIN_BASE_ENTRIES", SAMPLED_ENTRIES)


@settings(derandomize=True, max_examples=15)
@given(versions_and_tokenizers, languages_and_styles, st.data())
def test_an_edited_list_allows_what_it_allows_when_it_is_built_from_nothing(
    made_up: tuple[list[list[str]], RealTokenizer], pack: tuple[str, Style], data: st.DataObject
) -> None:
    (versions, tokenizer), (language, style) = made_up, pack
    choice = random.Random(data.draw(st.integers()))
    paths: TokenPaths = data.draw(st.sampled_from(["canonical", "canonical", "all"]))
    finish = data.draw(st.sampled_from(["sentence", "word"]))
    kept = Process(tokenizer)
    for entries in versions:
        n = data.draw(st.sampled_from([len(entries), len(entries) - 1, SAMPLED_ENTRIES]))
        session = kept.session(kept.vocabulary(entries, language, n, style), paths, finish)
        fresh = Process(tokenizer)
        expected = fresh.session(fresh.vocabulary(entries, language, n, style), paths, finish)
        for _ in range(3):
            assert_equal_on_a_walk(session, expected, tokenizer, choice)
        assert np.array_equal(reachable(session), reachable(expected))


def reachable(session: ConstraintSession) -> TokenIds:
    return NO_IDS if session.reachable is None else session.reachable


def assert_equal_on_a_walk(
    session: ConstraintSession,
    expected: ConstraintSession,
    tokenizer: RealTokenizer,
    choice: random.Random,
) -> None:
    state, other = session.start, expected.start
    tokens: list[int] = []
    for _ in range(WALK):
        for left in LEFT:
            found = set(session.allowed(state, left).tolist())
            wanted = set(expected.allowed(other, left).tolist())
            assert found == wanted, (tokenizer.table.text(tokens), left)
        ways = set(session.allowed(state).tolist()) - {tokenizer.stop}
        tokens.append(chosen(choice, tokenizer, ways))
        state = session.advance(state, tokens[-1])
        other = expected.advance(other, tokens[-1])


def process() -> Process:
    loaded = tiny.loaded()
    backend = tiny.tokenizer().backend_tokenizer
    stops = frozenset(loaded.stop_ids)
    return Process(RealTokenizer("tiny", backend, loaded.table, stops))


def session_of(kept: Process, entries: Sequence[str]) -> TokenAutomaton:
    vocabulary = kept.vocabulary(entries, "es", len(entries), Style())
    session = kept.session(vocabulary, "canonical", "sentence")
    assert isinstance(session, TokenAutomaton)
    return session


def test_appended_lists_share_the_paths_of_the_list_before_them() -> None:
    kept = process()
    base = session_of(kept, STOCK)
    first = session_of(kept, [*STOCK, "casa"])
    second = session_of(kept, [*STOCK, "casa", "perro"])
    assert first.paths.base is second.paths.base is base.paths
    assert first.paths.nbytes + second.paths.nbytes < base.paths.nbytes
    counted = kept.constraints.stats.paths
    assert {id(each) for each in counted} == {id(s.paths) for s in (base, first, second)}
    assert len(counted) == 3


def test_a_base_stays_as_long_as_a_list_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.constraint.factory.MAX_LEXICONS", 2)
    kept = process()
    base = session_of(kept, STOCK)
    for size in range(1, 5):
        newest = session_of(kept, [*STOCK, *["casa", "perro", "gran", "es"][:size]])
        assert newest.paths.base is base.paths
    assert base.paths in kept.constraints.stats.paths
    assert session_of(kept, STOCK).paths is base.paths


def test_a_word_that_gives_others_new_spellings_builds_the_list_from_nothing() -> None:
    english = [*STOCK, "do", "dog"]
    base = Lexicon(english, "en")
    assert base.may_extend([*english, "cat"])
    assert not base.may_extend([*english, "n't"])
    assert not base.may_extend([*english, "'s"])
    french = Lexicon([*STOCK, "de"], "fr")
    assert not french.may_extend([*STOCK, "de", "le"])  # du


def test_what_is_not_an_append_builds_the_list_from_nothing() -> None:
    base = Lexicon(STOCK, "es")
    appended = Lexicon([*STOCK, "casa"], "es", base=base)
    assert not base.may_extend(STOCK)
    assert not base.may_extend(STOCK[:-1])
    assert not base.may_extend([*STOCK[1:], "casa", "perro"])
    assert not base.may_extend(["casa", *STOCK])
    assert not base.may_extend([*STOCK, *(f"a{number}" for number in range(MAX_APPENDED + 1))])
    assert not appended.may_extend([*STOCK, "casa", "perro"])
    assert appended.alone.base is None
    assert appended.alone.entries == appended.entries


def test_a_tokenizer_that_changes_words_builds_every_list_from_nothing() -> None:
    """It has all paths of a word with a capital, and their number depends on the whole list."""
    backend = Tokenizer(models.BPE(tiny.tokenizer().get_vocab(), []))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    table = TokenTable(backend.to_str())
    kept = Process(RealTokenizer("lower", backend, table, frozenset(tiny.loaded().stop_ids)))
    session_of(kept, STOCK)
    edited = session_of(kept, [*STOCK, "casa"])
    assert edited.paths.base is None
    assert edited.paths.lexicon.base is None
