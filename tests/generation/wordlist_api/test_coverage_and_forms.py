"""A text is measured against a list, and a list of headwords gets their forms."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from generation.auth.scopes import Scope
from tests.generation.wordlist_api.client import ListsApi, body_of, error_of, words_of
from vocab.models import WordlistRevision

pytestmark = pytest.mark.django_db

HEADWORDS = ["the", "dog", "be", "go", "child", "run", "sit", "eat"]


def test_the_share_and_the_missing_words_of_a_text_are_told(api: ListsApi) -> None:
    api.create(words=["el", "gato", "come"])
    body = body_of(
        api.call("POST", "wordlists/es/coverage", text="El gato come pan. El pan, el perro 7.")
    )
    assert (body["word_count"], body["listed_count"]) == (8, 5)
    assert body["share"] == 5 / 8
    assert (body["revision"], body["of_first"]) == (1, [])
    assert body["missing"] == {
        "total": 2,
        "data": [
            {"word": "pan", "count": 2, "why_not": None},
            {"word": "perro", "count": 1, "why_not": None},
        ],
    }
    short = body_of(api.call("POST", "wordlists/es/coverage", text="pan, perro", limit=1))
    assert (short["missing"]["total"], len(short["missing"]["data"])) == (2, 1)
    assert WordlistRevision.objects.count() == 1


def test_the_missing_words_can_be_added_by_the_next_call(api: ListsApi) -> None:
    api.create(words=["el", "gato"])
    text = {"text": "El gato come pan."}
    missing = body_of(api.call("POST", "wordlists/es/coverage", **text))["missing"]["data"]
    api.call("POST", "wordlists/es/words", words=[each["word"] for each in missing])
    assert body_of(api.call("POST", "wordlists/es/coverage", **text))["share"] == 1
    before = body_of(api.call("POST", "wordlists/es/coverage", revision=1, **text))
    assert (before["revision"], before["share"]) == (1, 0.5)


def test_to_measure_takes_a_key_that_may_read(api: ListsApi, user: User) -> None:
    api.create(visibility="shared")
    reader = ListsApi(User.objects.create_user("bo"), scopes=[Scope.LISTS_READ.value])
    assert body_of(reader.call("POST", "wordlists/es/coverage", text="hola"))["share"] == 1
    nobody = ListsApi(reader.user, scopes=[])
    response = nobody.call("POST", "wordlists/es/coverage", text="hola")
    assert error_of(response, 403)[1] == "insufficient_scope"


def test_wrong_requests_for_a_coverage_are_named(api: ListsApi) -> None:
    api.create()
    response = api.call("POST", "wordlists/es/coverage", text="x" * 50_001)
    assert error_of(response, 400)[:2] == ("text", "string_above_max_length")
    response = api.call("POST", "wordlists/es/coverage", text="x", revision=9)
    assert error_of(response, 404)[:2] == ("revision", "revision_not_found")
    assert error_of(api.call("POST", "wordlists/es/coverage", limit=3), 400)[0] == "text"


def test_forms_are_shown_first_and_then_added_behind_their_headwords(api: ListsApi) -> None:
    api.create(language="en", words=HEADWORDS)
    body = body_of(api.call("POST", "wordlists/es/forms", dry_run=True))
    planned = {each["word"]: each["forms"] for each in body["headwords"]["data"]}
    assert {"goes", "went"} <= set(planned["go"])
    assert planned["child"] == ["children"]
    assert body["form_count"] == sum(map(len, planned.values()))
    assert words_of() == HEADWORDS

    body = body_of(api.call("POST", "wordlists/es/forms", most=1, without=["children"], base=1))
    assert (body["revision"], body["is_current"]) == (2, True)
    words = words_of()
    assert body["changes"]["added"] == [word for word in words if word not in HEADWORDS]
    assert words[words.index("go") + 1] == planned["go"][0]
    assert "children" not in words
    assert [word for word in words if word in HEADWORDS] == HEADWORDS


def test_forms_are_refused_for_what_has_none_and_for_an_old_revision(api: ListsApi) -> None:
    api.create(language="zh", words=["你好"])
    param, code, message = error_of(api.call("POST", "wordlists/es/forms"), 400)
    assert (param, code) == ("slug", "no_word_families")
    assert "'zh'" in message
    api.create(slug="en", language="en", words=HEADWORDS)
    api.call("POST", "wordlists/en/words", words=["cat"])
    response = api.call("POST", "wordlists/en/forms", base=1)
    assert error_of(response, 409)[:2] == ("base", "revision_conflict")
    assert words_of("en") == [*HEADWORDS, "cat"]


def test_only_the_owner_adds_forms(api: ListsApi) -> None:
    api.create(language="en", words=HEADWORDS, visibility="shared")
    other = ListsApi(User.objects.create_user("bo"))
    assert error_of(other.call("POST", "wordlists/es/forms"), 403)[1] == "not_the_owner"
    assert words_of() == HEADWORDS
