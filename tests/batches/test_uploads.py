"""The streaming JSON parser gives the same elements and errors as parsing the whole file."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from batches.intake.job_items import ItemReader, is_plain
from batches.intake.json_stream import InvalidJson, NotAList, read_list
from batches.intake.prompt_upload import read_items
from generation.openai.bounded_json import MAX_VALUES
from generation.openai.errors import ApiError
from generation.openai.serializers import BatchItemSerializer
from tests.cpu_seconds import at_most

pytestmark = pytest.mark.django_db

LIMIT = 10_000
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[place : place + size] for place in range(0, len(data), size))


def read(data: bytes, size: int = 7) -> list[Any]:
    return list(read_list(in_pieces(data, size), max_element_chars=LIMIT))


@given(
    values=st.lists(VALUES, max_size=6),
    size=st.integers(1, 40),
    indent=st.sampled_from([None, 0, 3]),
    ascii_only=st.booleans(),
    mark=st.booleans(),
)
@hypothesis_settings(max_examples=300, deadline=None, database=None)
def test_a_list_is_read_as_at_once_however_it_is_cut(
    values: list[Any], size: int, indent: int | None, ascii_only: bool, mark: bool
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only)
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    data = text.encode("utf-8-sig" if mark else "utf-8")
    assert read(data, size) == json.loads(data)


@given(data=st.binary(max_size=40) | st.text('[]{}",:1\\n ae', max_size=30).map(str.encode))
@hypothesis_settings(max_examples=500, deadline=None, database=None)
def test_what_is_no_json_list_is_refused_as_it_is_at_once(data: bytes) -> None:
    try:
        expected = json.loads(data.decode("utf-8-sig"))
    except ValueError:
        expected = None
    for size in (1, 5, 100):
        try:
            found: Any = read(data, size)
        except (InvalidJson, NotAList):
            found = None
        assert found == (expected if isinstance(expected, list) else None)


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'[\n  {"a": 1},\n  {"a" 1}\n]', "Expecting ':' delimiter at line 3, column 8"),
        (b'[{"a": 1}\n {"b": 2}]', "Expecting ',' delimiter at line 2, column 2"),
        (b'[{"a": 1}', "Expecting ',' delimiter at line 1, column 10"),
        (b'[{"a": "never ends', "Unterminated string starting at at line 1, column 8"),
        (b"[1,]", "Expecting value at line 1, column 4"),
        (b"[1] x", "Extra data at line 1, column 5"),
        ('[1, "ñ"]'.encode() + b"\xff", "the text is not UTF-8 at byte 9"),
        (b'["' + "€".encode()[:2], "the text is not UTF-8 at byte 2"),
    ],
)
def test_a_fault_is_located(data: bytes, said: str, size: int) -> None:
    with pytest.raises(InvalidJson) as error:
        read(data, size)
    assert str(error.value) == said


def test_one_element_may_not_fill_the_memory() -> None:
    def endless() -> Iterator[bytes]:
        yield b'[\n"'
        while True:
            yield b"x" * 1000

    with pytest.raises(InvalidJson, match="the element at line 2 has more than 10,000 characters"):
        list(read_list(endless(), max_element_chars=LIMIT))


@pytest.mark.parametrize("value", ["[],", '{"":1},', "1,"])
def test_an_element_of_millions_of_values_is_refused_in_a_moment(value: str) -> None:
    data = b"[\n[" + value.encode() * (10_000_000 // len(value)) + b"1]]"
    with at_most(1), pytest.raises(InvalidJson, match=f"line 2 has more than {MAX_VALUES:,}"):
        list(read_list(in_pieces(data, 65_536), max_element_chars=len(data)))


def test_the_decoder_never_meets_more_values_than_an_element_may_have() -> None:
    """However many come behind a long text in the same element."""
    data = b'[["' + b"x" * 4_000_000 + b'",' + b"[]," * 1_000_000 + b"1]]"
    with at_most(1), pytest.raises(InvalidJson, match=f"more than {MAX_VALUES:,} values"):
        list(read_list(in_pieces(data, 65_536), max_element_chars=len(data)))


def test_commas_and_brackets_in_texts_are_no_values() -> None:
    values = ['a,[{"\\' * 100_000, "x" * 300_000, *([1, {}] * 50_000), ",[{" * 100_000]
    data = json.dumps(values).encode()
    assert list(read_list(in_pieces(data, 65_536), max_element_chars=len(data))) == values


def test_spaces_between_elements_are_skipped_in_a_moment() -> None:
    data = b"[1,\n" + b" " * 10_000_000 + b"\n" * 10_000 + b"2]"
    with at_most(1):
        assert list(read_list(in_pieces(data, 65_536), max_element_chars=LIMIT)) == [1, 2]


ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "messages": st.lists(
            st.dictionaries(
                st.sampled_from(["role", "content", "name"]),
                st.sampled_from(["user", "bot", "", "Hi.\n", " x ", "\x00", "\ud800", None, 7]),
                max_size=3,
            ),
            max_size=3,
        ),
        "custom_id": st.sampled_from(["a", " a", "", "x" * 200, "x" * 201, "\x00", None, 7, True]),
        "max_tokens": st.just(1),
    },
)


def reader_of_items() -> ItemReader:
    return ItemReader({}, User.objects.get_or_create(username="ana")[0], None)


@given(item=ITEMS | VALUES)
@hypothesis_settings(max_examples=500, deadline=None, database=None)
def test_the_short_way_through_validation_says_what_the_long_one_says(item: Any) -> None:
    serializer = BatchItemSerializer(data=item)
    reader = reader_of_items()
    if is_plain(item):
        assert serializer.is_valid(), serializer.errors
        assert item == serializer.validated_data
    elif serializer.is_valid():
        columns = reader.columns(3, item)
        expected = serializer.validated_data
        assert {name: columns[name] for name in expected} == expected
        assert ("parameters" in columns) == ("max_tokens" in item)
    else:
        with pytest.raises(ValidationError) as error:
            reader.columns(3, item)
        assert set(error.value.detail) == {"file[3]"}


def test_an_ordinary_item_takes_the_short_way() -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "¿Qué?"}]
    assert is_plain({"custom_id": "a-1", "messages": messages})


@pytest.mark.parametrize("own", [{}, {"temperature": 0.5, "max_tokens": 9}, {"temperature": 9}])
def test_a_large_file_does_not_stand_in_memory(own: dict[str, Any]) -> None:
    item = json.dumps({"messages": [{"role": "user", "content": "x" * 2000}], **own}).encode()
    upload = TemporaryUploadedFile("p.json", "application/json", 0, None)
    upload.write(b"[" + b",".join([item] * 10_000) + b"]")
    upload.size = upload.tell()
    reader = reader_of_items()
    tracemalloc.start()
    try:
        with upload, read_items(upload, reader) as items:
            _, peak = tracemalloc.get_traced_memory()
            assert len(items) == 10_000
            assert sum(len(item["messages"]) for item in items) == 10_000
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000, "of a file of 20 MB"


def busy_seconds(data: bytes) -> float:
    """Time of the processor that reading an upload takes. It is refused."""
    upload = SimpleUploadedFile("prompts.json", data)
    reader = reader_of_items()
    started = time.thread_time()
    with pytest.raises((ApiError, ValidationError)), read_items(upload, reader):
        pass
    return time.thread_time() - started


@pytest.mark.parametrize(
    "data",
    [
        b" " * 10**7,
        b"\n" * 10**7,
        b"[" + b" " * 10**7 + b"]",
        b"[]" + b" " * 10**7 + b"x",
        b"[1." + b"1" * 2 * 10**7 + b"]",
    ],
    ids=["spaces", "newlines", "in a list", "after a list", "a long number"],
)
def test_what_says_nothing_is_read_at_once(data: bytes) -> None:
    assert busy_seconds(data) < 1.0


def test_what_follows_too_many_items_is_not_read(settings: Any) -> None:
    settings.BATCH_MAX_ITEMS = 1
    item = json.dumps({"messages": [{"role": "user", "content": "hi"}]}).encode()
    assert busy_seconds(b"[" + item + b",1" * 10**6 + b"]") < 1.0
