"""No log line contains a key, also not those of libraries."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from wordgen_site import urls
from wordgen_site.http.log_redaction import RedactingFormatter, redact

KEY = "wg_0123abcd_0123456789abcdef0123456789abcdef"


def failing_view(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(
        f"cannot handle {request.get_full_path()} {request.headers} {request.META}"
        f" {request.GET} {request.get_raw_uri() if hasattr(request, 'get_raw_uri') else ''}"
    )


urlpatterns = [path("fail", failing_view), *urls.urlpatterns]
handler500 = urls.handler500


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """All log lines, as the project's handlers write them."""
    logging_settings: dict[str, Any] = django_settings.LOGGING
    config = logging_settings["formatters"]["line"]
    assert config["()"] == "wordgen_site.http.log_redaction.RedactingFormatter"
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter(config["format"], style="{"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def test_every_handler_of_the_settings_redacts() -> None:
    config: dict[str, Any] = django_settings.LOGGING
    assert {handler["formatter"] for handler in config["handlers"].values()} == {"line"}


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/v1/models", "/v1/nothing", "/nothing", "/v1/batch/jobs/x"])
def test_a_request_with_a_key_leaves_no_trace_of_it(
    client: Client, lines: StringIO, url: str, api_key: str
) -> None:
    for token in (api_key, KEY):
        client.get(f"{url}?token={token}&x=1")
        client.get(f"{url}?x=1&token={token}")
        client.get(url, headers={"Authorization": f"Bearer {token}"})
    text = lines.getvalue()
    assert text.count(f"path={url} ") == 6
    assert api_key not in text
    assert KEY not in text


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_traceback_with_the_request_in_it_has_no_key(client: Client, lines: StringIO) -> None:
    client.raise_request_exception = False
    response = client.get(f"/fail?token={KEY}", headers={"Authorization": f"Bearer {KEY}"})
    assert response.status_code == 500
    assert KEY not in response.content.decode()
    text = lines.getvalue()
    assert "RuntimeError: cannot handle /fail?token=[redacted]" in text
    assert KEY not in text


@pytest.mark.parametrize(
    "text",
    [
        f"GET /v1/models?token={KEY} HTTP/1.1",
        f"GET /v1/models?a=b&token={KEY}&c=d",
        f"GET /v1/models?TOKEN={KEY}",
        f"Authorization: Bearer {KEY}",
        f"{{'Authorization': 'Bearer {KEY}'}}",
        f"(b'authorization', b'bearer  {KEY}')",
        f"<QueryDict: {{'token': ['{KEY}']}}>",
        f"'query_string': b'token={KEY}'",
        f"QUERY_STRING=token={KEY}",
        # Django's login redirect puts the requested address here.
        f"GET /login/?next=/%3Ftoken%3D{KEY}",
    ],
)
def test_a_key_is_redacted_in_every_context(text: str) -> None:
    assert KEY not in redact(text)
    assert "[redacted]" in redact(text)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("/x?token=short HTTP/1.1", "/x?token=[redacted] HTTP/1.1"),
        ("/x?token=a&b=c", "/x?token=[redacted]&b=c"),
        ("Bearer short, next", "Bearer [redacted] next"),
        ("/login/?next=/%3Ftoken%3Dshort", "/login/?next=/%3Ftoken%3D[redacted]"),
    ],
)
def test_a_key_chosen_by_the_operator_is_redacted_too(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    ["completion_tokens=5", "slice job=batch_12 items=3", "max_token=5", "the bearer of news"[:10]],
)
def test_lines_without_a_key_do_not_change(text: str) -> None:
    assert redact(text) == text


def test_the_formatter_works_on_arguments_and_tracebacks(lines: StringIO) -> None:
    logger = logging.getLogger("some.library")
    try:
        raise ValueError(f"no such page: /x?token={KEY}")
    except ValueError:
        logger.exception("failed on %s", f"Bearer {KEY}")
    text = lines.getvalue()
    assert "failed on Bearer [redacted]" in text
    assert "ValueError: no such page: /x?token=[redacted]" in text
    assert KEY not in text


def test_the_log_record_is_not_changed_for_other_handlers(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("some.library").warning("at /x?token=%s", KEY)
    [record] = caplog.records
    arguments: Any = record.args
    RedactingFormatter("%(message)s").format(record)
    assert record.args == arguments
