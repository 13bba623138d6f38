from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from vocab.exchange import create_wordlist, read_header
from vocab.export import as_text
from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import add_revision, resolve
from vocab.words.frequency import LANGUAGES
from vocab.words.parse import parse

pytestmark = pytest.mark.django_db

HEADER = "# title: Español\n# language: es-419\n# Source: la clase\n#licence:  CC0 \n"


def run(*args: object, **options: Any) -> str:
    out = StringIO()
    call_command(*map(str, args), stdout=out, stderr=out, **options)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lista.txt"
    path.write_text("uno\ndos\n", encoding="utf-8")
    return path


# --- import_wordlist -----------------------------------------------------------------------------


def import_file(file: Path, *extra: str) -> str:
    return run("import_wordlist", file, "--slug", "es-a2", "--language", "es", *extra)


def test_import_makes_a_list(file: Path) -> None:
    said = import_file(file, "--title", "Español A2", "--source", "s", "--licence", "l")
    assert said == (
        "lista.txt: a list with one entry on each line\n"
        "  format plain, encoding utf-8, in the order of the file, takes all\n"
        "  line 1: 'uno' -> uno\n"
        "  line 2: 'dos' -> dos\n"
        "2 entries, 0 rejected, 0 duplicates, 0 changed, 0 comments, 0 blank lines\n"
        "es-a2 was created as es-a2@1.\n"
    )
    wordlist = Wordlist.objects.get()
    assert (wordlist.slug, wordlist.language) == ("es-a2", "es")
    assert (wordlist.title, wordlist.source, wordlist.licence) == ("Español A2", "s", "l")
    assert wordlist.current is not None
    assert (wordlist.current.words, wordlist.current.created_by) == (["uno", "dos"], None)


def test_import_reports_every_rejected_line(file: Path) -> None:
    file.write_text("uno\n%\nuno\n" + "\n".join(f"{n}%" for n in range(300)), encoding="utf-8")
    with pytest.raises(CommandError, match="this may not be the list that you want"):
        import_file(file)
    assert not Wordlist.objects.exists()
    said = import_file(file, "--force")
    assert "1 entries, 301 rejected, 1 duplicates" in said
    assert said.count("  rejected line ") == 301
    assert "  rejected line 2: '%': it has no letter" in said
    assert "  duplicate line 3: 'uno': already on line 1" in said
    assert "Doubt: 301 of 303 rows (99%) were refused." in said
    assert resolve("es-a2", None).words == ["uno"]


def test_import_uses_the_header_of_the_file(file: Path) -> None:
    file.write_text(HEADER + "uno\n", encoding="utf-8")
    import_file(file, "--licence", "CC BY")
    wordlist = Wordlist.objects.get()
    assert (wordlist.title, wordlist.source, wordlist.licence) == ("Español", "la clase", "CC BY")
    assert wordlist.language == "es", "the option decides"


def test_import_adds_a_revision(file: Path) -> None:
    import_file(file, "--title", "Español")
    file.write_text("uno\ntres\n", encoding="utf-8")
    said = import_file(file, "--note", "más", "--source", "otra")
    assert "es-a2@2 was added and is now the current revision." in said
    wordlist = Wordlist.objects.get()
    assert (wordlist.title, wordlist.source) == ("Español", "otra")
    assert wordlist.current is not None
    assert (wordlist.current.number, wordlist.current.note) == (2, "más")


def test_import_says_when_the_content_was_there(file: Path) -> None:
    import_file(file)
    assert "Nothing to do: the current revision es-a2@1 already has these entries." in import_file(
        file
    )
    add_revision(Wordlist.objects.get(), ["tres"])
    assert (
        "es-a2@1 already had these entries and is now the current revision again."
        in import_file(file, "--force")
    )
    assert WordlistRevision.objects.count() == 2
    assert resolve("es-a2", None).number == 1


