from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from tests.client_response import ClientResponse
from tests.vocab.admin.conftest import WORDS
from vocab.editing.coverage import MAX_TEXT_CHARS
from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import add_revision, resolve

TEXT = "El agua y el pan. El Perro <b>"


def url_of(wordlist: Wordlist) -> str:
    return f"/admin/vocab/wordlist/{wordlist.pk}/coverage/"


def post(client: Client, wordlist: Wordlist, **fields: Any) -> ClientResponse:
    return client.post(url_of(wordlist), {"text": TEXT, "base": "1", **fields})


def test_a_text_is_measured_and_its_missing_words_are_counted(
    admin_client: Client, wordlist: Wordlist
) -> None:
    assert admin_client.get(url_of(wordlist)).status_code == 200
    response = post(admin_client, wordlist, _check="1")
    assert response.status_code == 200
    found = response.context["coverage"]
    assert (found.words, found.listed) == (8, 2)
    assert [(word.spelling, word.count) for word in found.missing][:2] == [("el", 3), ("y", 1)]
    body = response.content.decode()
    assert "25.0 %" in body
    assert "El agua y el pan. El Perro &lt;b&gt;" in body
    assert 'name="add" value="el"' in body
    assert resolve("es", None).number == 1


def test_the_first_words_of_a_ranked_list_are_measured_too(
    admin_client: Client, wordlist: Wordlist
) -> None:
    words = ["el", *(f"palabra{number}" for number in range(1000)), "agua", "y"]
    add_revision(wordlist, words)
    assert post(admin_client, wordlist, text="El agua y el pan").context["shares"] == [
        (1000, pytest.approx(40.0))
    ]
    add_revision(wordlist, words, ranked=False)
    assert post(admin_client, wordlist, text="El agua").context["shares"] == []


def test_ticked_words_are_added_in_one_click(
    admin_client: Client, admin_user: User, wordlist: Wordlist
) -> None:
    response = post(admin_client, wordlist, _add="1", add=["el", "Perro"])
    assert response.status_code == 200
    revision = resolve("es", None)
    assert WordlistRevision.objects.get(pk=revision.pk).words == [*WORDS, "el", "Perro"]
    assert (revision.note, revision.created_by) == ("added 2 words: el, Perro", admin_user)
    assert LogEntry.objects.get().change_message == "Revision 2: added 2 words: el, Perro."
    body = response.content.decode()
    assert "Revision es@2 is the current one now: added 2 words: el, Perro." in body
    assert response.context["coverage"].listed == 6
    assert 'name="base" value="2"' in body


def test_a_conflict_keeps_the_text_and_the_ticks(admin_client: Client, wordlist: Wordlist) -> None:
    add_revision(wordlist, [*WORDS, "rojo"])
    response = post(admin_client, wordlist, _add="1", add=["el"])
    body = response.content.decode()
    assert "its current revision is 2" in body
    assert 'value="el" checked' in body
    assert "El Perro" in body
    assert resolve("es", None).number == 2


def test_words_that_cannot_be_added_are_refused_and_have_no_box(
    admin_client: Client, wordlist: Wordlist
) -> None:
    long = "x" * 65
    response = post(admin_client, wordlist, text=f"{long} perro")
    assert f'value="{long}"' not in response.content.decode()
    response = post(admin_client, wordlist, text=long, _add="1", add=[long])
    assert "at most 64 are accepted. Nothing is saved." in response.content.decode()
    response = post(admin_client, wordlist, _add="1")
    assert "Tick at least one word." in response.content.decode()
    assert resolve("es", None).number == 1


def test_a_text_that_is_too_long_says_how_long_it_may_be(
    admin_client: Client, wordlist: Wordlist
) -> None:
    text = "a" * (MAX_TEXT_CHARS + 1)
    response = post(admin_client, wordlist, text=text)
    assert response.status_code == 200
    assert "at most 50000 characters (it has 50001)" in response.content.decode()
    assert text in response.content.decode()
    assert "This field is required." in post(admin_client, wordlist, text="").content.decode()


def test_a_text_without_words(admin_client: Client, wordlist: Wordlist) -> None:
    assert "The text has no words." in post(admin_client, wordlist, text="…").content.decode()


def test_a_viewer_measures_and_adds_nothing(
    client: Client, viewer: User, wordlist: Wordlist
) -> None:
    client.force_login(viewer)
    response = post(client, wordlist)
    assert response.status_code == 200
    assert 'name="add"' not in response.content.decode()
    assert post(client, wordlist, _add="1", add=["el"]).status_code == 403
    assert post(client, wordlist, base="x").status_code == 200
    assert resolve("es", None).number == 1
