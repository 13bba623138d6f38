"""Coverage, against counts made by hand and against the reports of the checker."""

from __future__ import annotations

import pytest

from vocab.editing import coverage as module
from vocab.editing.coverage import Missing, coverage
from vocab.words.checker.text_checker import text_checker
from vocab.words.orthography import Style, Units, orthography_for

STYLE = Style()


def missing(text: str, words: str, language: str = "es") -> list[tuple[str, int]]:
    found = coverage(text, words.split(), orthography_for(language), STYLE)
    return [(word.spelling, word.count) for word in found.missing]


def test_running_words_are_counted_with_repetitions() -> None:
    found = coverage(
        "El perro come. El gato duerme, el perro no.",
        ["el", "perro"],
        orthography_for("es"),
        STYLE,
    )
    assert (found.words, found.listed) == (9, 5)
    assert found.share == pytest.approx(5 / 9)
    assert found.missing == [
        Missing("come", 1),
        Missing("gato", 1),
        Missing("duerme", 1),
        Missing("no", 1),
    ]


def test_the_most_frequent_missing_word_comes_first() -> None:
    assert missing("a b c b c c", "x") == [("c", 3), ("b", 2), ("a", 1)]


def test_capitals_of_sentences_are_not_those_of_the_word() -> None:
    text = "Perro y Madrid. Perro. «Gato». No. ¿No? no\nLuna en Madrid"
    assert dict(missing(text, "y en")) == {"perro": 2, "Madrid": 2, "gato": 1, "no": 3, "luna": 1}


def test_german_nouns_keep_their_capitals_and_turkish_its_dots() -> None:
    assert missing("Hier ist das Haus. Das Haus ist da.", "hier ist das da", "de") == [("Haus", 2)]
    assert missing("Irmak. İnek.", "x", "tr") == [("ırmak", 1), ("inek", 1)]


def test_a_listed_ending_is_not_part_of_the_missing_word() -> None:
    assert missing("the dog’s bone", "the bone 's", "en") == [("dog", 1)]
    assert missing("the dog’s bone", "the bone", "en") == [("dog's", 1)]


def test_a_word_that_no_list_can_have_says_why() -> None:
    found = coverage("x" * 65 + " `a " + "y" * 400, ["a"], orthography_for("es"), STYLE)
    assert [word.why_not is None for word in found.missing] == [False, False]
    assert found.listed == 1, "` is a mark beside the word"
    assert "65 characters" in str(found.missing[0].why_not)


def test_a_text_without_words_is_not_covered() -> None:
    found = coverage(" .\n 5", ["a"], orthography_for("es"), STYLE)
    assert (found.words, found.share, found.missing) == (0, 0.0, [])


TEXTS = {
    "en": "It's 5 o'clock; the 20th. Don't!\n* ice-cream and New York\n\n“Well”, he'd said.",
    "fr": "L'eau qu'il boit, aujourd'hui… C'est-à-dire ?\nParle-t-il ?",
    "es": "¿Qué? «Año» 3,5 €.\nfin",
    "zh": "我们去公园。\n你好 abc",
    "ar": "ذهب إلى البيت.",
}


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("words", [["the", "'s", "l'", "qué", "我们", "إلى"], ["x"]])
def test_it_agrees_with_the_report_of_a_reply(language: str, words: list[str]) -> None:
    orthography = orthography_for(language)
    report = text_checker(words, orthography, STYLE).report(TEXTS[language])
    found = coverage(TEXTS[language], words, orthography, STYLE)
    assert found.words == report.words
    assert found.words - found.listed == sum(word.count for word in found.missing)
    assert found.words - found.listed <= len(report.out_of_list)


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_is_covered_once_the_missing_words_are_added(language: str) -> None:
    orthography = orthography_for(language)
    words = ["x"]
    for _ in range(2):  # 's may be an entry after the first time
        words += [
            word.spelling for word in coverage(TEXTS[language], words, orthography, STYLE).missing
        ]
    assert coverage(TEXTS[language], words, orthography, STYLE).share == 1.0


def test_a_segmenter_decides_if_the_style_says_so() -> None:
    style = Style(units=Units.WORDS)
    found = coverage("我们去公园。我们去。5", ["去"], orthography_for("zh"), style)
    assert (found.words, found.listed) == (5, 2)
    assert [(word.spelling, word.count) for word in found.missing] == [("我们", 2), ("公园", 1)]


def test_the_first_words_cover_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEPS", (1, 2, 3))
    found = coverage("a b c d", ["a", "b", "c"], orthography_for("es"), STYLE)
    assert found.of_first == [(1, 0.25), (2, 0.5)]


def test_the_number_of_first_words_that_a_reader_needs() -> None:
    words = [f"a{chr(0x4E00 + at)}" for at in range(60)]
    text = " ".join([*words[:40], *words[:9], "zz"])  # 98 % are listed
    found = coverage(text, words, orthography_for("es"), STYLE)
    assert found.needed == [(0.95, 39), (0.98, 40)]
    assert coverage("zz " + text, words, orthography_for("es"), STYLE).needed == [
        (0.95, 40),
        (0.98, None),
    ]


@pytest.mark.parametrize("language", TEXTS)
def test_every_listed_word_has_a_rank(language: str) -> None:
    entries = ["the", "'s", "l'", "qu'", "qué", "il", "boit", "eau", "我们", "إلى", "and"]
    found = coverage(TEXTS[language], entries, orthography_for(language), STYLE)
    assert len(found.ranks) == found.listed > 0
