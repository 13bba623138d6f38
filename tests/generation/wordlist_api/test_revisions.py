"""Revisions are listed, replaced, restored and compared."""

from __future__ import annotations

from typing import Any

import pytest

from tests.generation.aliases.client import make_alias
from tests.generation.wordlist_api.client import WORDS, ListsApi, error_of, words_of
from vocab.models import Visibility, Wordlist, WordlistRevision

pytestmark = pytest.mark.django_db

PATH = "wordlists/es/revisions"


@pytest.fixture(autouse=True)
def es(api: ListsApi) -> None:
    api.create()


def numbers() -> list[int]:
    return sorted(WordlistRevision.objects.values_list("number", flat=True))


def test_new_words_become_the_current_revision(api: ListsApi) -> None:
    body = api.post(PATH, words=["la", "casa", "gato"], note="shorter", base=1)
    assert (body["id"], body["is_current"], body["created"]) == ("es@2", True, True)
    assert body["report"]["word_count"] == 3
    revision = WordlistRevision.objects.get(number=2)
    assert (revision.words, revision.note) == (["la", "casa", "gato"], "shorter")
    assert (revision.created_by, revision.ranked) == (api.user, True)
    assert words_of() == revision.words
    again = api.post(PATH, words=WORDS)
    assert (again["id"], again["created"]) == ("es@1", False)
    assert (words_of(), numbers()) == (WORDS, [1, 2])


def test_a_new_revision_is_ranked_as_the_current_one_is(api: ListsApi) -> None:
    assert api.post(PATH, words=WORDS[::-1], ranked=False)["ranked"] is False
    assert api.post(PATH, words=["x", *WORDS])["ranked"] is False
    assert api.post(PATH, words=["x", *WORDS], ranked=True)["ranked"] is True
    assert numbers() == [1, 2, 3, 4]


def test_a_revision_for_another_base_is_a_conflict(api: ListsApi) -> None:
    api.post("wordlists/es/words", words=["gato"])
    response = api.call("POST", PATH, words=[*WORDS, "pez"], base=1)
    assert error_of(response, 409)[:2] == ("base", "revision_conflict")
    assert (words_of(), numbers()) == ([*WORDS, "gato"], [1, 2])


def test_losing_most_words_needs_force(api: ListsApi) -> None:
    response = api.call("POST", PATH, words=["hola", "gato"])
    param, code, message = error_of_report(response)
    assert (param, code) == (None, "import_doubtful")
    assert "3 of the 4 words of the current revision would be lost" in message
    assert (words_of(), numbers()) == (WORDS, [1])
    assert api.post(PATH, words=["hola", "gato"], force=True)["id"] == "es@2"
    assert words_of() == ["hola", "gato"]


def error_of_report(response: Any) -> tuple[str | None, str, str]:
    """Return param, code and message of an error that has a report."""
    assert response.status_code == 400, response.content
    body = response.json()
    assert body.keys() == {"error", "report"}
    assert body["report"]["doubts"]
    error = body["error"]
    return error["param"], error["code"], error["message"]


def test_a_dry_run_saves_nothing(api: ListsApi) -> None:
    body = api.post(PATH, words=["hola", "hola", "gato"], dry_run=True)
    assert body["object"] == "wordlist.report"
    assert (body["word_count"], body["row_count"]) == (2, 3)
    assert body["duplicates"] == {
        "total": 1,
        "data": [{"line": 2, "text": "hola", "reason": "it is listed already"}],
    }
    assert body["doubts"] == ["3 of the 4 words of the current revision would be lost"]
    assert (words_of(), numbers()) == (WORDS, [1])


def test_revisions_come_in_pages_the_newest_first(api: ListsApi) -> None:
    for word in ("x", "y"):
        api.post("wordlists/es/words", words=[word])
    page = api.get(PATH, limit=2)
    assert [each["id"] for each in page["data"]] == ["es@3", "es@2"]
    assert [each["is_current"] for each in page["data"]] == [True, False]
    assert (page["has_more"], page["first_id"], page["last_id"]) == (True, 3, 2)
    rest = api.get(PATH, limit=2, after=2)
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (["es@1"], False)
    assert error_of(api.call("GET", f"{PATH}?after=9"), 400)[0] == "after"


def test_an_old_revision_is_restored(api: ListsApi) -> None:
    api.post("wordlists/es/words", words=["gato"])
    body = api.post("wordlists/es/restore", revision=1, base=2)
    assert (body["id"], body["is_current"]) == ("es@1", True)
    assert (words_of(), numbers()) == (WORDS, [1, 2])
    error = error_of(api.call("POST", "wordlists/es/restore", revision=7), 404)
    assert error[:2] == ("revision", "revision_not_found")
    error = error_of(api.call("POST", "wordlists/es/restore", revision=2, base=2), 409)
    assert error[:2] == ("base", "revision_conflict")
    assert error_of(api.call("POST", "wordlists/es/restore"), 400)[0] == "revision"
    assert words_of() == WORDS
    assert Wordlist.objects.get().current is not None


