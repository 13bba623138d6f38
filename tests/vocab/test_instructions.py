"""The texts that tell a model about a list: shipped ones, and those of the admin."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from vocab.instructions.instruction import Instruction, instruction
from vocab.instructions.purpose import Purpose
from vocab.instructions.shipped import SHIPPED
from vocab.words.language_tag import script_of

LISTS = Path(__file__).parents[2] / "wordlists"
LANGUAGES = sorted({path.stem.split("-")[0] for path in LISTS.glob("*.txt")})
SCRIPTS = {
    "Latn": "LATIN",
    "Arab": "ARABIC",
    "Cyrl": "CYRILLIC",
    "Deva": "DEVANAGARI",
    "Grek": "GREEK",
    "Jpan": "HIRAGANA",
    "Hans": "CJK",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_the_starter_lists_has_texts_of_its_own(language: str) -> None:
    texts = SHIPPED[language]
    assert set(texts) == set(Purpose)
    assert len(set(texts.values())) == len(Purpose)
    script = SCRIPTS[script_of(language)]
    for text in texts.values():
        assert any(script in unicodedata.name(char) for char in text)


def test_there_are_fifteen_languages_and_no_text_is_used_twice() -> None:
    assert len(LANGUAGES) == 15
    texts = [text for of_language in SHIPPED.values() for text in of_language.values()]
    assert len(set(texts)) == len(texts)


@pytest.mark.django_db
def test_a_row_replaces_a_shipped_text_and_an_empty_one_does_not() -> None:
    shipped = instruction("es", Purpose.RANKED)
    assert shipped == SHIPPED["es"][Purpose.RANKED]
    row = Instruction.objects.create(language="es", purpose=Purpose.RANKED, text="Habla claro.")
    assert instruction("es", Purpose.RANKED) == "Habla claro."
    assert instruction("es-MX", Purpose.RANKED) == "Habla claro."
    assert instruction("es", Purpose.UNRANKED) == SHIPPED["es"][Purpose.UNRANKED]
    Instruction.objects.filter(pk=row.pk).update(text="")
    assert instruction("es", Purpose.RANKED) == shipped


@pytest.mark.django_db
def test_the_text_of_a_variety_goes_before_that_of_its_language() -> None:
    Instruction.objects.create(language="pt", purpose=Purpose.RANKED, text="Simples.")
    Instruction.objects.create(language="pt-BR", purpose=Purpose.RANKED, text="Simplinho.")
    assert instruction("pt-BR", Purpose.RANKED) == "Simplinho."
    assert instruction("pt-PT", Purpose.RANKED) == "Simples."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tag", "shipped"), [("zh-TW", "zh-Hant"), ("zh-CN", "zh"), ("sv", "en"), ("de-AT", "de")]
)
def test_a_tag_finds_the_text_of_its_script_or_its_language(tag: str, shipped: str) -> None:
    assert instruction(tag, Purpose.REWRITE) == SHIPPED[shipped][Purpose.REWRITE]


@pytest.mark.django_db
def test_a_row_can_add_a_language() -> None:
    Instruction.objects.create(language="sv", purpose=Purpose.RANKED, text="Använd enkla ord.")
    assert instruction("sv-FI", Purpose.RANKED) == "Använd enkla ord."


@pytest.mark.django_db
def test_the_admin_stores_a_canonical_tag_once(admin_client: Client) -> None:
    add = reverse("admin:vocab_instruction_add")
    form = {"language": "pt_br", "purpose": "ranked", "text": "Simples."}
    assert admin_client.post(add, form).status_code == 302
    [row] = Instruction.objects.all()
    assert (row.language, row.purpose, row.text) == ("pt-BR", "ranked", "Simples.")
    again = admin_client.post(add, form)
    assert (again.status_code, Instruction.objects.count()) == (200, 1)
    assert "already exists" in again.content.decode()
    change = admin_client.get(reverse("admin:vocab_instruction_change", args=[row.pk]))
    assert SHIPPED["pt"][Purpose.RANKED] in change.content.decode()
    page = admin_client.get(reverse("admin:vocab_instruction_changelist")).content.decode()
    assert "Simples." in page


@pytest.mark.django_db
def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(ValidationError) as error:
        Instruction(language="xx", purpose=Purpose.RANKED, text="a").full_clean()
    assert "language" in error.value.message_dict
