"""The report and the mask agree on what a list and a style allow."""

from __future__ import annotations

import random
from functools import cache
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.vocab.styles import style_of
from tests.vocab.test_any_entry import CHARACTERS
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import (
    PACKS,
    Brackets,
    Case,
    Hyphens,
    Numbers,
    Punctuation,
    Units,
    orthography_for,
)
from vocab.words.parse import Limits, normalized, why_rejected
from vocab.words.vocabulary import Vocabulary

# Of each language some words with capitals, marks, digits and letters of other scripts.
LISTS = {
    "ar": ["هذا", "و", "كلب", "الـ", "في"],
    "de": ["das", "Haus", "ist", "gut", "in", "straße", "E-Mail", "3D"],
    "el": ["ο", "σκύλος", "είναι", "ρολόι", "εδώ"],
    "en": ["the", "dog", "I", "a", "'s", "did", "n't", "New York", "C++", "etc", "iPhone", "2nd"],
    "es": ["hola", "María", "sin embargo", "casa", "qué"],
    "fr": ["l'", "homme", "le", "dit", "il", "Paris", "qu'"],
    "hi": ["राम", "का", "अतः", "डॉ", "दोस्त"],
    "it": ["l'", "amico", "è", "un", "dell'"],
    "ja": ["私", "は", "学生", "Tシャツ", "OK", "カラオケ", "ー", "です"],
    "nl": ["'s avonds", "ijs", "het", "'t", "is", "vader"],
    "pl": ["pies", "jest", "dobry", "Polska"],
    "ru": ["собака", "это", "Москва", "в"],
    "th": ["ผม", "กิน", "ข้าว", "เกาะ", "น้ำ", "OK", "5G", "the"],
    "tr": ["istanbul", "ılık", "'de", "ev", "'i"],
    "zh": ["我", "卡拉OK", "T恤", "5G", "北京", "New York", "the", "卡尔·马克思"],
}
FOREIGN = {"el": "ξύζ", "ru": "жук", "ar": "جملة", "hi": "घर", "zh": "龙", "ja": "龍", "th": "ฟ้า"}
# In the languages that have no list here.
OTHERS = ["ab", "Cd", "e-f"]
NUMBERS = ["5", "20", "5km", "3.x", "20 °C", "§ 5", "№5", "US$5", "3.5", "5%", "2024-05-01"]
STYLES = [
    {"numbers": numbers, "punctuation": punctuation, "case": case, "hyphens": hyphens}
    for numbers, punctuation, case, hyphens in product(Numbers, Punctuation, Case, Hyphens)
]


@cache
def vocabulary(language: str, units: Units, number: int) -> Vocabulary:
    characters = not orthography_for(language).spaced and units is Units.CHARACTERS
    lexicon = Lexicon(LISTS.get(language, OTHERS), language, characters=characters)
    style = style_of(**STYLES[number], units=units)
    return Vocabulary("test", lexicon, len(lexicon), style)


def written(words: Vocabulary, choose: random.Random, size: int) -> str:
    """Return the longest whole text of a random walk."""
    automaton = words.automaton
    state, text, whole = automaton.start, "", ""
    for _ in range(size):
        characters = sorted(automaton.next_characters(state))
        letters = [each for each in characters if each.isalpha()]
        if not characters:
            break
        text += choose.choice(letters if letters and choose.random() < 0.6 else characters)
        following = automaton.step(state, text[-1])
        assert following is not None
        state = following
        if automaton.is_whole(state):
            whole = text
    return whole


def spelt(words: Vocabulary, choose: random.Random, size: int) -> str:
    """Return the longest whole text of a random walk over words, numbers and marks."""
    automaton, judge = words.automaton, words.segment_verifier
    pieces = [*words.words, *(word.capitalize() for word in words.words), *NUMBERS]
    state, text, whole = automaton.start, "", ""
    for _ in range(size):
        marks = sorted(automaton.next_characters(state))
        piece = choose.choice(pieces if choose.random() < 0.6 else marks or pieces)
        following, _ = automaton.step_text(state, piece)
        if following is None or (judge and not judge.accepts(text + piece)):
            continue
        state, text = following, text + piece
        if automaton.is_whole(state):
            whole = text
    return whole


SEEDS = st.integers(0, 2**32)
NUMBER_OF_STYLE = st.integers(0, len(STYLES) - 1)


def assert_no_finding(words: Vocabulary, text: str) -> None:
    report = words.checker.report(text)
    assert (report.out_of_list, report.out_of_style) == ((), ()), text


@pytest.mark.parametrize("language", LISTS)
@settings(max_examples=100, deadline=None)
@given(seed=SEEDS, number=NUMBER_OF_STYLE, size=st.integers(5, 40))
def test_what_the_mask_writes_has_no_finding(
    language: str, seed: int, number: int, size: int
) -> None:
    words = vocabulary(language, Units.CHARACTERS, number)
    for text in (written(words, random.Random(seed), size), spelt(words, random.Random(seed), 12)):
        assert_no_finding(words, text)


@pytest.mark.parametrize("language", sorted(set(PACKS) - LISTS.keys()))
@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, number=NUMBER_OF_STYLE)
def test_no_language_has_marks_that_its_report_does_not_know(
    language: str, seed: int, number: int
) -> None:
    words = vocabulary(language, Units.CHARACTERS, number)
    text = written(words, random.Random(seed), 30)
    assert_no_finding(words, text)


# Marks, digits and capitals more often than in `CHARACTERS`, so that entries touch each other.
ENTRIES = st.one_of(st.text(CHARACTERS, min_size=1, max_size=5), st.text("abéIi07'-.", min_size=1))


