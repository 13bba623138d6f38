"""The rules of `clean`, one by one, with the real tables and a dictionary of a few words."""

import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from vocab.words.casing import upper
from vocab.words.frequency import LANGUAGES, clean, tables_for
from vocab.words.frequency.dictionary import DictionaryMissing, Hunspell
from vocab.words.frequency.tables import TablesError, _pairs, _read


class Words:
    """A dictionary of exactly these words. Like hunspell, it also accepts them capitalised."""

    fingerprints = ()

    def __init__(self, text: str, language: str) -> None:
        self.words = set(text.split())
        self.words |= {upper(word[0], language) + word[1:] for word in self.words}
        self.nouns = {word for word in text.split() if word[0].isupper()}

    def knows(self, word: str) -> bool:
        return word in self.words

    def capital_stems(self, word: str) -> set[str]:
        return {noun for noun in self.nouns if word in (noun, noun + "n")}


def ranking(text: str) -> list[tuple[str, float]]:
    """Return the words of `text` with decreasing frequencies."""
    return [(word, 1 / (rank + 1)) for rank, word in enumerate(text.split())]


@pytest.mark.parametrize(
    ("language", "kept", "dropped", "cause"),
    [
        ("en", "word", "2nd", "digits or symbols"),
        ("es", "palabra", "100", "digits or symbols"),
        ("en", "plus", "c++", "digits or symbols"),
        ("en", "smile", "😀", "digits or symbols"),
        ("es", "número", "nº", "letters of another language"),
        ("en", "naïve", "straße", "letters of another language"),
        ("en", "café", "кафе", "letters of another language"),
        ("es", "pingüino", "são", "letters of another language"),
        ("es", "español", "français", "letters of another language"),
        ("hi", "भारत", "india", "letters of another language"),
        ("hi", "भारत", "२०", "digits or symbols"),
        ("ja", "日本", "the", "letters of another language"),
        ("zh", "中国", "の", "letters of another language"),
        ("zh", "中国", "中华人民共和国", "a phrase, not a word"),
        ("en", "o'clock", "clock'", "apostrophe or hyphen out of place"),
        ("en", "well-known", "que-", "apostrophe or hyphen out of place"),
        ("en", "re-enter", "-ing", "apostrophe or hyphen out of place"),
        ("en", "ha-ha", "lol-lol-lol", "apostrophe or hyphen out of place"),
        ("es", "franco-español", "don't", "apostrophe or hyphen out of place"),
        ("en", "a", "s", "single letter"),
        ("es", "y", "i", "single letter"),
        ("hi", "व", "क", "single letter"),
        ("ja", "は", "っ", "single letter"),
        ("en", "rhythm", "ltd", "no vowel"),
        ("en", "shh", "nfl", "no vowel"),
        ("en", "of", "ve", "two letters, not a word"),
        ("es", "tú", "ue", "two letters, not a word"),
        ("pl", "czyli", "iii", "roman numeral"),
        ("es", "vi", "xxi", "roman numeral"),
        ("en", "ahah", "aaah", "a letter three times running"),
        ("en", "common", "https", "web or chat debris"),
        ("es", "como", "com", "web or chat debris"),
        ("en", "its", "didnt", "misspelling"),
        ("en", "ill", "ive", "misspelling"),
        ("es", "mas", "tambien", "misspelling"),
        ("es", "esta", "aqui", "misspelling"),
        ("en", "duck", "fuck", "profanity"),
        ("es", "perra", "puta", "profanity"),
        ("en", "the", "del", "reviewed, not a word"),
        ("es", "del", "the", "reviewed, not a word"),
        ("es", "miel", "juan", "name"),
        ("en", "honey", "michael", "name"),
    ],
)
def test_rule_keeps_the_word_and_drops_the_other(
    language: str, kept: str, dropped: str, cause: str
) -> None:
    result = clean(ranking(f"{dropped} {kept}"), language)
    assert result.words == [kept]
    assert result.dropped == Counter({cause: 1})


def test_every_entry_is_either_kept_or_counted() -> None:
    ranked = ranking("the 2 s dont don't кот of http")
    result = clean(ranked, "en")
    assert [word for word in result.words if word not in ("n't",)] == ["the", "don't", "of"]
    assert 3 + result.dropped.total() == len(ranked)


