"""Names of columns, as people and programs write them, and the roles they stand for."""

from __future__ import annotations

from vocab.importing.proposal import Role

_NAMES: dict[Role, str] = {
    Role.WORD: (
        "word words headword headwords term terms entry entries expression vocab vocabulary front"
        " simplified hanzi kanji token lexeme text item key s wort wörter vokabel mot mots palabra"
        " palabras parola palavra woord słowo слово λέξη kelime 词 词语 单词 单字 單詞 生词"
        " 单語 単語 言葉 단어 morph-inflection target base morph"
    ),
    Role.LEMMA: "lemma parent morph-lemma base_form baseform dictionary_form grundform",
    Role.FORMS: "forms form inflections inflection inflected_forms members family_members",
    Role.RANK: "rank # no nr no. nr. number position order q frequency_rank freq_rank rang ranking",
    Role.COUNT: (
        "count freq frequency occurrence occurrences hits tokens fpm per_million total"
        " freq_count frequency_count raw_frequency häufigkeit frecuencia fréquence частота"
    ),
    Role.LEVEL: "level cefr hsk jlpt band stufe niveau nivel livello grade tier 级别 等级 レベル",
    Role.LANGUAGE: "language lang sprache idioma langue язык",
    Role.STATUS: "status learning_status lingq_status",
    Role.DECK: "deck deckname deck_name",
    Role.TAGS: "tags tag",
    Role.NOTE_TYPE: "notetype note_type model",
    Role.INTERVAL: "interval ivl",
    Role.OTHER: (
        "id guid pos part_of_speech class wordclass word_class pinyin reading kana furigana ipa"
        " pronunciation phonetic meaning meanings definition definitions translation gloss english"
        " example examples sentence notes note traditional back phrase audio picture image added"
        " created web variants cedict hint gender article coreinventory_1 coreinventory_2 threshold"
    ),
}
_ROLES = {name: role for role, names in _NAMES.items() for name in names.split()}


def role_of(heading: str) -> Role | None:
    """Return the role that a heading names; None if it is not known as a heading."""
    name = "_".join(heading.strip().strip('"').casefold().split())
    if name not in _ROLES and (name.endswith("count") or name.startswith("freq")):
        return Role.COUNT  # such as: frequency per million
    return _ROLES.get(name)
