"""Files without an order of their own, ranked by how common their words are."""

from __future__ import annotations

import pytest

from tests.vocab.importing.files import read, words_of
from vocab.importing.proposal import Ranking, Role
from vocab.words.parse import WordlistError
from vocab.words.starter_lists import FOLDER, by_frequency

BY_FREQUENCY = Ranking.FREQUENCY
# From common to rare; the order in the file of the starter list is the oracle.
COMMON_FIRST = ["the", "school", "water", "monkey"]


def line_of(language: str, word: str) -> int:
    return (FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines().index(word)


def test_the_words_of_these_tests_are_in_this_order() -> None:
    lines = [line_of("en", word) for word in COMMON_FIRST]
    assert lines == sorted(lines)
    assert line_of("de", "Haus") < line_of("de", "Hund")


def test_an_alphabetical_list_is_ranked_when_a_person_asks() -> None:
    content = "\n".join([*sorted(COMMON_FIRST), "zzyzx", "aaab"])
    proposal, conversion = read(content, language="en", ranking=BY_FREQUENCY)
    assert proposal.ranking is Ranking.FREQUENCY
    assert conversion.words == [*COMMON_FIRST, "zzyzx", "aaab"]
    assert conversion.ranked


def test_it_is_offered_and_never_a_guess() -> None:
    alphabet = "\n".join(f"{letter}ana" for letter in "abcdefghijkl")
    proposal, conversion = read(alphabet)
    assert proposal.ranking is Ranking.UNRANKED
    assert not conversion.ranked
    assert proposal.rankings == (Ranking.ORDER, Ranking.FREQUENCY, Ranking.UNRANKED)
    leveled, _ = read("word,CEFR\ncat,A1\nthe,A2\n", language="en")
    assert Ranking.LEVEL in leveled.rankings
    assert Ranking.FREQUENCY in leveled.rankings
    assert leveled.ranking is Ranking.UNRANKED


def test_levels_come_before_frequency() -> None:
    content = "word,CEFR\nmonkey,A1\nthe,B1\nschool,A1\nwater,A2\nunlevelled,\nzzyzx,A1\n"
    proposal, conversion = read(content, language="en", ranking=BY_FREQUENCY)
    assert proposal.column_of(Role.LEVEL) == 1
    assert conversion.words == ["school", "monkey", "zzyzx", "water", "the", "unlevelled"]


def test_case_and_regions_do_not_matter() -> None:
    assert words_of("hund\nhaus\n", language="de", ranking=BY_FREQUENCY) == ["haus", "hund"]
    words = ["casa", "de"]
    assert words_of("casa\nde\n", language="es-MX", ranking=BY_FREQUENCY) == words[::-1]


def test_a_family_is_as_common_as_its_commonest_word() -> None:
    content = "monkey,monkeys\nbe,is,was\nschool\n"
    words = words_of(content, language="en", ranking=BY_FREQUENCY)
    assert words == ["be", "is", "was", "school", "monkey", "monkeys"]


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("cy", r"cannot rank by frequency: there is no list of common words in Welsh \(cy\)"),
        ("zh-TW", "no list of common words in .*Chinese.*there are lists in Arabic, German"),
    ],
)
def test_a_language_without_a_list_is_refused_by_name(language: str, message: str) -> None:
    with pytest.raises(WordlistError, match=message):
        read("a\nb\n", language=language, ranking=BY_FREQUENCY)
    proposal, _ = read("aa\nbb\n", language=language)
    assert Ranking.FREQUENCY not in proposal.rankings


def test_words_that_are_not_known_keep_their_order() -> None:
    assert by_frequency(["zzz", "monkey", "aaa", "the"], "en") == ["the", "monkey", "zzz", "aaa"]
