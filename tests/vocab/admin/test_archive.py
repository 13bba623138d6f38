from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from generation.aliases.model_alias import ModelAlias
from vocab.models import Wordlist
from vocab.revisions import add_revision, resolve

LIST = "/admin/vocab/wordlist/"


@pytest.fixture
def alias(wordlist: Wordlist) -> ModelAlias:
    return ModelAlias.objects.create(name="spanish", wordlist=wordlist)


def test_a_list_is_archived_and_comes_back(
    admin_client: Client, admin_user: User, wordlist: Wordlist
) -> None:
    page = f"{LIST}{wordlist.pk}/change/"
    assert f'action="{LIST}{wordlist.pk}/archive/"' in admin_client.get(page).content.decode()
    response = admin_client.post(f"{LIST}{wordlist.pk}/archive/", follow=True)
    assert response.redirect_chain == [(page, 302)]
    assert "Archived: es." in response.content.decode()
    wordlist.refresh_from_db()
    assert wordlist.archived_at is not None
    assert not Wordlist.objects.offered_to(admin_user).exists()
    assert resolve("es", None).number == 1
    response = admin_client.post(f"{LIST}{wordlist.pk}/unarchive/", follow=True)
    assert "Taken out of the archive: es." in response.content.decode()
    wordlist.refresh_from_db()
    assert wordlist.archived_at is None
    messages = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(messages) == ["Archived.", "Taken out of the archive."]


def test_archiving_twice_changes_nothing(admin_client: Client, wordlist: Wordlist) -> None:
    admin_client.post(f"{LIST}{wordlist.pk}/archive/")
    before = Wordlist.objects.get().archived_at
    body = admin_client.post(f"{LIST}{wordlist.pk}/archive/", follow=True).content.decode()
    assert "Nothing was changed." in body
    assert Wordlist.objects.get().archived_at == before


def test_several_lists_are_archived_by_the_action(admin_client: Client, wordlist: Wordlist) -> None:
    other = Wordlist.objects.create(slug="de", title="Zwei", language="de")
    add_revision(other, ["eins"])
    data = {"action": "archive_lists", "_selected_action": [wordlist.pk, other.pk]}
    assert "Archived: de, es." in admin_client.post(LIST, data, follow=True).content.decode()
    assert Wordlist.objects.filter(archived_at__isnull=False).count() == 2
    shown = admin_client.get(LIST, {"archived": "no"}).context["cl"].result_count
    assert (shown, admin_client.get(LIST, {"archived": "yes"}).context["cl"].result_count) == (0, 2)
    data["action"] = "unarchive_lists"
    admin_client.post(LIST, data)
    assert not Wordlist.objects.filter(archived_at__isnull=False).exists()


def test_archiving_needs_the_permission_and_a_post(
    client: Client, viewer: User, wordlist: Wordlist
) -> None:
    client.force_login(viewer)
    assert client.get(f"{LIST}{wordlist.pk}/archive/").status_code == 405
    assert client.post(f"{LIST}{wordlist.pk}/archive/").status_code == 403
    assert "archive_form" not in client.get(f"{LIST}{wordlist.pk}/change/").content.decode()
    assert Wordlist.objects.get().archived_at is None


def test_deleting_a_list_in_use_explains_and_offers_the_archive(
    admin_client: Client, wordlist: Wordlist, alias: ModelAlias
) -> None:
    url = f"{LIST}{wordlist.pk}/delete/"
    page = admin_client.get(url)
    assert page.status_code == 200
    body = page.content.decode()
    assert "cannot be deleted, because these use it" in body
    assert "<li>1 model alias</li>" in body
    assert f'action="{LIST}{wordlist.pk}/archive/"' in body
    assert admin_client.post(url, {"post": "yes"}).status_code == 409
    assert Wordlist.objects.exists()
    data = {"action": "delete_selected", "_selected_action": [wordlist.pk]}
    body = admin_client.post(LIST, data).content.decode()
    assert "Choose the action “Archive the selected wordlists” instead" in body
    alias.delete()
    assert admin_client.post(url, {"post": "yes"}).status_code == 302
    assert not Wordlist.objects.exists()


def test_a_viewer_may_not_delete(client: Client, viewer: User, wordlist: Wordlist) -> None:
    client.force_login(viewer)
    assert client.post(f"{LIST}{wordlist.pk}/delete/", {"post": "yes"}).status_code == 403
