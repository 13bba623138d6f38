"""Pages of other origins call the API: preflights, headers of all responses, nothing by default."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from generation.engine.scripted import ScriptedDecoder
from tests.batches.api_client import content_of
from tests.site.api_paths import api_paths
from wordgen_site.config import env
from wordgen_site.http.cross_origin import cors_headers

pytestmark = pytest.mark.django_db

ORIGIN = "https://class.example.org"
CHAT = "/v1/chat/completions"
HELLO = {"messages": [{"role": "user", "content": "Hi"}]}
PREFLIGHT = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os",
}
ALLOW_ORIGIN = "access-control-allow-origin"
EXPOSED = {"x-request-id", "retry-after", "x-prompt-truncated", "x-should-retry"}


@pytest.fixture
def allowed(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN, "http://localhost:3000"]


@pytest.mark.parametrize("url", api_paths())
def test_a_preflight_needs_no_key(client: Client, allowed: None, url: str) -> None:
    response = client.options(url, headers=PREFLIGHT)
    assert (response.status_code, response.content) == (200, b"")
    assert response[ALLOW_ORIGIN] == ORIGIN
    assert {"GET", "POST", "DELETE"} <= set(response["access-control-allow-methods"].split(", "))
    # A browser takes * for every header but this one.
    assert response["access-control-allow-headers"] == "*, authorization"
    assert "access-control-allow-credentials" not in response
    assert "x-request-id" in response


def test_a_response_says_which_headers_a_page_may_read(
    client: Client, bearer: dict[str, str], allowed: None, scripted: ScriptedDecoder
) -> None:
    for stream in (False, True):
        response = client.post(
            CHAT,
            HELLO | {"stream": stream},
            content_type="application/json",
            headers={**bearer, "Origin": ORIGIN},
        )
        assert response.status_code == 200
        assert response[ALLOW_ORIGIN] == ORIGIN
        assert "origin" in response["vary"].lower()
        assert set(response["access-control-expose-headers"].split(", ")) >= EXPOSED
        if stream:
            assert b"[DONE]" in content_of(response)


@pytest.mark.parametrize(
    ("url", "headers", "status"),
    [
        (CHAT, {}, 401),
        ("/v1/nothing", {}, 404),
        (CHAT, {"Host": "evil.example.org"}, 400),
        ("/v1/a%00", {}, 404),
    ],
)
def test_a_page_can_read_errors(
    client: Client,
    allowed: None,
    settings: Any,
    url: str,
    headers: dict[str, str],
    status: int,
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    response = client.post(url, headers={**headers, "Origin": ORIGIN})
    assert response.status_code == status
    assert response[ALLOW_ORIGIN] == ORIGIN


@pytest.mark.parametrize("origin", ["https://evil.example.org", f"{ORIGIN}:8443", "null", ""])
def test_other_origins_get_no_headers(client: Client, allowed: None, origin: str) -> None:
    for response in (
        client.options(CHAT, headers={**PREFLIGHT, "Origin": origin}),
        client.get("/v1/models", headers={"Origin": origin}),
    ):
        assert not [name for name in response.headers if name.lower().startswith("access-control")]
    assert cors_headers("/v1/models", origin).keys() == {"Vary"}


def test_by_default_no_origin_may_call(client: Client) -> None:
    assert ALLOW_ORIGIN not in client.options(CHAT, headers=PREFLIGHT)
    assert ALLOW_ORIGIN not in client.get("/v1/models", headers={"Origin": ORIGIN})


@pytest.mark.parametrize("url", ["/login/", "/admin/login/", "/metrics", "/internal/engine"])
def test_only_the_api_is_open_to_pages(client: Client, settings: Any, url: str) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True
    assert ALLOW_ORIGIN not in client.get(url, headers={"Origin": ORIGIN})
    assert client.get("/v1/models", headers={"Origin": ORIGIN})[ALLOW_ORIGIN] == "*"


# --- the setting ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "origins"),
    [
        ("", []),
        ("*", ["*"]),
        ("null", ["null"]),
        (f"{ORIGIN}, HTTP://Localhost:3000", [ORIGIN, "http://localhost:3000"]),
        ("http://[::1]:3000,tauri://localhost", ["http://[::1]:3000", "tauri://localhost"]),
    ],
)
def test_origins_are_read(monkeypatch: pytest.MonkeyPatch, value: str, origins: list[str]) -> None:
    monkeypatch.setenv("ORIGINS", value)
    assert env.env_origins("ORIGINS") == origins


@pytest.mark.parametrize(
    "value",
    [
        "class.example.org",
        f"{ORIGIN}/",
        f"{ORIGIN}/path",
        f"{ORIGIN}:443",
        "http://a.example.org:80",
        "https://*.example.org",
        "https://",
        "https://a:b@c.org",
        "http://a:port",
        "http://[::1",
        f"*,{ORIGIN}",
    ],
)
def test_an_origin_that_no_browser_sends_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("ORIGINS", value)
    with pytest.raises(ImproperlyConfigured, match="Unexpected value ORIGINS"):
        env.env_origins("ORIGINS")
