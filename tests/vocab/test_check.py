"""The checker finds every word that is not on the list, and only those."""

from __future__ import annotations

import pytest

from vocab.words.check import WordChecker

ENGLISH = ["the", "dog", "I", "don't", "New York", "sees", "C++", "Mr.", "ice-cream", "Paris"]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("The dog sees the dog.", ()),
        ("THE DOG SEES", ()),
        ("The cat sees the dog.", ("cat",)),
        ("“The dog,” (the DOG) sees—the dog!", ()),
        ("dogs", ("dogs",)),
        ("The dogthe", ("dogthe",)),
        ("tHE", ("tHE",)),
        ("paris Paris PARIS", ("paris",)),
        ("i I", ("i",)),
        ("New York", ()),
        ("New, York", ("New", "York")),
        ("the New dog", ("New",)),
        ("I don’t, I don't.", ()),
        ("C++. Mr. C++", ()),
        ("ice-cream ice", ("ice",)),
        ("the 3 dogs", ("3", "dogs")),
        ("the ☃ dog", ("☃",)),
        ("the dog cat cat", ("cat", "cat")),
        ("d\u006f\u0301g", ("dóg",)),
    ],
)
def test_reports_the_words_off_the_list(text: str, missing: tuple[str, ...]) -> None:
    assert WordChecker(ENGLISH, "en").report(text).out_of_list == missing


def test_counts_words_and_distinct_words_without_regard_to_case() -> None:
    report = WordChecker(ENGLISH, "en").report("The dog sees the Dog in New York.")
    assert (report.words, report.distinct_words) == (7, 5)
    assert report.as_dict() == {"words": 7, "distinct_words": 5, "out_of_list": ["in"]}


def test_an_empty_text_has_no_words() -> None:
    assert WordChecker(ENGLISH, "en").report("").as_dict() == {
        "words": 0,
        "distinct_words": 0,
        "out_of_list": [],
    }


@pytest.mark.parametrize(
    ("text", "missing"),
    [("İstanbul ılık", ()), ("Istanbul", ("Istanbul",)), ("ISTANBUL", ("ISTANBUL",))],
)
def test_turkish_pairs_i_with_dotted_capital(text: str, missing: tuple[str, ...]) -> None:
    assert WordChecker(["istanbul", "ılık"], "tr-TR").report(text).out_of_list == missing
