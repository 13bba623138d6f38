from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation.auth.api_key import ApiKey
from generation.auth.scopes import Scope
from tests.conftest import MakeWordlist

pytestmark = pytest.mark.django_db

LIST = "/admin/wordgen_site/apikey/"
ADD = "/admin/wordgen_site/apikey/add/"
TOKEN = re.compile(r"wg_[0-9a-f]{8}_[0-9a-f]{32}")


def make_key(user: User, name: str = "clase", **fields: object) -> tuple[ApiKey, str]:
    key = ApiKey(name=name, user=user, **fields)
    token = key.set_token()
    key.save()
    return key, token


def change_url(key: ApiKey) -> str:
    return reverse("admin:wordgen_site_apikey_change", args=[key.pk])


def form_data(**fields: object) -> dict[str, object]:
    return {"name": "clase 3B", "expires_at_0": "", "expires_at_1": "", **fields}


def test_the_add_form_preselects_the_user_and_has_no_token_field(
    admin_client: Client, admin_user: User
) -> None:
    body = admin_client.get(ADD).content.decode()
    assert f'<option value="{admin_user.pk}" selected>admin</option>' in body
    for name in ("digest", "prefix", "enabled"):
        assert f'name="{name}"' not in body


def test_a_new_key_is_shown_once(admin_client: Client, admin_user: User) -> None:
    response = admin_client.post(ADD, form_data(user=admin_user.pk), follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    body = response.content.decode()
    [token] = TOKEN.findall(body)
    assert "<strong>Copy the key now</strong>, it will not be shown again:" in body
    key = ApiKey.objects.get()
    assert ApiKey.objects.find(token) == key
    assert (key.name, key.user, key.enabled, key.expires_at) == ("clase 3B", admin_user, True, None)
    assert token.startswith(key.prefix)

    for url in (LIST, change_url(key), reverse("admin:wordgen_site_apikey_history", args=[key.pk])):
        page = admin_client.get(url)
        assert page.status_code == 200
        assert not TOKEN.search(page.content.decode())
        assert key.digest not in page.content.decode()
    assert not TOKEN.search(str(LogEntry.objects.values_list("object_repr", "change_message")))


def test_a_key_can_be_for_somebody_else_and_expire(admin_client: Client, admin_user: User) -> None:
    other = User.objects.create_user("berta")
    data = form_data(user=other.pk, expires_at_0="2999-12-31", expires_at_1="12:00:00")
    response = admin_client.post(ADD, data)
    assert response.status_code == 302
    key = ApiKey.objects.get()
    assert key.user == other
    assert key.expires_at == dt.datetime(2999, 12, 31, 12, tzinfo=dt.UTC)


def test_a_new_key_cannot_have_expired_already(admin_client: Client, admin_user: User) -> None:
    data = form_data(user=admin_user.pk, expires_at_0="2001-01-01", expires_at_1="00:00:00")
    response = admin_client.post(ADD, data)
    assert response.status_code == 200
    body = response.content.decode()
    assert "This time is in the past: the key would never work." in body
    assert 'value="clase 3B"' in body
    assert not TOKEN.search(body)
    assert not ApiKey.objects.exists()


def test_a_key_needs_a_name(admin_client: Client, admin_user: User) -> None:
    response = admin_client.post(ADD, form_data(user=admin_user.pk, name=""))
    assert response.status_code == 200
    assert "This field is required." in response.content.decode()
    assert not ApiKey.objects.exists()


def test_changing_a_key_leaves_its_token_and_its_user(
    admin_client: Client, admin_user: User
) -> None:
    key, token = make_key(admin_user)
    other = User.objects.create_user("berta")
    response = admin_client.post(
        change_url(key),
        form_data(name="otra", enabled="on", user=other.pk, prefix="x", digest="x"),
        follow=True,
    )
    assert response.redirect_chain == [(LIST, 302)]
    assert not TOKEN.search(response.content.decode())
    row = ApiKey.objects.get()
    assert (row.name, row.user, row.prefix, row.digest) == (
        "otra",
        admin_user,
        key.prefix,
        key.digest,
    )
    assert ApiKey.objects.find(token) == key


def test_unticking_enabled_revokes(admin_client: Client, admin_user: User) -> None:
    key, token = make_key(admin_user)
    response = admin_client.post(change_url(key), form_data(), follow=True)
    assert "was changed successfully" in response.content.decode()
    assert ApiKey.objects.get().enabled is False
    assert ApiKey.objects.find(token) is None


def test_an_existing_key_may_expire_in_the_past(admin_client: Client, admin_user: User) -> None:
    key, token = make_key(admin_user)
    data = form_data(enabled="on", expires_at_0="2001-01-01", expires_at_1="00:00:00")
    assert admin_client.post(change_url(key), data).status_code == 302
    assert ApiKey.objects.find(token) is None


def test_the_action_revokes_the_chosen_keys(admin_client: Client, admin_user: User) -> None:
    keys = [make_key(admin_user, name)[0] for name in ("a", "b", "c")]
    response = admin_client.post(
        LIST,
        {"action": "revoke", "_selected_action": [keys[0].pk, keys[1].pk]},
        follow=True,
    )
    assert response.status_code == 200
    assert "2 keys revoked." in response.content.decode()
    enabled = ApiKey.objects.order_by("name").values_list("name", "enabled")
    assert list(enabled) == [("a", False), ("b", False), ("c", True)]
    assert LogEntry.objects.filter(change_message="Revoked.").count() == 2


def test_the_list_shows_the_details_of_a_key(admin_client: Client, admin_user: User) -> None:
    key, _ = make_key(admin_user, last_used_at=timezone.now())
    response = admin_client.get(LIST)
    assert response.status_code == 200
    body = response.content.decode()
    assert "<title>Select API key to change | Wordgen</title>" in body
    for text in (key.name, key.prefix, "admin", "Last used at", "Expires at"):
        assert text in body
    assert key.prefix in admin_client.get(LIST, {"q": "clase"}).content.decode()
    assert key.prefix not in admin_client.get(LIST, {"q": "xyz"}).content.decode()


def test_a_user_with_view_permission_cannot_add_or_revoke(client: Client, admin_user: User) -> None:
    key, token = make_key(admin_user)
    viewer = User.objects.create_user("berta", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    client.force_login(viewer)
    assert client.get(LIST).status_code == 200
    assert client.post(ADD, form_data(user=viewer.pk)).status_code == 403
    assert client.post(change_url(key), form_data()).status_code == 403
    client.post(LIST, {"action": "revoke", "_selected_action": [key.pk]})
    assert ApiKey.objects.count() == 1
    assert ApiKey.objects.find(token) == key


def test_the_admin_needs_a_login(client: Client) -> None:
    response = client.get(ADD)
    assert response.status_code == 302
    assert response["Location"] == f"/admin/login/?next={ADD}"


def test_a_key_gets_scopes_by_ticking_them(admin_client: Client, admin_user: User) -> None:
    body = admin_client.get(ADD).content.decode()
    assert body.count('type="checkbox" name="scopes"') == len(Scope.values)
    assert body.count("checked") == len(Scope.values) - 1  # all but lists:write
    data = form_data(user=admin_user.pk, scopes=["lists:read", "lists:write"])
    assert admin_client.post(ADD, data).status_code == 302
    key = ApiKey.objects.get()
    assert key.scopes == ["lists:read", "lists:write"]
    assert admin_client.post(change_url(key), form_data(enabled="on")).status_code == 302
    key.refresh_from_db()
    assert key.scopes == []
    response = admin_client.post(change_url(key), form_data(enabled="on", scopes=["root"]))
    assert "Select a valid choice. root is not one of the available choices." in response.text


def test_a_bound_key_cannot_have_the_scope_to_change_lists(
    admin_client: Client, admin_user: User, make_wordlist: MakeWordlist
) -> None:
    wordlist = make_wordlist("en", ["the", "dog"]).wordlist
    data = form_data(user=admin_user.pk, wordlist=wordlist.pk)
    response = admin_client.post(ADD, data | {"scopes": ["lists:write"]})
    assert response.status_code == 200
    assert "A key that is bound cannot have lists:write." in response.text
    assert not ApiKey.objects.exists()
    assert admin_client.post(ADD, data | {"scopes": ["lists:read"]}).status_code == 302


def test_a_key_can_do_all_but_change_lists_by_default(admin_user: User) -> None:
    key, _ = make_key(admin_user)
    key.refresh_from_db()
    assert sorted(key.scopes) == ["batch", "chat", "files", "lists:read", "metrics"]


@pytest.mark.parametrize("scopes", ["lists:read", {"lists:read": 1}, ["lists:read", "all"], [1]])
def test_only_known_scopes_are_valid(admin_user: User, scopes: object) -> None:
    key = ApiKey(name="x", user=admin_user, scopes=scopes)
    key.set_token()
    with pytest.raises(ValidationError) as error:
        key.full_clean()
    assert set(error.value.message_dict) == {"scopes"}
