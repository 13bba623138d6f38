from __future__ import annotations

import pytest

from tests.vocab.importing.files import read, words_of
from vocab.importing.proposal import Filter, Ranking, Role, Take
from vocab.words.parse import WordlistError

COUNTS = "de 900\nqué 800\nniño 70\n, 60\nperro 5\n"


def test_a_frequency_list_gives_its_words_without_the_counts() -> None:
    proposal, conversion = read(COUNTS)
    assert proposal.sentence == "a frequency list: word, count"
    assert (proposal.format, proposal.encoding, proposal.delimiter) == ("delimited", "utf-8", " ")
    assert conversion.words == ["de", "qué", "niño", "perro"]
    assert [(issue.line, issue.text) for issue in conversion.refused] == [(4, ",")]
    assert (conversion.ranked, conversion.changed, conversion.doubts) == (True, [], [])


def test_counts_decide_the_order_and_ranks_too() -> None:
    assert words_of("raro 1\nde 900\nque 800\n") == ["de", "que", "raro"]
    assert words_of("rank,word\n3,c\n1,a\n2,b\n", language="en") == ["a", "b", "c"]
    assert words_of("900\tde\n800\tque\n") == ["de", "que"]
    assert words_of("1 raro 9\n2 muy raro 10\n3 de 900\n") == ["de", "muy raro", "raro"]
    assert words_of("Word,FREQcount\nraro,1\nde,900\n") == ["de", "raro"]


def test_the_heading_of_a_single_column_is_no_entry() -> None:
    assert words_of("word\ncasa\n", "a.csv") == ["casa"]
    assert words_of("word\ncasa\n", "a.txt") == ["word", "casa"]
    assert words_of("palabra nueva\ncasa\n", header=True) == ["casa"]


@pytest.mark.parametrize(
    ("encoding", "language", "text"),
    [
        ("utf-8-sig", "es", "niño 9\nqué 8\n"),
        ("utf-16", "es", "niño 9\nqué 8\n"),
        ("utf-16-le", "es", "niño 9\nqué 8\n"),
        ("utf-16-be", "es", "niño 9\nqué 8\n"),
        ("utf-32", "es", "niño 9\nqué 8\n"),
        ("cp1252", "es", "niño 9\nqué 8\nsí 7\n“sí” 6\n"),
        ("cp1250", "pl", "będzie 9\nże 8\nczłowiek 7\nsię 6\n"),
        ("koi8_r", "ru", "что 9\nчеловек 8\nвремя 7\nбольшой 6\nкоторый 5\n"),
        ("cp1251", "ru", "что 9\nчеловек 8\nвремя 7\nбольшой 6\nкоторый 5\n"),
        ("cp1253", "el", "και 9\nάνθρωπος 8\n"),
        ("gb18030", "zh", "的 9\n我们 8\n学校 7\n老师 6\n"),
        ("big5", "zh", "的 9\n我們 8\n學校 7\n老師 6\n"),
        ("cp932", "ja", "食べる 9\n図書館 8\nこれ 7\n"),
        ("euc_jp", "ja", "食べる 9\n図書館 8\nこれ 7\nそれでは 6\n"),
    ],
)
def test_the_encoding_is_found(encoding: str, language: str, text: str) -> None:
    expected = [line.split(" ")[0].strip("“”") for line in text.splitlines()]
    expected = list(dict.fromkeys(expected))
    data = text.replace("\n", "\r\n").encode(encoding)
    assert words_of(data, language=language) == expected


def test_a_chosen_encoding_decides() -> None:
    data = "niño\nqué\n".encode("cp1252")
    assert words_of(data, encoding="cp1252") == ["niño", "qué"]
    with pytest.raises(WordlistError, match="'klingon' is not the name of a text encoding"):
        read(data, encoding="klingon")


def test_broken_bytes_in_utf_8_refuse_their_own_rows_only() -> None:
    data = "".join(f"niño{letter}\n" for letter in "abcdefghijkl").encode() + b"ni\xf1o\n"
    proposal, conversion = read(data)
    assert proposal.encoding == "utf-8"
    assert len(conversion.words) == 12
    assert [issue.line for issue in conversion.refused] == [13]
    assert "not in the encoding of the file" in conversion.refused[0].reason


