from __future__ import annotations

import pytest

from vocab.importing.cleaning.cells import clean_cell
from vocab.importing.proposal import Clean

STEPS = frozenset(Clean) - {Clean.CAPITALS, Clean.CONTRACTIONS}


@pytest.mark.parametrize(
    ("language", "cell", "words"),
    [
        ("es", "casa", ["casa"]),
        # Markup.
        ("es", "<b>perro</b>", ["perro"]),
        ("es", "&iquest;qu&eacute;?", ["qué"]),
        ("ja", "&nbsp;水", ["水"]),
        ("es", "gato<br>perro", ["gato", "perro"]),
        ("es", "hola[sound:hola.mp3]", ["hola"]),
        ("ja", "食[た]べる", ["食べる"]),
        ("ja", " 日本[にほん]の 車[くるま]", ["日本の車"]),
        ("es", "Yo {{c1::soy}} Ana.", ["soy"]),
        ("es", "{{c1::ser::verb}} y {{c2::estar}}", ["ser", "estar"]),
        # Numbering.
        ("es", "1. hola", ["hola"]),
        ("es", "12) hola", ["hola"]),
        ("es", "- hola", ["hola"]),
        # Articles.
        ("de", "der Hund, -e", ["Hund"]),
        ("de", "der Baum, ¨-e", ["Baum"]),
        ("de", "Haus, das", ["Haus"]),
        ("de", "sich waschen", ["waschen"]),
        ("es", "la casa", ["casa"]),
        ("es", "la", ["la"]),
        ("en", "to go", ["go"]),
        ("en", "a lot", ["a lot"]),
        ("fr", "l’eau", ["eau"]),
        ("", "la casa", ["la casa"]),
        # Remarks.
        ("en", "run (v.)", ["run"]),
        ("en", "abandon v. B2", ["abandon"]),
        ("en", "abase [ə] v. lower, humble", ["abase"]),
        ("en", "able /ˈeɪbl/ adj.", ["able"]),
        ("de", "(sich) ändern", ["ändern"]),
        ("de", "zeigen (auf)", ["zeigen"]),
        ("zh", "白（形）", ["白"]),
        ("zh", "白(形)", ["白"]),
        ("zh", "我 wǒ", ["我"]),
        ("cs", "hovoří...", ["hovoří"]),
        ("en", "bank²", ["bank"]),
        ("es", "muy bien.", ["muy bien"]),
        ("es", "el Sr.", ["Sr."]),
        # Spellings.
        ("es", "ir/irse", ["ir", "irse"]),
        ("es", "bueno/a", ["bueno", "buena"]),
        ("es", "profesor/a", ["profesor", "profesora"]),
        ("de", "Freund/in", ["Freund", "Freundin"]),
        ("de", "ab-/anmelden", ["abmelden", "anmelden"]),
        ("fr", "heureux/euse", ["heureux", "heureuse"]),
        ("es", "el gato / la gata", ["gato", "gata"]),
        ("en", "a.m./A.M./am/AM", ["a.m.", "A.M.", "am", "AM"]),
        ("en", "colo(u)r", ["color", "colour"]),
        ("zh", "爸爸|爸", ["爸爸", "爸"]),
        ("de", "der Friseur, -e\ndie Friseurin, -nen (A) →CH: x", ["Friseur", "Friseurin"]),
        # What looks like a mark and is part of the word.
        ("en", "don't", ["don't"]),
        ("en", "'tis", ["'tis"]),
        ("en", "e-mail", ["e-mail"]),
        ("en", "a.m.", ["a.m."]),
        ("de", "z. B.", ["z. B."]),
        ("en", "C++", ["C++"]),
        ("en", "AT&T", ["AT&T"]),
        ("en", "and/or", ["and/or"]),
        ("el", "ό,τι", ["ό,τι"]),
    ],
)
def test_only_the_entries_of_a_cell_are_left(language: str, cell: str, words: list[str]) -> None:
    cleaned = clean_cell(cell, STEPS, language)
    assert (cleaned.words, cleaned.forms) == (words, [])
    assert bool(cleaned.reasons) == (words != [cell]), "each change has a reason"


def test_words_after_commas_are_forms() -> None:
    cleaned = clean_cell("essen, isst, aß,  hat gegessen", STEPS, "de")
    assert (cleaned.words, cleaned.forms) == (["essen"], ["isst", "aß", "hat gegessen"])


@pytest.mark.parametrize(
    ("step", "language", "cell"),
    [
        (Clean.ARTICLES, "de", "der Hund"),
        (Clean.VARIANTS, "es", "ir/irse"),
        (Clean.BRACKETS, "de", "zeigen (auf)"),
        (Clean.NUMBERING, "es", "1. hola"),
        (Clean.HTML, "es", "a<b>c"),
    ],
)
def test_each_step_can_be_turned_off(step: Clean, language: str, cell: str) -> None:
    assert clean_cell(cell, STEPS, language).words != [cell]
    assert clean_cell(cell, STEPS - {step}, language).words == [cell]
