"""`units=characters`: what the entries are divided into, and what other scripts may write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vocab.definition import spellings
from tests.vocab.styles import style_of
from vocab.words.checker.letter_groups import letter_groups
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import orthography_for
from vocab.words.unspaced_units import units_of
from vocab.words.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("entry", "letters", "runs"),
    [
        ("卡拉OK", "卡 拉", "OK"),
        ("5G", "", "5G"),
        ("80后", "后", "80"),
        ("C++语言", "语 言", "C++"),
        ("卡尔·马克思", "卡 尔 马 克 思", ""),
        ("New York", "", "New_York"),
        ("เกาะน้ำ", "เกาะ น้ำ", ""),
        ("กี่ผู้", "กี่ ผู้", ""),
        ("ិខ្ញុំ", "ខ្ញុំ", ""),  # a vowel before its letter
        ("เ", "", ""),  # without one
        ("မြန်မာ", "မြ န် မာ", ""),
        ("ປະເທດ", "ປະ ເທ ດ", ""),
    ],
)
def test_an_entry_is_divided_into_letters_and_runs(entry: str, letters: str, runs: str) -> None:
    found = units_of([entry])
    assert found == (
        dict.fromkeys(letters.split(), 1),
        {run.replace("_", " "): 1 for run in runs.split()},
    )


def test_a_unit_has_the_rank_of_its_first_entry() -> None:
    assert units_of(["中T", "T国", "国"], first_rank=4) == ({"中": 4, "国": 5}, {"T": 4})


@given(st.text("กเาิ่แะ中ーT5a'.- ·+\u0301\u3099か\u17d2ខ", min_size=1, max_size=7))
def test_mask_checker_and_definition_divide_entries_alike(entry: str) -> None:
    letters, runs = units_of([entry])
    kinds = spellings([entry], orthography_for("th"), style_of(case="lower"))
    defined = {
        form
        for kind, forms in kinds.items()
        if kind in ("word plain ", "run plain ", "run plain '")
        for form in forms
    }
    assert set(letters) | set(runs) == set(letter_groups(entry)) == defined


def test_words_of_another_script_are_not_spelt_from_their_letters() -> None:
    """The list that once allowed "Whennts Hagglerenes"."""
    entries = ["我", "爱", "学校", "老师", "the", "and", "is", "big", "my", "school", "very"]
    listed = Vocabulary("test", Lexicon(entries, "zh", characters=True), 11, style_of())
    assert listed.checker.report("我爱Whennts，Hagglerenes").out_of_list == (
        "Whennts",
        "Hagglerenes",
    )
    assert listed.checker.report("The学校。我my爱school").out_of_list == ()
    state = listed.automaton.start
    for character in "school":
        following = listed.automaton.step(state, character)
        assert following is not None
        state = following
    assert listed.automaton.next_characters(state).isdisjoint(
        "abcdefghijklmnopqrstuvwxyz0123456789"
    )
