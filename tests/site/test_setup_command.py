"""`manage.py setup`: what it creates and prints, and that a second run creates nothing."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from generation.auth.api_key import ApiKey
from vocab.models import Wordlist

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r"wg_[0-9a-f]{8}_[0-9a-f]{32}")
PASSWORD = re.compile(r"password: (\S+)")


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, settings: Any) -> Path:
    """An empty data folder and one small list."""
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "en.txt").write_text("# title: English\n# language: en\nthe\ndog\n", "utf-8")
    settings.WORDLIST_DIR = lists
    settings.DATA_DIR = tmp_path / "new" / "data"
    settings.SECRET_TOKEN = settings.ADMIN_PASSWORD = ""
    settings.ADMIN_USER = "admin"
    return tmp_path


def set_up() -> str:
    out = StringIO()
    call_command("setup", "--no-model", stdout=out)
    return out.getvalue()


def let_in(token: str) -> int:
    return Client().get("/v1/models", headers={"Authorization": f"Bearer {token}"}).status_code


def test_the_first_run_makes_everything_and_prints_what_is_needed(settings: Any) -> None:
    printed = set_up()
    [token] = TOKEN.findall(printed)
    [password] = PASSWORD.findall(printed)
    assert "Admin user: admin " in printed
    assert "shown only this once" in printed
    user = authenticate(username="admin", password=password)
    assert user == User.objects.get()
    assert user is not None
    assert user.is_superuser
    key = ApiKey.objects.get()
    assert (key.name, key.user, key.enabled, key.expires_at) == ("first key", user, True, None)
    assert (let_in(token), let_in(f"{token}x")) == (200, 401)
    assert settings.DATA_DIR.is_dir()
    [wordlist] = Wordlist.objects.all()
    assert wordlist.slug == "en"
    assert wordlist.current is not None
    assert wordlist.current.words == ["the", "dog"]


def test_a_second_run_changes_and_prints_nothing() -> None:
    set_up()
    before = list(User.objects.values()), list(ApiKey.objects.values())
    lists = list(Wordlist.objects.values())
    printed = set_up()
    assert not TOKEN.search(printed)
    assert "password" not in printed
    assert "API key" not in printed
    assert (list(User.objects.values()), list(ApiKey.objects.values())) == before
    assert list(Wordlist.objects.values()) == lists


def test_given_secrets_are_used_and_not_printed(settings: Any) -> None:
    settings.SECRET_TOKEN = "the-prototypes-token"
    settings.ADMIN_USER, settings.ADMIN_PASSWORD = "chef", "a-password-of-mine"
    printed = set_up()
    assert "Admin user: chef   password: from ADMIN_PASSWORD" in printed
    assert "API key:    from SECRET_TOKEN" in printed
    assert "the-prototypes-token" not in printed
    assert "a-password-of-mine" not in printed
    assert not TOKEN.search(printed)
    user = authenticate(username="chef", password="a-password-of-mine")
    assert user == User.objects.get()
    key = ApiKey.objects.get()
    assert (key.name, key.user, key.prefix) == ("SECRET_TOKEN", user, "(given)")
    assert let_in("the-prototypes-token") == 200

    assert "API key" not in set_up()
    assert ApiKey.objects.get() == key


def test_a_new_secret_token_is_added_to_the_existing_keys(settings: Any) -> None:
    [first] = TOKEN.findall(set_up())
    settings.SECRET_TOKEN = "another-token"
    assert "API key:    from SECRET_TOKEN" in set_up()
    assert ApiKey.objects.count() == 2
    assert (let_in(first), let_in("another-token")) == (200, 200)


def test_a_revoked_key_does_not_come_back(settings: Any) -> None:
    settings.SECRET_TOKEN = "the-prototypes-token"
    set_up()
    ApiKey.objects.update(enabled=False)
    set_up()
    assert not ApiKey.objects.get().enabled
    assert let_in("the-prototypes-token") == 401


def test_an_admin_user_that_is_there_is_left_alone(settings: Any) -> None:
    mine = User.objects.create_superuser("me", password="my-password")
    settings.ADMIN_PASSWORD = "another-password"
    printed = set_up()
    assert "Admin user" not in printed
    mine.refresh_from_db()
    assert mine.check_password("my-password")
    assert User.objects.get() == mine
    assert ApiKey.objects.get().user == mine


def test_a_user_name_of_an_ordinary_user_is_an_error(settings: Any) -> None:
    User.objects.create_user("admin")
    with pytest.raises(CommandError, match="admin"):
        set_up()


def test_a_data_folder_that_cannot_be_created_is_an_error_of_one_line(
    settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    settings.DATA_DIR = tmp_path / "file" / "data"
    with pytest.raises(CommandError, match=r"^Set-up failed in .*/file/data: ") as caught:
        set_up()
    assert "\n" not in str(caught.value)
    assert not User.objects.exists()
