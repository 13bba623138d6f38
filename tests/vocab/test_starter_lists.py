"""The lists that ship with the project: their content, and that the command reproduces them."""

import hashlib
import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest

from tests.vocab.frequencies import frequencies
from vocab.management.commands.build_wordlist import made_with, render_list
from vocab.words.frequency import LANGUAGES, clean, tables_for
from vocab.words.frequency.corpus_segments import word_cutter
from vocab.words.frequency.dictionary import DictionaryMissing, Hunspell
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import orthography_for, why_unwritable
from vocab.words.segmenting.segmenters import SegmenterMissing
from vocab.words.vocabulary import Vocabulary
from vocab.words.word_forms import FORM_CLASSES, LetterCase, Role

WORDLISTS = Path(__file__).resolve().parents[2] / "wordlists"
COMMON_WORDS = Path(__file__).parent / "common_words"
SIZE = 20_000
READ_AHEAD = 120_000
ENGLISH_CONTRACTIONS = """
don't doesn't didn't isn't aren't wasn't weren't can't couldn't wouldn't shouldn't won't haven't
hasn't hadn't I'm I'll I've I'd you're you'll you've you'd he's he'd he'll she's she'd she'll it's
it'll we're we've we'll we'd they're they've they'll they'd that's there's what's who's here's let's
"""
ONE_LETTER = {
    "de": "",
    "el": "ηοή",
    "en": "aI",
    "es": "ayoeu",
    "fr": "aàyô",
    "hi": "वन",
    "it": "eèaoi",
    "nl": "u",
    "pl": "wizoau",
    "pt": "aoeéà",
    "ru": "вияаокусбж",
    "tr": "o",
    "ar": "و",
}
COMPANIONS = sorted(path.stem for path in (WORDLISTS / "companion").glob("*.txt"))
every_list = pytest.mark.parametrize("language", LANGUAGES)


@cache
def read(stem: str) -> tuple[dict[str, str], list[str]]:
    lines = (WORDLISTS / f"{stem}.txt").read_bytes().decode("utf-8").split("\n")
    assert lines.pop() == "", "the file ends in a newline"
    header = dict(line[2:].split(": ", 1) for line in lines if line.startswith("#"))
    return header, [line for line in lines if not line.startswith("#")]


@cache
def common_words(language: str) -> tuple[list[str], list[str]]:
    text = (COMMON_WORDS / f"{language}.txt").read_text(encoding="utf-8")
    listed, unlisted = text.removeprefix("[listed]\n").split("[unlisted]\n")
    return listed.split(), unlisted.split()


def test_every_language_has_its_files() -> None:
    lists = {path.stem for path in WORDLISTS.glob("*.txt")}
    assert {each for each in lists if not each.endswith("-learner")} == set(LANGUAGES)
    assert {f"{each}-{kind}" for each in LANGUAGES for kind in ("names", "profanity")} == set(
        COMPANIONS
    )


@every_list
def test_has_20000_distinct_entries(language: str) -> None:
    _, words = read(language)
    assert len(words) == SIZE
    assert len(set(words)) == SIZE


@every_list
def test_only_words_that_are_written_both_ways_are_listed_in_two_cases(language: str) -> None:
    """`leben` and `Leben` are two German words. The tables list such pairs."""
    words = set(read(language)[1])
    pairs = {word for word in words if word != word.lower() and word.lower() in words}
    tables = tables_for(language)
    assert pairs <= {*tables.also.values(), *tables.placed}


@pytest.mark.parametrize("stem", [*LANGUAGES, *(f"companion/{stem}" for stem in COMPANIONS)])
def test_header_describes_the_entries(stem: str) -> None:
    header, words = read(stem)
    language = stem.removeprefix("companion/")[:2]
    assert header["language"] == language
    assert header["entries"] == str(len(words))
    assert header["source"] == "wordfreq 3.1.1, best list"
    assert header["licence"] == "CC BY-SA 4.0, see NOTICE"
    assert header["command"] == f"manage.py build_wordlist {language}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", header["built"])
    assert header["sha256"] == hashlib.sha256("\n".join(words).encode()).hexdigest()
    names = [each.split()[0] for each in header.get("dictionaries", "").split(", ") if each]
    assert tuple(names) == tables_for(language).dictionaries


@every_list
def test_entries_are_letters_and_marks_in_nfc_that_the_orthography_can_write(language: str) -> None:
    _, words = read(language)
    letter = r"[^\W\d_]"
    inside = rf"(?:{letter}|[\u0900-\u0963\u200c\u200d])"
    entry = re.compile(rf"'?{letter}{inside}*(?:['’ -]'?{letter}{inside}*)*['.]?|m\.in\.")
    odd = [
        word
        for word in words
        if not unicodedata.is_normalized("NFC", word)
        or not entry.fullmatch(word)
        or why_unwritable(word, orthography_for(language)) is not None
    ]
    assert odd == []