def test_names_and_profanity_are_set_aside_in_their_order_and_case() -> None:
    result = clean(ranking("juan puta la maría joder"), "es")
    assert result.words == ["la"]
    assert result.names == ["Juan", "María"]
    assert result.profanity == ["puta", "joder"]


def test_order_is_kept_and_repeats_in_any_case_count_together() -> None:
    assert clean([("zoo", 0.3), ("ant", 0.25), ("Ant", 0.25)], "en").words == ["ant", "zoo"]


def test_decomposed_letters_are_composed() -> None:
    ranked = [(unicodedata.normalize("NFD", "años"), 0.2), ("años", 0.1)]
    assert clean(ranked, "es").words == ["a\u00f1os"]


def test_hindi_nukta_is_written_as_nfc_has_it() -> None:
    """NFC decomposes the letter and its dot, so both spellings are the same entry."""
    assert clean(ranking("\u095bमीन ज\u093cमीन"), "hi").words == ["ज\u093cमीन"]


def test_hindi_is_listed_without_joiners() -> None:
    """They only change how letters look, so स्\u200dथान would be a double of स्थान."""
    assert clean(ranking("स्थान स्\u200dथान राज\u200c"), "hi").words == ["स्थान", "राज"]


def test_arabic_vowel_signs_and_tatweel_are_taken_off() -> None:
    assert clean(ranking("كِتـاب كتاب"), "ar", Words("كتاب", "ar")).words == ["كتاب"]


def test_typographic_apostrophe_is_folded() -> None:
    assert clean(ranking("it’s it's"), "en").words == ["it's"]


@pytest.mark.parametrize(
    ("language", "raw", "written"),
    [
        ("en", "i", "I"),
        ("en", "i'm", "I'm"),
        ("en", "i’ll", "I'll"),
        ("en", "i've", "I've"),
        ("en", "monday", "Monday"),
        ("en", "tv", "TV"),
        ("en", "may", "may"),
        ("en", "it", "it"),
        ("es", "lunes", "lunes"),
        ("es", "españa", "España"),
    ],
)
def test_word_is_written_in_its_case(language: str, raw: str, written: str) -> None:
    assert clean(ranking(raw), language).words[0] == written


@pytest.mark.parametrize(
    ("language", "dictionary", "raw", "written"),
    [
        ("de", "Haus", "haus", ["Haus"]),
        ("de", "und", "und", ["und"]),
        ("de", "leben Leben", "leben", ["leben", "Leben"]),
        ("de", "rest Rest", "rest", ["Rest"]),
        ("de", "schule Schule", "schule", ["Schule"]),
        ("de", "tanzen Tanzen", "tanzen", ["tanzen"]),
        ("pt", "cuba", "cuba", ["Cuba"]),
        ("pt", "peru", "peru", ["peru", "Peru"]),
        ("pt", "reunião", "reunião", ["reunião"]),
        ("de", "fragen Frage", "fragen", ["fragen", "Fragen"]),
        ("de", "gehen Gehen", "gehen", ["gehen"]),
        ("de", "stand Stand", "stand", ["stand", "Stand"]),
        ("de", "Straße", "strasse", ["Straße"]),
        ("de", "groß", "gross", ["groß"]),
        ("de", "dass", "dass", ["dass"]),
        ("de", "Fluss Flussß", "fluss", ["Fluss"]),
        ("de", "Masse Maße", "masse", ["Masse", "Maße"]),
        ("de", "ihr", "ihr", ["ihr", "Ihr"]),
        ("de", "NATO", "nato", ["NATO"]),
        ("el", "της", "τησ", ["της"]),
        ("el", "κόσμο", "κόσμο", ["κόσμο"]),
        ("tr", "İzmir", "izmir", ["İzmir"]),
        ("tr", "Isparta", "ısparta", ["Isparta"]),
        ("tr", "ışık", "ışık", ["ışık"]),
        ("nl", "IJsland", "ijsland", ["IJsland"]),
        ("fr", "cœur", "coeur", ["cœur"]),
        ("it", "perché", "perchè", ["perché"]),
        ("pl", "polski", "polski", ["polski", "Polski"]),
    ],
)
def test_dictionary_restores_what_folding_lost(
    language: str, dictionary: str, raw: str, written: list[str]
) -> None:
    assert clean(ranking(raw), language, Words(dictionary, language)).words == written