def test_a_dry_run_saves_nothing(file: Path) -> None:
    said = import_file(file, "--dry-run")
    assert "2 entries" in said
    assert "Dry run: nothing was saved. Without --dry-run: es-a2 was created as es-a2@1." in said
    assert not Wordlist.objects.exists()
    import_file(file)
    file.write_text("uno\ntres\n", encoding="utf-8")
    assert "es-a2@2 was added" in import_file(file, "--dry-run", "--title", "x")
    assert Wordlist.objects.get().title == "es-a2"
    assert resolve("es-a2", None).number == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"Cannot read .*lista\.txt: .*No such file"),
        (b"", r"Cannot read .*lista\.txt: the file has no entry"),
        (b"\0\1\2\3", "this is not a text file"),
        (b"ab\ncde", "the file has 6 bytes; at most 5 are accepted"),
    ],
)
def test_import_of_a_file_that_cannot_be_read(
    file: Path, settings: Any, content: bytes | None, message: str
) -> None:
    settings.WORDLIST_MAX_BYTES = 5
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=message):
        import_file(file)
    assert not Wordlist.objects.exists()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--slug", "es a2", "slug: Use letters, digits"),
        ("--language", "jp", r"--language: 'jp' is a code of Japan.*did you mean 'ja'"),
        ("--title", "x" * 201, "title: Ensure this value has at most 200 characters"),
        ("--note", "x" * 501, "--note is too long"),
    ],
)
def test_import_checks_its_options(file: Path, option: str, value: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        import_file(file, option, value)
    assert not Wordlist.objects.exists()


def test_import_says_which_language_it_takes(file: Path) -> None:
    said = run("import_wordlist", file, "--slug", "a", "--language", "es_mx")
    assert said.startswith("The language 'es_mx' is es-MX (Mexican Spanish).\n")
    assert run("import_wordlist", file, "--slug", "b", "--language", "Español") == said.replace(
        "'es_mx' is es-MX (Mexican Spanish)", "'Español' is es (Spanish)"
    ).replace("a was created as a@1", "b was created as b@1")
    assert dict(Wordlist.objects.values_list("slug", "language")) == {"a": "es-MX", "b": "es"}


def test_a_list_with_an_odd_tag_still_takes_revisions(file: Path) -> None:
    create_wordlist(Wordlist(slug="a", title="a", language="jp"), ["uno"])
    assert "a@2 was added" in run("import_wordlist", file, "--slug", "a", "--language", "jp")


def test_import_says_that_a_language_has_no_rules(file: Path) -> None:
    said = run("import_wordlist", file, "--slug", "a", "--language", "br")
    assert said.startswith("There are no rules for Breton (br), so replies follow the general ones")
    assert Wordlist.objects.get().language == "br"


def test_import_ranks_by_frequency(file: Path) -> None:
    file.write_text("zapato\ncasa\nde\n", encoding="utf-8")
    said = import_file(file, "--rank-by", "frequency")
    assert "by frequency, takes all" in said
    revision = WordlistRevision.objects.get()
    assert (revision.words, revision.ranked) == (["de", "casa", "zapato"], True)


def test_a_list_keeps_its_language(file: Path) -> None:
    import_file(file)
    with pytest.raises(CommandError, match="The wordlist es-a2 is in es, not in fr"):
        import_file(file, "--language", "fr")
    assert WordlistRevision.objects.count() == 1


def test_import_proposes_and_shows_what_it_changed(file: Path) -> None:
    file.write_text("Wort;Niveau;Zahl\nder Hund, -e;A1;5\ndie;A1;9\nZoo;B2;1\n", encoding="cp1252")
    said = run("import_wordlist", file, "--slug", "d", "--language", "de", "--level", "A1-A2")
    assert said.splitlines()[:5] == [
        "lista.txt: a list by level: word, level; the words are in 'Wort'",
        "  format delimited, encoding utf-8, delimiter ';', in no order of rank, takes all,"
        " only level=A1-A2",
        "  --rank-by frequency: by how common the words are inside each level",
        "  columns: 1 'Wort' (word), 2 'Niveau' (level), 3 'Zahl'",
        "  line 2: 'der Hund, -e | A1 | 5' -> Hund",
    ]
    assert "2 entries, 0 rejected" in said
    assert "1 left out by filters" in said
    assert "  changed line 2: 'der Hund, -e' -> Hund (ending removed; article removed)" in said
    assert "requests cannot ask for its first N words" in said
    revision = resolve("d", None)
    assert (revision.words, revision.ranked) == (["Hund", "die"], False)


def test_import_takes_the_choices_of_the_options(file: Path) -> None:
    file.write_text("la casa|9|house\nel sol/soles|10|sun\n", encoding="utf-8")
    options = ["--delimiter", "bar", "--column", "1", "--no-header", "--rank-by", "order"]
    import_file(file, *options, "--keep", "articles", "--keep", "variants", "--encoding", "utf-8")
    assert resolve("es-a2", None).words == ["la casa", "el sol/soles"]
    import_file(file, *options[:-2], "--rank-by", "rank", "--force")
    assert resolve("es-a2", None).words == ["casa", "sol", "soles"]
    with pytest.raises(CommandError, match="the file has no column with a count to rank by"):
        import_file(file, "--format", "plain", "--rank-by", "count")
    with pytest.raises(CommandError, match="'level' is not COLUMN=VALUES"):
        import_file(file, "--where", "level")


def test_import_reads_the_affixes_beside_a_dictionary(file: Path) -> None:
    dictionary = file.with_name("es.dic")
    dictionary.write_bytes("2\nniño/S\nsol\n".encode("latin-1"))
    rules = "SET ISO8859-1\nSFX S Y 1\nSFX S 0 s .\n"
    dictionary.with_suffix(".aff").write_bytes(rules.encode("latin-1"))
    import_file(dictionary)
    assert resolve("es-a2", None).words == ["niño", "niños", "sol"]
    assert resolve("es-a2", None).ranked is False


def test_a_revision_that_loses_most_words_needs_a_deliberate_yes(file: Path) -> None:
    import_file(file)
    file.write_text("tres\ncuatro\n", encoding="utf-8")
    for extra in [(), ("--dry-run",)]:
        with pytest.raises(CommandError, match="Nothing was saved"):
            import_file(file, *extra)
    assert resolve("es-a2", None).words == ["uno", "dos"]
    said = import_file(file, "--force")
    assert "Doubt: 2 of the 2 words of the current revision would be lost." in said
    assert resolve("es-a2", None).words == ["tres", "cuatro"]


# --- export_wordlist -----------------------------------------------------------------------------


def test_export_writes_what_import_reads(file: Path, tmp_path: Path) -> None:
    file.write_text(HEADER + "# more\nuno\ndos\n", encoding="utf-8")
    import_file(file)
    add_revision(Wordlist.objects.get(), ["tres", "a lot", "he/she", "7"], ranked=False)
    run("export_wordlist", "es-a2", "--output", tmp_path / "unranked.txt")
    run("import_wordlist", tmp_path / "unranked.txt", "--slug", "same", "--language", "es")
    assert (resolve("same", None).words, resolve("same", None).ranked) == (
        resolve("es-a2", None).words,
        False,
    )
    text = run("export_wordlist", "es-a2@1")
    assert text == as_text(resolve("es-a2@1", None))
    assert text.startswith("# title: Español\n# language: es\n# revision: es-a2@1\n")
    assert parse(text.encode()).digest == resolve("es-a2@1", None).sha256

    output = tmp_path / "out.txt"
    said = run("export_wordlist", "es-a2@1", "--output", output)
    assert said == f"Wrote es-a2@1 to {output}: 2 entries.\n"
    assert output.read_bytes() == text.encode()
    run("import_wordlist", output, "--slug", "copy", "--language", "es")
    copy = Wordlist.objects.get(slug="copy")
    assert (copy.title, copy.source, copy.licence) == ("Español", "la clase", "CC0")
    assert resolve("copy", None).sha256 == resolve("es-a2@1", None).sha256


def test_export_of_an_unknown_reference(file: Path, tmp_path: Path) -> None:
    import_file(file)
    for reference, message in [
        ("fr", "There is no wordlist 'fr'; there are: es-a2"),
        ("es-a2@7", "has no revision 7; its latest is 1"),
        ("es a2", "does not name a wordlist"),
    ]:
        with pytest.raises(CommandError, match=message):
            run("export_wordlist", reference)
    with pytest.raises(CommandError, match="Cannot write"):
        run("export_wordlist", "es-a2", "--output", tmp_path / "no" / "out.txt")


# --- load_wordlists ------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    wordlists = tmp_path / "wordlists"
    settings.WORDLIST_DIR = wordlists
    wordlists.mkdir()
    write(wordlists, "es", HEADER + "uno\ndos\n")
    return wordlists


def write(folder: Path, slug: str, text: str) -> None:
    (folder / f"{slug}.txt").write_text(text, encoding="utf-8")


def test_load_brings_every_file_in_once(folder: Path) -> None:
    write(folder, "fr", "un\ndeux\n%\n")
    (folder / "NOTICE").write_text("not a list")
    said = run("load_wordlists").splitlines()
    assert said[0] == "es: created as es@1 with 2 entries"
    assert said[1].startswith("fr: created as fr@1 with 2 entries; 1 lines rejected, the first:")
    es, fr = Wordlist.objects.all()
    assert (es.title, es.language, es.source, es.licence) == (
        "Español",
        "es-419",
        "la clase",
        "CC0",
    )
    assert (fr.title, fr.language, fr.source, fr.licence) == ("fr", "fr", "", "")
    assert es.current is not None
    assert (es.current.words, es.current.note) == (["uno", "dos"], "starter list")

    said = run("load_wordlists").splitlines()
    assert said[0] == "es: nothing new: es@1 has this content"
    assert WordlistRevision.objects.count() == 2


def test_load_updates_a_list_that_nobody_touched(folder: Path) -> None:
    run("load_wordlists")
    write(folder, "es", HEADER + "uno\ntres\n")
    assert run("load_wordlists") == "es: updated to es@2 with 2 entries\n"
    assert resolve("es", None).words == ["uno", "tres"]
    assert resolve("es", None).note == "starter list"


def test_load_does_not_change_an_edited_list(folder: Path, admin_user: User) -> None:
    run("load_wordlists")
    wordlist = Wordlist.objects.get()
    add_revision(wordlist, ["mío"], note="starter list", user=admin_user)
    write(folder, "es", "uno\ntres\n")
    assert run("load_wordlists") == "es: not changed: a user made the current revision es@2\n"
    add_revision(wordlist, ["nuestro"], note="de la clase")
    assert run("load_wordlists") == "es: not changed: a user made the current revision es@3\n"
    assert resolve("es", None).words == ["nuestro"]


def test_load_does_not_undo_the_choice_of_an_older_revision(folder: Path) -> None:
    run("load_wordlists")
    write(folder, "es", "uno\ntres\n")
    run("load_wordlists")
    add_revision(Wordlist.objects.get(), ["uno", "dos"])
    assert resolve("es", None).number == 1
    assert run("load_wordlists") == "es: nothing new: es@2 has this content\n"
    assert resolve("es", None).number == 1


def test_a_bad_file_does_not_stop_the_others(folder: Path) -> None:
    (folder / "eu.txt").write_bytes(b"\xff\xfe")
    write(folder, "a b", "# language: es\nuno\n")
    write(folder, "jp", "uno\n")
    out = StringIO()
    with pytest.raises(CommandError, match=r"Could not load a b\.txt, eu\.txt, jp\.txt"):
        call_command("load_wordlists", stdout=out, stderr=out)
    assert "a b.txt: slug: Use letters, digits" in out.getvalue()
    assert "jp.txt: language: 'jp' is a code of Japan" in out.getvalue()
    assert "eu.txt: the file is not UTF-8 (it looks like UTF-16)" in out.getvalue()
    assert list(Wordlist.objects.values_list("slug", flat=True)) == ["es"]


def test_an_empty_folder_is_no_error(tmp_path: Path, settings: Any) -> None:
    settings.WORDLIST_DIR = tmp_path / "nowhere"
    assert run("load_wordlists") == f"There is no .txt file in {tmp_path / 'nowhere'}.\n"


def test_the_lists_that_ship_can_be_loaded(settings: Any) -> None:
    said = run("load_wordlists").splitlines()
    by_frequency = [f"{each}: created as {each}@1 with 20,000 entries" for each in LANGUAGES]
    for_learners = [
        f"{each}-learner: created as {each}-learner@1 with 5,000 entries" for each in LANGUAGES
    ]
    assert sorted(said) == sorted([*by_frequency, *for_learners])
    assert not Wordlist.objects.filter(slug__contains="names").exists(), "companions stay out"
    es = Wordlist.objects.get(slug="es")
    assert es.language == "es"
    assert es.licence.startswith("CC BY-SA")


# --- exchange ------------------------------------------------------------------------------------


def test_a_header_ends_at_the_first_entry_and_uses_the_first_of_each_key() -> None:
    header = b"\xef\xbb\xbf# title: a: b\r\n\r\n# Title: c\n# x: y\n# no colon\n# source:\n"
    data = header + b"uno\n# licence: d\n"
    assert read_header(data) == {"title": "a: b"}
    assert read_header(b"\xff\xfe") == {}


def test_a_list_and_its_first_revision_appear_together() -> None:
    create_wordlist(Wordlist(slug="es", title="es", language="es"), ["uno"])
    with pytest.raises(IntegrityError):
        create_wordlist(Wordlist(slug="es", title="otra", language="es"), ["dos"])
