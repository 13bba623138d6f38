"""The text automaton: what may be written, what may end, and that nothing else can."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vocab import language
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import why_unwritable
from vocab.words.vocabulary import Vocabulary

SPANISH = ["hola", "como", "comer", "el", "la", "casa", "es", "grande", "María", "qué", "a"]


def vocabulary(words: list[str], tag: str = "es", n: int | None = None) -> Vocabulary:
    return Vocabulary("test", Lexicon(words, tag), n or len(words))


def accepts(words: Vocabulary, text: str) -> bool:
    """True if `text` is a finished text."""
    state = words.automaton.read(text)
    return state is not None and words.automaton.can_end(state)


@pytest.mark.parametrize(
    "text",
    [
        "Hola",
        "hola",
        "HOLA",
        "Hola, María.",
        "MARÍA",
        "La casa es grande.",
        "¿Qué? ¡Hola!",
        "«La casa», es grande.",
        '"¿Qué?"',
        "La casa (la grande) es a...",
        "Hola\n\nLa casa",
        "Hola.\nLa casa?!",
        "— Hola\n—¿Qué?",
        "la casa — la grande – es",
        "casa—grande",
        "Hola…",
    ],
)
def test_ordinary_writing_is_accepted(text: str) -> None:
    words = vocabulary(SPANISH)
    assert accepts(words, text)
    assert words.checker.report(text).out_of_list == ()


@pytest.mark.parametrize(
    "text",
    [
        "com",  # part of a word
        "casas",  # a word and more
        "lacasa",  # two words run together
        "maría",  # an entry with capitals keeps them
        "hOLA",
        " hola",  # white space first
        "la  casa",
        "hola\n\n\nla",
        "hola..",
        "hola....",
        "hola!!!!!",
        "hola ,la",
        "«hola",  # left open
        "hola»",  # never opened
        "«hola)",
        "((hola))",
        "¿Qué.",
        "hola -la",
        "hola\tla",
        "hola 3",
        "hola,",  # a pause is no end
        "",
    ],
)
def test_other_writing_is_not(text: str) -> None:
    assert not accepts(vocabulary(SPANISH), text)


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["New York", "new", "is"], "New York is new.", True),
        (["New York", "is"], "New is", False),
        (["New York", "is"], "NEW YORK IS", True),
        (["sin embargo"], "Sin embargo", True),
        (["sin embargo"], "Sin", False),
        (["don't", "go"], "Don’t go", True),
        (["don't", "go"], "Don t go", False),
        (["C++", "Sr.", "go"], "Go C++. Sr. go C++...", True),
        (["'tis", "go"], "'Tis go", True),
        (["ice", "ice-cream"], "Ice-cream", True),
        (["ice", "cream"], "ice-cream", False),
    ],
)
def test_entries_with_marks_and_spaces(words: list[str], text: str, expected: bool) -> None:
    listed = vocabulary(words, "en")
    assert accepts(listed, text) is expected
    assert (listed.checker.report(text).out_of_list == ()) is expected


def test_the_end_is_refused_inside_a_word() -> None:
    """The prototype let the model stop after `hol`."""
    automaton = vocabulary(["hola", "ho"]).automaton
    ends = {}
    for length in range(1, 5):
        state = automaton.read("hola"[:length])
        assert state is not None
        ends["hola"[:length]] = (automaton.is_whole(state), automaton.can_end(state))
    assert ends == {
        "h": (False, False),
        "ho": (True, True),
        "hol": (False, False),
        "hola": (True, True),
    }


def test_a_pair_left_open_is_whole_but_no_end() -> None:
    automaton = vocabulary(SPANISH).automaton
    state = automaton.read("«Hola, la casa")
    assert state is not None
    assert automaton.is_whole(state)
    assert not automaton.can_end(state)


def test_next_characters_are_exactly_what_step_accepts() -> None:
    automaton = vocabulary(SPANISH).automaton
    alphabet = {character for word in SPANISH for character in word + word.upper()}
    alphabet |= set(" \n\t.,;:!?…¿¡«»“”\"()–—-'’3x")
    pending, seen = [automaton.start], {automaton.start}
    while pending:
        state = pending.pop()
        accepted = set()
        for character in alphabet:
            following = automaton.step(state, character)
            if following is not None:
                accepted.add(character)
                if following not in seen:
                    seen.add(following)
                    pending.append(following)
        assert automaton.next_characters(state) == accepted
        assert accepted or automaton.can_end(state), "a state must lead somewhere"
    assert len(seen) > 100


def test_every_short_text_is_accepted_by_automaton_and_oracle_alike() -> None:
    """All strings of up to 5 characters over an alphabet that has one of each kind."""
    words = ["a", "ab", "ba b"]
    automaton = vocabulary(words).automaton
    oracle = language.spanish(words)
    no_pairs = "abA .,?\n-—"
    for length in range(1, 6):
        for characters in itertools.product(no_pairs, repeat=length):
            text = "".join(characters)
            state = automaton.read(text)
            assert (state is not None) == language.is_prefix(oracle, text), repr(text)
            if state is not None:
                whole = oracle.fullmatch(text) is not None
                assert automaton.is_whole(state) == whole, repr(text)


@settings(max_examples=300)
@given(st.data())
def test_what_the_automaton_writes_the_checker_passes(data: st.DataObject) -> None:
    words = data.draw(
        st.lists(
            st.text(alphabet="abñé'", min_size=1, max_size=4).filter(
                lambda word: why_unwritable(word) is None
            ),
            min_size=1,
            max_size=8,
            unique=True,
        )
    )
    listed = vocabulary(words)
    automaton = listed.automaton
    state, text = automaton.start, ""
    for _ in range(data.draw(st.integers(1, 40))):
        choices = sorted(automaton.next_characters(state))
        character = data.draw(st.sampled_from(choices))
        following = automaton.step(state, character)
        assert following is not None
        state, text = following, text + character
        if automaton.is_whole(state):
            assert listed.checker.report(text).out_of_list == (), text
