"""The words of one request: filters, bans, names and their union with lists."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocab.words.lexicon import Lexicon
from vocab.words.orthography import orthography_for
from vocab.words.request_words import (
    FirstWords,
    Origin,
    RequestWords,
    VocabularySource,
    added_words,
    listed_words,
)
from vocab.words.vocabulary import Vocabulary
from vocab.words.word_filter import WordFilter

ENTRIES = ("the", "ship", "hi", "sip", "don't", "New York", "chip", "Polish", "hat", "ice-cream")


def selected(
    entries: tuple[str, ...] = ENTRIES, language: str = "en", **fields: object
) -> list[str]:
    return list(WordFilter(**fields).select(entries, language))  # type: ignore[arg-type]


def test_letters_are_those_of_the_word_in_any_case() -> None:
    assert selected(letters="SHIP") == ["ship", "hi", "sip"]
    assert selected(letters="donteh") == ["the", "don't"]
    assert selected(letters="nweyork") == ["New York"]
    assert selected(("ma", "mamá", "mapa"), "es", letters="map") == ["ma", "mapa"]


def test_a_letter_with_its_mark_apart_is_the_same_letter() -> None:
    assert selected(("mamá",), "es", letters=unicodedata.normalize("NFD", "maá")) == ["mamá"]


def test_a_digraph_of_the_language_is_one_grapheme() -> None:
    single = tuple("ship")
    assert selected(graphemes=single) == ["hi", "sip"]  # ship needs sh
    assert selected(graphemes=(*single, "sh")) == ["ship", "hi", "sip"]
    assert selected(("chico", "cinco", "hoy"), "es", graphemes=tuple("cinoh")) == ["cinco"]
    # A group that only the request counts as one sign.
    assert selected(("sta", "sat"), "und", graphemes=("s", "t", "a", "st")) == ["sta", "sat"]
    assert selected(("sta", "sat"), "und", graphemes=("a", "st")) == ["sta"]


def test_length_counts_letters() -> None:
    assert selected(min_length=8) == ["ice-cream"]
    assert selected(max_length=3) == ["the", "hi", "sip", "hat"]
    assert selected(min_length=4, max_length=4) == ["ship", "don't", "chip"]


def test_ranks_are_inclusive() -> None:
    assert selected(rank_from=2, rank_to=3) == ["ship", "hi"]
    assert selected(rank_from=10) == ["ice-cream"]
    assert selected(rank_to=1) == ["the"]


@given(
    st.lists(st.text("abcé'", min_size=1, max_size=5), unique=True, max_size=8),
    st.text("abcé", min_size=1, max_size=3),
    st.integers(1, 6),
    st.integers(1, 8),
)
def test_all_conditions_hold_together(
    entries: list[str], letters: str, longest: int, last: int
) -> None:
    """The oracle is a regular expression."""
    pattern = re.compile(rf"(?:'*[{letters}]){{0,{longest}}}'*")
    expected = [each for each in entries[:last] if pattern.fullmatch(each)]
    fields = {"letters": letters, "max_length": longest, "rank_to": last}
    assert selected(tuple(entries), "und", **fields) == expected


# --- bans, unions and additions ------------------------------------------------------------------


def listed(words: RequestWords, *lists: tuple[str, ...], language: str = "en") -> tuple[str, ...]:
    return listed_words(lists, words, language)


@pytest.mark.parametrize(
    ("banned", "gone"),
    [
        ("Hat", {"hat"}),
        ("POLISH", {"Polish"}),
        ("york", {"New York"}),
        ("new york", {"New York"}),
        ("don’t", {"don't"}),
        ("ice", {"ice-cream"}),
        ("ice cream", {"ice-cream"}),
        ("don", set()),  # don't is another word
        ("hat the", set()),
    ],
)
def test_a_ban_takes_out_the_entries_that_have_its_words(banned: str, gone: set[str]) -> None:
    left = listed(RequestWords(banned=(banned,)), ENTRIES)
    assert set(ENTRIES) - set(left) == gone
    assert list(left) == [each for each in ENTRIES if each not in gone]


def test_a_ban_knows_the_capitals_of_its_language() -> None:
    german = ("Straße", "Stadt")
    assert listed(RequestWords(banned=("STRASSE",)), german, language="de") == ("Stadt",)
    turkish = ("ısı", "isi")
    assert listed(RequestWords(banned=("ISI",)), turkish, language="tr") == ("isi",)
    greek = ("ρολόι", "και")
    assert listed(RequestWords(banned=("ΡΟΛΟΪ",)), greek, language="el") == ("και",)


def test_lists_are_united_in_their_order() -> None:
    words = RequestWords(word_filter=WordFilter(max_length=3))
    assert listed(words, ("the", "ship", "a"), ("a", "dog", "the")) == ("the", "a", "dog")


def test_a_list_of_the_request_takes_the_place_of_the_first_list_alone() -> None:
    words = RequestWords(words=("uno", "dos"))
    assert listed(words, ("the",), ("tres",)) == ("uno", "dos", "tres")


def test_only_what_is_not_listed_is_added_with_its_first_origin() -> None:
    words = RequestWords(
        allowed=("dragon", "the"), names=("Ana",), prompt=("Ana", "castle"), banned=("castle",)
    )
    assert added_words(("the",), words, orthography_for("en")) == {
        "dragon": Origin.ALLOWED,
        "Ana": Origin.NAME,
        "Ana's": Origin.NAME,
    }
    words = RequestWords(prompt=("castle", "Toby"))
    expected = dict.fromkeys(("castle", "Toby", "Toby's"), Origin.PROMPT)
    assert added_words(("the",), words, orthography_for("en")) == expected


@pytest.mark.parametrize(
    ("language", "name", "expected"),
    [
        ("en", "James", {"James", "James'", "James's"}),
        ("de", "Anna", {"Anna", "Annas"}),
        ("de", "Hans", {"Hans", "Hans'"}),
        ("sv", "Olof", {"Olof", "Olofs"}),
        ("es", "Lucía", {"Lucía"}),
    ],
)
def test_a_name_has_the_endings_of_its_language(
    language: str, name: str, expected: set[str]
) -> None:
    added = added_words((), RequestWords(names=(name,)), orthography_for(language))
    assert added.keys() == expected


def test_turkish_names_take_their_cases_behind_an_apostrophe() -> None:
    added = added_words((), RequestWords(names=("Ayşe",)), orthography_for("tr"))
    assert {"Ayşe'de", "Ayşe'ye", "Ayşe'den"} <= added.keys()


@pytest.mark.parametrize(
    ("language", "names", "good", "bad"),
    [
        ("en", ("James", "Ana"), ["James sees Ana's dog.", "ANA SEES JAMES’ DOG."], ["ana sees."]),
        ("de", ("Hans", "Anna"), ["Annas Hund sieht Hans' Hund."], ["Annasee."]),
        ("tr", ("Ayşe",), ["Ayşe'de evi."], ["ayşe."]),
    ],
)
def test_automaton_and_checker_agree_on_names(
    language: str, names: tuple[str, ...], good: list[str], bad: list[str]
) -> None:
    entries = {"en": ("sees", "dog"), "de": ("Hund", "sieht"), "tr": ("evi",)}[language]
    added = added_words(entries, RequestWords(names=names), orthography_for(language))
    lexicon = Lexicon((*entries, *added), language)
    words = Vocabulary("", lexicon, len(lexicon))
    style = Vocabulary("", lexicon, len(lexicon)).automaton
    for text in good:
        assert words.checker.report(text).out_of_list == (), text
    for text in bad:
        assert words.checker.report(text).out_of_list != (), text
        assert style.read(text) is None, text
    state = style.read(good[0])
    assert state is not None
    assert style.can_end(state)


# --- the digest ----------------------------------------------------------------------------------

FIRST = FirstWords(reference="es@1", digest="a", n_words=5)
OTHERS = {
    "lists": (FirstWords(reference="es@2", digest="b", n_words=5),),
    "words": ("uno",),
    "word_filter": WordFilter(max_length=3),
    "allowed": ("uno",),
    "names": ("uno",),
    "prompt": ("uno",),
    "banned": ("uno",),
}
ADDITIONS = {"allowed", "names", "prompt"}


def test_each_part_changes_the_digest() -> None:
    def digests(**fields: object) -> tuple[str, str]:
        words = RequestWords(**fields)  # type: ignore[arg-type]
        source = VocabularySource(first=FIRST, words=words)
        return source.digest, source.listed_digest

    plain = digests()
    found = {name: digests(**{name: value}) for name, value in OTHERS.items()}
    assert len({plain[0], *(each[0] for each in found.values())}) == len(OTHERS) + 1
    assert {name for name, each in found.items() if each[1] == plain[1]} == ADDITIONS
