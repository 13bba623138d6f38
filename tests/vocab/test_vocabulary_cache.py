"""The lexicons and vocabularies that stay in memory."""

from __future__ import annotations

import threading
import weakref

import pytest

from vocab import vocabulary_cache
from vocab.vocabulary_cache import VOCABULARIES, VocabularyCache
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style
from vocab.words.vocabulary import Vocabulary

WORDS = ["the", "dog", "sees", "a", "cat"]


def get(cache: VocabularyCache, name: str, n_words: int) -> Vocabulary:
    return cache.get(name, name, n_words, Style(), lambda: Lexicon(WORDS, "en"))


def test_every_number_of_words_shares_the_lexicon() -> None:
    cache = VocabularyCache(2)
    first, other = get(cache, "a", 2), get(cache, "a", 3)
    assert get(cache, "a", 2) is first
    assert other.lexicon is first.lexicon
    assert get(cache, "b", 2).lexicon is not first.lexicon


def test_a_vocabulary_leaves_with_its_lexicon() -> None:
    """Otherwise as many lexicons stay in memory as there are vocabularies."""
    cache = VocabularyCache(2)
    lexicons = [weakref.ref(get(cache, str(number), 1 + number % 5).lexicon) for number in range(9)]
    assert [lexicon() is not None for lexicon in lexicons] == [False] * 7 + [True] * 2


def test_the_words_of_all_lexicons_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary_cache, "MAX_LEXICON_WORDS", 3 * len(WORDS))
    cache = VocabularyCache(9)
    lexicons = [weakref.ref(get(cache, str(number), 2).lexicon) for number in range(6)]
    assert [lexicon() is not None for lexicon in lexicons] == [False] * 3 + [True] * 3
    monkeypatch.setattr(vocabulary_cache, "MAX_LEXICON_WORDS", 1)
    assert get(cache, "a", 1) is get(cache, "a", 1)


def test_the_vocabularies_of_one_list_are_limited_too() -> None:
    cache = VocabularyCache(2)
    first = get(cache, "a", 1)
    for n_words in range(1, 6):
        get(cache, "a", n_words)
    assert len(cache) == 2 * VOCABULARIES
    again = get(cache, "a", 1)
    assert again is not first
    assert again.lexicon is first.lexicon


def test_the_words_of_all_vocabularies_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checker of each has all of its words."""
    monkeypatch.setattr(vocabulary_cache, "MAX_WORDS", 8)
    cache = VocabularyCache(2)
    first, large = get(cache, "a", 1), get(cache, "a", 5)
    assert get(cache, "a", 1) is first
    small = get(cache, "a", 3)
    assert len(cache) == 2
    assert get(cache, "a", 3) is small
    assert get(cache, "a", 5) is not large
    monkeypatch.setattr(vocabulary_cache, "MAX_WORDS", 1)
    assert get(cache, "a", 4) is get(cache, "a", 4)
    assert len(cache) == 1


def test_two_threads_get_the_same_one() -> None:
    cache = VocabularyCache(2)
    both = threading.Barrier(2)
    found: list[Vocabulary] = []

    def make() -> Lexicon:
        both.wait(10)
        return Lexicon(WORDS, "en")

    def ask() -> None:
        found.append(cache.get("a", "a", 3, Style(), make))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found[0] is found[1]
