"""The analysis of a text: places, ranks, sentences and numbers."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocab.words.checker.analysis import TextAnalysis, analyse
from vocab.words.checker.original_places import OriginalPlaces
from vocab.words.checker.rank_profile import BAND_ENDS
from vocab.words.checker.text_checker import text_checker
from vocab.words.orthography import Style, orthography_for

ENGLISH = [
    line
    for line in Path("wordlists/en.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


def analysis(
    text: str, words: list[str], language: str = "es", *, ranked: bool = True
) -> TextAnalysis:
    orthography = orthography_for(language)
    checker = text_checker(words, orthography, Style())
    return analyse(text, checker, orthography, len(words), ranked=ranked)


def test_each_word_has_its_place_and_rank() -> None:
    text = "¡Hola! El gato come 3.5 kilos, y 20."
    found = analysis(text, ["hola", "el", "come", "y", "kilos"])
    assert [tuple(word) for word in found.words] == [
        ("Hola", 1, 5, True, 1),
        ("El", 7, 9, True, 2),
        ("gato", 10, 14, False, None),
        ("come", 15, 19, True, 3),
        ("kilos", 24, 29, True, 5),
        ("y", 31, 32, True, 4),
    ]
    assert [tuple(number) for number in found.numbers] == [("3.5", 20, 23), ("20", 33, 35)]
    assert found.coverage == 5 / 6
    assert found.profile is not None
    assert (found.profile.mean_rank, found.profile.highest_rank) == (3.0, 5)


def test_a_list_without_order_has_no_ranks() -> None:
    found = analysis("Hola gato", ["hola"], ranked=False)
    assert [(word.listed, word.rank) for word in found.words] == [(True, None), (False, None)]
    details = found.as_dict()["details"]
    assert (details["bands"], details["mean_rank"], details["highest_rank"]) == (None, None, None)


def test_a_text_without_words_has_no_coverage() -> None:
    found = analysis("12 ¡!", ["hola"])
    assert (found.coverage, found.sentences, found.longest_sentence) == (None, (), 0)
    assert found.profile is not None
    assert found.profile.highest_rank is None


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("es", "Hola. ¿Qué? ¡No!", [("Hola.", 1), ("¿Qué?", 1), ("¡No!", 1)]),
        ("es", "«Ven aquí.» Ella va…", [("«Ven aquí.»", 2), ("Ella va…", 2)]),
        ("es", "1. Hola\n2. Ven aquí", [("Hola", 1), ("Ven aquí", 2)]),
        ("es", "Pero… no sé. Pues... sí", [("Pero… no sé.", 3), ("Pues... sí", 2)]),
        ("es", "«¡No!», dijo. Ven.", [("«¡No!», dijo.", 2), ("Ven.", 1)]),
        ("es", "*Ven.* Mira (no.) Ya", [("*Ven.*", 1), ("Mira (no.)", 2), ("Ya", 1)]),
        ("es", "Cuesta 3.500,20 hoy", [("Cuesta 3.500,20 hoy", 2)]),
        ("es", "Hola...?! Ven\n\n\nno", [("Hola...?!", 1), ("Ven", 1), ("no", 1)]),
        ("en", "Mr. Dog’s cat sat.", [("Mr. Dog’s cat sat.", 4)]),
        ("hi", "घर। घर घर॥", [("घर।", 1), ("घर घर॥", 2)]),
        ("zh", "我爱。我，爱！", [("我爱。", 2), ("我，爱！", 2)]),
        ("es", "", []),
        ("es", "… ¿?", []),
    ],
)
def test_sentences_end_at_the_marks_of_the_language(
    language: str, text: str, sentences: list[tuple[str, int]]
) -> None:
    words = {"en": ["Mr.", "dog", "cat", "sat"], "zh": ["我", "爱"]}.get(language, ["hola"])
    found = analysis(text, words, language)
    assert [(text[each.start : each.end], each.words) for each in found.sentences] == sentences


@pytest.mark.parametrize(
    "text", ["No se\u0301.", "a\u0323\u0301\u0302 e\u0301", "\u1112\u1161\u11ab"]
)
def test_places_are_those_of_the_text_as_it_was_sent(text: str) -> None:
    for word in analysis(text, ["no"]).words:
        assert word.text == text[word.start : word.end]
        assert word.text[0].isalpha()
        assert not unicodedata.combining(text[word.end : word.end + 1] or " ")


marked = st.text(
    st.sampled_from("ae .\u0301\u0323\u0302n\u0303\u1112\u1161\u11ab\uac00é\u09c7\u09be")
)


@given(marked)
def test_a_place_divides_a_text_as_its_normal_form(text: str) -> None:
    normalized = unicodedata.normalize("NFC", text)
    places = OriginalPlaces(text)
    found = [places.original(offset) for offset in range(len(normalized) + 1)]
    assert found == sorted(found)
    assert found[-1] == len(text)
    for offset, place in enumerate(found):
        before = unicodedata.normalize("NFC", text[:place])
        assert before + unicodedata.normalize("NFC", text[place:]) == normalized
        # Only inside of what one character and its marks became may a place come too early.
        assert normalized.startswith(before)
        skipped = normalized[len(before) + 1 : offset + 1]
        assert all(unicodedata.category(each)[0] == "M" for each in skipped)


def test_a_band_counts_the_words_that_a_list_up_to_it_has() -> None:
    """The oracle: how many words lists of the first 500, 1000 ... words leave out."""
    words = ENGLISH[:2500]
    edges = (words[rank - 1] for end in (1, 500, 1000, 2000) for rank in (end, end + 1))
    text = f"{Path('README.md').read_text('utf-8')[:6000]} {' '.join(edges)} {words[-1]}"
    found = analysis(text, words, "en")
    assert found.profile is not None
    bands = found.profile.bands
    ends = [end for end in BAND_ENDS if end < 2500] + [2500]
    assert [(band.first, band.last) for band in bands] == list(
        zip([1, *(end + 1 for end in ends)], ends, strict=False)
    )
    for band in bands:
        short = analysis(text, words[: band.last], "en")
        listed = [word.text for word in short.words if word.listed]
        assert round(band.cumulative_share * len(found.words)) == len(listed)
    assert sum(band.words for band in bands) == sum(word.listed for word in found.words)
    assert sum(band.distinct_words for band in bands) == len(
        {word.text.lower() for word in found.words if word.listed}
    )


@given(st.text(max_size=60) | marked)
def test_any_text_is_divided_into_words_numbers_and_sentences(text: str) -> None:
    found = analysis(text, ["a", "e", "no"])
    assert len(found.words) == found.report.words
    assert sum(sentence.words for sentence in found.sentences) == len(found.words)
    ends = [0]
    for sentence in found.sentences:
        assert ends[-1] <= sentence.start < sentence.end
        ends.append(sentence.end)
    assert [word.text for word in found.words] == [
        text[word.start : word.end] for word in found.words
    ]
