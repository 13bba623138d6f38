"""Wrong passwords are limited for each name and address, at both login pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from wordgen_site.http import login_throttle
from wordgen_site.http.login_throttle import (
    ATTEMPTS_FOR_A_NAME,
    ATTEMPTS_FROM_AN_ADDRESS,
    MAX_KEPT,
    WINDOW_SECONDS,
    Attempts,
)

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-test-password"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(login_throttle, "attempts", Attempts(clock))
    return clock


@pytest.fixture(autouse=True)
def users(db: None) -> None:
    User.objects.create_superuser("ana", password=PASSWORD)
    User.objects.create_superuser("bob", password=PASSWORD)


def log_in(name: str, password: str, path: str = "/login/", **extra: Any) -> Any:
    return Client().post(path, {"username": name, "password": password}, **extra)


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
def test_after_ten_wrong_passwords_the_name_must_wait(path: str, clock: Clock) -> None:
    answers = [log_in("ana", f"wrong {number}", path).status_code for number in range(40)]
    assert answers == [200] * ATTEMPTS_FOR_A_NAME + [429] * (40 - ATTEMPTS_FOR_A_NAME)
    refused = log_in("ANA", PASSWORD, path)
    assert refused.status_code == 429
    assert refused["Retry-After"] == str(int(WINDOW_SECONDS))
    assert log_in("bob", PASSWORD, path).status_code == 302
    assert log_in("ana", PASSWORD, path, REMOTE_ADDR="192.0.2.7").status_code == 302
    clock.now += WINDOW_SECONDS
    assert log_in("ana", PASSWORD, path).status_code == 302


@pytest.mark.parametrize("spelling", [" ana", "ana\u3000", "ａna", "ANA ", "ⓐna"])
def test_another_spelling_of_a_name_has_no_attempts_of_its_own(spelling: str) -> None:
    for _ in range(ATTEMPTS_FOR_A_NAME):
        log_in("ana", "wrong")
    assert log_in(spelling, PASSWORD).status_code == 429


def test_both_pages_count_together() -> None:
    for _ in range(ATTEMPTS_FOR_A_NAME):
        log_in("ana", "wrong", "/admin/login/")
    assert log_in("ana", PASSWORD, "/login/").status_code == 429


def test_many_names_from_one_address_must_wait_too() -> None:
    answers = [log_in(f"user{number}", "wrong").status_code for number in range(60)]
    assert answers.count(200) == ATTEMPTS_FROM_AN_ADDRESS


def test_correct_passwords_do_not_count() -> None:
    for _ in range(ATTEMPTS_FROM_AN_ADDRESS + 5):
        assert log_in("ana", PASSWORD).status_code == 302


def test_behind_a_proxy_its_addition_is_the_address_and_not_the_clients_words(
    settings: Any,
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for number in range(ATTEMPTS_FOR_A_NAME):
        log_in("ana", "wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}, 192.0.2.7")
    invented = "10.0.0.99, 192.0.2.7"
    assert log_in("ana", PASSWORD, HTTP_X_FORWARDED_FOR=invented).status_code == 429
    assert log_in("ana", PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.8").status_code == 302


def test_without_a_proxy_the_header_is_not_believed() -> None:
    for number in range(ATTEMPTS_FOR_A_NAME):
        log_in("ana", "wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    assert log_in("ana", "wrong", HTTP_X_FORWARDED_FOR="10.0.0.99").status_code == 429


def test_the_memory_is_bounded() -> None:
    attempts = Attempts(Clock())
    for number in range(3 * MAX_KEPT):
        attempts.take({(str(number),): 1})
    assert len(attempts._windows) <= MAX_KEPT + 1
