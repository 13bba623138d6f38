"""The lexicon accepts exactly the first N entries, in the spellings that their case permits."""

from __future__ import annotations

import weakref
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocab.words.lexicon import ROOT, Lexicon
from vocab.words.orthography import orthography_for
from vocab.words.parse import parse
from vocab.words.word_forms import FORM_CLASSES, FormClass, LetterCase, Role, spellings

entries = st.lists(
    st.text(alphabet="aábñAÑ' 词カ", min_size=1, max_size=6), min_size=1, max_size=30, unique=True
)


ABBREVIATIONS = orthography_for("es").abbreviations
LISTED = {Role.WORD, Role.NUMERAL, Role.STEM, Role.SUFFIX}  # the orthography declares the others
WORDS = [form_class for form_class in FORM_CLASSES if form_class.role in (Role.WORD, Role.NUMERAL)]


def admitted(
    lexicon: Lexicon, max_rank: int, classes: Iterable[FormClass] = FORM_CLASSES
) -> set[str]:
    """Return every spelling that the tries of these classes accept."""
    found = set()
    for form_class in classes:
        trie = lexicon.trie(form_class)
        if trie is None or form_class.role not in LISTED:
            continue
        pending = [("", ROOT)]
        while pending:
            prefix, node = pending.pop()
            if node != ROOT and trie.ends_word(node, max_rank):
                found.add(prefix)
            for character, child in trie.next_characters(node, max_rank).items():
                pending.append((prefix + character, child))
    return found


@given(entries)
def test_admits_exactly_the_first_n_entries_for_every_n(words: list[str]) -> None:
    lexicon = Lexicon(words, "es")
    for n in range(1, len(words) + 1):
        assert admitted(lexicon, n) == {
            form for word in words[:n] for form in spellings(word, orthography_for("es"))
        }


@given(entries)
def test_the_first_rank_is_that_of_the_first_word_and_needs_no_trie(words: list[str]) -> None:
    lexicon = Lexicon(words, "es")
    first = lexicon.first_rank
    assert lexicon.nbytes == 0
    plain = [each for each in WORDS if each.case is LetterCase.PLAIN]
    assert not admitted(lexicon, first - 1, plain)
    assert admitted(lexicon, first, plain)


@given(entries)
def test_step_agrees_with_next_characters(words: list[str]) -> None:
    lexicon = Lexicon(words, "es")
    for form_class in WORDS:
        trie = lexicon.trie(form_class)
        if trie is None:
            continue
        for n in (1, len(words)):
            for word in words:
                node: int | None = ROOT
                for character in word:
                    assert node is not None
                    following = trie.next_characters(node, n)
                    node = trie.step(node, character.encode(), n)
                    assert node == following.get(character)
                    if node is None:
                        break


def test_each_class_has_its_own_spellings() -> None:
    lexicon = Lexicon(["dog", "I", "don't", "'s", "Mr"], "en")

    def of(role: Role, case: LetterCase, apostrophe: str = "") -> set[str]:
        return admitted(lexicon, 5, [FormClass(role, case, apostrophe)])

    assert of(Role.WORD, LetterCase.PLAIN) == {"dog", "I", "Mr", "Mr."}
    assert of(Role.WORD, LetterCase.TITLE) == {"Dog"}
    assert of(Role.WORD, LetterCase.UPPER) == {"DOG", "MR", "MR."}
    assert of(Role.WORD, LetterCase.PLAIN, "'") == {"don't"}
    assert of(Role.WORD, LetterCase.TITLE, "’") == {"Don’t"}
    assert of(Role.SUFFIX, LetterCase.PLAIN, "'") == {"'s", "'"}
    assert of(Role.STEM, LetterCase.PLAIN) == set()


def test_a_class_is_built_when_it_is_asked_for() -> None:
    lexicon = Lexicon(["dog"], "en")
    assert lexicon.nbytes == 0
    lexicon.trie(FormClass(Role.WORD, LetterCase.PLAIN, ""))
    assert lexicon.nbytes > 0


