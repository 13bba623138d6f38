"""The capitals of entries: at the start of a sentence, and those that a language always has."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.vocab.definition import Definition
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Case, Style, orthography_for, why_unwritable
from vocab.words.parse import normalized
from vocab.words.vocabulary import Vocabulary

FREE = Style(case=Case.FREE)
OTHER = "qq"
# Letters whose cases are special, digits of several kinds, marks that entries may have.
CHARACTERS = "aiIjsßøéΣςσıİdžǆ2３½⁵ªⅷ'-.& "
VARIED_LETTERS = 5


def vocabulary(language: str, *words: str, style: Style | None = None) -> Vocabulary:
    return Vocabulary("test", Lexicon(words, language), len(words), style or Style())


def is_written(words: Vocabulary, text: str) -> bool:
    state = words.automaton.read(text)
    return state is not None and words.automaton.can_end(state)


def in_all_cases(entry: str) -> set[str]:
    letters = [at for at, each in enumerate(entry) if each.upper() != each.lower()]
    found = set()
    for changes in itertools.product(
        (str.lower, str.title, str.upper), repeat=len(letters[:VARIED_LETTERS])
    ):
        text = list(entry)
        for at, change in zip(letters, changes, strict=False):
            text[at] = change(text[at])
        found.add("".join(text))
    return found


@pytest.mark.parametrize("language", ["de", "el", "en", "fr", "nl", "tr"])
@given(entry=st.text(CHARACTERS, min_size=1, max_size=5).map(normalized))
def test_the_mask_and_the_report_agree_on_the_spellings_of_any_entry(
    language: str, entry: str
) -> None:
    assume(entry and why_unwritable(entry, orthography_for(language)) is None)
    words = vocabulary(language, entry, OTHER, style=FREE)
    definition = Definition([entry, OTHER], language, FREE)
    facts = words.lexicon.orthography
    stem = entry.removesuffix("'")
    attached = entry.startswith("'") or stem in (facts.bound if stem == entry else facts.prefixes)
    for spelling in in_all_cases(entry):
        for text in (spelling, f"{OTHER} {spelling}"):
            written = is_written(words, text)
            listed = words.checker.report(text).out_of_list == ()
            assert written is definition.is_text(text), text
            # What only attaches to words is listed, but not written by itself.
            assert listed >= written if attached else listed is written, text


@pytest.mark.parametrize(
    ("language", "entry", "at_start"),
    [
        ("en", "2nd", "2nd"),
        ("en", "4x4", "4x4"),
        ("de", "guten Morgen", "Guten Morgen"),
        ("de", "das Haus", "Das Haus"),
        ("en", "the United States", "The United States"),
        ("en", "anti-American", "Anti-American"),
        ("fr", "l'Espagne", "L'Espagne"),
        ("en", "iPhone", "iPhone"),
        ("en", "'tis", "'Tis"),
        ("nl", "'s avonds", "'s Avonds"),
        ("de", "ß", "ß"),
    ],
)
def test_the_first_part_of_an_entry_takes_the_capital_of_a_sentence(
    language: str, entry: str, at_start: str
) -> None:
    words = vocabulary(language, entry)
    spellings = {text for text in in_all_cases(entry) if is_written(words, text)}
    assert spellings == {entry, at_start}
    for text in spellings:
        assert words.checker.report(text).out_of_list == ()


def test_english_words_that_always_have_a_capital_have_it_whatever_the_list_has() -> None:
    entries = ["i", "like", "monday", "may", "i'm", "on monday", "spanish"]
    words = vocabulary("en", *entries)
    definition = Definition(entries, "en")
    for text, is_right in [
        ("I like Monday", True),
        ("Like on Monday", True),
        ("I'm Spanish", True),
        ("May I like May", True),
        ("I may", True),
        ("i like", False),
        ("like monday", False),
        ("like on monday", False),
    ]:
        assert is_written(words, text) is definition.is_text(text) is is_right, text
        assert (words.checker.report(text).out_of_list == ()) is is_right, text


def test_halves_of_contractions_join_at_the_apostrophe_too() -> None:
    words = vocabulary("en", "I", "don", "'t", "can", "not", "go")
    definition = Definition(words.lexicon.entries, "en")
    for text, is_right in [
        ("I don't go", True),
        ("I don’t go", True),
        ("I can't go", True),
        ("I can not go", True),
        ("I cannot go", False),
        ("I 't go", False),
        ("I didn't go", False),
    ]:
        assert is_written(words, text) is definition.is_text(text) is is_right, text
        assert (words.checker.report(text).out_of_list == ()) is is_right, text


def test_a_georgian_text_has_no_capital_of_an_entry_with_a_sharp_s() -> None:
    words = vocabulary("ka", "ßა", style=FREE)
    assert is_written(words, "ßა")
    assert not is_written(words, "ẞა")
