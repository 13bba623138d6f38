"""Documents that the JSON decoder would read for long are refused before it begins."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.openai.bounded_json import (
    MAX_VALUES,
    TooManyValues,
    has_too_many_values,
    loads,
)
from tests.cpu_seconds import at_most

MEGABYTES_10 = 10 * 1024 * 1024


@pytest.mark.parametrize("value", ["[],", '{"a":1},', "1,", '"",', '"\\\\",', '"\\"",'])
def test_millions_of_values_are_refused_in_a_moment(value: str) -> None:
    body = f"[{value * (MEGABYTES_10 // len(value))}1]".encode()
    with at_most(), pytest.raises(TooManyValues, match="more than 100,000 values"):
        loads(body)


def test_long_integers_are_refused_in_a_moment() -> None:
    body = f"[{('9' * 4299 + ',') * (MEGABYTES_10 // 4300)}1]"
    with at_most(), pytest.raises(ValueError, match="a number is too long"):
        loads(body)


def test_a_long_text_is_read_whatever_it_contains() -> None:
    body = json.dumps({"content": ',[{\\"' * 500_000, "more": [1] * (MAX_VALUES - 10)})
    with at_most(1.0):
        assert loads(body) == json.loads(body)


VALUES = st.recursive(
    st.none() | st.integers() | st.text(',[{"\\ab'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(',[{"\\'), inner),
)


@given(value=VALUES)
def test_every_other_document_is_read_as_by_the_library(value: object) -> None:
    text = json.dumps(value)
    assert loads(text) == loads(text.encode()) == value
    padding = "0," * (MAX_VALUES - 1)
    marks = text_marks(value)
    assert has_too_many_values(f"{padding}{text}") == (marks + MAX_VALUES - 1 > MAX_VALUES)


def text_marks(value: object) -> int:
    """The commas and opening brackets that a value has outside of strings, counted in the value."""
    if isinstance(value, dict):
        inner: list[object] = [*value.values()]
    elif isinstance(value, list):
        inner = value
    else:
        return 0
    return 1 + max(len(inner) - 1, 0) + sum(map(text_marks, inner))
