"""`manage.py check_text`."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.conftest import MakeWordlist
from vocab.models import WordlistRevision
from vocab.spreadsheet import BYTE_ORDER_MARK

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def spanish(make_wordlist: MakeWordlist) -> WordlistRevision:
    return make_wordlist("es", ["el", "perro", "come"], "es")


def run(*arguments: str) -> tuple[list[dict[str, str]], str]:
    """Return the rows of the table, and what the standard error stream got."""
    out, err = io.StringIO(), io.StringIO()
    call_command("check_text", *arguments, stdout=out, stderr=err)
    text = out.getvalue()
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK)))), err.getvalue()


def test_files_become_one_table(tmp_path: Path) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("\ufeffEl perro.\nCome", "utf-8")
    two.write_text("El gato", "utf-8")
    rows, summary = run("es", str(one), str(two), "--n-words", "2")
    assert [tuple(row.values())[1:] for row in rows] == [
        ("1", "0", "2", "El", "true", "1"),
        ("1", "3", "8", "perro", "true", "2"),
        ("2", "10", "14", "Come", "false", "3"),
        ("1", "0", "2", "El", "true", "1"),
        ("1", "3", "7", "gato", "false", ""),
    ]
    assert [row["text"] for row in rows] == [*[str(one)] * 3, *[str(two)] * 2]
    assert summary.splitlines() == [
        f"{one}: 2 of 3 words are on the list (66.7%); 1 different ones are not.",
        f"{two}: 1 of 2 words are on the list (50.0%); 1 different ones are not.",
    ]


def test_the_standard_input_is_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"El pan")))
    [row], _ = run("es", "--texts")
    assert (row["text"], row["words"], row["out_of_list"]) == ("stdin", "2", "pan")


def test_strict_fails_for_a_word_off_the_list(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("El perro")
    run("es", str(path), "--strict")
    path.write_text("El pan")
    with pytest.raises(CommandError, match="words off the list"):
        run("es", str(path), "--strict")


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"caf\xe9")
    for arguments, message in (
        (("xx", str(path)), "xx"),
        (("es", str(path)), "is not UTF-8: byte 3 is 0xe9"),
        (("es", str(tmp_path / "no.txt")), "Cannot read"),
        (("es", str(path), "--n-words", "0"), "--n-words is a number from 1"),
    ):
        with pytest.raises(CommandError, match=message):
            run(*arguments)
    WordlistRevision.objects.update(ranked=False)
    with pytest.raises(CommandError, match="not in order of rank"):
        run("es", str(path), "--n-words", "2")
