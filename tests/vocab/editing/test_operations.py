from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocab.editing.apply import apply
from vocab.editing.operations import (
    Add,
    AddAfter,
    EditError,
    Move,
    Operation,
    Remove,
    Rename,
    Rerank,
    Skipped,
)
from vocab.words.parse import Limits

WORDS = ["uno", "dos", "tres"]


def test_words_are_added_at_the_end_or_at_a_rank() -> None:
    assert apply(WORDS, [Add(["cuatro", "cinco"])]).words == [*WORDS, "cuatro", "cinco"]
    edited = apply(WORDS, [Add(["cuatro", "cinco"], at=2)])
    assert edited.words == ["uno", "cuatro", "cinco", "dos", "tres"]
    assert edited.added == ["cuatro", "cinco"]
    assert edited.summary() == "added 2 words: cuatro, cinco"


def test_an_added_word_is_cleaned_like_a_line_of_a_file() -> None:
    assert apply(WORDS, [Add(["  cafe\u0301  con   leche "])]).added == ["café con leche"]


def test_adding_a_listed_word_and_removing_an_unlisted_one_is_skipped() -> None:
    edited = apply(WORDS, [Add(["dos", "dos"]), Remove(["ocho"])])
    assert not edited.is_changed
    assert edited.words == WORDS
    assert edited.skipped == [
        Skipped("dos", "it is listed already"),
        Skipped("dos", "it is listed already"),
        Skipped("ocho", "it is not listed"),
    ]


def test_words_are_removed_moved_and_renamed() -> None:
    edited = apply(WORDS, [Remove(["uno"]), Move("tres", 1), Rename("dos", "Dos")])
    assert edited.words == ["tres", "Dos"]
    assert edited.summary() == (
        "removed 1 word: uno; moved 1 word: tres; renamed 1 word: dos to Dos"
    )


def test_an_old_entry_that_is_refused_today_can_be_removed() -> None:
    assert apply(["uno", "a\u0007b"], [Remove(["a\u0007b"])]).words == ["uno"]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (Add([" "]), "a word is empty"),
        (Add(["a\u0007b"]), "control character"),
        (Add(["x" * 65]), "at most 64"),
        (Add(["ocho"], at=5), "rank 5 is not between 1 and 4"),
        (Add(["ocho"], at=0), "rank 0 is not between 1 and 4"),
        (Remove(WORDS), "at least one word"),
        (Move("ocho", 1), "'ocho' is not in the list"),
        (Move("uno", 4), "rank 4 is not between 1 and 3"),
        (Rename("ocho", "x"), "'ocho' is not in the list"),
        (Rename("uno", "tres"), "'tres' is listed already, at rank 3"),
        (Rename("uno", "\u0007"), "control character"),
    ],
)
def test_what_cannot_be_done_is_an_error_with_the_word_and_the_operation(
    operation: Operation, message: str
) -> None:
    words = list(WORDS)
    with pytest.raises(EditError, match=message) as caught:
        apply(words, [Add(["siete"], at=1), Remove(["siete"]), operation])
    assert caught.value.index == 2
    assert words == WORDS


def test_a_list_over_the_limit_is_an_error() -> None:
    with pytest.raises(EditError, match="at most 3 are accepted"):
        apply(WORDS, [Add(["cuatro"])], Limits(max_entries=3))


LETTERS = st.sampled_from(list("abcdefgh"))
OPERATIONS = st.lists(
    st.one_of(
        st.builds(Add, st.lists(LETTERS, max_size=3), st.one_of(st.none(), st.integers(1, 4))),
        st.builds(Remove, st.lists(LETTERS, max_size=2)),
        st.builds(Move, LETTERS, st.integers(1, 4)),
        st.builds(Rename, LETTERS, LETTERS),
    ),
    min_size=1,
    max_size=6,
)


@given(st.lists(LETTERS, min_size=1, max_size=6, unique=True), OPERATIONS)
def test_no_operation_loses_or_repeats_a_word(
    words: list[str], operations: list[Operation]
) -> None:
    try:
        edited = apply(words, operations)
    except EditError:
        return
    assert len(set(edited.words)) == len(edited.words)
    expected = set(words)
    for operation in operations:
        match operation:
            case Add():
                expected |= set(operation.words)
            case Remove():
                expected -= set(operation.words)
            case Rename():
                expected = expected - {operation.word} | {operation.to}
    assert set(edited.words) == expected


def test_forms_go_behind_their_headwords() -> None:
    operation = AddAfter({"dos": ["doses", "tres"], "uno": ["una", "unos"]})
    edited = apply(WORDS, [operation])
    assert edited.words == ["uno", "una", "unos", "dos", "doses", "tres"]
    assert edited.added == ["una", "unos", "doses"]
    assert edited.skipped == [Skipped("tres", "it is listed already")]


def test_a_form_of_two_headwords_is_added_once_behind_the_first() -> None:
    edited = apply(WORDS, [AddAfter({"tres": ["x"], "uno": ["x"]})])
    assert edited.words == ["uno", "x", "dos", "tres"]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (AddAfter({"seis": ["x"]}), "'seis' is not in the list"),
        (AddAfter({"uno": [" "]}), "a word is empty"),
        (Rerank({"uno": 4}), "'uno': rank 4 is not between 1 and 3"),
        (Rerank({"uno": 0}), "'uno': rank 0 is not between 1 and 3"),
        (Rerank({"uno": 2, "dos": 2}), "'uno' and 'dos' cannot both have rank 2"),
        (Rerank({"seis": 2}), "'seis' is not in the list"),
    ],
)
def test_what_cannot_be_done_at_once_names_the_word(operation: Operation, message: str) -> None:
    with pytest.raises(EditError, match=message) as caught:
        apply(WORDS, [Remove(["ocho"]), operation])
    assert caught.value.index == 1


@given(st.data())
def test_several_words_get_exactly_the_ranks_that_were_asked_for(data: st.DataObject) -> None:
    words = [f"w{n}" for n in range(data.draw(st.integers(1, 9)))]
    chosen = data.draw(st.lists(st.sampled_from(words), unique=True))
    places = st.integers(1, len(words))
    ranks = data.draw(st.lists(places, unique=True, min_size=len(chosen), max_size=len(chosen)))
    edited = apply(words, [Rerank(dict(zip(chosen, ranks, strict=True)))])
    assert sorted(edited.words) == sorted(words)
    for word, rank in zip(chosen, ranks, strict=True):
        assert edited.words[rank - 1] == word
    others = [word for word in edited.words if word not in chosen]
    assert others == [word for word in words if word not in chosen]
    assert set(edited.moved) == {
        word for word, rank in zip(chosen, ranks, strict=True) if words.index(word) != rank - 1
    }
