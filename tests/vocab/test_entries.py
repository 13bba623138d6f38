"""Which entries a language may have, and that a text can contain them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.vocab.definition import Definition
from vocab.importing.convert import convert
from vocab.importing.proposal import Options
from vocab.importing.sniff import sniff
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import PACKS, Case, Numbers, Style, orthography_for
from vocab.words.orthography.languages.common import DEFAULT
from vocab.words.parse import Limits, parse, why_rejected
from vocab.words.vocabulary import Vocabulary

ZWNJ, ZWJ = "\u200c", "\u200d"
# A language of each kind, as far as entries are concerned.
FACTS = {
    "qaa": replace(DEFAULT, language="qaa", inner_marks=frozenset('":')),
    "qab": replace(
        DEFAULT,
        language="qab",
        inner_marks=frozenset('"'),
        respelt={'"': "״", "״": '"', "'": "׳", "׳": "'"},
    ),
    "qad": replace(
        DEFAULT,
        language="qad",
        hyphen_prefixes=frozenset({"il", "se"}),
        number_prefixes=frozenset({"ke", "il"}),
        prefix_hyphens=frozenset("-־"),
        bound=frozenset({"il"}),
        reduplicated=frozenset({"", "nya"}),
    ),
    "qac": replace(DEFAULT, language="qac", suffix_marks=frozenset("-'")),
    "qae": replace(DEFAULT, language="qae", prefixes=frozenset("d"), bound=frozenset("d")),
}


@pytest.fixture(autouse=True)
def _languages(monkeypatch: pytest.MonkeyPatch) -> None:
    for language, pack in FACTS.items():
        monkeypatch.setitem(PACKS, language, pack)
    orthography_for.cache_clear()


def vocabulary(language: str, *words: str) -> Vocabulary:
    return Vocabulary("test", Lexicon(words, language), len(words))


def is_written(words: Vocabulary, text: str) -> bool:
    """True for a text that the mask, the definition and the checker all accept."""
    state = words.automaton.read(text)
    written = state is not None and words.automaton.can_end(state)
    assert written is Definition(words.words, words.language, words.style).is_text(text), text
    assert written is (words.checker.report(text).out_of_list == ()), text
    return written


def refused(entry: str, language: str) -> str | None:
    return why_rejected(entry, Limits(), language)


@pytest.mark.parametrize(
    ("language", "entry"),
    [
        *(("qaa", entry) for entry in ("EU:n", "tv:n", "1900:n", 'צה"ל')),
        *(("qac", entry) for entry in ("-e", "-me", "'n", "col·lega", "l'")),
        *(("fr", entry) for entry in ("-je", "-t-il")),
        *(("en", entry) for entry in ("№", "צה״ל", "ג׳ירפה", "ג׳", "C++", "C#", "3D", "AT&T")),
        *(("bn", f"র{ZWJ}্যাব"), ("fa", f"می{ZWNJ}خواهم"), ("si", f"ක්{ZWJ}රි")),
    ],
)
def test_entries_of_a_language_are_accepted_and_kept(language: str, entry: str) -> None:
    assert parse(f"a\n{entry}\n".encode(), language=language).words == ["a", entry]


@pytest.mark.parametrize(
    ("language", "entry", "reason"),
    [
        ("en", "EU:n", "a word cannot contain “:”"),
        ("qaa", "EU:N", "a word cannot contain “:”"),
        ("qaa", "EU:", "a word cannot end with “:”"),
        ("en", 'צה"ל', 'a word cannot contain “"”'),
        ("qab", 'צה"', 'a word cannot end with “"”'),
        ("en", "-e", "a word cannot begin with “-”"),
        ("qac", "-", "it has no letter and no digit"),
        ("qac", "--e", "a word cannot begin with “-”"),
        ("en", f"a{ZWJ}b", "a word cannot contain the character zero width joiner"),
        ("fa", f"a{ZWNJ}b", "a word cannot contain the character zero width non-joiner"),
        ("en", "a \u0301b", "a word cannot contain the character combining acute accent"),
        ("en", ".NET", "a word cannot begin with “.”"),
        ("en", "Yahoo!", "a word cannot end with “!”"),
        ("en", "#tag", "a word cannot begin with “#”; write it without this mark"),
    ],
)
def test_entries_that_no_text_has_are_refused_with_the_reason(
    language: str, entry: str, reason: str
) -> None:
    assert reason in str(refused(entry, language))


def test_a_colon_stands_inside_a_word_before_its_ending() -> None:
    words = vocabulary("qaa", "EU:n", "maa", "EU")
    assert is_written(words, "EU:n maa.")
    assert is_written(words, "Maa: EU")
    for text in ("EU: n maa", "maa:n"):
        assert not is_written(words, text)


def test_both_ways_of_writing_a_hebrew_abbreviation_are_accepted() -> None:
    for entry in ('צה"ל', "צה״ל"):
        words = vocabulary("qab", entry, "בית")
        for text in ('צה"ל', "צה״ל", 'בית "צה"ל" בית', "בית צה״ל."):
            assert is_written(words, text)
        assert not is_written(words, "צהל")
    for entry in ("ג'ירפה", "ג׳ירפה"):
        words = vocabulary("qab", entry)
        assert all(is_written(words, text) for text in ("ג'ירפה", "ג’ירפה", "ג׳ירפה"))


def test_an_entry_that_begins_with_a_mark_of_suffixes_follows_a_word_directly() -> None:
    words = vocabulary("qac", "tudod", "-e", "'n", "igen")
    for text in ("Tudod-e?", "tudod-e igen", "tudod'n", "tudod’n igen", "tudod-e'n"):
        assert is_written(words, text)
    for text in ("tudod-igen", "tudod e", "igen n"):
        assert not is_written(words, text)


def test_a_prefix_may_be_listed_with_its_hyphen() -> None:
    assert refused("il-", "qad") is None
    assert refused("ke־", "qad") is None
    assert "a word cannot end with “-”" in str(refused("kelb-", "qad"))
    words = vocabulary("qad", "il-", "kelb")
    for text in ("il-kelb", "Il-kelb.", "kelb il-5"):
        assert is_written(words, text)
    definition = Definition(words.words, "qad")
    for text in ("il- kelb", "il kelb", "kelb il-", "kelb il"):
        state = words.automaton.read(text)
        assert state is None or not words.automaton.can_end(state), text
        assert not definition.is_text(text), text


def test_some_prefixes_attach_only_to_numbers() -> None:
    for entry in ("ke", "ke-", "ke־"):
        words = vocabulary("qad", entry, "kelb")
        for text in ("ke-20", "Ke־20 kelb", "kelb (ke-2)."):
            assert is_written(words, text)
        for text in ("ke-kelb", "ke- 20", "ke20", "kelb-ke-20"):
            assert not words.automaton.read(text), text
            assert not Definition(words.words, "qad").is_text(text), text
        assert bool(words.automaton.read("ke kelb")) is (entry == "ke")
    numberless = Vocabulary("test", Lexicon(["ke", "kelb"], "qad"), 2, Style(numbers=Numbers.NONE))
    assert not numberless.automaton.read("ke-")


def test_a_word_may_be_said_twice() -> None:
    words = vocabulary("qad", "anak", "temannya", "Ani", "di", "dua anak", "es-jeruk", "R2D2")
    for text in ("Anak-anak.", "anak-anak anak", "teman-temannya", "temannya-temannya", "Ani-Ani"):
        assert is_written(words, text)
    for text in (
        *("anak-temannya", "anak-anak-anak", "anakanak", "anak-Anak", "Teman-teman"),
        *("di-di", "dua anak-dua anak", "es-jeruk-es-jeruk", "R2D2-R2D2", "anak-anaknya"),
    ):
        assert not is_written(words, text)


def test_a_suffix_that_is_listed_with_its_hyphen_needs_no_other_entry() -> None:
    words = vocabulary("fr", "dit", "-je")
    assert is_written(words, "dit-je")
    assert not is_written(words, "dit je")


@pytest.mark.parametrize("name", ["words.txt", ""])
def test_a_line_with_a_word_after_a_hash_is_never_dropped_in_silence(name: str) -> None:
    data = b"# title: x\n#licence: CC0\n#\n## part\n#tag\ndog\ncat\n# cow\nhen\n"
    parsed = parse(data, language="en")
    assert parsed.words == ["dog", "cat", "hen"]
    assert parsed.comments == 5
    assert [(issue.line, issue.text) for issue in parsed.rejected] == [(5, "#tag")]
    options = Options(language="en")
    conversion = convert(data, sniff(data, name, options), filename=name)
    assert conversion.words == parsed.words
    assert [(issue.line, issue.text) for issue in conversion.refused] == [(5, "#tag")]


@pytest.mark.parametrize(
    ("language", "entries", "right", "wrong"),
    [
        (
            "fr",
            "l d qu santé eau homme été œuf y Yonne Xavier X ONU SMS FBI 2e",
            "l'eau l'homme l’été l'œuf d'y l'Yonne l'X l'ONU l'FBI l'SMS qu'y d'«eau» l'1 l'11",
            "l'santé d'santé l'Xavier l’santé qu'santé",
        ),
        (
            "it",
            "l un' all casa stata acqua hotel Stato FBI NBA",
            "l'acqua l'hotel all'acqua un'acqua l'FBI l'«acqua» l'8 dell'acqua",
            "l'casa all'casa un'stata d'Stato l'Stato",
        ),
        ("pt", "d água casa", "d'água", "d'casa"),
        ("qae", "d kand", "d'kand d’kand", ""),
    ],
)
def test_a_prefix_elides_before_a_vowel_only(
    language: str, entries: str, right: str, wrong: str
) -> None:
    words = vocabulary(language, *entries.split(), "dell")
    for text in right.split():
        assert is_written(words, text)
    for text in wrong.split():
        assert not is_written(words, text)


def test_capitals_of_a_word_are_no_abbreviation() -> None:
    words = Vocabulary("test", Lexicon(["l", "santé", "eau"], "fr"), 3, Style(case=Case.FREE))
    assert is_written(words, "L'EAU")
    assert not is_written(words, "L'SANTÉ")


@pytest.mark.parametrize(
    ("language", "entries", "text"),
    [
        ("fi", "EU:n jäsen", "EU:n jäsen"),
        ("sv", "EU:s mål", "EU:s mål"),
        ("hu", "tudod -e", "Tudod-e?"),
        ("ca", "dona -me 'n col·legi", "Dona-me'n, col·legi"),
        ("he", 'צה"ל בית', "צה״ל בית"),
        ("he", "צה״ל בית", 'בית צה"ל.'),
    ],
)
def test_languages_have_the_entries_of_their_writing(
    language: str, entries: str, text: str
) -> None:
    parsed = parse("\n".join(entries.split()).encode(), language=language)
    assert parsed.words == entries.split()
    assert is_written(vocabulary(language, *parsed.words), text)
