"""The checker finds every word that is not on the list, and only those."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vocab.styles import style_of
from vocab.words.checker.report import VocabReport
from vocab.words.checker.word_checker import WordChecker
from vocab.words.orthography import orthography_for

ENGLISH = ["the", "dog", "I", "don't", "New York", "sees", "C++", "Mr.", "ice-cream", "Paris"]


def report(words: list[str], language: str, text: str, **style: str) -> VocabReport:
    return WordChecker(words, orthography_for(language), style_of(**style)).report(text)


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
        ("the 3 dogs", ("dogs",)),
        ("the 3dog", ("3dog",)),
        ("don't cause", ("cause",)),
        ("the...dog…the", ()),
        ("the ice-dog", ("ice-dog",)),
        ("the dog cat cat", ("cat", "cat")),
        ("d\u006f\u0301g", ("dóg",)),
    ],
)
def test_reports_the_words_off_the_list(text: str, missing: tuple[str, ...]) -> None:
    assert report(ENGLISH, "en", text).out_of_list == missing


def test_counts_words_and_distinct_words_without_regard_to_case() -> None:
    found = report(ENGLISH, "en", "The dog sees the Dog in New York.")
    assert (found.words, found.distinct_words) == (7, 5)
    assert found.as_dict() == {
        "words": 7,
        "distinct_words": 5,
        "out_of_list": ["in"],
        "no_words": False,
        "out_of_style": [{"text": "Dog", "reason": "capital"}],
        "word_parts": 0,
    }


def test_an_empty_text_has_no_words() -> None:
    assert report(ENGLISH, "en", "").as_dict() == {
        "words": 0,
        "distinct_words": 0,
        "out_of_list": [],
        "no_words": True,
        "out_of_style": [],
        "word_parts": 0,
    }


@pytest.mark.parametrize(
    ("text", "missing"),
    [("İstanbul ılık", ()), ("Istanbul", ("Istanbul",)), ("ISTANBUL", ("ISTANBUL",))],
)
def test_turkish_pairs_i_with_dotted_capital(text: str, missing: tuple[str, ...]) -> None:
    assert report(["istanbul", "ılık"], "tr-TR", text).out_of_list == missing


@pytest.mark.parametrize(
    ("numbers", "text", "missing", "broken"),
    [
        ("none", "the 3 dog", (), ("3",)),
        ("none", "the 5km dog", (), ("5", "km")),
        ("digits", "the 3 dog, 2024-05-01", (), ()),
        ("digits", "the 3.5 dog", (), ("3.5",)),
        ("digits", "the $3 dog 5th", (), ("$3", "th")),
        ("digits", "the 20% dog", (), ("20%",)),
        ("digits", "the § 5", (), ("§",)),
        ("all", "the $3.50 dog, 10:30, 5th 20 %", (), ()),
        ("all", "the 5rd3 5TH", ("5rd3", "5TH"), ()),
        ("all", "the 20 °C dog, 20°C, § 5, US$ 5, 5km", (), ()),
        ("all", "the °C dog, § dog, 20 °K", ("C", "K"), ("§",)),
        ("all", "the 12345678901234567890 dog", (), ("12345678901234567890",)),
        ("all", "the ५ dog", (), ("५",)),
    ],
)
def test_numbers_are_no_words_and_follow_the_style(
    numbers: str, text: str, missing: tuple[str, ...], broken: tuple[str, ...]
) -> None:
    found = report(ENGLISH, "en", text, numbers=numbers)
    assert (found.out_of_list, tuple(piece for piece, _ in found.out_of_style)) == (missing, broken)
    assert found.words == text.count("the") + text.count("dog") + len(missing)


@pytest.mark.parametrize(
    ("style", "text", "broken"),
    [
        ({}, "the Dog SEES the dog. The dog", [("Dog", "capital"), ("SEES", "capitals")]),
        ({}, "“The dog,” the DOG", [("DOG", "capitals")]),
        ({}, "dog: The dog… The dog\nThe dog! “The dog”", []),
        ({}, "The dog, (The dog) — The dog", [("The", "capital")]),
        ({"case": "lower"}, "The dog. I", [("The", "capital")]),
        ({"case": "free"}, "the Dog SEES", []),
        ({"case": "free"}, "the\tdog ☃ # dog", [("\t", "mark"), ("☃", "mark"), ("#", "mark")]),
        ({}, "the *dog* # dog", [("*", "mark"), ("*", "mark"), ("#", "mark")]),
        ({"punctuation": "markdown"}, "the *dog* # dog", []),
        (
            {"punctuation": "minimal"},
            "the dog (the dog); dog - dog.",
            list("(); -".replace(" ", "")),
        ),
        ({"punctuation": "minimal"}, "the 5-dog!", []),
    ],
)
def test_what_the_style_has_not_is_no_word_off_the_list(
    style: dict[str, str], text: str, broken: list[Any]
) -> None:
    found = report(ENGLISH, "en", text, **style)
    expected = [each if isinstance(each, tuple) else (each, "mark") for each in broken]
    assert (found.out_of_list, list(found.out_of_style)) == ((), expected)


@pytest.mark.parametrize(
    ("words", "language", "text", "broken"),
    [
        (["'t", "is", "'s avonds"], "nl", "'t Is. 's Avonds Is", []),
        (["'t", "is"], "nl", "is 't Is", ["Is"]),
        (["hund", "der"], "de", "der Hund DER", ["DER"]),
        (["l'", "homme"], "fr", "L'homme. l'Homme, L'homme", ["Homme", "L'"]),
        (["dog", "'s"], "en", "dog'S", ["'S"]),
        (["das"], "zh", "das", []),
        (["我"], "zh", "我«我»", ["«", "»"]),
    ],
)
def test_the_style_follows_the_language(
    words: list[str], language: str, text: str, broken: list[str]
) -> None:
    found = report(words, language, text)
    assert (found.out_of_list, [piece for piece, _ in found.out_of_style]) == ((), broken)


@pytest.mark.parametrize(
    ("language", "text", "numbers"),
    [
        ("en", "1. The dog.\n12. The dog.\n\n999. The", []),
        ("en", "1.The dog\n1234. The\nThe 5. dog", ["1", "1234", "5"]),
        ("zh", "1. The", ["1."]),
    ],
)
def test_a_list_number_of_markdown_is_not_a_number_of_the_text(
    language: str, text: str, numbers: list[str]
) -> None:
    found = report(ENGLISH, language, text, numbers="none", punctuation="markdown")
    assert [piece for piece, reason in found.out_of_style if reason == "number"] == numbers
    plain = report(ENGLISH, language, "1. The", numbers="none").out_of_style
    assert [(piece.rstrip("."), reason) for piece, reason in plain] == [("1", "number")]


@pytest.mark.parametrize(
    ("words", "language", "text", "missing"),
    [
        (["dog", "'s"], "en", "Dog's dog’s", ()),
        (["dog"], "en", "dog's", ("dog's",)),
        (["did", "n't"], "en", "Didn't", ()),
        (["did"], "en", "didn't", ("didn't",)),
        (["l'", "homme"], "fr", "L’homme", ()),
        (["homme"], "fr", "l’homme", ("l’homme",)),
        (["dit", "il"], "fr", "dit-il", ()),
        (["dit", "il"], "es", "dit-il", ("dit-il",)),
        (["Türkiye", "'de"], "tr", "Türkiye'de 5'de", ()),
        (["Türkiye", "'de"], "tr", "“Türkiye”de «Türkiye»'de (Türkiye)'de", ()),
        (["Türkiye", "'de"], "tr", '"Türkiye"de "Türkiye?"DE “‘Türkiye’”de', ()),
        (["Türkiye", "'de"], "tr", '"Türkiye" de "de" (Türkiye)de', ("de", "de", "de")),
        (["Türkiye", "'de"], "tr", '"de ("de', ("de", "de")),
        (["Türkiye", "'de"], "en", "“Türkiye”de", ("de",)),
        (["KBS", "집", "가"], "ko", "KBS가 5가 “집”가 ‘집’가 (집)가", ()),
        (["KBS", "집", "가"], "ko", "KBS도 집가 MBC가", ("KBS도", "집가", "MBC가")),
        (["집", "채", "에", "는"], "ko", "집 5채에는 5채 5채도", ("5채도",)),
        (["TV", "లో"], "te", "TVలో 2024లో", ()),
        (["በ", "ቤት"], "am", "በ2016 በ«ቤት» በቤት", ("በቤት",)),
        (["i", "ngo", "SABC"], "zu", "I-SABC ngo-1912 i-DA", ("i-DA",)),
    ],
)
def test_suffixes_must_be_listed_too(
    words: list[str], language: str, text: str, missing: tuple[str, ...]
) -> None:
    assert report(words, language, text).out_of_list == missing


@pytest.mark.parametrize(
    ("words", "language", "text", "missing", "parts"),
    [
        (["dog"], "en", "Dog(s) (re)dog", (), 2),
        (["dog"], "en", "dog(x) (xx)dog", ("x", "xx"), 0),
        (["dog"], "en", "cat(s) (re)cat (re) dog", ("cat", "cat", "re"), 2),
        (["dog"], "en", "dog(s)s (re)s", ("s", "s", "s"), 1),
        (["dog", "1"], "en", "dog(s) (In)1 1(s) (In)3 3(s)", ("In", "s", "In", "s"), 1),
        (["Kind"], "de", "Kind:in Kind*innen Kind/-er", ("-er",), 2),
        (["acerca"], "es", "(des)acerca", (), 1),
    ],
)
def test_parts_of_words_are_counted(
    words: list[str], language: str, text: str, missing: tuple[str, ...], parts: int
) -> None:
    found = report(words, language, text, brackets="parts")
    assert (found.out_of_list, found.word_parts) == (missing, parts)


@pytest.mark.parametrize(
    ("words", "language", "text", "missing"),
    [
        (["dog"], "en", "(In)dog (Un)dog dog(s)", ("In", "Un", "s")),
        (["1"], "en", "(In)1 1(s)", ("In", "s")),
        (["acerca"], "es", "(des)acerca", ("des",)),
        (["Kind", "in", "an"], "de", "Kind(in) (An)Kind Kind:in Kind*in", ("in", "An")),
        (["Kind", "in"], "de", "Kind/-in", ("-in",)),
        (["Kind", "in"], "de", "Kind (in) in (Kind) Kind: in", ()),
    ],
)
def test_a_part_of_a_word_is_not_listed_where_the_style_has_none(
    words: list[str], language: str, text: str, missing: tuple[str, ...]
) -> None:
    found = report(words, language, text)
    assert found.out_of_list[: len(missing)] == missing
    assert set(found.out_of_list) == set(missing)
    assert found.word_parts == 0


@pytest.mark.parametrize(("units", "missing"), [("characters", ("电",)), ("words", ("电人",))])
def test_without_spaces_characters_or_whole_words_are_looked_up(
    units: str, missing: tuple[str, ...]
) -> None:
    found = report(["机器", "人"], "zh", "机器人。电人", units=units)
    assert found.out_of_list == missing
    assert found.words == {"characters": 5, "words": 3}[units]
