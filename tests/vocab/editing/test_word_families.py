"""The forms of headwords, against forms that a grammar of each language lists."""

from __future__ import annotations

import pytest

from vocab.editing.word_families import (
    NoWordFamilies,
    families,
    forms_of,
    languages_with_families,
)

# headword -> some of its forms
KNOWN = {
    "ar": {"يوم": {"أيام"}},
    "de": {"sein": {"ist", "war", "gewesen"}, "Mensch": {"Menschen"}},
    "el": {"παιδί": {"παιδιά"}},
    "en": {"be": {"is", "was", "been"}, "have": {"had"}, "child": {"children"}, "go": {"went"}},
    "es": {"ser": {"es", "fue"}, "cosa": {"cosas"}},
    "fr": {"être": {"est", "sont"}, "de": {"d'"}},
    "hi": {"करना": {"किया"}},
    "it": {"essere": {"è", "sono"}},
    "nl": {"zijn": {"is", "was"}, "foto": {"foto's"}},
    "pl": {"dziecko": {"dzieci"}},
    "pt": {"ser": {"é", "foi"}},
    "ru": {"год": {"года", "лет"}},
    "tr": {"almak": {"aldım", "alıyor"}, "ev": {"evde"}},
}


@pytest.mark.parametrize("language", KNOWN)
def test_headwords_have_the_forms_of_the_grammar(language: str) -> None:
    forms = forms_of(language)
    for headword, expected in KNOWN[language].items():
        assert expected <= set(forms[headword]), headword


def test_every_language_with_families_is_tested() -> None:
    assert languages_with_families() == sorted(KNOWN)


def test_the_commonest_form_comes_first() -> None:
    assert forms_of("en")["go"] == ("going", "went", "goes")


def test_a_headword_is_not_a_form_of_itself() -> None:
    assert not [head for head, forms in forms_of("tr").items() if head in forms]


def test_contractions_are_no_forms_because_a_list_writes_them_from_their_parts() -> None:
    words = ["is", "isn't", "don't", "it's", "n't", "did"]
    assert families(words, "en") == {"be": ("is",), "not": ("n't",), "do": ("did",)}


def test_a_form_in_another_case_only_is_no_form() -> None:
    assert "Sein" not in forms_of("de")["sein"]


def test_a_region_does_not_matter() -> None:
    assert forms_of("es-MX") == forms_of("es")


def test_a_language_without_forms_is_refused_by_name() -> None:
    with pytest.raises(NoWordFamilies, match=r"'ja'.*there are some for ar, de, el, en"):
        forms_of("ja")
