"""A reply in each language that has a pack, held to docs/language.md as `definition.py` reads it:
no broken words, balanced quotes, the language's spacing. The oracle shares no code with the mask.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import pytest

from generation.engine.contract import GenerationRequest, Message, Sampling
from generation.engine.local import LocalDecoder
from tests.generation.engine import tiny
from tests.vocab.definition import Definition
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import PACKS, Numbers, Style, Units
from vocab.words.starter_lists import languages
from vocab.words.vocabulary import Vocabulary

WORDLISTS = Path(__file__).resolve().parents[3] / "wordlists"
LANGUAGES = languages()
COUNT = 400
MAX_TOKENS = 90


@cache
def decoder() -> LocalDecoder:
    return LocalDecoder(tiny.loaded(), max_input_tokens=200, truncate=True)


def vocabulary(language: str) -> Vocabulary:
    lines = (WORDLISTS / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    words = [line for line in lines if not line.startswith("#")][:COUNT]
    spaced = PACKS[language].spaced
    style = Style(units=Units.WORDS, numbers=Numbers.NONE)
    assert len(words) == COUNT
    vocabulary = Vocabulary(language, Lexicon(words, language), COUNT, style)
    assert vocabulary.segmented is not spaced
    return vocabulary


def test_every_language_with_a_list_has_a_pack() -> None:
    assert len(LANGUAGES) == 15
    assert set(LANGUAGES) <= set(PACKS)


@pytest.mark.parametrize("unit", ["tokens", "words"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reply_has_no_broken_word_and_closes_what_it_opens(
    language: str, unit: Literal["tokens", "words"]
) -> None:
    words = vocabulary(language)
    definition = Definition(words.words, language, words.style)
    written = 0
    for seed in range(3):
        sampling = Sampling(
            max_tokens=MAX_TOKENS,
            temperature=0.8,
            seed=seed,
            unit=unit if words.spaced else "tokens",
        )
        request = GenerationRequest(
            messages=(Message("user", "hola"),),
            sampling=sampling,
            vocabulary=words,
        )
        text = decoder().decode(request, lambda text, logprobs=(): None, lambda: False).text
        assert definition.is_text(text), repr(text)
        report = words.checker.report(text)
        assert report.out_of_list == ()
        written += report.words
    # Drawn as a word, a word of many tokens is too unlikely for a random model.
    assert written >= 5 or unit == "words"
