from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from vocab.editing.compare import Moved, compare


def test_added_removed_recased_and_moved_words_are_told_apart() -> None:
    found = compare(
        ["uno", "dos", "tres", "lunes", "cinco"], ["tres", "uno", "dos", "Lunes", "seis"]
    )
    assert found.added == ["seis"]
    assert found.removed == ["cinco"]
    assert found.recased == [("lunes", "Lunes")]
    assert found.moved == [Moved("tres", before=3, after=1)]


def test_a_word_that_others_pushed_along_has_not_moved() -> None:
    found = compare(["a", "b", "c"], ["x", "y", "a", "c"])
    assert (found.added, found.removed, found.moved) == (["x", "y"], ["b"], [])


def test_equal_versions_have_no_difference() -> None:
    assert compare(["a", "b"], ["a", "b"]).is_empty
    assert compare([], []).is_empty


def test_one_new_spelling_replaces_one_old_spelling() -> None:
    found = compare(["polish", "Polish"], ["POLISH"])
    assert found.recased == [("polish", "POLISH")]
    assert found.removed == ["Polish"]


@given(st.permutations("abcdef"), st.permutations("abcdef"))
def test_the_moved_words_are_the_fewest_possible(before: list[str], after: list[str]) -> None:
    moved = {each.word for each in compare(before, after).moved}

    def explains(words: set[str]) -> bool:
        rest = [word for word in before if word not in words]
        return rest == [word for word in after if word not in words]

    assert explains(moved)
    for fewer in range(len(moved)):
        assert not any(explains(set(some)) for some in itertools.combinations("abcdef", fewer))
