"""A key that is bound to an alias or to a list gives no reply with other words."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import Client

from generation.auth.api_key import ApiKey
from generation.engine.scripted import ScriptedDecoder
from tests.conftest import MakeWordlist
from tests.generation.aliases.client import (
    SERVED,
    WORDS,
    bound_headers,
    error_of,
    make_alias,
    post,
)
from vocab.models import Wordlist

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lists(make_wordlist: MakeWordlist) -> None:
    make_wordlist("en", ["old"])
    make_wordlist("en", WORDS)
    make_wordlist("es", ["la", "casa", "perro"], "es")


def models(client: Client, headers: dict[str, str]) -> list[str]:
    return [each["id"] for each in client.get("/v1/models", headers=headers).json()["data"]]


@pytest.mark.parametrize("fields", [{}, {"model": SERVED}, {"model": "en-3"}, {"vocab_lang": "en"}])
def test_every_request_of_a_key_with_an_alias_uses_the_alias(
    client: Client, user: User, scripted: ScriptedDecoder, fields: dict[str, Any]
) -> None:
    alias = make_alias("en-3", "en", n_words=3, defaults={"max_tokens": 5})
    make_alias("en-all", "en")
    headers = bound_headers(user, alias=alias)
    body = post(client, headers, **fields).json()
    assert body["model"] == "en-3"
    assert (body["wordlist"]["slug"], body["wordlist"]["n_words"]) == ("en", 3)
    assert scripted.history[0].sampling.max_tokens == 5
    assert models(client, headers) == ["en-3"]
    assert client.get(f"/v1/models/{SERVED}", headers=headers).json()["id"] == "en-3"


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"model": "en-all"}, 403, "model"),
        ({"model": "es-all"}, 403, "model"),
        ({"model": "nothing"}, 404, "model"),
        ({"vocab_lang": "es"}, 400, "vocab_lang"),
        ({"vocab_lang": "en@1"}, 400, "vocab_lang"),
        ({"vocab_n_words": 4}, 400, "vocab_n_words"),
        ({"vocab_words": ["new"]}, 400, "vocab_words"),
        ({"vocab_lists": ["es"]}, 400, "vocab_lists"),
        ({"vocab_allow": ["new"]}, 400, "vocab_allow"),
        ({"vocab_names": ["Ana"]}, 400, "vocab_names"),
        ({"vocab_allow_prompt_names": True}, 400, "vocab_allow_prompt_names"),
        ({"vocab_allow_prompt_words": True}, 400, "vocab_allow_prompt_words"),
    ],
)
@pytest.mark.parametrize("allow_override", [True, False])
def test_a_key_with_an_alias_gets_nothing_else(
    client: Client,
    user: User,
    scripted: ScriptedDecoder,
    fields: dict[str, Any],
    status: int,
    param: str,
    allow_override: bool,
) -> None:
    alias = make_alias("en-3", "en", n_words=3, allow_override=allow_override)
    make_alias("en-all", "en")
    make_alias("es-all", "es")
    headers = bound_headers(user, alias=alias)
    assert error_of(post(client, headers, **fields), status)[0] == param
    assert scripted.history == []


def test_a_bound_key_may_have_fewer_words_and_those_of_its_alias(
    client: Client, user: User, scripted: ScriptedDecoder
) -> None:
    bound = {"vocab_allow": ["new"], "vocab_filter": {"min_length": 3}}
    headers = bound_headers(user, alias=make_alias("en-3", "en", n_words=3, defaults=bound))
    fewer: dict[str, Any] = {
        "vocab_ban": WORDS[:1],
        "vocab_allow": ["new"],
        "vocab_allow_prompt_words": False,
    }
    assert post(client, headers, **fewer).status_code == 200
    vocabulary = scripted.history[0].vocabulary
    assert vocabulary is not None
    assert list(vocabulary.words) == [*WORDS[1:3], "new"]
    others: dict[str, Any] = {"vocab_allow": ["old"], "vocab_filter": {"min_length": 1}}
    for name in others:
        assert error_of(post(client, headers, **{name: others[name]}), 400)[0] == name


@pytest.mark.parametrize("fields", [{}, {"model": SERVED}, {"vocab_lang": "en@2"}])
def test_every_request_of_a_key_with_a_list_uses_the_list(
    client: Client, user: User, scripted: ScriptedDecoder, fields: dict[str, Any]
) -> None:
    headers = bound_headers(user, wordlist=Wordlist.objects.get(slug="en"))
    body = post(client, headers, **fields).json()
    assert body["model"] == SERVED
    wordlist = body["wordlist"]
    assert (wordlist["slug"], wordlist["revision"], wordlist["n_words"]) == ("en", 2, 6)
    assert scripted.history[0].vocabulary is not None


def test_a_key_with_a_list_may_use_its_aliases_and_fewer_words(
    client: Client, user: User, scripted: ScriptedDecoder
) -> None:
    headers = bound_headers(user, wordlist=Wordlist.objects.get(slug="en"))
    make_alias("en-3", "en", n_words=3, allow_override=True)
    make_alias("es-all", "es")
    assert models(client, headers) == [SERVED, "en-3"]
    body = post(client, headers, model="en-3", vocab_n_words=2).json()
    assert (body["model"], body["wordlist"]["n_words"]) == ("en-3", 2)
    served = client.get(f"/v1/models/{SERVED}", headers=headers).json()
    assert (served["wordlist"]["slug"], served["parent"]) == ("en", None)


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"model": "es-all"}, 403, "This API key is bound to the list 'en'; it may not use 'es"),
        ({"vocab_lang": "es"}, 400, "vocab_lang: This API key fixes it to 'en'."),
        ({"vocab_lang": "en@1"}, 400, "vocab_lang: This API key fixes it to 'en'."),
        ({"model": "en-3", "vocab_lang": "es"}, 400, "vocab_lang: The model 'en-3' fixes it"),
        ({"model": "en-3", "vocab_n_words": 6}, 400, "vocab_n_words: The model 'en-3' fixes it"),
    ],
)
def test_a_key_with_a_list_gets_no_other(
    client: Client,
    user: User,
    scripted: ScriptedDecoder,
    fields: dict[str, Any],
    status: int,
    message: str,
) -> None:
    headers = bound_headers(user, wordlist=Wordlist.objects.get(slug="en"))
    make_alias("en-3", "en", n_words=3, allow_override=True)
    make_alias("es-all", "es")
    assert error_of(post(client, headers, **fields), status)[2].startswith(message)
    assert scripted.history == []


@pytest.mark.parametrize(
    ("url", "body"),
    [("/v1/responses", {"input": "Hi"}), ("/v1/completions", {"prompt": "Hi"})],
)
def test_responses_and_completions_obey_as_well(
    client: Client, user: User, scripted: ScriptedDecoder, url: str, body: dict[str, Any]
) -> None:
    make_alias("es-all", "es")
    headers = bound_headers(user, wordlist=Wordlist.objects.get(slug="en"))
    assert post(client, headers, url, **body).json()["wordlist"]["slug"] == "en"
    assert error_of(post(client, headers, url, **body, model="es-all"), 403)[0] == "model"
    assert len(scripted.history) == 1


@pytest.mark.parametrize("url", ["/v1/tokenize", "/v1/detokenize"])
def test_the_tokenizer_endpoints_obey_as_well(client: Client, user: User, url: str) -> None:
    make_alias("es-all", "es")
    headers = bound_headers(user, wordlist=Wordlist.objects.get(slug="en"))
    body: dict[str, Any] = {"tokens": []} if "de" in url else {"prompt": "x"}
    assert error_of(post(client, headers, url, model="es-all", **body), 403)[0] == "model"


def test_a_key_is_bound_to_one_thing(user: User) -> None:
    alias = make_alias("en-3", "en")
    wordlist = Wordlist.objects.get(slug="en")
    with pytest.raises(ValidationError, match="an alias or a wordlist, not both"):
        bound_headers(user, alias=alias, wordlist=wordlist)
    key = ApiKey(name="both", user=user, alias=alias, wordlist=wordlist)
    key.set_token()
    with pytest.raises(IntegrityError), transaction.atomic():
        key.save()


def test_what_a_key_is_bound_to_cannot_be_deleted(user: User) -> None:
    """The key would be free without it."""
    alias = make_alias("es-all", "es")
    bound_headers(user, alias=alias)
    bound_headers(user, wordlist=Wordlist.objects.get(slug="en"))
    for row in (alias, *Wordlist.objects.all()):
        with pytest.raises(ProtectedError):
            row.delete()