def test_a_table_by_level_is_not_ranked_and_can_be_filtered() -> None:
    text = "headword,pos,CEFR\r\nzoo,noun,A1\r\nabout,adv,A1\r\nabout,prep,A2\r\nabase,verb,C1\r\n"
    proposal, conversion = read(text, "profile.csv", "en")
    assert [column.role for column in proposal.columns] == [Role.WORD, Role.OTHER, Role.LEVEL]
    assert (proposal.ranking, conversion.ranked) == (Ranking.UNRANKED, False)
    assert conversion.words == ["zoo", "about", "abase"]
    assert [issue.line for issue in conversion.duplicates] == [4]
    easy = read(text, "profile.csv", "en", filters=(Filter("level", ("<=A2",)),))[1]
    assert (easy.words, easy.filtered) == (["zoo", "about"], 1)
    by_level = read(text, "profile.csv", "en", ranking=Ranking.LEVEL)[1]
    assert (by_level.ranked, by_level.words) == (True, ["zoo", "about", "abase"])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("1",), ["一"]),
        (("1-2",), ["一", "二"]),
        (("HSK 2",), []),
        ((">=2",), ["二", "三"]),
        (("<2", "3"), ["一", "三"]),
    ],
)
def test_levels_are_filtered_in_their_order(values: tuple[str, ...], words: list[str]) -> None:
    text = "Simplified,Pinyin,Level\n一,yī,1\n二,èr,2\n三,sān,3\n"
    rule = (Filter("Level", values),)
    if words:
        assert words_of(text, "hsk.csv", "zh", filters=rule) == words
    else:
        with pytest.raises(WordlistError, match="no row passes the filters"):
            read(text, "hsk.csv", "zh", filters=rule)


def test_the_words_are_taken_from_the_column_in_the_script_of_the_language() -> None:
    text = "water\t水\neat\t食べる\nlibrary\t図書館\n"
    assert words_of(text, language="ja") == ["水", "食べる", "図書館"]
    assert words_of(text, language="en") == ["water", "eat", "library"]
    assert words_of(text, language="en", column="2") == ["水", "食べる", "図書館"]


def test_a_column_that_is_not_there_is_an_error_that_names_the_columns() -> None:
    with pytest.raises(WordlistError, match=r"no column 'wort'; the columns are 'word', 'count'"):
        read("word,count\nuno,9\n", column="wort")


def test_families_take_the_rank_of_their_headword() -> None:
    text = "## headword,forms\nbe,am,is,was\nof\na,an\nhave,has,had\n"
    assert " ".join(words_of(text, "f.csv", "en")) == "be am is was of a an have has had"
    heads = words_of(text, "f.csv", "en", take=Take.HEADWORDS)
    assert heads == ["be", "of", "a", "have"]
    assert " ".join(words_of(text, "f.csv", "en", take=Take.FORMS)) == "am is was of an has had"


def test_indented_members_are_families_and_halves_get_their_apostrophes() -> None:
    text = "BE 0\r\n\tM 0\r\n\tISN 0\r\nHAVE 0\r\n\tVE 0\r\n\tHASN 0\r\nNOT 0\r\n\tT 0\r\nI 0\r\n"
    proposal, conversion = read(text, language="en")
    assert proposal.format == "basewords"
    assert conversion.words == ["be", "'m", "isn't", "have", "'ve", "hasn't", "not", "I"]
    assert [(issue.line, issue.text) for issue in conversion.refused] == [(7, "T")]


def test_morphs_belong_to_their_lemma() -> None:
    text = "Morph-Lemma,Morph-Inflection,Occurrence\nsein,bin,12\ngehen,ging,30\nsein,ist,40\n"
    proposal, conversion = read(text, "known.csv", "de")
    assert proposal.ranking is Ranking.COUNT
    assert conversion.words == ["sein", "bin", "ist", "gehen", "ging"]
    assert conversion.duplicates == []


def test_a_file_with_several_languages_gives_those_of_the_list_that_are_known() -> None:
    text = (
        "term,parent,translation,language,tags,status\n"
        "casas,casa,houses,Spanish,,4\nmaison,,house,French,,W\nperro,,dog,Spanish,,1\n"
        "yo,,I,Spanish,,I\nsol,,sun,Spanish,,W\n"
    )
    proposal, conversion = read(text, "terms.csv")
    assert [str(rule) for rule in proposal.filters] == ["language=Spanish", "status=3,4,5,W,99"]
    assert conversion.words == ["casa", "casas", "sol"]
    assert (conversion.filtered, conversion.ranked) == (3, False)
    chosen = read(text, "terms.csv", filters=(Filter("status", ("1",)),))[1]
    assert chosen.words == ["perro"]


