"""Files that are broken or made to do harm: a clear error or a list, soon, and nothing else."""

from __future__ import annotations

import gzip
import re
import time
from io import BytesIO

import openpyxl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vocab.importing.files import (
    NOTES,
    archive,
    database,
    new_collection,
    ods,
    old_collection,
    wordfreq_list,
    xlsx,
)
from vocab.importing.convert import Conversion, convert
from vocab.importing.proposal import Options
from vocab.importing.sniff import sniff
from vocab.words.orthography import orthography_for, why_unwritable
from vocab.words.parse import WordlistError

MB = 1024 * 1024
# Each takes a second or two on a busy machine; what they guard against takes minutes.
PATIENCE = 30.0
FILES = ["a.csv", "a.json", "a.yml", "a.dic", "a.apkg"]


def outcome(data: bytes, name: str, affixes: bytes | None = None) -> Conversion | WordlistError:
    start = time.monotonic()
    try:
        proposal = sniff(data, name, Options(language="en", affixes=affixes))
        result: Conversion | WordlistError = convert(data, proposal, filename=name)
    except WordlistError as error:
        result = error
    assert time.monotonic() - start < PATIENCE
    if isinstance(result, Conversion):
        assert result.words
        assert not [word for word in result.words if why_unwritable(word, orthography_for("en"))]
        assert len(set(result.words)) == len(result.words)
    else:
        assert len(str(result)) > 10
    return result


def far_cell() -> bytes:
    """A workbook with one cell in the last column of the last row."""
    book = openpyxl.Workbook()
    book.active["A1"] = "casa"
    book.active["XFD1048576"] = "casa"
    target = BytesIO()
    book.save(target)
    return target.getvalue()


REPEATED = (
    '<table:table-row table:number-rows-repeated="999999999"><table:table-cell'
    ' table:number-columns-repeated="400"><text:p>a</text:p></table:table-cell></table:table-row>'
)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (archive(collection__anki2=b"\0" * (100 * MB)), "the file unpacks to 104,857,600 bytes"),
        (
            archive(collection__anki21b=zstandard.compress(b"\0" * (100 * MB))),
            "the deck unpacks to more than 67,108,864 bytes",
        ),
        (gzip.compress(b"\0" * (100 * MB)), "the file unpacks to more than 67,108,864 bytes"),
        (archive(collection__anki2=b"SQLite format 3\0" + b"x" * 5000), "the deck cannot be read"),
        (archive(collection__anki2=database("CREATE TABLE a(b)")), "it has no notes|no such table"),
        (archive(collection__anki21b=b"no zstd"), "the deck cannot be unpacked"),
        (b",".join([b"a"] * 1_000_000), "line 1 has 1,000,000 columns; at most 500"),
        (b"a" * (6 * MB), "the file has 6,291,456 bytes; at most 5,242,880"),
        (b"a\n" * 500_000, "the file has 500,001 lines; at most 401,000"),
        (b"[" * 2_000_000, "the file is not JSON"),
        (ods(REPEATED), "the sheet has more than 401,000 rows"),
        (xlsx([["a"] * 600]), "more than 500 columns"),
        (far_cell(), "the sheet has more than 401,000 rows"),
    ],
)
def test_what_grows_is_stopped_with_the_limit(data: bytes, message: str) -> None:
    name = "a.json" if data.startswith(b"[") else "a.txt"
    result = outcome(data, name)
    assert isinstance(result, WordlistError)
    assert re.search(message, str(result))


def test_a_database_whose_columns_and_views_compute_is_stopped() -> None:
    columns = "CREATE TABLE cards(nid, did, ivl, ord); CREATE TABLE col(models, decks);"
    columns += "INSERT INTO col VALUES('{}', '{}');"
    computed = NOTES.replace("flds", "x, flds AS (hex(zeroblob(1500000)))")
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
    rows += "INSERT INTO notes(mid, tags, x) SELECT 1, '', '' FROM n;"
    heavy = archive(collection__anki2=database(computed + columns + rows))
    assert "very long ones" in str(outcome(heavy, "a.apkg"))
    endless = (
        "CREATE VIEW notes AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT i AS id, 1 AS mid, '' AS tags, 'a' AS flds FROM n;"
    )
    view = archive(collection__anki2=database(endless + columns))
    assert "it has no notes" in str(outcome(view, "a.apkg"))


@pytest.mark.parametrize(
    "line",
    [
        "(",
        "(!",
        "<a",
        "<!--",
        "a/",
        ", -",
        " n.",
        "{{c1::",
        "食",
        "e\u0301",
        "1",
        "a ",
        "[a",
        '"',
        "¨",
    ],
)
def test_long_lines_of_marks_take_no_long_time(line: str) -> None:
    content = (line * (450 // len(line)) + "[x\n") * 1000
    outcome(content.encode(), "a.txt")
    outcome((line * 1_000_000).encode()[: 5 * MB], "a.txt")


def test_references_in_yaml_and_entities_in_xml_are_refused() -> None:
    laughs = b"a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n"
    assert "aliases" in str(outcome(laughs, "a.yml"))
    assert "nested too deeply" in str(outcome(b"[" * 100_000, "a.yml"))
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    document = f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}]><x>&l9;</x>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    sheet = archive(mimetype=kind, content__xml=document)
    assert "the spreadsheet cannot be read" in str(outcome(sheet, "a.ods"))


GOOD_FILES = [
    archive(collection__anki2=old_collection(["a|b", "c|d"])),
    archive(collection__anki21b=new_collection(["a|b", "c|d"])),
    xlsx([["word", "count"], ["casa", 5]]),
    wordfreq_list(["de"], ["het"]),
    old_collection(["a|b"]),
    "word,count\nniño,9\n".encode("utf-16"),
]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(FILES))
def test_any_bytes(data: bytes, name: str) -> None:
    outcome(data, name)


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="ab'é我1,;\t\n\"#/-.()[]{}:<>&| \r\0", max_size=200), st.sampled_from(FILES)
)
def test_any_text(text: str, name: str) -> None:
    outcome(text.encode(), name, affixes=("SFX " + text).encode())


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(GOOD_FILES), st.data())
def test_files_with_a_few_broken_bytes(file: bytes, data: st.DataObject) -> None:
    broken = bytearray(file)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(len(broken) // 2, len(broken)))
    outcome(bytes(broken[:cut]), "a.apkg")
