"""Lists of headwords, and lists without an order of rank."""

from __future__ import annotations

import random

import pytest

from vocab.lint.finding import Finding
from vocab.lint.report import lint
from vocab.words.starter_lists import FOLDER

HEADWORDS = ["be", "child", "have", "go", "house", "good", "dog"]


def finding_of(
    kind: str, words: list[str], language: str = "en", *, ranked: bool = True
) -> Finding | None:
    report = lint(words, language, ranked=ranked)
    return next((each for each in report.findings if each.kind == kind), None)


def first(language: str, count: int) -> list[str]:
    lines = (FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")][:count]


def test_headwords_get_their_forms_directly_after_them() -> None:
    finding = finding_of("inflections", HEADWORDS)
    assert finding is not None
    after = finding.fixed(HEADWORDS)
    for headword, *forms in [
        ("be", "is", "was", "are", "were", "been", "being", "am"),
        ("child", "children"),
        ("have", "has", "had", "having"),
        ("go", "went", "goes", "going"),
        ("house", "houses"),
        ("good", "better", "best"),
    ]:
        following = after[after.index(headword) + 1 :]
        until_next = following[
            : next((at for at, word in enumerate(following) if word in HEADWORDS), len(following))
        ]
        assert set(forms) <= set(until_next), headword
    assert [word for word in after if word in HEADWORDS] == HEADWORDS
    assert not [word for word in after if "'" in word]
    assert finding.action == f"Add {len(after) - len(HEADWORDS)} forms"
    assert finding_of("inflections", after) is None


@pytest.mark.parametrize(
    ("language", "headwords", "forms"),
    [
        ("es", ["ser", "niño", "tener", "casa"], ["es", "era", "niños", "tiene", "casas"]),
        ("de", ["sein", "Kind", "gehen", "gut"], ["ist", "war", "Kinder", "ging", "gute"]),
        ("fr", ["être", "avoir", "enfant", "aller"], ["est", "était", "enfants", "va"]),
        ("ru", ["быть", "ребёнок", "человек", "дом"], ["был", "была", "людей", "дома"]),
    ],
)
def test_other_languages_have_forms_too(
    language: str, headwords: list[str], forms: list[str]
) -> None:
    finding = finding_of("inflections", headwords, language)
    assert finding is not None
    assert set(forms) <= set(finding.fixed(headwords))


@pytest.mark.parametrize("language", ["en", "es", "de", "tr"])
@pytest.mark.parametrize("count", [100, 1000, 5000])
def test_a_list_of_the_commonest_forms_is_no_list_of_headwords(language: str, count: int) -> None:
    words = first(language, count)
    assert finding_of("inflections", words, language) is None
    random.Random(count).shuffle(words)
    assert finding_of("inflections", words, language) is None


def test_a_few_words_are_no_list_of_headwords() -> None:
    assert finding_of("inflections", ["go", "dog", "the", "of"]) is None


def test_an_alphabetical_list_is_ranked_by_frequency() -> None:
    common = first("en", 300)
    finding = finding_of("order", sorted(common))
    assert finding is not None
    assert (finding.title, finding.ranked) == ("Alphabetical order", True)
    assert finding.fixed(sorted(common)) == common
    assert [str(change) for change in finding.changes[:3]] == common[:3]
    assert finding_of("order", common) is None


def test_letters_with_accents_may_stand_after_z() -> None:
    words = sorted(first("fr", 1000))
    assert sorted(words, key=str.casefold) != words, "the test needs capitals"
    assert finding_of("order", words, "fr") is not None


def test_the_rare_end_of_a_frequency_list_may_be_alphabetical() -> None:
    common = first("en", 1000)
    words = common[:600] + sorted(first("en", 20_000)[1000:])
    assert finding_of("order", words) is None


def test_a_list_without_ranks_can_get_them() -> None:
    words = ["monkey", "school", "the", "zzyzx"]
    assert finding_of("order", words) is None
    finding = finding_of("order", words, ranked=False)
    assert finding is not None
    assert (finding.title, finding.ranked) == ("No order of rank", True)
    assert finding.fixed(words) == ["the", "school", "monkey", "zzyzx"]


def test_without_a_starter_list_the_fix_says_that_the_order_means_nothing() -> None:
    words = ["aa", "ab", "ba", "ca", "da", "ea", "fa", "ga", "ha"]
    finding = finding_of("order", words, "cy")
    assert finding is not None
    assert (finding.fixed(words), finding.ranked) == (words, False)
    assert finding_of("order", words, "cy", ranked=False) is None
