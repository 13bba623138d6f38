"""A private list is as unknown to other users as a list that does not exist."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from generation.auth.api_key import ApiKey
from generation.engine.scripted import ScriptedDecoder
from generation.openai.errors import ApiError
from generation.playground.consumer import prepare
from tests.conftest import MakeWordlist
from tests.generation.aliases.client import (
    CHAT,
    HELLO,
    WORDS,
    bound_headers,
    error_of,
    make_alias,
    post,
)
from vocab.models import Visibility, Wordlist

pytestmark = pytest.mark.django_db

ENDPOINTS: list[tuple[str, dict[str, Any]]] = [
    (CHAT, HELLO),
    ("/v1/responses", {"input": "Hello"}),
    ("/v1/completions", {"prompt": "Hello"}),
]
every_endpoint = pytest.mark.parametrize(("url", "body"), ENDPOINTS)


@pytest.fixture
def owner(user: User) -> User:
    """Owns the list `mine`; `bearer` is a key of this user."""
    return user


@pytest.fixture
def other() -> User:
    return User.objects.create_user("bo")


@pytest.fixture
def others_bearer(other: User) -> dict[str, str]:
    return bound_headers(other)


@pytest.fixture
def mine(owner: User, make_wordlist: MakeWordlist) -> Wordlist:
    make_wordlist("en", WORDS)
    wordlist = make_wordlist("mine", WORDS).wordlist
    make_wordlist("mine", [*WORDS, "tree"])
    Wordlist.objects.filter(pk=wordlist.pk).update(owner=owner, visibility=Visibility.PRIVATE)
    return Wordlist.objects.get(pk=wordlist.pk)


@every_endpoint
def test_the_owner_writes_with_a_private_list(
    client: Client,
    bearer: dict[str, str],
    mine: Wordlist,
    scripted: ScriptedDecoder,
    url: str,
    body: dict[str, Any],
) -> None:
    response = post(client, bearer, url, **body, vocab_lang="mine")
    assert response.status_code == 200, response.content
    assert response.json()["wordlist"]["slug"] == "mine"


@every_endpoint
@pytest.mark.parametrize("reference", ["{}", "{}@1", "{}@9"])
def test_another_user_gets_the_error_of_an_unknown_list(
    client: Client,
    others_bearer: dict[str, str],
    mine: Wordlist,
    scripted: ScriptedDecoder,
    url: str,
    body: dict[str, Any],
    reference: str,
) -> None:
    def error(slug: str) -> tuple[str, str, str]:
        response = post(
            client, others_bearer, url, **body, vocab_lang=reference.replace("{}", slug)
        )
        param, code, message = error_of(response, 404)
        return param, code, message.replace(slug, "SLUG")

    assert error("mine") == error("none")
    assert error("mine")[2] == "There is no wordlist 'SLUG'; there are: en"
    assert scripted.history == []


def test_the_message_names_what_the_caller_may_use_and_no_archived_list(
    client: Client, bearer: dict[str, str], mine: Wordlist, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("old", WORDS)
    Wordlist.objects.filter(slug="old").update(archived_at=timezone.now())
    _, _, message = error_of(post(client, bearer, vocab_lang="none"), 404)
    assert message == "There is no wordlist 'none'; there are: en, mine"


def test_an_archived_list_still_works_by_name(
    client: Client, bearer: dict[str, str], mine: Wordlist, scripted: ScriptedDecoder
) -> None:
    Wordlist.objects.update(archived_at=timezone.now())
    for reference in ("mine", "mine@1", "en"):
        assert post(client, bearer, vocab_lang=reference).status_code == 200


def test_a_permission_of_the_admin_opens_private_lists(
    client: Client,
    other: User,
    others_bearer: dict[str, str],
    mine: Wordlist,
    scripted: ScriptedDecoder,
) -> None:
    other.user_permissions.add(Permission.objects.get(codename="view_wordlist"))
    assert post(client, others_bearer, vocab_lang="mine").status_code == 200


def test_an_alias_may_bind_a_private_list_for_all_users(
    client: Client, others_bearer: dict[str, str], mine: Wordlist, scripted: ScriptedDecoder
) -> None:
    make_alias("short", "mine", revision=1, n_words=3)
    response = post(client, others_bearer, model="short")
    assert response.status_code == 200, response.content
    assert response.json()["wordlist"]["revision"] == 1
    error_of(post(client, others_bearer, vocab_lang="mine@1"), 404)


def test_an_alias_that_allows_other_lists_does_not_open_the_rest_of_a_private_list(
    client: Client, others_bearer: dict[str, str], mine: Wordlist, scripted: ScriptedDecoder
) -> None:
    make_alias("free", "mine", revision=1, allow_override=True)
    for reference, status in (("mine@1", 200), ("en", 200), ("mine@2", 404), ("mine", 404)):
        response = post(client, others_bearer, model="free", vocab_lang=reference)
        assert response.status_code == status, reference


def test_a_key_may_be_bound_to_a_private_list_of_another_user(
    client: Client, other: User, mine: Wordlist, scripted: ScriptedDecoder
) -> None:
    headers = bound_headers(other, wordlist=mine)
    for fields in ({}, {"vocab_lang": "mine"}, {"vocab_lang": "mine@2"}):
        response = post(client, headers, **fields)
        assert response.status_code == 200, response.content
        assert response.json()["wordlist"]["revision"] == 2
    assert error_of(post(client, headers, vocab_lang="mine@1"), 400)[1] == "fixed_by_model"
    assert ApiKey.objects.get(user=other).wordlist == mine


def test_the_playground_offers_and_takes_only_what_its_user_may_use(
    client: Client, owner: User, other: User, mine: Wordlist, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("old", WORDS)
    Wordlist.objects.filter(slug="old").update(archived_at=timezone.now())
    for user, offered in ((owner, ["mine", "en"]), (other, ["en"])):
        client.force_login(user)
        context = client.get("/").context
        assert [wordlist["slug"] for wordlist in context["wordlists"]] == offered
    pinned, _ = prepare({**HELLO, "vocab_lang": "mine"}, owner)
    assert pinned is not None
    assert pinned.revision.reference == "mine@2"
    with pytest.raises(ApiError, match="There is no wordlist 'mine'; there are: en"):
        prepare({**HELLO, "vocab_lang": "mine"}, other)