def test_a_printed_list_with_forms_gives_its_headwords() -> None:
    text = (
        '"freiwillig","Ich helfe freiwillig."\n"der Baum, ¨-e","1. Der Baum.\n2. Die Bäume."\n'
        '"essen, isst, aß, hat gegessen","Ich esse."\n'
    )
    _proposal, conversion = read(text, "b1.csv", "de")
    assert conversion.words == ["freiwillig", "Baum", "essen"]
    assert conversion.ranked is False
    assert [change.after for change in conversion.changed] == [("Baum",), ("essen",)]
    assert "forms left out: isst, aß, hat gegessen" in conversion.changed[1].reasons
    everything = words_of(text, "b1.csv", "de", take=Take.ALL)
    assert everything == ["freiwillig", "Baum", "essen", "isst", "aß", "hat gegessen"]


def test_glosses_after_a_dash_are_left_out() -> None:
    assert words_of(
        "schmal - narrow\nder Süden - the south\ndas Tor, -e - gate\n", language="de"
    ) == [
        "schmal",
        "Süden",
        "Tor",
    ]


def test_lines_of_word_class_and_level() -> None:
    proposal, conversion = read("zoo n. B2\nable adj. A2\nabove prep., adv. A1\n", language="en")
    assert [column.role for column in proposal.columns] == [Role.WORD, Role.OTHER, Role.LEVEL]
    assert conversion.words == ["zoo", "able", "above"]


def test_a_list_of_phrases_keeps_its_articles() -> None:
    phrases = "la casa roja\nel perro de Ana\nbuenos días\nsol\n"
    assert words_of(phrases) == ["la casa roja", "el perro de Ana", "buenos días", "sol"]
    assert words_of("la casa\nel perro\nbuenos días\nsol\n")[0] == "casa"


def test_words_with_tags_are_not_ranked() -> None:
    text = "expression,reading,tags\n食べる,たべる,JLPT N5\n水,みず,JLPT N4\n"
    proposal, conversion = read(text, "n.csv", "ja", filters=(Filter("tags", ("JLPT N5",)),))
    assert proposal.ranking is Ranking.UNRANKED
    assert conversion.words == ["食べる"]


def test_an_alphabetical_list_is_not_ranked() -> None:
    words = ["abeja", "árbol", "barco", "casa", "dedo", "entre", "flor", "gato", "hola"]
    assert read("\n".join(words))[1].ranked is False
    assert read("\n".join(reversed(words)))[1].ranked is True
    assert read("\n".join(words), ranking=Ranking.ORDER)[1].ranked is True


def test_damage_by_a_spreadsheet_is_named() -> None:
    conversion = read("word,count\ncasa,9\nTRUE,8\n1-Mar,7\n#N/A,6\n1.23E+05,5\nsol,4\n")[1]
    assert conversion.words == ["casa", "sol"]
    reasons = [(issue.line, issue.reason.split(";")[0]) for issue in conversion.refused]
    assert reasons == [
        (3, "a program took this word for a logical value"),
        (4, "a spreadsheet took this word for a date"),
        (5, "this is a spreadsheet's error value"),
        (6, "a spreadsheet took this word for a number"),
    ]


def test_words_between_commas() -> None:
    assert " ".join(words_of("perro, gato, casa, sol, mar, pan\n")) == "perro gato casa sol mar pan"


def test_semicolons_of_a_german_spreadsheet() -> None:
    proposal, conversion = read("Rang;Wort\r\n1;und\r\n2;die\r\n", "a.csv", "de")
    assert (proposal.delimiter, proposal.header) == (";", True)
    assert conversion.words == ["und", "die"]


def test_a_quotation_mark_that_is_not_closed_is_named() -> None:
    text = "word,count\ncasa,9\n" + '"perro,8\n' + "sol,7\n" * 9000
    conversion = read(text, "a.csv")[1]
    assert "is a quotation mark not closed?" in conversion.refused[0].reason
    with pytest.raises(WordlistError, match="is a quotation mark not closed"):
        read('word,count\n"perro,8\n' + "sol,7\n" * 90_000, "a.csv")


def test_an_exported_list_comes_back_as_it_was() -> None:
    words = ["zebra", "a lot", "he/she", "the end", "7", "ant"]
    header = "# title: x\n# ranked: no\n# sha256: " + "0" * 64 + "\n"
    proposal, conversion = read(header + "\n".join(words) + "\n", language="en")
    assert (proposal.format, conversion.words, conversion.ranked) == ("exported", words, False)
    ranked = header.replace("# ranked: no\n", "")
    assert read(ranked + "\n".join(sorted(words * 1)), language="en")[1].ranked is True
