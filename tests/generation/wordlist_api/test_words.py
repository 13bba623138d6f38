"""Words are read in pages, found, added, removed, moved and renamed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.generation.wordlist_api.client import WORDS, ListsApi, error_of, words_of
from vocab.models import WordlistRevision

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def es(api: ListsApi) -> None:
    api.create()


def numbers() -> list[int]:
    return sorted(WordlistRevision.objects.values_list("number", flat=True))


def change(api: ListsApi, *operations: dict[str, Any], **fields: Any) -> Any:
    return api.post("wordlists/es/changes", operations=list(operations), **fields)


# --- reading --------------------------------------------------------------------------------------


def test_words_come_in_pages_with_their_ranks(api: ListsApi) -> None:
    page = api.get("wordlists/es/words", limit=3)
    assert page == {
        "object": "list",
        "data": [
            {"object": "wordlist.word", "rank": 1, "word": "hola"},
            {"object": "wordlist.word", "rank": 2, "word": "la"},
            {"object": "wordlist.word", "rank": 3, "word": "casa"},
        ],
        "has_more": True,
        "first_id": 1,
        "last_id": 3,
        "revision": 1,
        "total": 4,
    }
    page = api.get("wordlists/es/words", after=page["last_id"])
    assert ([each["word"] for each in page["data"]], page["has_more"]) == (["perro"], False)
    page = api.get("wordlists/es/words", after=4)
    assert (page["data"], page["first_id"], page["last_id"]) == ([], None, None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("nino", [(1, "niño"), (3, "Niños")]),
        ("NIÑO", [(1, "niño"), (3, "Niños")]),
        ("strasse", [(2, "Straße")]),
        ("STRASS", [(2, "Straße")]),
        ("izmir", [(4, "İzmir")]),
        ("lodz", [(5, "Łódź")]),
        ("iş", [(6, "ışık")]),
        (" la ", []),
    ],
)
def test_words_are_found_without_their_accents_and_capitals(
    api: ListsApi, query: str, found: list[tuple[int, str]]
) -> None:
    words = ["niño", "Straße", "Niños", "İzmir", "Łódź", "ışık"]
    api.create("search", words=words)
    page = api.get("wordlists/search/words", q=query)
    assert [(each["rank"], each["word"]) for each in page["data"]] == found
    assert page["total"] == len(found)


def test_found_words_come_in_pages_too(api: ListsApi) -> None:
    page = api.get("wordlists/es/words", q="a", limit=2)
    assert [each["rank"] for each in page["data"]] == [1, 2]
    assert (page["has_more"], page["total"]) == (True, 3)
    page = api.get("wordlists/es/words", q="a", limit=2, after=page["last_id"])
    assert ([each["rank"] for each in page["data"]], page["has_more"]) == ([3], False)


def test_the_words_of_an_old_revision_can_be_read(api: ListsApi) -> None:
    change(api, {"remove": ["hola"]})
    assert api.get("wordlists/es/words")["total"] == 3
    page = api.get("wordlists/es/words", revision=1)
    assert (page["revision"], page["total"]) == (1, 4)
    error = error_of(api.call("GET", "wordlists/es/words?revision=9"), 404)
    assert error[:2] == ("revision", "revision_not_found")


@pytest.mark.parametrize("query", ["limit=0", "limit=10001", "after=-1", "after=x", "revision=0"])
def test_a_wrong_query_is_named(api: ListsApi, query: str) -> None:
    param, _, _ = error_of(api.call("GET", f"wordlists/es/words?{query}"), 400)
    assert param == query.partition("=")[0]


# --- changing -------------------------------------------------------------------------------------


def test_words_are_appended(api: ListsApi) -> None:
    body = api.post("wordlists/es/words", words=["gato", "la", " pez "], note="animals")
    changes = body.pop("changes")
    assert changes == {
        "added": ["gato", "pez"],
        "removed": [],
        "moved": [],
        "renamed": [],
        "skipped": [{"word": "la", "reason": "it is listed already"}],
    }
    revision = WordlistRevision.objects.get(number=2)
    assert body == {
        "id": "es@2",
        "object": "wordlist.revision",
        "slug": "es",
        "revision": 2,
        "is_current": True,
        "word_count": 6,
        "ranked": True,
        "sha256": revision.sha256,
        "note": "animals",
        "created_at": int(revision.created_at.timestamp()),
    }
    assert revision.created_by == api.user
    assert words_of() == [*WORDS, "gato", "pez"]


def test_an_append_of_listed_words_makes_no_revision(api: ListsApi) -> None:
    body = api.post("wordlists/es/words", words=["la"])
    assert (body["revision"], body["changes"]["added"]) == (1, [])
    assert numbers() == [1]


def test_operations_are_applied_in_order(api: ListsApi) -> None:
    body = change(
        api,
        {"add": ["gato", "pez"], "at": 1},
        {"remove": ["casa", "none"]},
        {"move": {"word": "perro", "to": 1}},
        {"rename": {"word": "la", "to": "La"}},
        base=1,
    )
    assert words_of() == ["perro", "gato", "pez", "hola", "La"]
    assert body["changes"] == {
        "added": ["gato", "pez"],
        "removed": ["casa"],
        "moved": ["perro"],
        "renamed": [{"from": "la", "to": "La"}],
        "skipped": [{"word": "none", "reason": "it is not listed"}],
    }
    assert (body["revision"], body["note"]) == (
        2,
        "added 2 words: gato, pez; removed 1 word: casa; moved 1 word: perro;"
        " renamed 1 word: la to La",
    )


def test_a_change_for_another_revision_is_a_conflict(api: ListsApi) -> None:
    change(api, {"add": ["gato"]}, base=1)
    response = api.call("POST", "wordlists/es/changes", operations=[{"add": ["pez"]}], base=1)
    param, code, message = error_of(response, 409)
    assert (param, code) == ("base", "revision_conflict")
    assert "its current revision is 2, and this change was made for revision 1" in message
    assert response.headers["x-should-retry"] == "false"
    assert (words_of(), numbers()) == ([*WORDS, "gato"], [1, 2])


@pytest.mark.parametrize(
    ("operation", "param", "code"),
    [
        ({}, "operations[1]", "invalid_value"),
        ({"add": ["x"], "remove": ["y"]}, "operations[1]", "invalid_value"),
        ({"remove": ["la"], "at": 1}, "operations[1].at", "unsupported_parameter"),
        ({"insert": ["x"]}, "operations[1].insert", "unknown_parameter"),
        ({"add": []}, "operations[1].add", "empty_array"),
        ({"add": ["x", 7]}, "operations[1].add[1]", "invalid_type"),
        ({"add": ["x", "a\tb"]}, "operations[1].add[1]", "invalid_value"),
        ({"add": ["x"], "at": 0}, "operations[1].at", "integer_below_min_value"),
        ({"add": ["x"], "at": 99}, "operations[1].add", "invalid_value"),
        ({"remove": ["a\tb"]}, "operations[1].remove[0]", "invalid_value"),
        ({"remove": WORDS}, "operations[1].remove", "invalid_value"),
        ({"move": {"word": "none", "to": 1}}, "operations[1].move", "invalid_value"),
        ({"move": {"word": "la", "to": 9}}, "operations[1].move", "invalid_value"),
        ({"move": {"word": "la"}}, "operations[1].move.to", "missing_required_parameter"),
        ({"rename": {"word": "la", "to": "hola"}}, "operations[1].rename", "invalid_value"),
        ({"rename": {"word": "la", "to": "50%"}}, "operations[1].rename", "invalid_value"),
    ],
)
def test_a_wrong_operation_is_named_and_none_is_applied(
    api: ListsApi, operation: dict[str, Any], param: str, code: str
) -> None:
    operations = [{"move": {"word": "hola", "to": 2}}, operation]
    response = api.call("POST", "wordlists/es/changes", operations=operations)
    assert error_of(response, 400)[:2] == (param, code)
    assert (words_of(), numbers()) == (WORDS, [1])


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"operations": []}, "operations"),
        ({"operations": {"add": ["x"]}}, "operations"),
        ({"operations": ["add"]}, "operations[0]"),
        ({"operations": [{"add": ["x"]}] * 101}, "operations"),
        ({"operations": [{"add": ["x"]}], "base": 0}, "base"),
        ({"operations": [{"add": ["x"]}], "base": "1"}, "base"),
        ({"operations": [{"add": ["x"]}], "note": "x" * 501}, "note"),
        ({"operations": [{"add": ["x"]}], "dry_run": True}, "dry_run"),
        ({}, "operations"),
    ],
)
def test_a_wrong_field_of_a_change_is_named(
    api: ListsApi, fields: dict[str, Any], param: str
) -> None:
    assert error_of(api.call("POST", "wordlists/es/changes", **fields), 400)[0] == param
    assert numbers() == [1]


def test_a_list_cannot_grow_over_the_limit(api: ListsApi, settings: Any) -> None:
    settings.WORDLIST_MAX_ENTRIES = 5
    _, _, message = error_of(api.call("POST", "wordlists/es/words", words=["x", "y"]), 400)
    assert message == "words: the list would have 6 entries; at most 5 are accepted."
    assert numbers() == [1]
