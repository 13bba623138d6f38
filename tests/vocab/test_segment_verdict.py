"""`units=words`: a segmenter decides the words of a text, during generation and afterwards."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest
import wordfreq

from tests.vocab.styles import style_of
from vocab.words.lexicon import Lexicon
from vocab.words.segmenting.segmenters import SegmenterMissing, segmenter_for
from vocab.words.segmenting.verifier import Verdict
from vocab.words.vocabulary import Vocabulary

WORDLISTS = Path(__file__).resolve().parents[2] / "wordlists"


def vocabulary(words: list[str], language: str = "zh", **style: str) -> Vocabulary:
    return Vocabulary(
        "test", Lexicon(words, language), len(words), style_of(**{"units": "words", **style})
    )


def verdict(words: str, stretch: str, language: str = "zh") -> Verdict:
    judge = vocabulary(words.split(), language).segment_verifier
    assert judge is not None
    return judge.verdict(stretch)


def unlisted(words: str, text: str, language: str = "zh", **style: str) -> tuple[str, ...]:
    return vocabulary(words.split(), language, **style).checker.report(text).out_of_list


# --- while it is written -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "stretch", "expected"),
    [
        ("我们 去 公园", "我们去公园", Verdict.LISTED),
        ("", "", Verdict.LISTED),
        ("我 们 去", "我去", Verdict.LISTED),
        ("我 们 去", "我们", Verdict.UNLISTED),  # listed characters, another word
        ("我 们 去", "去我们", Verdict.UNLISTED),
        ("机器人", "机", Verdict.OPEN),
        ("机器人", "机器", Verdict.OPEN),
        ("机器 人", "机器人", Verdict.UNLISTED),
        ("机器人", "机器人", Verdict.LISTED),
        ("研究 生命", "研究生", Verdict.OPEN),  # 研究生命 is cut into 研究 and 生命
        ("研究 生命", "研究生命", Verdict.LISTED),
        ("年", "2024年", Verdict.LISTED),
        ("T恤 OK", "T恤OK", Verdict.LISTED),
        ("the my", "themy", Verdict.UNLISTED),
        ("the 我", "我the我", Verdict.LISTED),
        ("the 我", "我5the", Verdict.UNLISTED),
    ],
)
def test_the_verdict_on_a_stretch(words: str, stretch: str, expected: Verdict) -> None:
    assert verdict(words or "一", stretch) is expected


@pytest.mark.parametrize(
    ("language", "word", "letter"), [("zh", "我", "A"), ("ja", "の", "b"), ("th", "บ้าน", "ก")]
)
def test_a_label_has_a_letter_only_where_no_segmenter_reads_it_as_a_word(
    language: str, word: str, letter: str
) -> None:
    words, characters = (
        vocabulary([word], language, units=each) for each in ("words", "characters")
    )
    lettered, numbered = f"{letter}) {word}", f"1) {word}"
    assert words.automaton.read(lettered) is None
    assert words.checker.report(lettered).out_of_list == (letter,)
    assert characters.automaton.read(lettered) is not None
    assert characters.checker.report(lettered).out_of_list == ()
    for each in (words, characters):
        assert each.automaton.read(numbered) is not None
        assert each.checker.report(numbered).out_of_list == ()


def test_an_entry_that_the_segmenter_splits_is_found_by_its_pieces() -> None:
    assert segmenter_for("ja")("会っ") == ("会", "っ")
    assert verdict("会っ た", "会っ", "ja") is Verdict.LISTED
    assert unlisted("会っ た", "会っ", "ja") == ()
    assert unlisted("会 た", "会っ", "ja") == ("っ",)


def test_japanese_forms_are_short_units_as_they_are_written() -> None:
    """Inflected forms are pieces (食べ, まし, た); the dictionary form is a different word."""
    assert verdict("食べ まし た", "食べました", "ja") is Verdict.LISTED
    assert verdict("食べる ます た", "食べました", "ja") is Verdict.UNLISTED
    assert unlisted("食べる た", "食べました", "ja") == ("食べ", "まし")


def test_a_segmenter_does_not_divide_letters_of_other_scripts() -> None:
    assert segmenter_for("ja")("5the") == ("5", "the")
    assert verdict("the の", "5the", "ja") is Verdict.UNLISTED
    assert unlisted("the の", "theのthe、5the", "ja") == ("5the",)
    assert segmenter_for("ja")("MP3") == ("MP", "3")
    assert verdict("MP3 MP の", "MP3の", "ja") is Verdict.LISTED
    assert verdict("MP の", "MP3の", "ja") is Verdict.UNLISTED


def test_thai_is_cut_by_its_dictionary() -> None:
    assert verdict("ผม ชอบ กิน ข้าวผัด", "ผมชอบกินข้าวผัด", "th") is Verdict.LISTED
    assert verdict("ผม ชอบ กิน ข้าว ผัด", "ผมชอบกินข้าวผัด", "th") is Verdict.UNLISTED
    assert unlisted("ผม ชอบ กิน ข้าว ผัด", "ผมชอบกิน ข้าวผัด!", "th") == ("ข้าวผัด",)


def test_a_text_is_listed_if_every_stretch_is() -> None:
    judge = vocabulary(["我们", "去", "人"]).segment_verifier
    assert judge is not None
    assert judge.accepts("我们去，我们。\n「人」3")
    assert not judge.accepts("我们去，电信。我们")
    assert judge.accepts("电信，我们", start=3), "what comes before is not looked at"
    assert not judge.accepts("电信我们", start=2), "but the stretch that goes on there is"


def test_numbers_are_listed_unless_the_checker_is_told_otherwise() -> None:
    assert unlisted("年", "2024年") == ()
    report = vocabulary(["年"], numbers="none").checker.report("2024年")
    assert (report.out_of_list, report.out_of_style) == ((), (("2024", "number"),))


@pytest.mark.parametrize("language", ["zh", "ja", "th"])
@pytest.mark.parametrize(
    "text",
    ["5km", "3.x", "20°C", "§5", "№ 5", "3.5", "5%", "A$5", "HK$ 5", "5km,", "US$5", "5.x.", "5k"],
)
def test_signs_and_units_beside_numbers_are_no_words(language: str, text: str) -> None:
    words = vocabulary(["了"], language, numbers="all")
    judge = words.segment_verifier
    assert judge is not None
    assert judge.accepts(text) is (text != "5k")
    assert judge.verdict(text) is (Verdict.OPEN if text == "5k" else Verdict.LISTED)
    report = words.checker.report(text)
    assert report.out_of_list == (("5k",) if text == "5k" else ())
    assert report.no_words is (text != "5k")
    few = vocabulary(["了"], language, numbers="digits").checker.report(text)
    assert few.out_of_list == report.out_of_list
    two_pieces = text == "3.5"  # the item 3. and a 5, or two sentences
    assert bool(few.out_of_style or few.out_of_list) is not two_pieces


def test_a_hyphen_follows_a_number_with_a_unit_in_minimal_punctuation() -> None:
    words = vocabulary(["了"], numbers="all", punctuation="minimal")
    assert words.checker.report("5km-了").out_of_style == ()
    assert words.checker.report("了-了").out_of_style == (("-", "mark"),)


@pytest.mark.parametrize("text", ["5kmx", "ab5km", "km", "5 pt", "x", "°C", "US$", "A$了"])
def test_signs_and_units_elsewhere_are_words(text: str) -> None:
    words = vocabulary(["了"], "th", numbers="all")
    assert words.segment_verifier is not None
    assert not words.segment_verifier.accepts(text)
    assert words.checker.report(text).out_of_list


def test_a_verdict_waits_for_the_rest_of_a_sign_or_a_unit() -> None:
    judge = vocabulary(["了", "x"], "zh", numbers="all").segment_verifier
    assert judge is not None
    assert judge.goes_on("3", ".")
    assert judge.goes_on("20", " ")
    assert judge.goes_on("20 ", "°")
    assert judge.goes_on("US", "$")
    assert judge.goes_on("了", "$")  # $ 5
    assert not judge.goes_on("了", ".")
    assert {judge.verdict(text) for text in ("US", "US$", "US$ ")} == {Verdict.OPEN}
    assert {judge.verdict(text) for text in ("US$ 5", "3.", "20 °", "20 °C")} == {Verdict.LISTED}


# --- the words that may not pass -----------------------------------------------------------------


@cache
def chinese() -> list[str]:
    lines = (WORDLISTS / "zh.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_no_chinese_word_off_the_list_passes_though_all_its_characters_are_listed() -> None:
    """Words of rank 3,001 to 60,000, with the first 3,000 entries allowed.

    A word that the segmenter keeps whole never passes. A word that it splits passes only if all
    parts are listed.
    """
    listed = chinese()[:3_000]
    words, allowed = vocabulary(listed), set(listed)
    judge, segment = words.segment_verifier, segmenter_for("zh")
    assert judge is not None
    rare = [word for word in wordfreq.top_n_list("zh", 60_000)[3_000:] if word not in allowed]
    rare = [word for word in rare if all("\u4e00" <= each <= "\u9fff" for each in word)]
    assert len(rare) > 40_000
    whole = [word for word in rare if segment(word) == (word,)]
    assert len(whole) > 30_000
    assert [word for word in whole if judge.accepts(word)] == []
    apart = [word for word in rare if segment(word) != (word,) and judge.accepts(word)]
    assert all(allowed.issuperset(segment(word)) for word in apart)
    # Words that the mask alone accepts.
    some = whole[::40]
    passed = [word for word in some if words.automaton.read(word) is not None]
    passed = [word for word in passed if words.automaton.is_whole(words.automaton.read(word))]  # type: ignore[arg-type]
    assert len(passed) > len(some) / 4
    assert all(words.checker.report(word).out_of_list == (word,) for word in passed)


# --- afterwards ----------------------------------------------------------------------------------


def test_the_report_names_unlisted_words_as_the_segmenter_cuts_them() -> None:
    report = vocabulary(["我们", "去"]).checker.report("我们去公园，我们☃坐火车。")
    assert report.out_of_list == ("公园", "坐火车")
    assert report.out_of_style == (("☃", "mark"),)
    assert (report.words, report.distinct_words) == (5, 4)


def test_with_units_characters_each_character_is_looked_up() -> None:
    lexicon = Lexicon(["我们"], "zh", characters=True)
    report = Vocabulary("test", lexicon, 1, style_of(units="characters")).checker.report("们我电")
    assert report.out_of_list == ("电",)


# --- what must be there --------------------------------------------------------------------------


def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    segmenter_for.cache_clear()
    monkeypatch.setitem(sys.modules, "fugashi", None)
    with pytest.raises(SegmenterMissing, match=r"fugashi and unidic-lite.*\[segmenters\]"):
        segmenter_for("ja-JP")
    monkeypatch.undo()
    assert segmenter_for("ja-JP")("猫だ") == ("猫", "だ"), "asked again once it is there"


def test_languages_with_spaces_have_no_segmenter_and_need_none() -> None:
    with pytest.raises(SegmenterMissing, match="no segmenter for the language 'es'"):
        segmenter_for("es")
    assert vocabulary(["casa"], "es").segment_verifier is None
