"""Every error of the API is JSON with OpenAI's four keys and a request id, whatever raised it."""

from __future__ import annotations

import gzip
import json
import re
import tracemalloc
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path, resolve

from generation.engine.contract import EngineBusy, ModelUnavailable, NoContinuation
from generation.openai.errors import ApiError, as_api_error
from tests.site.api_paths import api_paths
from wordgen_site import urls
from wordgen_site.asgi import application

REQUEST_ID = re.compile(r"[0-9a-f]{32}")
CHAT = "/v1/chat/completions"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"]
SECRET = "a detail for our eyes only"


def failing_view(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(SECRET)


urlpatterns = [path("v1/fail", failing_view), path("fail", failing_view), *urls.urlpatterns]
handler500 = urls.handler500


def checked(response: Any, status: int) -> dict[str, Any]:
    """Return the error of a response, after checking its keys and headers."""
    assert response.status_code == status
    assert response["Content-Type"].startswith("application/json")
    assert REQUEST_ID.fullmatch(response["x-request-id"])
    assert response["Content-Length"] == str(len(response.content))
    body = response.json()
    assert body.keys() == {"error"}
    error: dict[str, Any] = body["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert isinstance(error["message"], str)
    assert error["message"]
    assert error["type"]
    assert "Traceback" not in response.text
    assert SECRET not in response.text
    return error


def allowed_methods(url: str) -> set[str]:
    view = resolve(url).func.cls  # type: ignore[attr-defined]
    return {method for method in METHODS if hasattr(view, method.lower())}


def test_the_paths_are_all_there() -> None:
    assert {CHAT, "/v1/models", "/v1/batch/jobs", "/v1/batch/jobs/x/cancel"} <= set(api_paths())


# --- every path ----------------------------------------------------------------------------------


@pytest.mark.parametrize("url", api_paths())
def test_without_a_key_every_path_is_401(db: None, url: str) -> None:
    client = Client(enforce_csrf_checks=True)
    for method in allowed_methods(url):
        for headers in ({}, {"Authorization": "Bearer wg_wrong"}, {"Authorization": "Basic eA=="}):
            response = client.generic(method, url, headers=headers)
            error = checked(response, 401)
            assert (error["type"], error["code"]) == ("invalid_request_error", "invalid_api_key")
            assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("url", api_paths())
def test_a_wrong_method_is_405_and_says_which_are_right(bearer: dict[str, str], url: str) -> None:
    client = Client(enforce_csrf_checks=True)
    allowed = allowed_methods(url)
    for method in set(METHODS) - allowed:
        response = client.generic(method, url, headers=bearer)
        error = checked(response, 405)
        assert (error["type"], error["code"]) == ("invalid_request_error", "method_not_supported")
        assert error["param"] is None
        assert allowed <= set(response["Allow"].split(", "))
        assert method not in response["Allow"].split(", ")


@pytest.mark.parametrize("url", api_paths())
def test_options_says_what_is_allowed_and_head_has_no_body(
    client: Client, bearer: dict[str, str], url: str
) -> None:
    response = client.options(url, headers=bearer)
    assert (response.status_code, response.content) == (200, b"")
    assert allowed_methods(url) <= set(response["Allow"].split(", "))
    get, head = client.get(url, headers=bearer), client.head(url, headers=bearer)
    assert (head.status_code, head.content) == (get.status_code, b"")


@pytest.mark.parametrize("url", ["/v1", "/v1/", "/v1/nothing", "/v1/models/", "/v1/batch/jobs/"])
@pytest.mark.parametrize("method", [*METHODS, "OPTIONS"])
def test_an_unknown_path_is_404_by_any_method(db: None, url: str, method: str) -> None:
    # A POST without a cookie gets no CSRF error.
    error = checked(Client(enforce_csrf_checks=True).generic(method, url), 404)
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", None, None)
    assert url in error["message"]


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", "/chat/completions"),
        ("GET", "/models"),
        ("GET", "/models/a/b"),
        ("POST", "/batch/jobs"),
        ("GET", "/files/file-1/content"),
    ],
)
@pytest.mark.parametrize("debug", [False, True])
def test_a_forgotten_v1_is_told(
    db: None, settings: Any, method: str, url: str, debug: bool
) -> None:
    settings.DEBUG = debug
    error = checked(Client(enforce_csrf_checks=True).generic(method, url), 404)
    said = f"Unknown request URL: {method} {url}. Did you mean /v1{url}?"
    assert (error["message"], error["type"]) == (said, "invalid_request_error")


@pytest.mark.parametrize(
    ("url", "similar"),
    [
        ("/v1/chat/completion", "/v1/chat/completions"),
        ("/v1/v1/chat/completions", "/v1/chat/completions"),
        ("/v1/models/", "/v1/models"),
        ("/v1/tokenise", "/v1/tokenize"),
        ("/v1/file/file-1/content", "/v1/files/ID/content"),
        ("/v1/batch/jobs/", "/v1/batch/jobs"),
    ],
)
def test_an_unknown_path_names_the_most_similar_one(db: None, url: str, similar: str) -> None:
    error = checked(Client().post(url), 404)
    assert error["message"] == f"Unknown request URL: POST {url}. Did you mean {similar}?"