def test_the_forms_can_be_dropped_and_made_again() -> None:
    lexicon, other = (Lexicon(["don't", "dog", "New York"], "en") for _ in range(2))
    table = weakref.ref(lexicon._table)
    extended = Lexicon([*lexicon.entries, "cat"], "en", base=lexicon)
    assert extended.forms(FORM_CLASSES[0]) == lexicon.forms(FORM_CLASSES[0])
    extended.drop_forms()
    assert table() is None
    for form_class in FORM_CLASSES:
        assert lexicon.forms(form_class) == other.forms(form_class)


def test_a_word_outside_the_first_n_is_refused_though_it_begins_one_inside() -> None:
    """The prototype admitted `com` (rank 3,256) from N = 29 on because of `como`."""
    lexicon = Lexicon(["como", "el", "com"], "es")
    assert admitted(lexicon, 2) == {"como", "Como", "COMO", "el", "El", "EL"}
    assert {"com", "Com", "COM"} <= admitted(lexicon, 3)


@pytest.mark.parametrize("n", [1, 100, 1000, 3000, None])
def test_the_shipped_spanish_list_is_admitted_exactly(n: int | None) -> None:
    with open("wordlists/es.txt", "rb") as file:
        words = parse(file.read()).words
    lexicon = Lexicon(words, "es")
    expected = set()
    for word in words[:n]:
        expected |= {word, word.upper()}
        if word == word.lower():
            first = next(i for i, c in enumerate(word) if c.isalpha())
            expected.add(word[:first] + word[first].upper() + word[first + 1 :])
    expected |= {form + "." for form in expected if form.lower() in ABBREVIATIONS}
    expected |= {form.replace("'", "’") for form in expected}
    assert admitted(lexicon, n or len(words), WORDS) == expected


def test_fifty_thousand_entries_stay_small() -> None:
    words = [f"{a}{b}{c}" for a in "abcdefghij" for b in range(100) for c in range(50)]
    lexicon = Lexicon(words, "en")
    assert len(lexicon) == 50_000
    for form_class in WORDS:
        lexicon.trie(form_class)
    assert 1_000_000 < lexicon.nbytes < 30_000_000


@pytest.mark.parametrize("words", [[], ["a", ""]])
def test_an_empty_list_or_entry_is_refused(words: list[str]) -> None:
    with pytest.raises(ValueError, match="entry"):
        Lexicon(words, "en")


@pytest.mark.parametrize(
    ("entry", "language", "forms"),
    [
        ("hola", "es", {"hola", "Hola", "HOLA"}),
        ("María", "es", {"María", "MARÍA"}),
        ("iPhone", "en", {"iPhone", "IPHONE"}),
        ("straße", "de", {"straße", "Straße", "STRASSE", "STRAẞE"}),
        ("istanbul", "tr", {"istanbul", "İstanbul", "İSTANBUL"}),
        ("ılık", "tr", {"ılık", "Ilık", "ILIK"}),
        ("istanbul", "en", {"istanbul", "Istanbul", "ISTANBUL"}),
        ("λόγος", "el", {"λόγος", "Λόγος", "ΛΟΓΟΣ"}),
        ("λογοσ", "el", {"λογος", "Λογος", "ΛΟΓΟΣ"}),
        ("ρολόι", "el", {"ρολόι", "Ρολόι", "ΡΟΛΟΪ"}),
        ("ijs", "nl", {"ijs", "IJs", "IJS"}),
        ("etc", "en", {"etc", "Etc", "ETC", "etc.", "Etc.", "ETC."}),
        ("l'", "fr", {"l", "L"}),
        ("don't", "en", {"don't", "Don't", "DON'T", "don’t", "Don’t", "DON’T"}),
        ("sin embargo", "es", {"sin embargo", "Sin embargo", "SIN EMBARGO"}),
        ("ǆep", "hr", {"ǆep", "ǅep", "ǄEP"}),
        ("猫", "ja", {"猫"}),
    ],
)
def test_spellings_follow_the_case_of_the_entry(entry: str, language: str, forms: set[str]) -> None:
    assert set(spellings(entry, orthography_for(language))) == forms
