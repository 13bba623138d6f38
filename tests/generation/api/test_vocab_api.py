"""POST /v1/vocab/check and /v1/vocab/profile."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from generation.auth.api_key import ApiKey
from tests.client_response import ClientResponse
from tests.conftest import MakeWordlist
from tests.generation.aliases.client import bound_headers, make_alias
from tests.vocab.styles import AS_ANSWERED
from vocab.models import Wordlist, WordlistRevision
from vocab.spreadsheet import BYTE_ORDER_MARK

pytestmark = pytest.mark.django_db

CHECK = "/v1/vocab/check"
PROFILE = "/v1/vocab/profile"
WORDS = ["el", "perro", "come", "pan", "y"]


@pytest.fixture
def spanish(make_wordlist: MakeWordlist) -> WordlistRevision:
    return make_wordlist("es", WORDS, "es")


class Api:
    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    def post(self, url: str, *, accept: str = "", **body: Any) -> ClientResponse:
        headers = {**self.headers, **({"Accept": accept} if accept else {})}
        return self.client.post(
            url, json.dumps(body), content_type="application/json", headers=headers
        )

    def error(self, url: str, **body: Any) -> tuple[int, str, str, str]:
        response = self.post(url, **body)
        error = response.json()["error"]
        return response.status_code, error["param"], error["code"], error["message"]


@pytest.fixture
def api(client: Client, bearer: dict[str, str]) -> Api:
    return Api(client, bearer)


def table(response: ClientResponse) -> list[dict[str, str]]:
    assert response.status_code == 200, response.content
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = response.content.decode()
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK))))


# --- check ---------------------------------------------------------------------------------------


def test_a_text_is_checked_like_a_reply(api: Api, spanish: WordlistRevision) -> None:
    response = api.post(CHECK, input="El perro bebe.", vocab_lang="es", vocab_n_words=2)
    assert response.status_code == 200
    body = response.json()
    assert body["object"] == "vocab.check"
    assert body["wordlist"] == {
        "slug": "es",
        "revision": 1,
        "sha256": spanish.sha256,
        "n_words": 2,
        "style": AS_ANSWERED,
    }
    [result] = body["results"]
    report = result["vocab_report"]
    details = report.pop("details")
    assert (result["index"], report) == (
        0,
        {
            "words": 3,
            "distinct_words": 3,
            "no_words": False,
            "out_of_list": ["bebe"],
            "out_of_style": [],
            "word_parts": 0,
        },
    )
    assert [(word["text"], word["start"], word["rank"]) for word in details["words"]] == [
        ("El", 0, 1),
        ("perro", 3, 2),
        ("bebe", 9, None),
    ]


def test_a_word_behind_the_allowed_ones_has_its_rank(api: Api, spanish: WordlistRevision) -> None:
    body = api.post(CHECK, input="El pan, Pan y gato", vocab_lang="es", vocab_n_words=1).json()
    report = body["results"][0]["vocab_report"]
    assert report["out_of_list"] == ["pan", "Pan", "y", "gato"]
    details = report["details"]
    assert [word["rank"] for word in details["words"]] == [1, 4, 4, 5, None]
    assert [word["listed"] for word in details["words"]] == [True, *[False] * 4]
    assert (details["coverage"], details["highest_rank"], details["mean_rank"]) == (0.2, 1, 1)
    assert [(band["last"], band["words"]) for band in details["bands"]] == [(1, 1)]


def test_several_texts_are_reported_in_their_order(api: Api, spanish: WordlistRevision) -> None:
    texts = ["pan", "", "¡El gato!", "x" * 100]
    body = api.post(CHECK, input=texts, vocab_lang="es@1", report="summary").json()
    results = body["results"]
    assert [each["index"] for each in results] == [0, 1, 2, 3]
    reports = [each["vocab_report"] for each in results]
    assert [each["out_of_list"] for each in reports] == [[], [], ["gato"], ["x" * 100]]
    assert all("details" not in each for each in reports)


def test_the_style_of_the_request_holds(api: Api, spanish: WordlistRevision) -> None:
    body = api.post(CHECK, input="el 5 PAN", vocab_lang="es", vocab_numbers="none").json()
    [result] = body["results"]
    assert result["vocab_report"]["out_of_style"] == [
        {"text": "5", "reason": "number"},
        {"text": "PAN", "reason": "capitals"},
    ]


@pytest.mark.parametrize("by", ["query", "header"])
def test_a_check_as_a_table(by: str, api: Api, spanish: WordlistRevision) -> None:
    url, accept = (f"{CHECK}?format=csv", "") if by == "query" else (CHECK, "text/csv")
    body = {"input": ["El perro. Come =pan", "gato"], "vocab_lang": "es"}
    rows = table(api.post(url, accept=accept, **body))
    assert [tuple(row.values()) for row in rows] == [
        ("0", "1", "0", "2", "El", "true", "1"),
        ("0", "1", "3", "8", "perro", "true", "2"),
        ("0", "2", "10", "14", "Come", "true", "3"),
        ("0", "2", "16", "19", "pan", "true", "4"),
        ("1", "1", "0", "4", "gato", "false", ""),
    ]
    rows = table(api.post(url, accept=accept, report="summary", **body))
    columns = ("text", "words", "coverage", "out_of_list", "sentences", "highest_rank")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        ("0", "4", "1.0", "", "2", "4"),
        ("1", "1", "0.0", "gato", "1", ""),
    ]


def test_the_query_wins_over_the_header(api: Api, spanish: WordlistRevision) -> None:
    body = {"input": "pan", "vocab_lang": "es"}
    assert api.post(f"{CHECK}?format=json", accept="text/csv", **body).json()["results"]
    assert api.post(CHECK, accept="text/event-stream", **body).json()["results"]
    status, param, code, _ = api.error(f"{CHECK}?format=xlsx", **body)
    assert (status, param, code) == (400, "format", "invalid_value")


# --- profile -------------------------------------------------------------------------------------


def test_a_profile_counts_all_texts_together(api: Api, spanish: WordlistRevision) -> None:
    texts = ["El gato come pan. El pez no.", "Gato y perro"]
    response = api.post(PROFILE, input=texts, vocab_lang="es", limit=2)
    assert response.status_code == 200
    body = response.json()
    assert body.pop("wordlist")["slug"] == "es"
    assert body == {
        "object": "vocab.profile",
        "words": 10,
        "distinct_words": 8,
        "coverage": 0.6,
        "bands": [
            {
                "first": 1,
                "last": 5,
                "words": 6,
                "distinct_words": 5,
                "share": 0.6,
                "cumulative_share": 0.6,
            }
        ],
        "mean_rank": 16 / 6,
        "highest_rank": 5,
        "needed": [{"share": 0.95, "n_words": None}, {"share": 0.98, "n_words": None}],
        "unknown": {
            "total": 3,
            "data": [{"word": "gato", "count": 2}, {"word": "pez", "count": 1}],
        },
    }


def test_a_profile_says_how_many_words_are_needed(api: Api, spanish: WordlistRevision) -> None:
    body = api.post(PROFILE, input="el " * 96 + "come " * 3 + "y", vocab_lang="es").json()
    assert body["needed"] == [{"share": 0.95, "n_words": 1}, {"share": 0.98, "n_words": 3}]
    assert body["coverage"] == 1


def test_a_profile_as_a_table(api: Api, spanish: WordlistRevision) -> None:
    rows = table(api.post(f"{PROFILE}?format=csv", input="pan gato pan El", vocab_lang="es"))
    assert [tuple(row.values()) for row in rows] == [
        ("pan", "2", "true", "4"),
        ("gato", "1", "false", ""),
        ("el", "1", "true", "1"),
    ]


def test_a_list_without_order_has_no_ranks(api: Api, spanish: WordlistRevision) -> None:
    WordlistRevision.objects.update(ranked=False)
    body = api.post(PROFILE, input="pan gato", vocab_lang="es").json()
    assert [body[name] for name in ("bands", "mean_rank", "highest_rank", "needed")] == [None] * 4
    rows = table(api.post(f"{PROFILE}?format=csv", input="pan", vocab_lang="es"))
    assert rows == [{"word": "pan", "count": "1", "listed": "true", "rank": ""}]


def test_a_profile_without_words(api: Api, spanish: WordlistRevision) -> None:
    body = api.post(PROFILE, input="12", vocab_lang="es").json()
    assert (body["words"], body["coverage"], body["mean_rank"]) == (0, None, None)


# --- wrong requests ------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [CHECK, PROFILE])
@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"input": "x"}, "vocab_lang", "missing_required_parameter"),
        ({"vocab_lang": "es"}, "input", "missing_required_parameter"),
        ({"input": [], "vocab_lang": "es"}, "input", "empty_array"),
        ({"input": 5, "vocab_lang": "es"}, "input", "invalid_type"),
        ({"input": ["a", 5], "vocab_lang": "es"}, "input[1]", "invalid_type"),
        ({"input": "a\0", "vocab_lang": "es"}, "input", "invalid_value"),
        ({"input": "x" * 50_001, "vocab_lang": "es"}, "input", "string_above_max_length"),
        ({"input": ["x" * 30_000] * 2, "vocab_lang": "es"}, "input", "string_above_max_length"),
        ({"input": ["x"] * 101, "vocab_lang": "es"}, "input", "array_above_max_length"),
        ({"input": "x", "vocab_lang": "es", "vocab_case": "x"}, "vocab_case", "invalid_value"),
        ({"input": "x", "vocab_lang": "es", "text": "x"}, "text", "unknown_parameter"),
        (
            {"input": "x", "vocab_lang": "es", "vocab_finish": "word"},
            "vocab_finish",
            "unsupported_parameter",
        ),
        (
            {"input": "x", "vocab_lang": "es", "vocab_report": "off"},
            "vocab_report",
            "unsupported_parameter",
        ),
    ],
)
def test_an_error_names_the_field(
    url: str,
    body: dict[str, Any],
    param: str,
    code: str,
    api: Api,
    spanish: WordlistRevision,
) -> None:
    status, found, found_code, message = api.error(url, **body)
    assert (status, found, found_code) == (400, param, code), message


def test_the_limits_are_settings(api: Api, spanish: WordlistRevision, settings: Any) -> None:
    settings.VOCAB_CHECK_MAX_CHARS = 3
    assert api.post(CHECK, input=["el", "y"], vocab_lang="es").status_code == 200
    status, param, _, message = api.error(CHECK, input=["el", "pan"], vocab_lang="es")
    assert (status, param) == (400, "input")
    assert "At most 3 characters" in message


def test_only_lists_that_the_user_may_use_are_found(
    api: Api, spanish: WordlistRevision, user: User
) -> None:
    Wordlist.objects.update(owner=User.objects.create_user("bo"), visibility="private")
    for url in (CHECK, PROFILE):
        status, param, code, _ = api.error(url, input="pan", vocab_lang="es")
        assert (status, param, code) == (404, "vocab_lang", "wordlist_not_found")


def test_a_key_needs_the_scope(api: Api, spanish: WordlistRevision) -> None:
    assert ApiKey.objects.update(scopes=[]) == 1
    for url in (CHECK, PROFILE):
        response = api.post(url, input="pan", vocab_lang="es")
        assert response.status_code == 403
        assert response.json()["error"]["code"] == "insufficient_scope"


def test_no_key_is_no_access(client: Client, spanish: WordlistRevision) -> None:
    for url in (CHECK, PROFILE):
        response = client.post(url, "{}", content_type="application/json")
        assert response.status_code == 401


def test_an_alias_gives_its_list(api: Api, spanish: WordlistRevision, user: User) -> None:
    alias = make_alias("es-2", "es", n_words=2, defaults={"vocab_report": "off"})
    body = api.post(CHECK, input="el pan", model="es-2").json()
    assert body["wordlist"]["n_words"] == 2
    assert body["results"][0]["vocab_report"]["out_of_list"] == ["pan"]
    assert api.error(CHECK, input="pan", model="es-3")[:2] == (404, "model")
    bound = Api(Client(), bound_headers(user, alias=alias))
    assert bound.post(CHECK, input="pan").json()["wordlist"]["n_words"] == 2
    status, param, code, _ = bound.error(CHECK, input="pan", vocab_n_words=5)
    assert (status, param, code) == (400, "vocab_n_words", "fixed_by_model")


# --- the request's own words ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "ranks"),
    [
        ({}, [1, None, None, 3]),
        ({"vocab_allow": ["gato"]}, [1, None, None, 3]),
        ({"vocab_names": ["Ana"]}, [1, None, None, 3]),
        ({"vocab_ban": ["perro"]}, [1, None, None, 3]),
        ({"vocab_ban": ["el"]}, [1, None, None, 3]),
        ({"vocab_words": ["gato", "el"]}, [2, 1, None, None]),
        ({"vocab_filter": {"min_length": 3}}, [1, None, None, 3]),
    ],
)
def test_a_rank_is_that_of_the_list_whatever_a_request_adds_or_takes_away(
    fields: dict[str, Any], ranks: list[int | None], api: Api, spanish: WordlistRevision
) -> None:
    text = {"input": "El gato Ana come", "vocab_lang": "es", **fields}
    body = api.post(CHECK, **text).json()
    details = body["results"][0]["vocab_report"]["details"]
    assert [word["rank"] for word in details["words"]] == ranks
    listed = [word["rank"] for word in details["words"] if word["listed"]]
    known = [rank for rank in listed if rank is not None]
    assert (details["highest_rank"], details["mean_rank"]) == (max(known), sum(known) / len(known))
    assert details["bands"][-1]["last"] == (2 if "vocab_words" in fields else 5)
    profile = api.post(PROFILE, **text).json()
    for name in ("coverage", "bands", "mean_rank", "highest_rank"):
        assert profile[name] == details[name], name


def test_the_words_that_a_request_adds_are_on_the_list(api: Api, spanish: WordlistRevision) -> None:
    text = {"input": "El gato come", "vocab_lang": "es"}
    assert api.post(PROFILE, **text).json()["unknown"]["total"] == 1
    body = api.post(PROFILE, **text, vocab_allow=["gato"]).json()
    assert (body["coverage"], body["unknown"]["total"]) == (1, 0)
    body = api.post(CHECK, **text, vocab_allow=["gato"]).json()
    assert body["results"][0]["vocab_report"]["out_of_list"] == []
    assert api.error(CHECK, **text, vocab_allow_prompt_words=True)[:3] == (
        400,
        "vocab_allow_prompt_words",
        "unsupported_parameter",
    )
