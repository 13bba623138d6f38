from __future__ import annotations

import json

import pytest

from tests.vocab.importing.files import (
    archive,
    new_collection,
    ods,
    ods_row,
    old_collection,
    read,
    wordfreq_list,
    words_of,
    xlsx,
)
from vocab.importing.proposal import Filter, Ranking, Role, Take
from vocab.words.parse import WordlistError

NOTES = [
    "el gato|cat",
    "<b>perro</b>|dog",
    "&iquest;qu&eacute;?|what?",
    "sin embargo[sound:a.mp3]|x",
]
SPANISH = ["gato", "perro", "qué", "sin embargo"]


# --- Anki ----------------------------------------------------------------------------------------


def test_an_old_deck() -> None:
    proposal, conversion = read(archive(collection__anki2=old_collection(NOTES)), "d.apkg")
    assert proposal.sentence == "an Anki deck: Spanish; the words are in 'Front'"
    assert (conversion.words, conversion.ranked) == (SPANISH, False)
    assert len(conversion.changed) == 4


def test_a_new_deck_is_read_and_not_its_note_that_asks_for_an_update() -> None:
    stub = old_collection(["Please update to the latest Anki version|x"])
    deck = archive(collection__anki2=stub, collection__anki21b=new_collection(NOTES), media="{}")
    proposal, conversion = read(deck, "d.colpkg")
    assert conversion.words == SPANISH
    assert proposal.sentence == "an Anki deck: A::B; the words are in 'Front'"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Filter("deck", ("Spanish",)), SPANISH),
        (Filter("tags", ("A1",)), SPANISH),
        (Filter("note type", ("Basic",)), SPANISH),
        (Filter("interval", (">=21",)), SPANISH[2:]),
        (Filter("Back", ("cat",)), ["gato"]),
    ],
)
def test_notes_are_filtered(rule: Filter, words: list[str]) -> None:
    deck = archive(collection__anki21=old_collection(NOTES))
    assert words_of(deck, "d.apkg", filters=(rule,)) == words


def test_another_field_of_a_deck() -> None:
    deck = archive(collection__anki2=old_collection(NOTES))
    assert words_of(deck, "d.apkg", "en", column="Back") == ["cat", "dog", "what", "x"]


def test_notes_that_anki_exported_as_text() -> None:
    text = (
        "#separator:tab\n#html:true\n#guid column:1\n#notetype column:2\n#deck column:3\n"
        "#tags column:6\n"
        "q1\tBasic\tJP::N5\t<b>食[た]べる</b>[sound:taberu.mp3]\tto eat\tverb N5\n"
        'q2\tBasic\tJP::N5\t図書館[としょかん]\t"library, <i>building</i>"\tN5\n'
        "q3\tBasic\tES\tel gato / la gata\tcat\tES\n"
        "q4\tCloze\tES\tYo {{c1::soy}} Ana.\tser\tES\n"
    )
    proposal, conversion = read(text, "n.txt", "ja", filters=(Filter("deck", ("JP",)),))
    assert proposal.format == "anki-notes"
    assert conversion.words == ["食べる", "図書館"]
    assert conversion.comments == 6
    assert words_of(text, filters=(Filter("tags", ("ES",)),)) == ["gato", "gata", "soy"]


# --- spreadsheets --------------------------------------------------------------------------------


def test_an_excel_workbook() -> None:
    content = xlsx([["word", "count"], ["casa", 5], ["de", 900], [True, 4], [None, 3]])
    proposal, conversion = read(content, "a.xlsx")
    assert proposal.sentence == "an Excel sheet: word, count"
    assert proposal.ranking is Ranking.COUNT
    assert conversion.words == ["de", "casa"]
    assert [issue.line for issue in conversion.refused] == [4, 5]


def test_an_opendocument_spreadsheet() -> None:
    rows = ods_row("Wort", "Niveau") + ods_row("der Hund, -e", "A1") + ods_row("Zoo", "B1")
    empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/>'
    rows += f"{empty}</table:table-row>"
    proposal, conversion = read(ods(rows), "a.ods", "de")
    assert [column.role for column in proposal.columns] == [Role.WORD, Role.LEVEL]
    assert conversion.words == ["Hund", "Zoo"]


