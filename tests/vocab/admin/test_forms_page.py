from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.client_response import ClientResponse
from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import add_revision, resolve


@pytest.fixture
def english(db: None) -> Wordlist:
    wordlist = Wordlist.objects.create(slug="en-a1", title="A1", language="en-GB")
    add_revision(wordlist, ["go", "child", "went", "blue"])
    wordlist.refresh_from_db()
    return wordlist


def url_of(wordlist: Wordlist) -> str:
    return f"/admin/vocab/wordlist/{wordlist.pk}/add-forms/"


def words_now(slug: str) -> list[str]:
    return WordlistRevision.objects.get(pk=resolve(slug, None).pk).words


def post(client: Client, wordlist: Wordlist, **fields: Any) -> ClientResponse:
    shown = ["going", "goes", "children"]
    return client.post(
        url_of(wordlist), {"base": "1", "most": "", "shown": shown, "form": shown, **fields}
    )


def test_the_preview_counts_and_shows_what_would_be_added(
    admin_client: Client, english: Wordlist
) -> None:
    response = admin_client.get(url_of(english))
    assert response.status_code == 200
    assert response.context["rows"] == [("go", ["going", "goes"]), ("child", ["children"])]
    plan = response.context["plan"]
    assert (plan.count, plan.listed, response.context["entries_after"]) == (3, 1, 7)
    assert 'name="form" value="going" checked' in response.content.decode()
    assert resolve("en-a1", None).number == 1
    one = admin_client.get(url_of(english), {"most": 1}).context["rows"]
    assert one == [("go", ["going"]), ("child", ["children"])]
    assert admin_client.get(url_of(english), {"most": "x"}).status_code == 400


def test_forms_are_saved_behind_their_headwords(
    admin_client: Client, admin_user: User, english: Wordlist
) -> None:
    response = post(admin_client, english, note="con formas")
    revision = resolve("en-a1", None)
    assert (response.status_code, response["Location"]) == (302, revision.get_absolute_url())
    assert words_now("en-a1") == ["go", "going", "goes", "child", "children", "went", "blue"]
    assert (revision.note, revision.created_by) == ("con formas", admin_user)


def test_forms_without_a_tick_are_left_out(admin_client: Client, english: Wordlist) -> None:
    assert post(admin_client, english, form=["children"]).status_code == 302
    assert words_now("en-a1") == ["go", "child", "children", "went", "blue"]


def test_without_any_tick_nothing_is_saved(admin_client: Client, english: Wordlist) -> None:
    response = post(admin_client, english, form=[], note="mi nota")
    assert response.status_code == 200
    body = response.content.decode()
    assert "Tick at least one form." in body
    assert "mi nota" in body
    assert " checked" not in body
    assert resolve("en-a1", None).number == 1


def test_a_conflict_keeps_the_ticks(admin_client: Client, english: Wordlist) -> None:
    add_revision(english, ["go", "child"])
    response = post(admin_client, english, form=["goes", "children"])
    assert response.status_code == 200
    body = response.content.decode()
    assert "its current revision is 2" in body
    assert 'name="form" value="going">' in body
    assert 'name="form" value="goes" checked>' in body
    assert resolve("en-a1", None).number == 2
    assert post(admin_client, english, base="").status_code == 400


def test_a_list_over_the_limit_is_refused(
    admin_client: Client, english: Wordlist, settings: Any
) -> None:
    settings.WORDLIST_MAX_ENTRIES = 5
    response = post(admin_client, english)
    assert "the list would have 7 entries" in response.content.decode().replace("The", "the")
    assert resolve("en-a1", None).number == 1


def test_a_language_without_forms_is_named(admin_client: Client, db: None) -> None:
    wordlist = Wordlist.objects.create(slug="ja", title="Uno", language="ja")
    add_revision(wordlist, ["猫"])
    response = admin_client.get(url_of(wordlist))
    assert response.status_code == 200
    assert "No inflected forms are known for the language" in response.content.decode()


def test_a_list_that_has_all_forms_says_so(admin_client: Client, db: None) -> None:
    wordlist = Wordlist.objects.create(slug="en-a1", title="A1", language="en")
    add_revision(wordlist, ["blue"])
    assert "has all known forms" in admin_client.get(url_of(wordlist)).content.decode()


def test_a_viewer_may_not(client: Client, viewer: User, english: Wordlist) -> None:
    client.force_login(viewer)
    assert client.get(url_of(english)).status_code == 403
    assert post(client, english).status_code == 403
    assert resolve("en-a1", None).number == 1