def test_roman_numerals_are_no_initials() -> None:
    result = clean(ranking("xvi iii"), "it", Words("XVI III", "it"))
    assert result.words == []


def test_greek_word_with_an_accent_is_no_initials() -> None:
    """Greek capitals have no accents, so ΤΙ in a dictionary stands for τι, not for τί."""
    assert clean(ranking("τί ταπ"), "el", Words("ΤΙ ΤΑΠ", "el")).words == ["ΤΑΠ"]


def test_word_of_no_dictionary_is_dropped_unless_it_is_kept() -> None:
    result = clean(ranking("abcdef facebook"), "fr", Words("le", "fr"))
    assert result.words == ["Facebook"]
    assert result.dropped == Counter({"not in the dictionary": 1})
    assert clean(ranking("band"), "de", Words("Band", "de")).words == ["Band"]


@pytest.mark.parametrize(
    ("language", "raw", "parts"),
    [
        ("fr", "l", ["l'"]),
        ("fr", "jusqu'au", ["jusqu'", "au"]),
        ("fr", "aujourd'hui", ["aujourd'hui"]),
        ("it", "dell'anno", ["dell'", "anno"]),
        ("it", "dell", ["dell'"]),
        ("it", "po", ["po'"]),
        ("tr", "ankara'nın", ["Ankara", "'nın"]),
        ("tr", "kur'an", ["Kur'an"]),
        ("en", "king's", ["king", "'s"]),
        ("en", "it's", ["it's"]),
    ],
)
def test_clitics_are_entries_of_their_own(language: str, raw: str, parts: list[str]) -> None:
    dictionary = Words("au anno Ankara", language) if language != "en" else None
    assert clean(ranking(raw), language, dictionary).words == parts


def test_parts_rank_by_all_the_words_they_were_found_in() -> None:
    ranked = [("di", 0.5), ("dell'anno", 0.4), ("dell'arte", 0.3), ("arte", 0.2)]
    result = clean(ranked, "it", Words("di anno arte", "it"))
    assert result.words == ["dell'", "di", "arte", "anno"]


def test_limit_passes_over_no_more_than_it_needs() -> None:
    result = clean(ranking("the 2 of 3 and"), "en", limit=2)
    assert result.words == ["the", "of"]
    assert result.dropped == Counter({"digits or symbols": 1})


def test_language_without_tables_is_refused() -> None:
    with pytest.raises(ValueError, match="'xx'"):
        clean(ranking("word"), "xx")


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_are_read_and_their_words_are_folded(language: str) -> None:
    tables = tables_for(language)
    assert tables.name
    for words in (tables.names, tables.profanity, tables.not_words, tables.misspellings):
        capitals = {word for word in words.words if word != word.lower()}
        assert capitals == set()


def test_bad_data_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("vocab.words.frequency.tables._DATA", tmp_path)
    (tmp_path / "xx.txt").write_text("[name]\nX\n[nmaes]\n", encoding="utf-8")
    with pytest.raises(TablesError, match=r"xx\.txt, line 3: there is no section '\[nmaes\]'"):
        _read("xx")
    (tmp_path / "xx.txt").write_text("word\n", encoding="utf-8")
    with pytest.raises(TablesError, match=r"xx\.txt, line 1: words before the first section"):
        _read("xx")
    with pytest.raises(TablesError, match=r"xx\.txt: 'a' is not of the form a=b"):
        _pairs(["a"], "=", "xx")


def test_missing_dictionary_is_named(tmp_path: Path) -> None:
    pytest.importorskip("hunspell")
    with pytest.raises(DictionaryMissing, match=r"Cannot read .*xx\.aff"):
        Hunspell(["xx"], tmp_path)


def test_a_real_dictionary_answers_for_exact_case(tmp_path: Path) -> None:
    pytest.importorskip("hunspell")
    (tmp_path / "xx.aff").write_text("SET UTF-8\n", encoding="utf-8")
    (tmp_path / "xx.dic").write_text("3\nHaus\nleben\nLeben\n", encoding="utf-8")
    dictionary = Hunspell(["xx"], tmp_path)
    known = [word for word in ("haus", "Haus", "leben", "Leben", "x😀") if dictionary.knows(word)]
    assert known == ["Haus", "leben", "Leben"]
    assert dictionary.capital_stems("Leben") == {"Leben"}
    assert [name.split()[0] for name in dictionary.fingerprints] == ["xx"]
