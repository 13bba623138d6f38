"""The fields of a request that add words to its list and take words away."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from generation.engine.scripted import ScriptedDecoder
from tests.conftest import MakeWordlist
from tests.generation.api.test_chat_api import error_of, post
from vocab.models import Visibility, Wordlist

pytestmark = pytest.mark.django_db

ENTRIES = ["the", "dog", "sees", "a", "cat", "big", "ship"]


@pytest.fixture(autouse=True)
def lists(make_wordlist: MakeWordlist) -> None:
    make_wordlist("en", ENTRIES)
    make_wordlist("farm", ["cow", "the", "pig", "hen"])
    make_wordlist("es", ["la", "casa"], "es")
    make_wordlist("ja", ["犬"], "ja")
    make_wordlist("loose", ["sun", "moon"])
    Wordlist.objects.get(slug="loose").revisions.update(ranked=False)


def body(content: str = "Hello", **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content}], "vocab_lang": "en", **fields}


def allowed(scripted: ScriptedDecoder) -> list[str]:
    vocabulary = scripted.history[-1].vocabulary
    assert vocabulary is not None
    return list(vocabulary.words)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ENTRIES),
        ({"vocab_allow": ["dragon", "dog", " dragon "]}, [*ENTRIES, "dragon"]),
        ({"vocab_allow": ["dragon"], "vocab_n_words": 2}, ["the", "dog", "dragon"]),
        ({"vocab_names": ["Ana"]}, [*ENTRIES, "Ana", "Ana's"]),
        ({"vocab_words": ["hen", "pig"]}, ["hen", "pig"]),
        ({"vocab_words": ["hen"], "vocab_allow": ["pig"]}, ["hen", "pig"]),
        ({"vocab_lists": ["farm"]}, [*ENTRIES, "cow", "pig", "hen"]),
        (
            {"vocab_n_words": 1, "vocab_lists": [{"name": "farm@1", "n_words": 3}, "loose"]},
            ["the", "cow", "pig", "sun", "moon"],
        ),
        ({"vocab_ban": ["Dog", "the"]}, ["sees", "a", "cat", "big", "ship"]),
        ({"vocab_filter": {"max_length": 3, "rank_from": 2}}, ["dog", "a", "cat", "big"]),
        ({"vocab_filter": {"graphemes": list("ships")}, "vocab_lists": ["farm"]}, []),
        (
            {"vocab_filter": {"graphemes": [*"ip", "sh"]}, "vocab_names": ["Ana"]},
            ["ship", "Ana", "Ana's"],
        ),
        ({"vocab_filter": {"letters": "dogct"}, "vocab_ban": ["cat"]}, ["dog"]),
    ],
)
def test_the_allowed_words(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    fields: dict[str, Any],
    expected: list[str],
) -> None:
    response = post(client, bearer, body(**fields))
    if not expected:
        assert response.status_code == 400
        assert error_of(response)["param"] == "vocab_filter"
        return
    assert response.status_code == 200, response.content
    assert allowed(scripted) == expected
    assert response.json()["vocab_report"]["out_of_list"] == []
    assert ("request_words" in response.json()["wordlist"]) == bool(fields)


@pytest.mark.parametrize("url", ["/v1/chat/completions", "/v1/responses", "/v1/completions"])
def test_every_endpoint_reports_the_added_words_that_the_reply_has(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, url: str
) -> None:
    scripted.enqueue(["Ana's ", "dog ", "sees ", "a ", "dragon."])
    asked = body(
        vocab_names=["Ana", "Toby"],
        vocab_allow=["dragon"],
        vocab_ban=["ship"],
        vocab_lists=[{"name": "farm", "n_words": 1}],
    )
    messages = asked.pop("messages")
    own = {
        "/v1/chat/completions": {"messages": messages},
        "/v1/responses": {"input": "Hello"},
        "/v1/completions": {"prompt": "Hello"},
    }[url]
    response = post(client, bearer, {**asked, **own}, url)
    assert response.status_code == 200, response.content
    report = response.json()["vocab_report"]
    assert report["out_of_list"] == []
    assert report["added_words_used"] == {
        "allowed": ["dragon"],
        "names": ["Ana's"],
        "prompt": [],
    }
    assert report["banned"] == []
    summary = response.json()["wordlist"]["request_words"]
    assert len(summary.pop("sha256")) == 64
    assert summary == {
        "lists": [{"name": "farm@1", "n_words": 1}],
        "words": 0,
        "allowed": 1,
        "names": 2,
        "banned": 1,
        "prompt": [],
    }


def test_the_report_finds_what_the_request_does_not_allow(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["The ", "ana ", "sees ", "a ", "ship ", "dragon."])
    response = post(client, bearer, body(vocab_names=["Ana"], vocab_ban=["ship"]))
    report = response.json()["vocab_report"]
    assert report["out_of_list"] == ["ana", "ship", "dragon"]
    assert report["banned"] == ["ship"]


def test_the_report_finds_a_phrase_of_listed_words(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["The ", "big ", "Dog."])
    report = post(client, bearer, body(vocab_ban=["BIG dog"])).json()["vocab_report"]
    assert (report["out_of_list"], report["banned"]) == ([], ["big Dog"])


# --- the words of the messages -------------------------------------------------------------------


def test_words_of_the_users_messages(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    messages = [
        {"role": "system", "content": "about Otto and towers"},
        {"role": "user", "content": "Dragons, and about Ana."},
        {"role": "assistant", "content": "about Kim and trees"},
        {"role": "user", "content": "the castle"},
    ]
    for field, expected in (
        ("names", ["Ana", "Ana's"]),
        ("words", ["dragons", "and", "about", "Ana", "Ana's", "castle"]),
    ):
        fields: dict[str, Any] = {"messages": messages, f"vocab_allow_prompt_{field}": True}
        response = post(client, bearer, body(**fields))
        assert response.status_code == 200, response.content
        assert allowed(scripted) == [*ENTRIES, *expected]
        shown = response.json()["wordlist"]["request_words"]["prompt"]
        assert shown == [each for each in expected if each != "Ana's"]


def test_a_ban_goes_before_the_words_of_the_messages(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    fields = {"vocab_allow_prompt_words": True, "vocab_ban": ["castle"]}
    assert post(client, bearer, body("a Castle castle", **fields)).status_code == 200
    assert "castle" not in allowed(scripted)


def test_a_prompt_with_too_many_new_words_is_refused(
    client: Client, bearer: dict[str, str], settings: Any
) -> None:
    settings.MAX_ADDED_WORDS = 3
    response = post(client, bearer, body("one two three four", vocab_allow_prompt_words=True))
    assert response.status_code == 400
    assert error_of(response)["param"] == "vocab_allow_prompt_words"


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"vocab_allow": "dragon"}, 400, "vocab_allow"),
        ({"vocab_allow": ["a", 1]}, 400, "vocab_allow[1]"),
        ({"vocab_allow": ["a", " "]}, 400, "vocab_allow[1]"),
        ({"vocab_allow": ["a\x00"]}, 400, "vocab_allow[0]"),
        ({"vocab_allow": ["a" * 65]}, 400, "vocab_allow[0]"),
        ({"vocab_allow": ["dog", "кот\ta"]}, 400, "vocab_allow[1]"),
        ({"vocab_allow": ["a"] * 1001}, 400, "vocab_allow"),
        ({"vocab_names": [["Ana"]]}, 400, "vocab_names[0]"),
        ({"vocab_words": ["!"]}, 400, "vocab_words[0]"),
        ({"vocab_words": ["w"] * 20_001}, 400, "vocab_words"),
        ({"vocab_ban": {"a": 1}}, 400, "vocab_ban"),
        ({"vocab_ban": ENTRIES}, 400, "vocab_ban"),
        ({"vocab_allow": ["big dog"], "vocab_ban": ["DOG"]}, 400, "vocab_allow"),
        ({"vocab_names": ["Ana"], "vocab_ban": ["ana"]}, 400, "vocab_names"),
        ({"vocab_lists": "farm"}, 400, "vocab_lists"),
        ({"vocab_lists": ["farm", 5]}, 400, "vocab_lists[1]"),
        ({"vocab_lists": [{"name": "farm", "n": 1}]}, 400, "vocab_lists[0].n"),
        ({"vocab_lists": [{"name": "farm", "n_words": 0}]}, 400, "vocab_lists[0].n_words"),
        ({"vocab_lists": [{"name": "loose", "n_words": 1}]}, 400, "vocab_lists[0].n_words"),
        ({"vocab_lists": ["farm"] * 9}, 400, "vocab_lists"),
        ({"vocab_lists": ["farm", "es"]}, 400, "vocab_lists[1]"),
        ({"vocab_lists": ["nowhere"]}, 404, "vocab_lists[0]"),
        ({"vocab_filter": {}}, 400, "vocab_filter"),
        ({"vocab_filter": []}, 400, "vocab_filter"),
        ({"vocab_filter": {"longest": 5}}, 400, "vocab_filter.longest"),
        ({"vocab_filter": {"min_length": 0}}, 400, "vocab_filter.min_length"),
        ({"vocab_filter": {"min_length": 5, "max_length": 4}}, 400, "vocab_filter.max_length"),
        ({"vocab_filter": {"rank_from": 5, "rank_to": 4}}, 400, "vocab_filter.rank_to"),
        ({"vocab_filter": {"letters": "?"}}, 400, "vocab_filter.letters"),
        ({"vocab_filter": {"graphemes": ["a", "b" * 9]}}, 400, "vocab_filter.graphemes[1]"),
        ({"vocab_filter": {"min_length": 20}}, 400, "vocab_filter"),
        ({"vocab_filter": {"rank_to": 1}, "vocab_lang": "loose"}, 400, "vocab_filter"),
        ({"vocab_filter": {"rank_to": 1}, "vocab_lists": ["loose"]}, 400, "vocab_filter"),
        ({"vocab_allow_prompt_names": "often"}, 400, "vocab_allow_prompt_names"),
        ({"vocab_allow_prompt_words": True, "vocab_lang": "ja"}, 400, "vocab_allow_prompt_words"),
        ({"vocab_ban": ["犬"], "vocab_lang": "ja"}, 400, "vocab_ban"),
        *(
            ({name: value, "vocab_lang": None}, 400, name)
            for name, value in {
                "vocab_words": ["a"],
                "vocab_lists": ["farm"],
                "vocab_allow": ["a"],
                "vocab_names": ["Ana"],
                "vocab_ban": ["a"],
                "vocab_filter": {"max_length": 5},
                "vocab_allow_prompt_names": True,
                "vocab_allow_prompt_words": True,
            }.items()
        ),
    ],
)
def test_errors_name_the_field(
    client: Client, bearer: dict[str, str], fields: dict[str, Any], status: int, param: str
) -> None:
    response = post(client, bearer, body(**fields))
    assert response.status_code == status, response.content
    error = error_of(response)
    assert error["param"] == param
    assert error["message"].startswith(f"{param}: ")


def test_a_private_list_of_another_user_is_unknown(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    owner = User.objects.create_user("eva")
    Wordlist.objects.filter(slug="farm").update(owner=owner, visibility=Visibility.PRIVATE)
    response = post(client, bearer, body(vocab_lists=["farm"]))
    assert response.status_code == 404
    assert error_of(response)["param"] == "vocab_lists[0]"
    assert scripted.history == []


def test_a_continued_text_has_no_messages(client: Client, bearer: dict[str, str]) -> None:
    asked = {"prompt": "A", "vocab_lang": "en", "vocab_allow_prompt_names": True}
    response = post(client, bearer, asked, "/v1/completions")
    assert response.status_code == 400
    assert error_of(response)["param"] == "vocab_allow_prompt_names"


def test_the_playground_takes_the_fields_too(user: User, scripted: ScriptedDecoder) -> None:
    from generation.playground.consumer import prepare

    wordlist, request = prepare(body(vocab_allow=["dragon"], vocab_ban=["dog"]), user)
    assert wordlist is not None
    assert request.vocabulary is not None
    expected = [*(each for each in ENTRIES if each != "dog"), "dragon"]
    assert list(request.vocabulary.words) == expected


def test_a_text_is_checked_against_the_words_of_the_request(
    client: Client, bearer: dict[str, str]
) -> None:
    asked = {
        "input": "Ana sees the ship. The dragon sees Kim.",
        "vocab_lang": "en",
        "vocab_names": ["Ana"],
        "vocab_allow": ["dragon"],
        "vocab_ban": ["ship"],
    }
    response = post(client, bearer, asked, "/v1/vocab/check")
    assert response.status_code == 200, response.content
    [result] = response.json()["results"]
    assert result["vocab_report"]["out_of_list"] == ["ship", "Kim"]
    for name in ("vocab_allow_prompt_names", "vocab_allow_prompt_words"):
        response = post(client, bearer, {**asked, name: True}, "/v1/vocab/check")
        assert response.status_code == 400
        assert error_of(response)["param"] == name
