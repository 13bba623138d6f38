"""The analysis of a text: words with ranks, bands, sentences, numbers."""

from __future__ import annotations

import pytest

from vocab.words.checker.analysis import Analysis, RankedWord, analyse
from vocab.words.checker.rank_profile import Band
from vocab.words.checker.text_checker import text_checker
from vocab.words.orthography import Style, orthography_for


def analysed(language: str, words: list[str], text: str) -> Analysis:
    facts = orthography_for(language)
    return analyse(text, text_checker(words, facts, Style()), facts)


def test_each_word_has_its_place_and_rank() -> None:
    found = analysed("en", ["the", "dog", "sees"], "The dog sees a cat.")
    assert found.words == (
        RankedWord(0, 3, "The", 1),
        RankedWord(4, 7, "dog", 2),
        RankedWord(8, 12, "sees", 3),
        RankedWord(13, 14, "a", None),
        RankedWord(15, 18, "cat", None),
    )
    profile = found.profile
    assert (profile.coverage, profile.mean_rank, profile.highest_rank) == (0.6, 2.0, 3)


def test_bands_count_running_words_up_to_the_end_of_the_list() -> None:
    words = [f"a{letter}" for letter in map(chr, range(0x4E00, 0x4E00 + 1_200))]
    text = " ".join([words[0], words[0], words[499], words[500], words[1_100], "zz"])
    assert analysed("en", words, text).profile.bands(1_200) == [
        Band(1, 500, 3),
        Band(501, 1_000, 1),
        Band(1_001, 1_200, 1),
    ]


def test_a_text_without_words_has_no_ranks() -> None:
    found = analysed("en", ["dog"], "3, 5.")
    assert (found.words, found.sentences, found.numbers) == ((), (), ("3", "5"))
    profile = found.profile
    assert (profile.coverage, profile.mean_rank, profile.highest_rank) == (1.0, None, None)


@pytest.mark.parametrize(
    ("language", "text", "sentences", "numbers"),
    [
        ("en", "The dog sees. The dog? “The dog!” the dog", (3, 2, 4), ()),
        ("en", "The dog at 3.5 km. The dog", (4, 2), ("3.5",)),
        ("en", "The dog\nThe dog sees", (2, 3), ()),
        ("en", "The dog… the dog. 5 dogs", (4, 1), ("5",)),
        ("en", "Mr. Dog sees the dog.", (5,), ()),
        ("es", "¿Dónde está? ¡Aquí!", (2, 1), ()),
        ("hi", "यह घर है। वह घर है।", (3, 3), ()),
        ("el", "Πού είναι; Εδώ.", (2, 1), ()),
    ],
)
def test_sentences_and_numbers(
    language: str, text: str, sentences: tuple[int, ...], numbers: tuple[str, ...]
) -> None:
    found = analysed(language, ["the", "dog", "sees", "Mr."], text)
    assert (found.sentences, found.numbers) == (sentences, numbers)


def test_the_number_of_entries_for_a_share_of_the_text() -> None:
    words = ["the", "dog", "sees", "a", "cat"]
    found = analysed("en", words, "The dog sees the dog. The cat hides.").profile
    assert found.coverage == 7 / 8
    assert [found.coverage_of_first(n) for n in range(6)] == [0, 3 / 8, 5 / 8, 6 / 8, 6 / 8, 7 / 8]
    for share in (0.0, 0.3, 0.5, 0.75, 0.8, 0.875, 0.9, 1.0):
        enough = [n for n in range(6) if found.coverage_of_first(n) >= share]
        assert found.entries_needed(share) == min(enough, default=None)
    assert analysed("en", words, "").profile.entries_needed(0.95) == 0
