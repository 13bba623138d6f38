"""Counts what is wrong in the lists by frequency, by kind, and reads the hand-judged samples.

The samples in judged/ are 300 ranks of each list, drawn at random. A person read every entry and
wrote the verdict.
"""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from vocab.words.frequency import LANGUAGES, tables_for
from vocab.words.frequency.folding import folded
from vocab.words.frequency.place_names import country_names
from vocab.words.starter_lists import starter_list

JUDGED = Path(__file__).parent / "judged"
VERDICTS = {"ok", "name", "debris", "wrong case", "foreign", "misspelt"}
SAMPLE = 300
MIN_SHARE_OK = 0.95
# A list that is made again with a few more words dropped moves its entries by a few ranks.
MAX_MOVE = 200
FIRST = 3_000
MAX_LOWER_CASE_COUNTRIES = 5
WITHOUT_CASE = {"ar", "hi", "ja", "zh"}
LATIN = {"de", "en", "es", "fr", "it", "nl", "pl", "pt", "tr"}
ROMAN_NUMERALS = "ii iii iv vii viii ix xi xii xiii xiv xv xvi xvii xviii xix xx xxi xxiii"
WEB = "http https www html php url"
HALVES = "angeles hong kong york"
# Language -> halves that are words of it. These places are a word and a name in one.
ALSO_WORDS = {"en": {"york"}}
ENGLISH_FUNCTION_WORDS = "the and you with from this that what which they their would could should"
DEBRIS = {
    "en": "al ed mm pm inc",
    "fr": "der for am",
    "nl": "mm von nicht",
    "pl": "iii del non des",
    "pt": "von",
    "tr": "Dan yada del",
}
every_list = pytest.mark.parametrize("language", LANGUAGES)


@cache
def ranks(language: str) -> dict[str, int]:
    return {word: rank for rank, word in enumerate(starter_list(language).entries, start=1)}


def test_german_nouns_are_not_also_listed_in_lower_case() -> None:
    """`schule` beside `Schule` would be a double. The tables name the words of both cases."""
    both = set(tables_for("de").also.values())
    words = ranks("de")
    first = list(words)[:FIRST]
    doubles = [word for word in first if word[0].isupper() and word.lower() in words]
    assert [word for word in doubles if word not in both] == []
    assert {"Sie", "Ihr", "Weg", "Recht"} <= set(doubles)
    assert len(doubles) < 200


@pytest.mark.parametrize("word", ["schule", "tage", "platz", "dinge", "freunde", "preis", "hause"])
def test_a_german_noun_has_its_capital(word: str) -> None:
    assert word not in ranks("de")
    assert word.capitalize() in ranks("de")


@every_list
def test_a_compound_never_ranks_before_its_parts(language: str) -> None:
    """The corpus has only the parts, and each of them is at least as frequent."""
    words = ranks(language)
    placed = [word for word in words if re.search(r"[ -]", word)]
    early = [
        (word, part)
        for word in placed
        for part in re.split(r"[ -]", word)
        if words.get(part, 0) > words[word]
    ]
    assert early == []


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - WITHOUT_CASE))
def test_names_of_countries_have_their_capital(language: str) -> None:
    words = ranks(language)
    lower = [
        name
        for name in country_names(language)
        if folded(name, language) in words and name not in words
    ]
    assert len(lower) <= MAX_LOWER_CASE_COUNTRIES, lower


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("es", "Marruecos"),
        ("es", "Suiza"),
        ("it", "Svizzera"),
        ("pl", "Kraków"),
        ("pt", "Argentina"),
        ("pt", "Cuba"),
        ("tr", "Irak"),
    ],
)
def test_a_place_is_listed_with_a_capital(language: str, name: str) -> None:
    assert name in ranks(language)


@pytest.mark.parametrize(
    ("language", "word"),
    [("es", "reunión"), ("fr", "grenade"), ("it", "riunione"), ("pl", "czyta"), ("ru", "того")],
)
def test_a_common_word_that_is_also_a_place_stays_in_lower_case(language: str, word: str) -> None:
    assert word in ranks(language)
    assert word.capitalize() not in ranks(language)


@pytest.mark.parametrize("language", sorted(LATIN))
def test_no_numerals_web_words_or_halves_of_names_are_listed(language: str) -> None:
    listed = {folded(word, language) for word in ranks(language)}
    halves = set(HALVES.split()) - ALSO_WORDS.get(language, set())
    debris = {*ROMAN_NUMERALS.split(), *WEB.split(), *halves}
    if language != "en":
        debris |= set(ENGLISH_FUNCTION_WORDS.split())
    assert sorted(debris & listed) == []


@pytest.mark.parametrize("language", sorted(DEBRIS))
def test_debris_that_was_found_once_is_not_listed_again(language: str) -> None:
    assert [word for word in DEBRIS[language].split() if word in ranks(language)] == []


@cache
def judged(language: str) -> list[tuple[int, str, str]]:
    lines = (JUDGED / f"{language}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return [(int(rank), entry, verdict) for rank, entry, verdict in rows]


def test_every_list_has_a_judged_sample() -> None:
    assert {path.stem for path in JUDGED.glob("*.tsv")} == set(LANGUAGES)


@every_list
def test_the_judged_entries_are_still_in_the_list_at_about_their_rank(language: str) -> None:
    words = ranks(language)
    rows = judged(language)
    assert len({rank for rank, _, _ in rows}) == SAMPLE
    moved = [
        (entry, rank, words.get(entry))
        for rank, entry, _ in rows
        if abs(words.get(entry, -len(words)) - rank) > MAX_MOVE
    ]
    assert moved == []


@every_list
def test_at_least_95_percent_of_the_judged_entries_are_right(language: str) -> None:
    verdicts = Counter(verdict for _, _, verdict in judged(language))
    assert set(verdicts) <= VERDICTS
    assert verdicts["ok"] >= MIN_SHARE_OK * SAMPLE, verdicts