def test_two_revisions_are_compared(api: ListsApi) -> None:
    operations: list[dict[str, Any]] = [
        {"rename": {"word": "la", "to": "La"}},
        {"add": ["gato", "pez"]},
        {"remove": ["casa"]},
        {"move": {"word": "perro", "to": 1}},
    ]
    api.post("wordlists/es/changes", operations=operations)
    body = api.get("wordlists/es/compare", **{"from": 1})
    assert body == {
        "object": "wordlist.comparison",
        "slug": "es",
        "from": 1,
        "to": 2,
        "added": {"total": 2, "data": ["gato", "pez"]},
        "removed": {"total": 1, "data": ["casa"]},
        "recased": {"total": 1, "data": [{"from": "la", "to": "La"}]},
        "moved": {"total": 1, "data": [{"word": "perro", "from": 4, "to": 1}]},
    }
    body = api.get("wordlists/es/compare", **{"from": 2, "to": 1, "limit": 1})
    assert body["removed"] == {"total": 2, "data": ["gato"]}
    same = api.get("wordlists/es/compare", **{"from": 1, "to": 1})
    assert all(same[kind]["total"] == 0 for kind in ("added", "removed", "recased", "moved"))
    assert error_of(api.call("GET", "wordlists/es/compare?from=9"), 404)[0] == "from"
    assert error_of(api.call("GET", "wordlists/es/compare?from=1&to=9"), 404)[0] == "to"
    assert error_of(api.call("GET", "wordlists/es/compare"), 400)[0] == "from"


def test_a_revision_is_exported_in_each_format(api: ListsApi) -> None:
    api.post("wordlists/es/words", words=["gato"])

    def export(query: str) -> tuple[str, str, str]:
        response = api.call("GET", f"wordlists/es/export{query}")
        assert response.status_code == 200, response.content
        kind, disposition = response["Content-Type"], response["Content-Disposition"]
        return response.content.decode("utf-8-sig"), kind, disposition

    text, kind, disposition = export("")
    assert text.startswith("# title: es\n# language: es\n# revision: es@2\n# entries: 5\n")
    assert text.endswith("\nhola\nla\ncasa\nperro\ngato\n")
    assert kind == "text/plain; charset=utf-8"
    assert disposition == 'attachment; filename="es@2.txt"'
    text, kind, disposition = export("?format=csv&revision=1")
    assert text.splitlines() == ["rank,word", "1,hola", "2,la", "3,casa", "4,perro"]
    assert (kind, disposition) == (
        "text/csv; charset=utf-8",
        'attachment; filename="es@1.csv"',
    )
    text, kind, _ = export("?format=tsv")
    assert text.splitlines()[0] == "#separator:tab"
    assert text.splitlines()[-1] == "gato\t5"
    assert error_of(api.call("GET", "wordlists/es/export?format=pdf"), 400)[0] == "format"
    assert error_of(api.call("GET", "wordlists/es/export?revision=9"), 404)[0] == "revision"


def test_an_exported_list_is_imported_unchanged(api: ListsApi) -> None:
    words = ["la casa", "he/she", "7up", "Sol"]
    sha256 = api.create("odd", words=words, ranked=False)["sha256"]
    text = api.call("GET", "wordlists/odd/export").content.decode()
    copy = api.create("copy", text=text)
    assert (copy["sha256"], copy["ranked"]) == (sha256, False)
    assert words_of("copy") == words


def test_a_bound_key_reads_only_the_bound_revision_of_a_private_list(
    api: ListsApi, other: ListsApi
) -> None:
    for word in ("gato", "pez"):
        api.post("wordlists/es/words", words=[word])
    es = Wordlist.objects.get(slug="es")
    fixed = make_alias("fixed", "es", revision=2)
    for binding, number in (({"wordlist": es}, 3), ({"alias": fixed}, 2)):
        client = ListsApi(other.user, **binding)
        assert [each["revision"] for each in client.get("wordlists/es/revisions")["data"]] == [
            number
        ]
        assert client.get("wordlists/es/words")["revision"] == number
        assert client.post("wordlists/es/coverage", text="hola")["revision"] == number
        assert client.get("wordlists/es/compare", **{"from": number})["to"] == number
        exported = client.call("GET", "wordlists/es/export?format=csv").content.decode()
        assert ("pez" in exported) == (number == 3)
        for hidden in {1, 2, 3} - {number}:
            for path, param in (
                (f"words?revision={hidden}", "revision"),
                (f"export?format=csv&revision={hidden}", "revision"),
                (f"compare?from={hidden}", "from"),
                (f"compare?from={number}&to={hidden}", "to"),
            ):
                error = error_of(client.call("GET", f"wordlists/es/{path}"), 404)
                assert error[:2] == (param, "revision_not_found")
            response = client.call("POST", "wordlists/es/coverage", text="a", revision=hidden)
            assert error_of(response, 404)[:2] == ("revision", "revision_not_found")
        # The key's user may read a shared list in any case.
        Wordlist.objects.filter(slug="es").update(visibility=Visibility.SHARED)
        assert client.get("wordlists/es/words", revision=1)["revision"] == 1
        Wordlist.objects.filter(slug="es").update(visibility=Visibility.PRIVATE)
