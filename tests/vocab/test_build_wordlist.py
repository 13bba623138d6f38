"""`manage.py build_wordlist`, run on the real data if its packages are installed."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from vocab.words.frequency import dictionary

pytest.importorskip("wordfreq")


def build(*arguments: object) -> str:
    out = StringIO()
    call_command("build_wordlist", *arguments, stdout=out)
    return out.getvalue()


def entries(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_list_and_companions_are_written_and_the_drops_are_counted(tmp_path: Path) -> None:
    output = tmp_path / "new" / "es.txt"
    said = build("es", "--size", 1_000, "--output", output)
    assert f"Wrote 1000 entries to {output}." in said
    assert "single letter" in said
    assert len(entries(output)) == 1_000
    assert "# command: manage.py build_wordlist es --size 1000\n" in output.read_text()
    assert entries(output.parent / "companion" / "es-names.txt")[:2] == ["Juan", "José"]
    assert "puta" in entries(output.parent / "companion" / "es-profanity.txt")
    assert sorted(path.name for path in output.parent.rglob("*") if path.is_file()) == [
        "es-names.txt",
        "es-profanity.txt",
        "es.txt",
    ], "no partial file is left"


def test_more_words_than_there_are_is_an_error(tmp_path: Path) -> None:
    output = tmp_path / "hi.txt"
    with pytest.raises(CommandError, match=r"^Only \d+ words of 'hi' remain after the cleaning"):
        build("hi", "--size", 40_000, "--output", output)
    assert not output.exists()


def test_size_below_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--size must be at least 1"):
        build("en", "--size", 0, "--output", tmp_path / "en.txt")


def test_language_without_tables_is_refused() -> None:
    with pytest.raises(CommandError, match="invalid choice: 'xx'"):
        build("xx")


def test_missing_dictionary_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("hunspell")
    monkeypatch.setattr(dictionary, "DIRECTORY", tmp_path)
    with pytest.raises(CommandError, match=r"Cannot read .*de_DE_frami\.aff"):
        build("de", "--output", tmp_path / "de.txt")
    assert not (tmp_path / "de.txt").exists()


def test_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="Cannot write"):
        build("es", "--size", 10, "--output", tmp_path / "file" / "es.txt")
