"""Every entry that a list may have can be written, in every style, and the checker accepts it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vocab.words.lexicon import Lexicon
from vocab.words.orthography import (
    Case,
    Hyphens,
    Numbers,
    Punctuation,
    Style,
    Units,
    orthography_for,
)
from vocab.words.parse import Limits, normalized, why_rejected
from vocab.words.vocabulary import Vocabulary
from vocab.words.word_forms import WORDS, spellings

# Letters of several scripts and cases, digits, marks that entries may have, and joiners.
CHARACTERS = "abIißéœσςİǆжЖбنبכלאनि्รั猫か07५²'’-.&/+#·:\"״׳№ \u200c\u200d\u0301"
STYLES = [
    Style(numbers=numbers, punctuation=punctuation, case=case, hyphens=hyphens, units=Units.WORDS)
    for numbers, punctuation, case, hyphens in itertools.product(
        (Numbers.NONE, Numbers.ALL), Punctuation, (Case.LOWER, Case.SENTENCE), Hyphens
    )
]


@pytest.mark.parametrize(
    "language", ["ar", "de", "el", "en", "fi", "fr", "he", "hi", "hu", "ru", "tr"]
)
@settings(max_examples=60, deadline=None)
@given(
    entry=st.text(CHARACTERS, min_size=1, max_size=6).map(lambda text: normalized(text.strip())),
    style=st.sampled_from(STYLES),
)
def test_an_accepted_entry_is_written_alone_and_in_a_sentence(
    language: str, entry: str, style: Style
) -> None:
    orthography = orthography_for(language)
    assume(entry and why_rejected(entry, Limits(), language) is None)
    forms = spellings(entry, orthography)
    written = [form for form, form_class in forms.items() if form_class.role in WORDS]
    assume(written)  # what only attaches to words has tests of its own
    words = Vocabulary("test", Lexicon([entry, "qq"], language), 2, style)
    for form in [entry] if entry in written else written[:1]:
        for text in (form, f"qq {form} qq", f"qq {form}."):
            state = words.automaton.read(text)
            assert state is not None, text
            assert words.automaton.can_end(state), text
            assert words.checker.report(text).out_of_list == (), text
