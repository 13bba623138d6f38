"""Authentication by key: which keys are accepted, and what the database stores."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation.auth.api_key import LAST_USED_RESOLUTION, ApiKey
from tests.client_response import ClientResponse

pytestmark = pytest.mark.django_db

URL = "/v1/models"


def assert_let_in(response: ClientResponse) -> None:
    assert response.status_code == 200
    assert b'"object":"list"' in response.content
    assert ApiKey.objects.get().last_used_at is not None


def assert_refused(response: Any, message: str = "Incorrect API key provided.") -> None:
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json() == {
        "error": {
            "message": message,
            "type": "invalid_request_error",
            "param": None,
            "code": "invalid_api_key",
        }
    }
    assert not ApiKey.objects.exclude(last_used_at=None).exists()


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER   "])
def test_a_key_in_the_header_is_accepted(client: Client, api_key: str, scheme: str) -> None:
    assert_let_in(client.get(URL, headers={"Authorization": f"{scheme}{api_key}"}))


def test_a_key_in_the_query_is_accepted(client: Client, api_key: str) -> None:
    assert_let_in(client.get(f"{URL}?token={api_key}"))


def test_the_header_has_priority_over_the_query(client: Client, api_key: str) -> None:
    right = {"Authorization": f"Bearer {api_key}"}
    wrong = {"Authorization": "Bearer wg_wrong"}
    assert_refused(client.get(f"{URL}?token={api_key}", headers=wrong))
    assert_let_in(client.get(f"{URL}?token=wg_wrong", headers=right))


@pytest.mark.parametrize("header", ["Bearer", "Bearer  ", "Basic YTpi", ""])
def test_a_header_without_a_key_does_not_hide_the_query(
    client: Client, api_key: str, header: str
) -> None:
    headers = {"Authorization": header}
    assert_refused(
        client.get(URL, headers=headers),
        "You didn't provide an API key. Send it as 'Authorization: Bearer KEY'.",
    )
    assert_let_in(client.get(f"{URL}?token={api_key}", headers=headers))


@pytest.mark.parametrize("token", ["wg_wrong", "", "é", "\x00", "x" * 10_000])
def test_a_wrong_key_is_refused(client: Client, api_key: str, token: str) -> None:
    assert_refused(client.get(URL, {"token": token}))


def test_a_key_must_be_right_to_the_last_character(client: Client, api_key: str) -> None:
    for token in (api_key[:-1], f"{api_key}0", api_key.upper()):
        assert_refused(client.get(URL, headers={"Authorization": f"Bearer {token}"}))


def test_a_revoked_key_is_refused(client: Client, bearer: dict[str, str]) -> None:
    ApiKey.objects.update(enabled=False)
    assert_refused(client.get(URL, headers=bearer))


def test_an_expired_key_is_refused(client: Client, bearer: dict[str, str]) -> None:
    ApiKey.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert_refused(client.get(URL, headers=bearer))
    ApiKey.objects.update(expires_at=timezone.now() + dt.timedelta(minutes=1))
    assert_let_in(client.get(URL, headers=bearer))


def test_the_key_of_an_inactive_user_is_refused(
    client: Client, user: User, bearer: dict[str, str]
) -> None:
    User.objects.update(is_active=False)
    assert_refused(client.get(URL, headers=bearer))


def test_keys_in_the_query_can_be_switched_off(
    client: Client, api_key: str, bearer: dict[str, str], settings: Any
) -> None:
    settings.API_KEY_IN_QUERY = False
    assert_refused(
        client.get(f"{URL}?token={api_key}"),
        "You didn't provide an API key. Send it as 'Authorization: Bearer KEY'.",
    )
    assert_let_in(client.get(URL, headers=bearer))


def test_a_logged_in_user_still_needs_a_key(admin_client: Client) -> None:
    response = admin_client.get(URL)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "invalid_api_key"


def test_the_time_of_use_is_recorded_at_most_once_a_minute(
    client: Client, bearer: dict[str, str]
) -> None:
    def writes() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL, headers=bearer).status_code == 200
        return sum(query["sql"].startswith("UPDATE") for query in queries)

    before = timezone.now()
    assert writes() == 1
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    assert before <= first <= timezone.now()
    assert writes() == 0
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=first - LAST_USED_RESOLUTION)
    assert writes() == 1
    again = ApiKey.objects.get().last_used_at
    assert again is not None
    assert again >= first


def test_the_token_is_not_in_the_database(user: User) -> None:
    made, given = ApiKey(name="made", user=user), ApiKey(name="given", user=user)
    tokens = [made.set_token(), given.set_token("short-one")]
    for key in (made, given):
        key.save()
    rows = str(list(ApiKey.objects.values()))
    secret = tokens[0].rpartition("_")[2]
    assert len(secret) == 32
    for text in (*tokens, secret, "short"):
        assert text not in rows
    assert made.prefix == tokens[0].rpartition("_")[0]
    assert given.prefix == "(given)"
    for key, token in zip((made, given), tokens, strict=True):
        assert ApiKey.objects.find(token) == key


def test_another_secret_key_invalidates_every_api_key(
    client: Client, bearer: dict[str, str], settings: Any
) -> None:
    settings.SECRET_KEY = "another"
    assert_refused(client.get(URL, headers=bearer))
