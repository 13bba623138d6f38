"""A user's own password and API keys, without the admin."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client

from generation.auth.api_key import ApiKey
from generation.auth.scopes import Scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def maker(page: Client, user: User) -> Client:
    user.user_permissions.add(Permission.objects.get(codename="add_apikey"))
    return page


def make_key(maker: Client, **fields: object) -> HttpResponse:
    return maker.post("/account/", {"name": "worksheets", **fields})  # type: ignore[return-value]


def test_a_key_is_shown_once_and_works(maker: Client, user: User) -> None:
    response = make_key(maker, scopes=[Scope.LISTS_READ.value])
    text = response.content.decode()
    token = re.findall(r'id="token">(wg_\w+)<', text)[0]
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    key = ApiKey.objects.get()
    assert (key.user, key.name, key.scopes) == (user, "worksheets", ["lists:read"])
    assert not key.is_bound
    assert f"Bearer {token}" in text
    again = maker.get("/account/").content.decode()
    assert key.prefix in again
    assert token not in again
    api = Client(headers={"authorization": f"Bearer {token}"})
    assert api.get("/v1/models").status_code == 200
    revoked = maker.post(f"/account/keys/{key.pk}/revoke/")
    assert (revoked.status_code, revoked["Location"]) == (302, "/account/")
    assert api.get("/v1/models").status_code == 401
    key.refresh_from_db()
    assert not key.enabled
    shown = maker.get("/account/").content.decode()
    assert "The key worksheets was revoked." in shown
    maker.post(f"/account/keys/{key.pk}/revoke/")
    assert "was revoked already" in maker.get("/account/").content.decode()


def test_who_may_not_make_keys_sees_and_revokes_own_ones(page: Client, user: User) -> None:
    key = ApiKey(user=user, name="from the admin")
    key.set_token()
    key.save()
    text = page.get("/account/").content.decode()
    assert "from the admin" in text
    assert "An administrator can make keys for you." in text
    assert make_key(page).status_code == 403
    assert ApiKey.objects.count() == 1
    assert page.post(f"/account/keys/{key.pk}/revoke/").status_code == 302


def test_the_keys_of_others_are_neither_seen_nor_revoked(page: Client) -> None:
    key = ApiKey(user=User.objects.create_user("berta"), name="secret name")
    key.set_token()
    key.save()
    assert "secret name" not in page.get("/account/").content.decode()
    assert page.post(f"/account/keys/{key.pk}/revoke/").status_code == 404
    assert page.get(f"/account/keys/{key.pk}/revoke/").status_code == 405
    key.refresh_from_db()
    assert key.enabled


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": " "}, "This field is required."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"scopes": ["root"]}, "root is not one of the available choices."),
    ],
)
def test_a_refused_key_is_not_made(maker: Client, fields: dict[str, object], message: str) -> None:
    response = make_key(maker, **fields)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert not ApiKey.objects.exists()


def test_the_password_is_changed_without_the_admin(page: Client, user: User) -> None:
    user.set_password("old-password-1")
    user.save()
    page.force_login(user)
    new = {"new_password1": "other-password-2", "new_password2": "other-password-2"}
    wrong = page.post("/account/password/", {"old_password": "nonsense", **new})
    assert wrong.status_code == 200
    assert "entered incorrectly" in wrong.content.decode()
    other = Client()
    other.force_login(user)
    response = page.post("/account/password/", {"old_password": "old-password-1", **new})
    assert (response.status_code, response["Location"]) == (302, "/account/")
    user.refresh_from_db()
    assert user.check_password("other-password-2")
    assert page.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302  # logged out


def test_both_pages_need_a_login() -> None:
    for path in ("/account/", "/account/password/"):
        response = Client().get(path)
        assert (response.status_code, response["Location"]) == (302, f"/login/?next={path}")