@pytest.mark.parametrize("language", ["ar", "de", "en", "fr", "he", "ja", "ko", "th", "tr"])
@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(ENTRIES, min_size=1, max_size=6),
    number=NUMBER_OF_STYLE,
    brackets=st.sampled_from(Brackets),
    seed=SEEDS,
)
def test_what_the_mask_writes_of_any_list_has_no_finding(
    language: str, texts: list[str], number: int, brackets: Brackets, seed: int
) -> None:
    normal = dict.fromkeys(normalized(text.strip()) for text in texts)
    entries = [each for each in normal if each and why_rejected(each, Limits(), language) is None]
    assume(entries)
    characters = not orthography_for(language).spaced
    try:
        lexicon = Lexicon(entries, language, characters=characters)
    except ValueError:  # nothing but what attaches to words
        assume(False)
    style = style_of(**STYLES[number], brackets=brackets, units=Units.CHARACTERS)
    words = Vocabulary("test", lexicon, len(lexicon), style)
    for text in (written(words, random.Random(seed), 20), spelt(words, random.Random(seed), 12)):
        assert_no_finding(words, text)


# What such lists once had a finding for.
@pytest.mark.parametrize(
    ("language", "entries", "text", "style"),
    [
        ("ko", ["'a."], "2'a.", {"numbers": "digits"}),
        ("ko", ["7é"], "207é", {"numbers": "digits"}),
        ("fr", ["0.bi"], "(Sous)0.bi", {"brackets": "parts"}),
        ("tr", ["tb", "'7b"], "tb'7B", {"case": "emphasis"}),
        ("tr", ["a", "'Ié"], "a'IÉ", {"case": "free"}),
        ("de", ["ß\u0301a"], "ẞ\u0301A", {"case": "free"}),
        ("ja", ["は", "the"], "は*は～*The", {"punctuation": "markdown"}),
        ("ja", ["は", "the"], "は**は～**The", {"punctuation": "markdown"}),
        ("en", ["the"], "*the—* The", {"punctuation": "markdown"}),
    ],
)
def test_entries_with_digits_and_marks_have_no_finding(
    language: str, entries: list[str], text: str, style: dict[str, str]
) -> None:
    lexicon = Lexicon(entries, language)
    words = Vocabulary("test", lexicon, len(lexicon), style_of(**style))
    state = words.automaton.read(text)
    assert state is not None
    assert words.automaton.is_whole(state)
    assert_no_finding(words, text)


@pytest.mark.parametrize("language", ["ja", "th", "zh"])
@settings(max_examples=100, deadline=None)
@given(seed=SEEDS, number=NUMBER_OF_STYLE)
def test_what_mask_and_segmenter_allow_has_no_finding(
    language: str, seed: int, number: int
) -> None:
    words = vocabulary(language, Units.WORDS, number)
    text = spelt(words, random.Random(seed), 15)
    assert_no_finding(words, text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我＋5我", ()),
        ("5＋5", ()),
        ("＋5我", ("＋",)),
        ("我。\n＋5我", ("＋",)),
        ("我＋ 5", ("＋ ",)),
        ("我￥5", ("￥",)),
    ],
)
def test_a_wide_plus_between_two_pieces_is_no_sign_of_a_number(
    text: str, found: tuple[str, ...]
) -> None:
    style = style_of(numbers=Numbers.DIGITS, units=Units.WORDS)
    words = Vocabulary("test", Lexicon(LISTS["zh"], "zh"), len(LISTS["zh"]), style)
    assert words.checker.report(text).out_of_style == tuple((each, "number") for each in found)
    state = words.automaton.read(text)
    assert (state is not None and words.automaton.is_whole(state)) is (not found)


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("ja", "私。\n3.5です", ()),
        ("ja", "私。\n3.です", ("3.",)),
        ("th", "ผม -5", ()),
        ("th", "ผม -½", ()),
        ("th", "ผม - 5", ("-",)),
        ("ja", "は½-私", ()),
    ],
)
def test_a_decimal_and_a_minus_belong_to_the_number_in_minimal_punctuation(
    language: str, text: str, found: tuple[str, ...]
) -> None:
    style = style_of(numbers=Numbers.ALL, punctuation=Punctuation.MINIMAL, units=Units.WORDS)
    words = LISTS[language]
    vocabulary = Vocabulary("test", Lexicon(words, language), len(words), style)
    report = vocabulary.checker.report(text)
    assert report.out_of_style == tuple((each, "mark") for each in found)
    state = vocabulary.automaton.read(text)
    assert (state is not None and vocabulary.automaton.is_whole(state)) is (not found)


def test_a_number_with_a_unit_may_follow_a_circled_label() -> None:
    style = style_of(numbers=Numbers.ALL, punctuation=Punctuation.PLAIN, units=Units.WORDS)
    words = Vocabulary("test", Lexicon(LISTS["ja"], "ja"), len(LISTS["ja"]), style)
    state = words.automaton.read("⑧６℃です")
    assert state is not None
    assert words.automaton.is_whole(state)
    assert_no_finding(words, "⑧６℃です")


@pytest.mark.parametrize("units", Units)
@pytest.mark.parametrize("language", LISTS)
@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, number=NUMBER_OF_STYLE, end=st.booleans())
def test_a_foreign_word_is_a_finding(
    language: str, units: Units, seed: int, number: int, end: bool
) -> None:
    words = vocabulary(language, units, number)
    text, foreign = spelt(words, random.Random(seed), 6), FOREIGN.get(language, "xyz")
    text = f"{text} {foreign}" if end else f"{foreign} {text}"
    assert any(foreign in each for each in words.checker.report(text).out_of_list), text
