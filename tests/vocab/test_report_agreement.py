"""The report and the mask agree on what a list and a style allow."""

from __future__ import annotations

import random
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vocab.styles import style_of
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Case, Hyphens, Numbers, Punctuation, Units, orthography_for
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
STYLES = [
    {"numbers": numbers, "punctuation": punctuation, "case": case, "hyphens": hyphens}
    for numbers, punctuation, case, hyphens in product(Numbers, Punctuation, Case, Hyphens)
]


@cache
def vocabulary(language: str, units: Units, number: int) -> Vocabulary:
    characters = not orthography_for(language).spaced and units is Units.CHARACTERS
    lexicon = Lexicon(LISTS[language], language, characters=characters)
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


@pytest.mark.parametrize("language", LISTS)
@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), number=st.integers(0, len(STYLES) - 1), size=st.integers(5, 40))
def test_what_the_mask_writes_has_no_finding(
    language: str, seed: int, number: int, size: int
) -> None:
    words = vocabulary(language, Units.CHARACTERS, number)
    text = written(words, random.Random(seed), size)
    report = words.checker.report(text)
    assert (report.out_of_list, report.out_of_style) == ((), ()), text