@pytest.mark.parametrize(
    "url", ["/v1/zzz", "/v1", f"/v1/models/{'x' * 300}/", "/v1/" + "chat" * 99]
)
def test_an_unlike_path_names_none(db: None, url: str) -> None:
    response = Client().put(url)
    assert response.status_code in (404, 401)
    assert "Did you mean" not in response.text


def test_a_page_that_does_not_exist_stays_a_page(client: Client) -> None:
    response = client.get("/nothing")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_a_path_with_a_nul_is_404(client: Client, bearer: dict[str, str]) -> None:
    checked(client.get("/v1/batch/jobs/a%00b", headers=bearer), 404)


# --- bodies --------------------------------------------------------------------------------------

DEEP = b"[" * 200_000


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'"text"', "application/json"),
        (b"null", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'{"a": NaN}', "application/json"),
        (DEEP, "application/json"),
        (b'{"a": ' + b"9" * 5000 + b"}", "application/json"),
        (b'{"a": [' + b"[]," * 1_000_000 + b"1]}", "application/json"),
        (b"<xml/>", "application/xml"),
        (b"model=x", "application/x-www-form-urlencoded"),
        (b"--x--", "multipart/form-data; boundary=x"),
        (b"{}x", "application/json; charset=utf-16"),
        *((b"{}x", f"application/json; charset={name}") for name in ("hex", "zip", "undefined")),
    ],
)
def test_a_body_that_is_not_a_json_object_gives_an_error_without_param_and_code(
    client: Client, bearer: dict[str, str], body: bytes, content_type: str
) -> None:
    response = client.generic("POST", CHAT, body, content_type=content_type, headers=bearer)
    error = checked(response, 400)
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", None, None)


HELLO = json.dumps({"messages": [{"role": "user", "content": "Hi"}]}).encode()


