"""What people give as a language, and the tag that it becomes."""

from __future__ import annotations

import pytest
from babel import Locale

from vocab.words.casing import primary_language
from vocab.words.language_tag import (
    UnknownLanguage,
    canonical_tag,
    language_name,
    languages_with_rules,
    rules_note,
    script_of,
)
from vocab.words.orthography import PACKS, orthography_for


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("es", "es"),
        ("ES", "es"),
        ("es_MX", "es-MX"),
        ("PT-br", "pt-BR"),
        ("zh_hant_tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("en-UK", "en-GB"),
        ("de-1996", "de-1996"),
        ("en-x-Lesson", "en-x-lesson"),
        ("spanish", "es"),
        (" Spanish ", "es"),
        ("german", "de"),
        ("Español", "es"),
        ("Brazilian  Portuguese", "pt-BR"),
        ("Cantonese", "zh-yue"),
        ("Tagalog", "fil"),
        ("Serbo-Croatian", "sr-Latn"),
        ("norsk", "no"),
        ("Norwegian", "no"),
        ("Bengali", "bn"),
        ("Valencian", "ca-valencia"),
        ("cmn", "zh"),
        ("yue", "zh-yue"),
        ("zh-yue", "zh-yue"),
        ("spa", "es"),
        ("ger", "de"),
        ("iw", "he"),
        ("sh", "sr-Latn"),
        ("sh-cyrl", "sr-Cyrl"),
        ("cy", "cy"),
        ("und", "und"),
        ("qaa", "qaa"),
    ],
)
def test_a_language_becomes_its_tag(given: str, tag: str) -> None:
    assert canonical_tag(given) == tag
    assert canonical_tag(tag) == tag


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("jp", "'jp' is a code of Japan, not of a language; did you mean 'ja' (Japanese)?"),
        ("gr", "'gr' is a code of Greece, not of a language; did you mean 'el' (Greek)?"),
        ("spansh", "'spansh' is not a language that is known here; did you mean 'es' (Spanish)?"),
        ("xx", "'xx' is not a language that is known here; use a BCP-47 tag such as es"),
        ("es-EN", "'EN' in 'es-EN' is not a country or region"),
        ("es-Abcd", "'Abcd' in 'es-Abcd' is not a script"),
        ("zh-xxq", "'xxq' in 'zh-xxq' is not a language"),
        ("", "'' is not a language"),
        ("es mx", "'es mx' is not a language"),
        ("es-" + "x-" * 20, "at most 35 characters"),
    ],
)
def test_what_is_no_language_is_refused_with_a_suggestion(given: str, message: str) -> None:
    with pytest.raises(UnknownLanguage) as refused:
        canonical_tag(given)
    assert message in str(refused.value)


def test_every_name_and_every_pack_gives_its_own_language() -> None:
    for code in PACKS:
        assert canonical_tag(code) == code
        assert canonical_tag(language_name(code)) == code
        own = Locale(code).get_display_name()
        assert own is not None
        assert canonical_tag(own) == code
        assert rules_note(code) is None
    assert len(languages_with_rules()) == len(PACKS)


def test_languages_of_china_have_the_rules_of_chinese() -> None:
    tag = canonical_tag("yue")
    assert language_name(tag) == "Cantonese"
    assert primary_language(tag) == "zh"
    assert not orthography_for(tag).spaced
    assert rules_note(tag) is None


def test_a_language_without_rules_is_told_which_it_gets() -> None:
    guarani = rules_note("gn")
    assert guarani is not None
    assert guarani.startswith("There are no rules for Guarani (gn), so replies follow the general")
    assert "wrong" not in guarani
    tibetan = rules_note("bo")
    assert tibetan is not None
    assert "Tibetan has no spaces between words, so replies will look wrong." in tibetan
    assert orthography_for("gn").spaced
    assert orthography_for("bo").spaced


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("no-NO", "nb"),
        ("nn", "nn"),
        ("tl", "fil"),
        ("iw", "he"),
        ("sh_BA", "sr"),
        ("mo", "ro"),
        ("in", "id"),
    ],
)
def test_a_second_code_of_a_language_has_its_rules(tag: str, language: str) -> None:
    assert primary_language(tag) == language


def test_the_script_of_a_tag() -> None:
    tags = ["es", "zh", "zh-TW", "zh-yue", "sr", "sr-latn", "ar-arz", "ja", "qaa", "und"]
    scripts = ["Latn", "Hans", "Hant", "Hant", "Cyrl", "Latn", "Arab", "Jpan", "", ""]
    assert [script_of(tag) for tag in tags] == scripts
