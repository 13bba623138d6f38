"""What a person typed instead of cells."""

from __future__ import annotations

from tests.vocab.importing.files import ods, ods_row, read, xlsx
from vocab.importing.convert import Conversion, convert
from vocab.importing.entries import Edits
from vocab.importing.proposal import Filter, Options, Role
from vocab.importing.sniff import sniff
from vocab.importing.suggest import suggest
from vocab.words.parse import Limits


def edited(content: str, edits: Edits, name: str = "list.txt", **options: object) -> Conversion:
    data = content.encode()
    proposal = sniff(data, name, Options(language="es", **options))  # type: ignore[arg-type]
    return convert(data, proposal, filename=name, edits=edits)


def test_a_refused_cell_is_mended_and_keeps_its_place() -> None:
    assert [issue.line for issue in edited("uno\n50%\ndos\n", {}).refused] == [2]
    conversion = edited("uno\n50%\ndos\n", {2: {"50%": "cincuenta"}})
    assert conversion.words == ["uno", "cincuenta", "dos"]
    assert conversion.refused == []
    assert conversion.refused_rows == 0
    [change] = conversion.edited
    assert (change.line, change.before, change.after) == (2, "50%", ("cincuenta",))


def test_an_edit_is_for_one_line_and_one_cell() -> None:
    edits = {1: {"50%": "nunca"}, 2: {"otra": "nunca"}}
    conversion = edited("uno\n50%\n50%\n", edits)
    assert conversion.words == ["uno"]
    assert [issue.line for issue in conversion.refused] == [2, 3]
    assert conversion.edited == []


def test_a_change_is_undone_by_the_cell_itself() -> None:
    assert edited("la casa\nsol\nmar\n", {}).words == ["casa", "sol", "mar"]
    conversion = edited("la casa\nsol\nmar\n", {1: {"la casa": "la casa"}})
    assert conversion.words == ["la casa", "sol", "mar"]
    assert conversion.changed == []


def test_an_empty_edit_leaves_the_row_out() -> None:
    conversion = edited("uno\ndos\n", {1: {"uno": " "}})
    assert conversion.words == ["dos"]
    assert [change.after for change in conversion.edited] == [()]
    assert conversion.refused == []


def test_commas_are_between_entries_and_nothing_else_is_cleaned() -> None:
    conversion = edited("uno\n50%\n", {2: {"50%": "  la  mitad, 50 "}})
    assert conversion.words == ["uno", "la mitad", "50"]


def test_what_was_typed_can_be_refused_too() -> None:
    conversion = edited("uno\n50%\n", {2: {"50%": "bien, 60%"}})
    assert conversion.words == ["uno", "bien"]
    [issue] = conversion.refused
    assert (issue.line, issue.text) == (2, "50%"), "the key of the edit"
    assert "you typed “60%”" in issue.reason
    assert conversion.refused_rows == 1
    long = edited("uno\n50%\n", {2: {"50%": "x" * 1000}})
    assert "1,000 characters" in long.refused[0].reason


def test_a_part_of_a_cell_is_mended_without_the_others() -> None:
    assert edited("sol/50%\n", {}).words == ["sol"]
    conversion = edited("sol/50%\n", {1: {"50%": "mitad"}})
    assert conversion.words == ["sol", "mitad"]
    assert conversion.refused == []


def test_a_form_is_mended_in_its_family() -> None:
    content = "headword,form\nser,es%\ntener,tiene\n"
    assert edited(content, {}, "a.csv").words == ["ser", "tener", "tiene"]
    conversion = edited(content, {2: {"es%": "es"}}, "a.csv")
    assert conversion.words == ["ser", "es", "tener", "tiene"]


def test_a_word_that_the_format_hides_can_be_taken() -> None:
    affixes = b"SET UTF-8\nFORBIDDENWORD !\n"
    dictionary = "3\nsol\nmalo/!\nmar\n"
    assert edited(dictionary, {}, "es.dic", affixes=affixes).words == ["sol", "mar"]
    conversion = edited(dictionary, {3: {"malo": "malo"}}, "es.dic", affixes=affixes)
    assert conversion.words == ["sol", "malo", "mar"]
    assert conversion.refused == []


def test_words_between_commas_have_numbers_of_their_own() -> None:
    content = "uno, dos, 50%, tres, 50%\n"
    assert [issue.line for issue in edited(content, {}).refused] == [3, 5]
    conversion = edited(content, {5: {"50%": "cinco"}})
    assert conversion.words == ["uno", "dos", "tres", "cinco"]
    assert [issue.line for issue in conversion.refused] == [3]


def test_suggestions_only_remove_marks_at_the_ends() -> None:
    limits = Limits()
    proposal, _ = read("la casa\nsol\nmar\n")
    for refused, entry in [
        ("hola%", "hola"),
        ("la casa%", "casa"),
        ("ir/irse%", "ir, irse"),
        ("@ñandú@", "ñandú"),
        ("TRUE", "true"),
        ("hi\u0301%", "hí"),
        ("हिन्दी%", "हिन्दी"),
    ]:
        assert suggest(refused, proposal, limits) == entry
    for refused in ("", "%", "hola@mundo", "50%", "1-Mar", "x" * 65 + "%", "a b c d e f g h%"):
        assert suggest(refused, proposal, limits) is None, refused


# --- what a person is offered --------------------------------------------------------------------


def test_the_values_of_columns_are_counted_before_the_filter() -> None:
    content = "word,level,tags\nsol,A1,x y\nmar,A2,x\npan,A1,\n"
    filters = (Filter("level", ("A1",)),)
    _, conversion = read(content, "a.csv", filters=filters)
    assert conversion.words == ["sol", "pan"]
    assert conversion.values == {
        Role.LEVEL: {"A1": 2, "A2": 1},
        Role.TAGS: {"x": 2, "y": 1},
    }


def test_a_filter_without_values_takes_all_and_stops_the_guess() -> None:
    content = "word,status\n" + "".join(f"w{n}x,{status}\n" for n, status in enumerate("W1I5"))
    guessed, conversion = read(content, "a.csv", "en")
    assert [str(rule) for rule in guessed.filters] == ["status=3,4,5,W,99"]
    assert len(conversion.words) == 2
    chosen, conversion = read(content, "a.csv", "en", filters=(Filter("status", ()),))
    assert len(chosen.filters) == 1
    assert len(conversion.words) == 4


def test_columns_have_samples() -> None:
    proposal, _ = read("word,count\nsol,9\nsol,8\nmar,7\npan,6\nluz,5\n", "a.csv")
    assert [column.samples for column in proposal.columns] == [
        ("sol", "mar", "pan"),
        ("9", "8", "7"),
    ]


def test_a_sheet_of_a_workbook_is_chosen() -> None:
    content = xlsx([["word"], ["casa"]], Otra=[["word"], ["perro"]])
    for chosen, words in [(None, ["casa"]), ("Otra", ["perro"]), ("2", ["perro"])]:
        proposal, conversion = read(content, "a.xlsx", sheet=chosen)
        assert proposal.sheets == ("Sheet", "Otra")
        assert proposal.sheet == ("Sheet" if chosen is None else "Otra")
        assert conversion.words == words


def test_a_sheet_of_an_opendocument_spreadsheet_is_chosen() -> None:
    content = ods(ods_row("word") + ods_row("casa"), ods_row("word") + ods_row("perro"))
    for chosen, words in [(None, ["casa"]), ("T2", ["perro"])]:
        proposal, conversion = read(content, "a.ods", sheet=chosen)
        assert proposal.sheets == ("T1", "T2")
        assert conversion.words == words
