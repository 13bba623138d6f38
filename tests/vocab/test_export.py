from __future__ import annotations

import csv
import io

import pytest

from tests.vocab.importing.files import words_of
from vocab.export import as_anki_notes, as_csv
from vocab.models import Wordlist
from vocab.revisions import add_revision, resolve
from vocab.spreadsheet import BYTE_ORDER_MARK, escape_formula


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "＝"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert escape_formula(f"{start}cmd") == f"'{start}cmd"
    assert escape_formula("a=b") == "a=b"
    assert escape_formula(-5) == -5


def stored(words: list[str], *, ranked: bool = True) -> str:
    wordlist = Wordlist.objects.create(slug="fr", title="Mes\tmots\n#html:true", language="fr")
    add_revision(wordlist, words, ranked=ranked)
    return wordlist.slug


# An entry that a spreadsheet takes for a formula, and those that need quotes.
WORDS = ["l'", "-là", "peut-être", 'x"y', "New York, Texas", "été"]


@pytest.mark.django_db
def test_csv_has_ranks_and_no_formula() -> None:
    text = as_csv(resolve(stored(WORDS), None))
    assert text.startswith(BYTE_ORDER_MARK)
    rows = list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK))))
    assert rows[0] == ["rank", "word"]
    expected = ["'-là" if word == "-là" else word for word in WORDS]
    assert rows[1:] == [[str(rank), word] for rank, word in enumerate(expected, 1)]


@pytest.mark.django_db
def test_csv_of_a_list_without_ranks_has_none() -> None:
    text = as_csv(resolve(stored(["b", "a"], ranked=False), None))
    assert text == f"{BYTE_ORDER_MARK}word\r\nb\r\na\r\n"


@pytest.mark.django_db
def test_notes_for_anki_name_their_columns_and_deck() -> None:
    text = as_anki_notes(resolve(stored(["-là", 'x"y']), None))
    assert text == (
        "#separator:tab\n#html:false\n#deck:Mes mots #html:true\n#columns:word\trank\n"
        '-là\t1\n"x""y"\t2\n'
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("render", "name"), [(as_csv, "a.csv"), (as_anki_notes, "a.tsv")])
def test_an_export_can_be_imported_again(render: object, name: str) -> None:
    words = ["agua", "New York", "peut-être", "l'"]
    assert callable(render)
    assert words_of(render(resolve(stored(words), None)), name, "fr") == words
