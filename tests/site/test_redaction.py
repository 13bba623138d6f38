"""No log line contains a key, also not those of libraries."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from django.utils.module_loading import import_string

from generation.auth.api_key import ApiKey
from generation.engine.scripted import ScriptedDecoder
from tests.conftest import MakeWordlist
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


# --- JSON ----------------------------------------------------------------------------------------


@pytest.fixture
def objects() -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """Return a function that gives the JSON lines of a logger so far."""
    logging_settings: dict[str, Any] = django_settings.LOGGING
    config = dict(logging_settings["formatters"]["json"])
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    formatter = import_string(config.pop("()"))
    handler.setFormatter(formatter(**config))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)

    def of(name: str) -> list[dict[str, Any]]:
        read = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [each for each in read if each["logger"] == name]

    yield of
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
@pytest.mark.parametrize("stream", [False, True])
async def test_a_chat_is_logged_with_its_list_and_tokens_and_without_its_text(
    api_key: str,
    make_wordlist: MakeWordlist,
    scripted: ScriptedDecoder,
    objects: Callable[[str], list[dict[str, Any]]],
    stream: bool,
) -> None:
    await sync_to_async(make_wordlist)("animals", ["the", "zebra"])
    scripted.enqueue(["the ", "zebra"])
    body = {
        "messages": [{"role": "user", "content": "a secret prompt"}],
        "vocab_lang": "animals",
        **({"stream": True, "stream_options": {"include_usage": True}} if stream else {}),
    }
    answer: Any = await AsyncClient().post(
        f"/v1/chat/completions?token={api_key}", json.dumps(body), content_type="application/json"
    )
    assert answer.status_code == 200
    if stream:
        text = b"".join([part async for part in answer.streaming_content]).decode()
        [last] = [line for line in text.split("\n\n") if '"usage":{' in line.replace(": {", ":{")]
        usage = json.loads(last.removeprefix("data: "))["usage"]
    else:
        usage = answer.json()["usage"]
    key = await ApiKey.objects.aget()
    [access], [reply] = objects("wordgen.access"), objects("wordgen.reply")
    assert reply["request_id"] == access["request_id"] == answer["x-request-id"]
    assert reply["key"] == access["key"] == key.prefix
    assert (access["path"], access["status"]) == ("/v1/chat/completions", 200)
    assert reply["list"] == "animals@1"
    assert reply["prompt_tokens"] == usage["prompt_tokens"] > 0
    assert reply["completion_tokens"] == usage["completion_tokens"] == 2
    assert reply["ms"] >= 0
    assert reply["level"] == "INFO"
    assert dt.datetime.fromisoformat(reply["time"]).tzinfo is not None
    written = json.dumps([access, reply])
    for secret in (api_key, "secret prompt", "zebra"):
        assert secret not in written


def test_a_key_in_a_json_traceback_is_redacted(
    objects: Callable[[str], list[dict[str, Any]]],
) -> None:
    try:
        raise RuntimeError(f"?token={KEY}")
    except RuntimeError:
        request = HttpRequest()
        request.method, request.path = "GET", f"/x?token={KEY}"
        logging.getLogger("library").exception("failed with %s", KEY, extra={"request": request})
    [line] = objects("library")
    assert line["message"] == "failed with [redacted]"
    assert "RuntimeError" in line["exc_info"]
    assert line["request"] == "<HttpRequest: GET '/x%3Ftoken%3D[redacted]'>"
    assert KEY not in json.dumps(line)