def post_json(client: Client, bearer: dict[str, str], body: bytes, **headers: str) -> Any:
    given = {**bearer, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return client.generic("POST", CHAT, body, content_type="application/json", headers=given)


def test_a_byte_order_mark_before_json_is_no_error(
    client: Client, bearer: dict[str, str], scripted: Any
) -> None:
    assert post_json(client, bearer, b"\xef\xbb\xbf" + HELLO).status_code == 200


@pytest.mark.parametrize("name", ["gzip", "GZIP", "x-gzip"])
def test_a_gzip_body_is_read(
    client: Client, bearer: dict[str, str], scripted: Any, name: str
) -> None:
    body = gzip.compress(b"\xef\xbb\xbf" + HELLO)
    assert post_json(client, bearer, body, content_encoding=name).status_code == 200
    assert scripted.history[0].messages[0].content == "Hi"
    assert post_json(client, bearer, HELLO, content_encoding="identity").status_code == 200


def test_a_gzip_body_is_limited_by_what_it_becomes(
    client: Client, bearer: dict[str, str], settings: Any
) -> None:
    settings.MAX_REQUEST_BYTES = 100_000
    full = gzip.compress(HELLO[:-1].ljust(99_999) + b"}")
    assert post_json(client, bearer, full, content_encoding="gzip").status_code == 200
    more = gzip.compress(HELLO[:-1].ljust(100_000) + b"}")
    error = checked(post_json(client, bearer, more, content_encoding="gzip"), 413)
    assert error["code"] == "request_too_large"
    tracemalloc.start()
    bomb = gzip.compress(b" " * 50_000_000)
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    checked(post_json(client, bearer, bomb, content_encoding="gzip"), 413)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - before < 5_000_000


# The header of gzip has the time, and the name of a case must be the same in every test process.
@pytest.mark.parametrize(
    "body",
    [HELLO, gzip.compress(HELLO)[:-5], gzip.compress(HELLO) + b"x", b"\x1f\x8b"],
    ids=["plain", "cut", "longer", "magic"],
)
def test_a_body_that_is_not_gzip_is_400(
    client: Client, bearer: dict[str, str], body: bytes
) -> None:
    error = checked(post_json(client, bearer, body, content_encoding="gzip"), 400)
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", None, None)


@pytest.mark.parametrize(
    ("url", "encoding"),
    [
        (CHAT, "br"),
        (CHAT, "gzip, gzip"),
        ("/v1/files", "gzip"),
        ("/v1/batch/jobs", "gzip"),
        ("/v1/files", "zstd"),
    ],
)
def test_another_compression_is_415_by_name(
    client: Client, bearer: dict[str, str], url: str, encoding: str
) -> None:
    form = "multipart/form-data; boundary=x"
    content_type = "application/json" if url == CHAT else form
    headers = {**bearer, "Content-Encoding": encoding}
    response = client.generic("POST", url, HELLO, content_type=content_type, headers=headers)
    assert checked(response, 415)["message"].startswith(f"Content-Encoding: {encoding!r} is not")


@pytest.mark.parametrize("name", ["\ud800", "x" * 100_000, "a\nb"])
def test_an_error_can_quote_any_field_name(
    client: Client, bearer: dict[str, str], name: str
) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": "Hi"}], name: 1})
    response = client.post(CHAT, body, content_type="application/json", headers=bearer)
    assert checked(response, 400)["code"] == "unknown_parameter"
    assert len(response.content) < 2000


def test_too_large_a_body_is_413(client: Client, bearer: dict[str, str], settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = client.post(CHAT, b"x" * 101, content_type="application/json", headers=bearer)
    error = checked(response, 413)
    assert (error["param"], error["code"]) == (None, "request_too_large")


def test_too_many_query_parameters_are_400(client: Client, bearer: dict[str, str]) -> None:
    query = "&".join(f"a{number}=1" for number in range(1500))
    error = checked(client.get(f"/v1/models?{query}"), 400)
    assert error["type"] == "invalid_request_error"


# --- errors outside of views ---------------------------------------------------------------------


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("debug", [False, True])
def test_an_exception_outside_a_view_is_500_without_details(
    client: Client, settings: Any, debug: bool
) -> None:
    settings.DEBUG = debug
    client.raise_request_exception = False
    error = checked(client.get("/v1/fail"), 500)
    assert error == {
        "message": "The server had an error.",
        "type": "server_error",
        "param": None,
        "code": None,
    }
    page = client.get("/fail")
    assert page["Content-Type"].startswith("text/html")
    assert (SECRET in page.text) == debug  # the page of another view is not changed


@pytest.mark.parametrize("debug", [False, True])
def test_an_exception_in_a_view_is_500_without_details(
    client: Client, bearer: dict[str, str], settings: Any, debug: bool, monkeypatch: Any
) -> None:
    settings.DEBUG = debug
    view = resolve("/v1/models").func.cls  # type: ignore[attr-defined]
    monkeypatch.setattr(view, "get", lambda *_: failing_view(HttpRequest()))
    assert checked(client.get("/v1/models", headers=bearer), 500)["type"] == "server_error"


@pytest.mark.parametrize("debug", [False, True])
def test_a_bad_host_is_400(client: Client, settings: Any, debug: bool) -> None:
    settings.DEBUG = debug
    settings.ALLOWED_HOSTS = ["words.example.org"]
    for url in ("/v1/models", "/models", "/login/", "/", "/health"):
        error = checked(client.get(url, headers={"Host": "evil.example.org:8010"}), 400)
        assert (error["type"], error["code"]) == ("invalid_request_error", None)
        assert "'evil.example.org:8010'" in error["message"]
        assert "ALLOWED_HOSTS" in error["message"]
    assert client.get("/health/live", headers={"Host": "words.example.org"}).status_code == 200


@pytest.mark.asyncio
async def test_a_query_that_is_not_utf_8_is_400(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://class.example.org"]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/v1/models",
        "query_string": b"a=\xff",
        "headers": [(b"host", b"testserver"), (b"origin", b"https://class.example.org")],
    }
    connection = ApplicationCommunicator(application, scope)
    await connection.send_input({"type": "http.request", "body": b"", "more_body": False})
    start = await connection.receive_output(5)
    headers = {name.lower(): value.decode() for name, value in start["headers"]}
    assert start["status"] == 400
    assert REQUEST_ID.fullmatch(headers[b"x-request-id"])
    assert headers[b"content-type"].startswith("application/json")
    assert headers[b"access-control-allow-origin"] == "https://class.example.org"
    body = json.loads((await connection.receive_output(5))["body"])
    assert body["error"].keys() == {"message", "type", "param", "code"}
    await connection.wait(5)


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_a_stream_has_an_id(bearer: dict[str, str], scripted: Any) -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
    response = await AsyncClient().post(CHAT, body, content_type="application/json", headers=bearer)
    assert response.status_code == 200
    assert REQUEST_ID.fullmatch(response["x-request-id"])
    assert b"[DONE]" in b"".join([part async for part in response.streaming_content])  # type: ignore[attr-defined]


# --- retries -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "retry_after", "should_retry"),
    [
        (ApiError(409, "Cannot cancel a job with status 'completed'."), None, "false"),
        (NoContinuation("no token"), None, "false"),
        (EngineBusy(8, retry_after=7), "7", None),
        (ModelUnavailable("not there"), "30", None),
        (RuntimeError("a fault"), None, None),
    ],
)
def test_an_error_tells_clients_whether_to_retry(
    error: Exception, retry_after: str | None, should_retry: str | None
) -> None:
    headers = as_api_error(error).headers
    assert headers.get("Retry-After") == retry_after
    assert headers.get("x-should-retry") == should_retry