# --- JSON and YAML -------------------------------------------------------------------------------


def test_records_with_nested_values() -> None:
    records = [
        {"s": "爱好", "q": 49, "f": [{"t": "愛好", "i": {"y": "àihào"}}]},
        {"s": "爱", "q": 13, "f": [{"t": "愛", "i": {"y": "ài"}}]},
    ]
    content = json.dumps(records)
    proposal, conversion = read(content, "hsk.json", "zh")
    assert (proposal.ranking, conversion.words) == (Ranking.RANK, ["爱", "爱好"])
    assert words_of(content, "hsk.json", "zh", column="f.t") == ["愛", "愛好"]


def test_bands_of_families() -> None:
    bands = {
        "1000": {"be": ["am", "isn"], "of": []},
        "2000": {"did": ["didn"], "baker": ["bakers"]},
    }
    content = json.dumps(bands)
    assert " ".join(words_of(content, "n.json", "en")) == "be am isn't of did didn't baker bakers"
    first = words_of(content, "n.json", "en", filters=(Filter("level", ("1000",)),))
    assert first == ["be", "am", "isn't", "of"]
    assert words_of(content, "n.json", "en", take=Take.HEADWORDS) == ["be", "of", "did", "baker"]


def test_maps_and_lists() -> None:
    assert words_of('["uno", "dos"]', "a.json") == ["uno", "dos"]
    assert words_of('{"words": ["uno", "dos"]}', "a.json") == ["uno", "dos"]
    assert words_of('{"raro": 2, "de": 9}', "a.json") == ["de", "raro"]
    assert (
        " ".join(words_of('{"ser": ["soy", "es"], "ir": ["voy"]}', "a.json")) == "ser soy es ir voy"
    )
    assert words_of('{"A1": ["uno"], "A2": ["dos"]}', "a.json") == ["uno", "dos"]


def test_yaml_keeps_the_words_that_look_like_logical_values() -> None:
    assert words_of("- no\n- yes\n- on\n- off\n", "a.yml", "en") == ["no", "yes", "on", "off"]
    assert words_of("be: [am, is]\nno:\n  - nos\n", "a.yaml", "en") == [
        "be",
        "am",
        "is",
        "no",
        "nos",
    ]
    conversion = read('["uno", true]', "a.json")[1]
    assert (conversion.words, len(conversion.refused)) == (["uno"], 1)


# --- wordfreq, documents -------------------------------------------------------------------------


def test_a_list_of_wordfreq() -> None:
    data = wordfreq_list([], ["de"], [], ["het", "van"], ["0000"])
    proposal, conversion = read(data, "nl.msgpack.gz", "nl")
    assert proposal.sentence == "a frequency list of wordfreq"
    assert (conversion.words, conversion.ranked) == (["de", "het", "van"], True)
    assert [issue.reason for issue in conversion.refused] == ["it is a number, not a word"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (archive(word___document__xml="<a/>"), "this is a Word document: open it, copy the words"),
        (b"%PDF-1.7\n", "this is a PDF"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99,
            "an old Office version: save a table as",
        ),
        (b"{\\rtf1 hola}", "rich text"),
        (b"<!DOCTYPE html><p>hola", "this is a web page"),
        (archive(a__txt="hola"), "this is an archive with no list"),
        (b"SQLite format 3\0" + b"\0" * 99, "this is a database"),
        (b"", "the file has no entry"),
        (b"\0\x01\x02" * 99, "this is not a text file"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(data: bytes, message: str) -> None:
    with pytest.raises(WordlistError, match=message):
        read(data, "a.docx")


def test_an_unknown_format_names_those_there_are() -> None:
    with pytest.raises(WordlistError, match=r"no format 'odt'; use one of anki-deck, xlsx, ods"):
        read("uno\n", format="odt")


def test_a_chosen_format_decides() -> None:
    _proposal, conversion = read("de 900\nque 800\n", format="plain")
    assert conversion.words == ["de 900", "que 800"]
    assert conversion.doubts == [
        "2 of 2 entries end with a number: this looks like a list of words and counts"
    ]
