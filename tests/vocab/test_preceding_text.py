"""A reply that continues a text: its first words, against the definition of the language."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.vocab.definition import Definition
from tests.vocab.prose_tables import Section, Table, read_table, table_paths
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style, Units
from vocab.words.surroundings import state_after
from vocab.words.text_automaton import Configuration, TextAutomaton, TextState
from vocab.words.vocabulary import Vocabulary

WORDS = ("the", "dog", "cat", "is", "here", "she", "said", "John", "and", "amigo", "'s")
# The reading takes an apostrophe in an earlier line and a dash inside a word for unknown.
UNCERTAIN = set("'’/×–—-")
# Marks and abbreviations that a reading without the list cannot tell from others.
MISREAD = {"Das ist 5,- und 5,–", "500/-", "— Tak?\n— !\n", "Иди, т. е. ", "Večer, t. j. "}
WALK_CHARACTERS = 12


def begins(automaton: TextAutomaton, text: str) -> TextState:
    return frozenset({Configuration(state_after(automaton.surroundings, text))})


def stem(path: Path) -> str:
    return path.stem


# Of the scope of a module, because pytest then runs the tests of one table after another.
@pytest.fixture(scope="module", params=table_paths(), ids=stem)
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    """Return a table; its automata and definitions are dropped after its last test."""
    yield read_table(request.param)
    definition_of.cache_clear()


def cuts(table: Table) -> Iterator[tuple[Section, str, str]]:
    """Yield each place between two words of an accepted text: its section, the text before it and
    the text after it.
    """
    for text in table.texts:
        if not text.accepted or text.section.style.units is Units.WORDS:
            continue
        definition = definition_of(text.section)
        for at in range(len(text.text)):
            before, after = text.text[:at], text.text[at:]
            closes = after[0] in '.,;:!?"”»)' and after[1:2] in ("", " ", "\n")
            at_space = at == 0 or before[-1] in " \n" or after[0] in " \n"
            if (at_space or closes) and definition.is_whole(before.rstrip()):
                yield text.section, before, after


@cache
def definition_of(section: Section) -> Definition:
    return Definition(section.words, section.language, section.style)


def test_a_reply_begins_as_the_text_can_go_on(table: Table) -> None:
    """The definition has read the whole text, word by word; the reply's first state has not."""
    wrong = []
    for section, before, _ in cuts(table):
        automaton = section.vocabulary.automaton
        allowed = automaton.next_characters(begins(automaton, before))
        definition = definition_of(section)
        extra = allowed - definition.next_characters(before) - UNCERTAIN
        if definition.orthography.apostrophe_suffixes:  # open pairs are forgotten
            extra -= set(definition.orthography.pairs)
        if extra and before not in MISREAD:
            wrong.append((before, sorted(extra)))
    assert wrong == []


def test_nearly_every_text_can_be_written_from_any_of_its_words_on(table: Table) -> None:
    """The rest are names of several words, abbreviations before a comma, and signs of numbers."""
    written = []
    for section, before, after in cuts(table):
        automaton = section.vocabulary.automaton
        state = automaton.read(after, begins(automaton, before))
        written.append(state is not None and automaton.can_end(state))
    assert sum(written) >= 0.9 * len(written)


@pytest.mark.parametrize(
    "table", [each for each in table_paths() if each.stem != "el"], ids=stem, indirect=True
)
def test_the_checker_finds_only_listed_words_in_a_reply(table: Table) -> None:
    chance = random.Random(table.language)
    places = list(cuts(table))
    for section, before, _ in chance.sample(places, min(20, len(places))):
        automaton, checker = section.vocabulary.automaton, section.vocabulary.checker
        state, reply, whole = begins(automaton, before), "", ""
        for _ in range(WALK_CHARACTERS):
            character = chance.choice(sorted(automaton.next_characters(state)))
            following = automaton.step(state, character)
            assert following is not None
            state, reply = following, reply + character
            whole = reply if automaton.is_whole(state) else whole
        assert (before, checker.report(whole).out_of_list) == (before, ())
        assert (before, checker.report(before + whole).out_of_list) == (before, ())


# --- single places -------------------------------------------------------------------------------


def english(text: str, style: Style | None = None) -> set[str]:
    """Return the characters with which a reply may go on after `text`."""
    vocabulary = Vocabulary("test", Lexicon(WORDS, "en"), len(WORDS), style or Style())
    return vocabulary.automaton.next_characters(begins(vocabulary.automaton, text))


@pytest.mark.parametrize("text", ["The qwerty", "He has 3.5", "an@example.org", "x = f", "don't"])
def test_a_word_is_not_continued(text: str) -> None:
    """Neither by letters nor by a suffix: a space or a mark comes first."""
    assert {" ", ",", ".", "\n"} <= english(text)
    assert not any(map(str.isalnum, english(text)))
    assert not {"'", "’"} & english(text)


@pytest.mark.parametrize("text", ["The qwerty ", "The qwerty  ", "x =\t", "well-", "(", '"Oh," '])
def test_a_word_comes_at_once_after_a_space_a_hyphen_or_a_bracket(text: str) -> None:
    assert {"t", "d", "s"} <= english(text)
    assert " " not in english(text)


@pytest.mark.parametrize(
    ("text", "capital"),
    [
        ("", True),
        ("The end. ", True),
        ("The end?\n", True),
        ("Q: what\nA: ", True),
        ("- ", True),
        ("The end, ", False),
        ("The qwerty ", False),
        ("It is 5 ", False),
    ],
)
def test_a_capital_is_possible_where_a_sentence_begins(text: str, capital: bool) -> None:
    assert ("T" in english(text)) is capital
    assert "t" in english(text)  # never required


@pytest.mark.parametrize(
    ("text", "closing"),
    [
        ('She said, "the', '"'),
        ("“The U.S. dog", "”"),
        ("The dog (the cat", ")"),
        ("(“The dog” and the cat", ")"),
    ],
)
def test_an_open_pair_of_the_last_line_is_closed_before_the_reply_ends(
    text: str, closing: str
) -> None:
    vocabulary = Vocabulary("test", Lexicon(WORDS, "en"), len(WORDS))
    automaton = vocabulary.automaton
    state = begins(automaton, text)
    assert closing in automaton.next_characters(state)
    assert not automaton.can_end(state)
    closed = automaton.read(closing, state)
    assert closed is not None
    assert automaton.can_end(closed)


@pytest.mark.parametrize("text", ['5" qwerty', "if (x == y", "“The dog.\nThe cat", "'tis the dog"])
def test_what_only_looks_like_an_open_pair_asks_for_nothing(text: str) -> None:
    vocabulary = Vocabulary("test", Lexicon(WORDS, "en"), len(WORDS))
    state = begins(vocabulary.automaton, text)
    assert vocabulary.automaton.can_end(state)


def test_a_word_follows_an_elided_one() -> None:
    lexicon = Lexicon(["homme", "le"], "fr")
    automaton = Vocabulary("test", lexicon, 2).automaton
    assert "h" in automaton.next_characters(begins(automaton, "Voici l'"))
    assert "h" in automaton.next_characters(begins(automaton, "Voici l’"))


@pytest.mark.parametrize("text", ["x" * 5_000, "= <> " * 1_000, "\ufffd", "\u0301", "\r\n", "🙂"])
def test_every_text_can_be_continued(text: str) -> None:
    assert english(text)
    assert all(unicodedata.normalize("NFC", each) == each for each in english(text))
