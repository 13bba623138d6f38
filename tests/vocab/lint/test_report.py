"""All kinds together: the shipped lists, the fixes of several kinds, and what cannot be fixed."""

from __future__ import annotations

import pytest

from vocab.lint.report import CHECKS, CannotFix, fix, lint
from vocab.words.parse import parse
from vocab.words.starter_lists import FOLDER, languages

MESSY = ["i", "the", "1984", "don", "'t", "isn", "b", "shit", "John", "monday", "didn"]


@pytest.mark.parametrize("language", languages())
def test_nothing_is_found_in_the_lists_of_the_project(language: str) -> None:
    words = parse((FOLDER / f"{language}.txt").read_bytes()).words
    report = lint(words, language)
    assert [(finding.kind, finding.count) for finding in report.findings] == []
    assert report.entries == 20_000


def test_every_kind_is_told_from_the_others() -> None:
    kinds = [finding.kind for finding in lint(MESSY, "en").findings]
    assert kinds == ["numbers", "contractions", "letters", "casing", "profanity", "names"]
    finding = lint(MESSY, "en").findings[0]
    assert (finding.title, finding.action) == ("Numbers", "Remove them")
    assert finding.explanation.endswith(".")


def test_several_kinds_are_fixed_one_after_the_other() -> None:
    done = fix(MESSY, "en", ["casing", "numbers", "contractions", "names", "profanity", "letters"])
    assert done.words == ["I", "the", "don't", "isn't", "Monday", "didn't"]
    assert done.ranked
    assert done.note == (
        "Fixed: numbers (1), contractions cut in two (4), stray letters (1), capitals (2),"
        " profanity (1), likely names (1)"
    )


def test_a_kind_is_checked_again_after_the_fixes_before_it() -> None:
    words = ["ﬁnd", "find", "JOHN", "john", "the"]
    assert fix(words, "en", ["ligatures"]).words == ["find", "JOHN", "john", "the"]
    assert fix(words, "en", ["ligatures", "names"]).words == ["find", "the"]


def test_the_order_is_fixed_last() -> None:
    words = ["banana", "house", "monday", "school", "the"]
    done = fix(words, "en", ["order", "casing"], ranked=False)
    assert done.words == ["the", "school", "house", "Monday", "banana"]
    assert done.ranked


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (["colour"], "there is no kind 'colour'; the kinds are ligatures, script, numbers"),
        (["names"], "the list has nothing to fix of the kind 'names'"),
        (["numbers"], "nothing would be left of the list after the fix of 'numbers'"),
    ],
)
def test_what_cannot_be_fixed(kinds: list[str], message: str) -> None:
    with pytest.raises(CannotFix) as refused:
        fix(["1", "2"], "en", kinds)
    assert message in str(refused.value)


def test_the_kinds_have_short_names() -> None:
    assert all(kind.isalpha() and kind.islower() for kind in CHECKS)
    assert list(CHECKS)[-1] == "order"