@every_list
def test_no_entry_is_one_that_its_own_orthography_never_writes(language: str) -> None:
    """Every entry is a word, attaches to one, or is a part of one (the n't of don't).

    The automaton and the checker accept each word of a sample.
    """
    words = read(language)[1]
    vocabulary = Vocabulary("starter", Lexicon(words, language), len(words))
    lexicon, automaton = vocabulary.lexicon, vocabulary.automaton
    written: dict[Role, set[str]] = {
        role: {
            form
            for form_class in FORM_CLASSES
            if form_class.role is role and form_class.case is LetterCase.PLAIN
            for form in lexicon.forms(form_class)
        }
        for role in (Role.WORD, Role.NUMERAL, Role.STEM, Role.SUFFIX)
    }
    known = set().union(*written.values(), lexicon.orthography.parts)
    known |= {f"{stem}'" for stem in written[Role.STEM]}
    assert [word for word in words if word not in known] == []
    whole = [word for word in words if word in written[Role.WORD]]
    assert len(whole) > 0.99 * SIZE
    for word in whole[::100]:
        state = automaton.read(word)
        assert state is not None, word
        assert automaton.is_whole(state), word
        assert vocabulary.checker.report(word).out_of_list == (), word


@every_list
def test_apostrophe_at_the_edge_means_a_clitic_of_the_tables(language: str) -> None:
    tables = tables_for(language)
    clitics = {word for word in read(language)[1] if "'" in (word[0], word[-1])}
    assert clitics <= {*tables.prefixes, *tables.suffixes, *tables.kept, *tables.placed}


@pytest.mark.parametrize("language", sorted(ONE_LETTER))
def test_one_letter_words_are_exactly_those_of_the_language(language: str) -> None:
    letters = {word for word in read(language)[1] if len(word) == 1}
    assert letters == set(ONE_LETTER[language])


@every_list
def test_the_most_frequent_words_come_first(language: str) -> None:
    listed, _ = common_words(language)
    head = set(read(language)[1][:3_000])
    assert len(set(listed)) >= 60
    assert [word for word in listed if word not in head] == []


@every_list
def test_debris_other_languages_and_wrong_case_are_not_listed(language: str) -> None:
    _, unlisted = common_words(language)
    words = set(read(language)[1])
    assert len(set(unlisted)) >= 25
    assert [word for word in unlisted if word in words] == []


@every_list
def test_companions_share_nothing_with_the_list(language: str) -> None:
    words = set(read(language)[1])
    for kind in ("names", "profanity"):
        _, companions = read(f"companion/{language}-{kind}")
        assert len(set(companions)) == len(companions)
        assert [word for word in companions if word in words] == []


def test_english_contractions_are_listed_and_their_misspellings_are_not() -> None:
    words = read("en")[1]
    assert [word for word in ENGLISH_CONTRACTIONS.split() if word not in words[:6000]] == []
    bare = {word.replace("'", "").lower() for word in ENGLISH_CONTRACTIONS.split()}
    real = {"ill", "its", "well", "were", "wed", "hell", "hed", "shell", "shed", "lets"}
    assert {word for word in words if word in bare - real} == set()


def test_german_has_its_sharp_s_and_its_nouns() -> None:
    words = read("de")[1]
    assert sum("ß" in word for word in words) > 150
    assert sum(word[0].isupper() for word in words) > 8_000
    assert {"Maße", "Masse", "Straße", "dass", "muss"} <= set(words)


def test_greek_ends_words_in_final_sigma_and_nowhere_else() -> None:
    words = read("el")[1]
    assert sum(word.endswith("ς") for word in words) > 3_000
    assert [word for word in words if word.endswith("σ") or "ς" in word[:-1]] == []


def test_turkish_keeps_its_two_letters_i() -> None:
    words = set(read("tr")[1])
    assert {"ışık", "İstanbul", "kız", "Isparta", "İzmir"} <= words
    assert not {"işık", "Istanbul", "istanbul", "kiz", "Izmir"} & words
    assert [word for word in words if "\u0307" in word] == []


def test_chinese_words_are_short_and_japanese_has_its_endings() -> None:
    assert max(map(len, read("zh")[1])) == 4
    assert {"て", "た", "ます", "まし", "ない", "なかっ"} <= set(read("ja")[1])


@every_list
def test_file_is_what_the_command_makes(language: str) -> None:
    """Skipped where other versions of the dictionaries are installed than the header names."""
    tables = tables_for(language)
    try:
        dictionary = Hunspell(tables.dictionaries) if tables.dictionaries else None
        segmenter = word_cutter(language)
    except (DictionaryMissing, SegmenterMissing) as error:
        pytest.skip(str(error))
    header, _ = read(language)
    facts = made_with(tables, dictionary)
    if any(header[key] != value for key, value in facts.items()):
        pytest.skip("made with other versions of the dictionaries")
    ranked = list(frequencies(language).items())[:READ_AHEAD]
    result = clean(ranked, language, dictionary, segmenter, limit=SIZE)
    facts |= {"built": header["built"], "command": header["command"]}
    for stem, title, words in (
        (language, header["title"], result.words),
        (f"companion/{language}-names", f"{tables.name}, names left out of the list", result.names),
        (
            f"companion/{language}-profanity",
            f"{tables.name}, profanity left out of the list",
            result.profanity,
        ),
    ):
        listed = read(stem)[1]
        # Show some of the differences first: a diff of 20,000 lines is not readable.
        assert sorted(set(words) - set(listed))[:10] == []
        assert sorted(set(listed) - set(words))[:10] == []
        text = render_list(words, title, language, facts)
        same = (WORDLISTS / f"{stem}.txt").read_text(encoding="utf-8") == text
        assert same, "other order or another header"
