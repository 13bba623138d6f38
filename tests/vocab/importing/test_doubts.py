from __future__ import annotations

from tests.vocab.importing.files import read
from vocab.importing.doubts import doubt_about_loss
from vocab.importing.proposal import Clean


def doubts(content: str, name: str = "a.txt", language: str = "es", **options: object) -> list[str]:
    return read(content, name, language, **options)[1].doubts


WORDS = [
    "de",
    "que",
    "no",
    "la",
    "el",
    "casa",
    "perro",
    "gato",
    "sol",
    "mar",
    "pan",
    "luz",
    "flor",
    "voz",
    "paz",
    "mes",
    "pie",
    "rey",
    "ley",
    "sal",
    "tren",
]


def test_an_ordinary_list_raises_no_doubt() -> None:
    assert doubts("\n".join(WORDS)) == []
    assert doubts("\n".join(f"{word} {900 - n}" for n, word in enumerate(WORDS))) == []
    assert doubts("的\n我\n是\n不\n", language="zh") == [], "words of one letter"


def test_more_than_a_quarter_refused() -> None:
    assert doubts("uno\ndos\ntres\n%\n") == []
    assert doubts("uno\ndos\n%\n") == ["1 of 3 rows (33%) were refused"]


def test_entries_that_are_no_words() -> None:
    for content, part in [
        ("de 9\nque 8\nno 7\n", "end with a number"),
        ("Jinan/M\nJo/MS\nJob/S\n", "end with / and letters"),
        ("1. hola\n2. sol\n", "begin with a number"),
    ]:
        (doubt,) = doubts(content, format="plain", skip=frozenset(Clean))
        assert part in doubt, content
    (doubt,) = doubts("a\nb\nc\nd\n")
    assert "are single letters" in doubt
    (doubt,) = doubts("el perro de Ana\nla casa de mi tía\n")
    assert "look like sentences" in doubt


def test_words_in_another_script_than_the_language() -> None:
    (doubt,) = doubts("我\n爱\nthe\nand\nschool\n", language="zh")
    assert "3 of 5 entries are not in the script of the language 'zh'" in doubt
    assert doubts("слово\nдом\n", language="ru") == []
    assert doubts("слово\nдом\n", language="es") != []


def test_a_column_with_few_different_values() -> None:
    text = "word,pos\n" + "\n".join(
        f"{word},{'noun' if word > 'm' else 'verb'}" for word in WORDS * 3
    )
    (doubt,) = doubts(text, "a.csv", column="pos")
    assert "63 rows have only 2 different words: is this the right column?" in doubt


def test_rows_in_several_languages() -> None:
    text = "word,language\ncasa,Spanish\nmaison,French\n"
    assert doubts(text, "a.csv", "und") == [
        "the rows are in several languages; choose one with a filter"
    ]
    assert doubts(text, "a.csv", "fr") == []


def test_a_revision_that_loses_most_words() -> None:
    assert doubt_about_loss(["a", "b", "c", "d"], ["a", "b"]) is None
    assert doubt_about_loss(["a", "b", "c", "d"], ["a", "x", "y", "z"]) == (
        "3 of the 4 words of the current revision would be lost"
    )


PYTHON = """\
import os
import sys
from pathlib import Path


def main() -> None:
    names = sys.argv[1:]
    for name in names:
        print(name)
    return None


main()
"""
PAGE = """\
<div class="box">
<h1>Welcome</h1>
<p>This page</p>
<p>Two words</p>
</div>
"""
SHELL = "#!/bin/sh\nset -e\ncd build\nmake clean\nmake\ncp out here\necho done\nexit 0\n"
SQL = "SELECT name, age\nFROM users\nWHERE age > 20\nORDER BY name;\n"


def test_lines_of_a_program_or_of_a_web_page() -> None:
    """Cleaning makes something like words of them, also of a few lines."""
    for content in (PYTHON, PAGE, SHELL, SQL):
        found = doubts(content, "notes.txt", "en")
        assert any("look like lines of a program or of a web page" in each for each in found)
    # Words that a program has as well, phrases, glosses and HTML in a table.
    assert (
        doubts("if\nelse\nfor\nimport\nreturn\nclass\nfrom\nto return (a book)\n", language="en")
        == []
    )
    assert doubts("<b>perro</b>\tdog\n<i>gato</i>\tcat\n<b>sol</b>\tsun\n") == []
    assert doubts("let go\nset up\nclass\nrun (v.)\nex. = example\n", language="en") == []


def test_parts_of_compounds_in_a_dictionary_raise_no_doubt() -> None:
    affixes = b"SET UTF-8\nONLYINCOMPOUND o\nSFX S Y 1\nSFX S 0 s .\n"
    dictionary = "4\ncasa/S\nperro/S\ngato/o\nsol/o\n"
    _, conversion = read(dictionary, "a.dic", "es", affixes=affixes)
    assert conversion.words == ["casa", "casas", "perro", "perros"]
    assert [issue.text for issue in conversion.refused] == ["gato", "sol"]
    assert conversion.doubts == []
