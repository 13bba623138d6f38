import hashlib
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from vocab.words.frequency import LANGUAGES, clean

WORDLISTS = Path(__file__).resolve().parents[2] / "wordlists"
ENGLISH_CONTRACTIONS = """
don't doesn't didn't isn't aren't wasn't weren't can't couldn't wouldn't shouldn't won't haven't
hasn't hadn't I'm I'll I've I'd you're you'll you've you'd he's he'd he'll she's she'd she'll it's
it'll we're we've we'll we'd they're they've they'll they'd that's there's what's who's here's let's
"""


def read(language: str) -> tuple[dict[str, str], list[str]]:
    lines = (WORDLISTS / f"{language}.txt").read_bytes().decode("utf-8").split("\n")
    assert lines.pop() == "", "the file ends in a newline"
    header = dict(line[2:].split(": ", 1) for line in lines if line.startswith("#"))
    return header, [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(
    ("language", "kept", "dropped", "cause"),
    [
        ("en", "word", "2nd", "digits or symbols"),
        ("es", "palabra", "100", "digits or symbols"),
        ("en", "plus", "c++", "digits or symbols"),
        ("en", "smile", "😀", "digits or symbols"),
        ("es", "número", "nº", "letters of another language"),
        ("en", "new", "new york", "digits or symbols"),
        ("en", "naïve", "straße", "letters of another language"),
        ("en", "café", "кафе", "letters of another language"),
        ("es", "pingüino", "são", "letters of another language"),
        ("es", "español", "français", "letters of another language"),
        ("en", "o'clock", "clock'", "apostrophe or hyphen out of place"),
        ("en", "well-known", "que-", "apostrophe or hyphen out of place"),
        ("en", "re-enter", "-ing", "apostrophe or hyphen out of place"),
        ("en", "ha-ha", "lol-lol-lol", "apostrophe or hyphen out of place"),
        ("es", "franco-español", "don't", "apostrophe or hyphen out of place"),
        ("en", "a", "s", "single letter"),
        ("es", "y", "i", "single letter"),
        ("en", "rhythm", "ltd", "no vowel"),
        ("en", "shh", "nfl", "no vowel"),
        ("en", "of", "ve", "two letters, not a word"),
        ("es", "tú", "ue", "two letters, not a word"),
        ("en", "hahaha", "aaah", "a letter three times running"),
        ("en", "common", "https", "web or chat debris"),
        ("es", "como", "com", "web or chat debris"),
        ("en", "its", "didnt", "misspelling"),
        ("en", "ill", "ive", "misspelling"),
        ("es", "mas", "tambien", "misspelling"),
        ("es", "esta", "aqui", "misspelling"),
        ("en", "duck", "fuck", "profanity"),
        ("es", "perra", "puta", "profanity"),
        ("en", "the", "del", "reviewed, not a word"),
        ("es", "del", "the", "reviewed, not a word"),
    ],
)
def test_rule_keeps_the_word_and_drops_the_other(
    language: str, kept: str, dropped: str, cause: str
) -> None:
    result = clean([dropped, kept], language)
    assert result.words == [kept]
    assert result.dropped == Counter({cause: 1})


def test_every_entry_is_either_kept_or_counted() -> None:
    ranked = ["the", "2", "s", "dont", "don't", "the", "кот", "of", "http"]
    result = clean(ranked, "en")
    assert result.words == ["the", "don't", "of"]
    assert len(result.words) + result.dropped.total() == len(ranked)


def test_order_is_kept_and_repeats_are_dropped_in_any_case() -> None:
    result = clean(["zoo", "ant", "Zoo", "bee"], "en")
    assert result.words == ["zoo", "ant", "bee"]
    assert result.dropped == Counter({"said before": 1})


def test_decomposed_letters_are_composed() -> None:
    result = clean([unicodedata.normalize("NFD", "años"), "años"], "es")
    assert result.words == ["a\u00f1os"]


def test_typographic_apostrophe_is_folded() -> None:
    assert clean(["don’t", "don't"], "en").words == ["don't"]


@pytest.mark.parametrize(
    ("language", "raw", "written"),
    [
        ("en", "i", "I"),
        ("en", "i'm", "I'm"),
        ("en", "i’ll", "I'll"),
        ("en", "i've", "I've"),
        ("en", "i'd", "I'd"),
        ("en", "monday", "Monday"),
        ("en", "tv", "TV"),
        ("en", "may", "may"),
        ("en", "it", "it"),
        ("es", "maría", "María"),
        ("es", "lunes", "lunes"),
    ],
)
def test_word_is_written_in_its_case(language: str, raw: str, written: str) -> None:
    assert clean([raw], language).words == [written]


def test_capitals_of_the_source_are_kept() -> None:
    assert clean(["Zyxland"], "en").words == ["Zyxland"]


def test_limit_reads_no_further_than_it_needs() -> None:
    ranked = iter(["the", "2", "of", "3", "and"])
    result = clean(ranked, "en", limit=2)
    assert result.words == ["the", "of"]
    assert result.dropped == Counter({"digits or symbols": 1})
    assert list(ranked) == ["3", "and"]


def test_language_without_tables_is_refused() -> None:
    with pytest.raises(ValueError, match="'xx'"):
        clean(["word"], "xx")


@pytest.mark.parametrize("language", LANGUAGES)
class TestShippedList:
    def test_has_20000_distinct_entries_in_any_case(self, language: str) -> None:
        _, words = read(language)
        assert len(words) == 20_000
        assert len({word.lower() for word in words}) == 20_000

    def test_header_describes_the_entries(self, language: str) -> None:
        header, words = read(language)
        assert header["language"] == language
        assert header["entries"] == str(len(words))
        assert header["source"] == "wordfreq 3.1.1, best list"
        assert header["licence"] == "CC BY-SA 4.0, see NOTICE"
        assert header["command"] == f"manage.py build_wordlist {language}"
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", header["built"])
        assert header["sha256"] == hashlib.sha256("\n".join(words).encode()).hexdigest()

    def test_entries_are_letters_in_nfc(self, language: str) -> None:
        _, words = read(language)
        odd = [
            word
            for word in words
            if not unicodedata.is_normalized("NFC", word)
            or not re.fullmatch(r"[^\W\d_]+(?:['-][^\W\d_]+)*", word)
        ]
        assert odd == []

    def test_cleaning_again_changes_nothing(self, language: str) -> None:
        _, words = read(language)
        result = clean(words, language)
        assert result.words == words
        assert result.dropped == Counter()

    def test_is_what_the_ranking_gives(self, language: str) -> None:
        wordfreq = pytest.importorskip("wordfreq")
        _, words = read(language)
        assert clean(wordfreq.top_n_list(language, 40_000), language, limit=20_000).words == words


@pytest.mark.parametrize(("language", "letters"), [("en", {"a", "I"}), ("es", set("ayoeu"))])
def test_one_letter_words_are_exactly_those_of_the_language(
    language: str, letters: set[str]
) -> None:
    assert {word for word in read(language)[1] if len(word) == 1} == letters


def test_english_contractions_are_listed_and_their_misspellings_are_not() -> None:
    words = read("en")[1]
    assert [word for word in ENGLISH_CONTRACTIONS.split() if word not in words[:6000]] == []
    bare = {word.replace("'", "").lower() for word in ENGLISH_CONTRACTIONS.split()}
    real = {"ill", "its", "well", "were", "wed", "hell", "hed", "shell", "shed", "lets"}
    assert {word for word in words if word in bare - real} == set()


@pytest.mark.parametrize(
    ("language", "common"),
    [
        ("en", "the to and of a in I is for that you it on with was be are have he not they we"),
        ("es", "de la que el en y a los no un se por es del las con una para lo su más pero o mi"),
    ],
)
def test_commonest_words_lead_the_list(language: str, common: str) -> None:
    top = read(language)[1][:100]
    assert [word for word in common.split() if word not in top] == []


@pytest.mark.parametrize(
    ("language", "debris"),
    [
        ("en", "http https www com rt lol cant im ll ve re s t de la el und der st nfl mph"),
        ("es", "http https www com rt the and of you to in tambien dia d q x xd pp"),
    ],
)
def test_debris_is_not_listed(language: str, debris: str) -> None:
    words = set(read(language)[1])
    assert [entry for entry in debris.split() if entry in words] == []
