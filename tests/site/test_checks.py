"""Each system check, by its id."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, run_checks

from tests.process.server import environment, free_port, manage
from wordgen_site.config.checks import settings_without_effect

LOCAL = ["localhost", "127.0.0.1", "[::1]"]


def messages() -> dict[str, CheckMessage]:
    return {
        str(message.id): message
        for message in run_checks()
        if str(message.id).startswith("wordgen.")
    }


def with_queue(settings: Any, **changes: Any) -> None:
    settings.Q_CLUSTER = {**django_settings.Q_CLUSTER, **changes}


def test_the_default_settings_pass_all_checks() -> None:
    assert run_checks() == []


@pytest.mark.parametrize("timeout", [None, 1.5, "600"])
def test_e001_the_queues_timeout_must_be_a_whole_number(settings: Any, timeout: Any) -> None:
    with_queue(settings, timeout=timeout)
    found = messages()
    assert list(found) == ["wordgen.E001"]
    assert "must be a whole number" in found["wordgen.E001"].msg
    assert "-1 means no limit" in str(found["wordgen.E001"].hint)


def test_a_timeout_of_minus_one_is_allowed(settings: Any) -> None:
    with_queue(settings, timeout=-1)
    assert messages() == {}


@pytest.mark.parametrize(
    ("retry", "queue_limit", "ids"),
    [(1800, 1, []), (1799, 1, ["wordgen.E002"]), (1800, 2, ["wordgen.E002"]), (2400, 2, [])],
)
def test_e002_a_message_must_not_come_back_while_it_waits(
    settings: Any, retry: int, queue_limit: int, ids: list[str]
) -> None:
    with_queue(settings, timeout=600, retry=retry, queue_limit=queue_limit)
    found = messages()
    assert list(found) == ids
    if ids:
        assert f"is {retry}, below {(queue_limit + 2) * 600}" in found["wordgen.E002"].msg


@pytest.mark.parametrize(("seconds", "ids"), [(150, []), (151, ["wordgen.E003"])])
def test_e003_a_slice_must_end_long_before_it_is_killed(
    settings: Any, seconds: int, ids: list[str]
) -> None:
    settings.BATCH_SLICE_SECONDS = seconds
    found = messages()
    assert list(found) == ids
    if ids:
        assert "BATCH_SLICE_SECONDS=151" in found["wordgen.E003"].msg
        assert "600 seconds" in found["wordgen.E003"].msg


@pytest.mark.parametrize(("token", "ids"), [("", []), ("x" * 20, []), ("x" * 19, ["wordgen.W006"])])
def test_w006_a_key_of_ones_own_choice_should_be_long(
    settings: Any, token: str, ids: list[str]
) -> None:
    settings.SECRET_TOKEN = token
    found = messages()
    assert list(found) == ids
    if ids:
        assert "SECRET_TOKEN has 19 characters" in found["wordgen.W006"].msg
        assert token not in found["wordgen.W006"].msg


@pytest.mark.parametrize(
    ("host", "allowed", "ids"),
    [
        ("127.0.0.1", [*LOCAL, "127.0.0.1"], []),
        ("0.0.0.0", [*LOCAL, "0.0.0.0"], ["wordgen.W001"]),
        ("::", LOCAL, ["wordgen.W001"]),
        ("0.0.0.0", [*LOCAL, "words.example.org"], []),
        ("0.0.0.0", ["*"], []),
        ("192.0.2.7", [*LOCAL, "192.0.2.7"], []),
    ],
)
def test_w001_a_public_address_needs_public_names(
    settings: Any, host: str, allowed: list[str], ids: list[str]
) -> None:
    settings.HOST, settings.ALLOWED_HOSTS = host, allowed
    found = messages()
    assert list(found) == ids
    if ids:
        assert f"HOST={host} " in found["wordgen.W001"].msg
        assert "ALLOWED_HOSTS" in str(found["wordgen.W001"].hint)


def test_w002_a_setting_without_effect_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATIC_KV_CACHE", raising=False)
    assert settings_without_effect(None) == []
    monkeypatch.setenv("STATIC_KV_CACHE", "1")
    (message,) = settings_without_effect(None)
    assert message.id == "wordgen.W002"
    assert "STATIC_KV_CACHE" in message.msg


@pytest.mark.parametrize(
    ("url", "ids"),
    [
        ("http://127.0.0.1:8010", []),
        ("http://[::1]:8010", []),
        ("http://localhost:8010", []),
        ("https://words.example.org", []),
        ("http://192.0.2.7:8010", ["wordgen.W003"]),
        ("http://words.example.org", ["wordgen.W003"]),
    ],
)
def test_w003_an_engine_key_should_not_be_sent_unencrypted(
    settings: Any, url: str, ids: list[str]
) -> None:
    settings.ENGINE_URL = url
    found = messages()
    assert list(found) == ids
    if ids:
        assert url in found["wordgen.W003"].msg


def test_w003_this_servers_own_address_is_not_the_network(settings: Any) -> None:
    settings.HOST, settings.ENGINE_URL = "192.0.2.7", "http://192.0.2.7:8010"
    assert messages() == {}


def test_manage_py_runs_the_checks() -> None:
    """In a process of its own, because importing their module here registers them."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=django_settings.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PREBUILD_PREFIX": "en", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "wordgen.W002" in done.stderr


def test_e004_a_redirect_to_https_needs_a_proxy_that_says_it(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert list(messages()) == ["wordgen.E004"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert messages() == {}


def test_check_deploy_is_content_with_the_settings_for_https(tmp_path: Path) -> None:
    names = (
        "BEHIND_HTTPS_PROXY SECURE_SSL_REDIRECT SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_HSTS_PRELOAD"
    )
    on = dict.fromkeys(names.split(), "true")
    env = environment(tmp_path, free_port(), SECURE_HSTS_SECONDS="31536000", **on)
    ended = manage(env, "check", "--deploy")
    assert "no issues" in ended.stdout + ended.stderr, ended.stderr
