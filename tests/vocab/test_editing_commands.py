"""`manage.py coverage`, `add_forms` and `export_wordlist --format`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import add_revision, resolve

pytestmark = pytest.mark.django_db


@pytest.fixture
def english() -> Wordlist:
    wordlist = Wordlist.objects.create(slug="en-a1", title="A1", language="en")
    add_revision(wordlist, ["go", "child", "went", "blue"])
    return wordlist


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


def words_now() -> list[str]:
    return WordlistRevision.objects.get(pk=resolve("en-a1", None).pk).words


def text_file(folder: Path, content: bytes) -> str:
    path = folder / "text.txt"
    path.write_bytes(content)
    return str(path)


def test_coverage_of_a_file(english: Wordlist, tmp_path: Path) -> None:
    path = text_file(tmp_path, b"\xef\xbb\xbfGo, blue child! The child sat; the child went.")
    assert run("coverage", "en-a1", path, "--missing", "1").splitlines() == [
        "en-a1@1 has 6 of 9 running words (66.7%).",
        "  for 95% of the text: more than this list",
        "  for 98% of the text: more than this list",
        "Missing: 2 different words.",
        "     2  the",
        "        and 1 more",
    ]
    assert "     1  sat" in run("coverage", "en-a1@1", path, "--missing", "0")


def test_coverage_by_the_first_words_of_a_ranked_list(english: Wordlist, tmp_path: Path) -> None:
    add_revision(english, ["go", *(f"w{number}" for number in range(1000)), "blue"])
    path = text_file(tmp_path, b"go blue")
    printed = run("coverage", "en-a1", path).splitlines()
    assert printed[1:] == [
        "  its first 1,000 words: 50.0%",
        "  for 95% of the text: its first 1,002 words",
        "  for 98% of the text: its first 1,002 words",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"a \xff", "is not UTF-8: byte 2 is 0xff"), (None, "Cannot read")],
)
def test_a_file_that_cannot_be_measured(
    english: Wordlist, tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = text_file(tmp_path, content) if content else str(tmp_path / "none")
    with pytest.raises(CommandError, match=message):
        run("coverage", "en-a1", path)


def test_forms_are_shown_and_then_saved(english: Wordlist) -> None:
    shown = run("add_forms", "en-a1", "--dry-run")
    assert shown.splitlines() == [
        "go: going, goes",
        "child: children",
        "3 new forms of 2 headwords; 1 forms are listed already. en-a1@1 has 4 entries.",
        "Nothing was saved.",
    ]
    assert resolve("en-a1", None).number == 1
    assert "Saved en-a1@2 with 7 entries." in run("add_forms", "en-a1")
    assert words_now() == ["go", "going", "goes", "child", "children", "went", "blue"]
    assert resolve("en-a1", None).note == "added 3 words: going, goes, children"
    assert "Nothing was saved." in run("add_forms", "en-a1")
    assert resolve("en-a1", None).number == 2


def test_the_choice_of_forms(english: Wordlist) -> None:
    run("add_forms", "en-a1", "--most", "1", "--without", "children", "--note", "una")
    assert words_now() == ["go", "going", "child", "went", "blue"]
    assert resolve("en-a1", None).note == "una"


def test_forms_of_a_dictionary(english: Wordlist, tmp_path: Path) -> None:
    (tmp_path / "a.aff").write_text("SET UTF-8\nSFX S Y 1\nSFX S 0 s .\n")
    (tmp_path / "a.dic").write_text("2\nred/S\nblue/S\ngreen/S\n")
    run("add_forms", "en-a1", "--dictionary", str(tmp_path / "a.dic"))
    assert words_now() == ["go", "child", "went", "blue", "blues"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none"], "There is no wordlist 'none'"),
        (["en-a1@1"], "give the slug only"),
        (["en-a1", "--most", "0"], "--most is a number from 1"),
        (["en-a1", "--note", "x" * 501], "more than 500 characters"),
        (["en-a1", "--dictionary", "/none/a.dic"], "Cannot read the dictionary"),
    ],
)
def test_wrong_arguments_are_named(english: Wordlist, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run("add_forms", *arguments)
    assert resolve("en-a1", None).number == 1


def test_a_language_without_forms_needs_a_dictionary(english: Wordlist) -> None:
    Wordlist.objects.update(language="ja")
    with pytest.raises(CommandError, match="no inflected forms are known for the language 'ja'"):
        run("add_forms", "en-a1")


def test_export_in_other_formats(english: Wordlist, tmp_path: Path) -> None:
    assert run("export_wordlist", "en-a1", "--format", "csv") == (
        "\ufeffrank,word\r\n1,go\r\n2,child\r\n3,went\r\n4,blue\r\n"
    )
    target = tmp_path / "deck.tsv"
    run("export_wordlist", "en-a1", "--format", "tsv", "--output", str(target))
    assert target.read_text().splitlines()[:5] == [
        "#separator:tab",
        "#html:false",
        "#deck:A1",
        "#columns:word\trank",
        "go\t1",
    ]
