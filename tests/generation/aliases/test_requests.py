"""A request that names an alias is answered under its list, with any other fields."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from generation.engine.scripted import ScriptedDecoder
from tests.batches.api_client import content_of
from tests.conftest import MakeWordlist
from tests.generation.aliases.client import SERVED, WORDS, error_of, make_alias, post
from vocab.models import WordlistRevision

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(make_wordlist: MakeWordlist) -> WordlistRevision:
    make_wordlist("es", ["la", "casa", "perro"], "es")
    return make_wordlist("en", WORDS)


def test_an_alias_binds_its_list_its_words_and_its_defaults(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    make_alias("en-3", "en", n_words=3, defaults={"temperature": 0.25, "vocab_numbers": "none"})
    response = post(client, bearer, model="en-3")
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["model"] == "en-3"
    assert (body["wordlist"]["slug"], body["wordlist"]["n_words"]) == ("en", 3)
    assert body["wordlist"]["style"]["numbers"] == "none"
    assert body["vocab_report"]["out_of_list"] == []
    [request] = scripted.history
    assert request.vocabulary is not None
    assert sorted(request.vocabulary.words) == ["dog", "sees", "the"]
    assert request.sampling.temperature == 0.25


def test_every_chunk_of_a_stream_names_the_alias(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    make_alias("en-3", "en", n_words=3)
    text = content_of(post(client, bearer, model="en-3", stream=True)).decode()
    assert text.count('"model": "en-3"') == text.count('"object": "chat.completion.chunk"') > 2
    assert '"out_of_list": []' in text


@pytest.mark.parametrize("fields", [{"temperature": 1.5}, {"temperature": 0.5, "max_tokens": None}])
def test_a_default_is_replaced_by_the_request_and_null_is_absent(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, fields: dict[str, Any]
) -> None:
    make_alias("en", "en", defaults={"temperature": 0.1, "max_tokens": 7, "stop": "cat"})
    assert post(client, bearer, model="en", **fields).status_code == 200
    [request] = scripted.history
    assert request.sampling.temperature == fields["temperature"]
    assert (request.sampling.max_tokens, request.sampling.stop) == (7, ("cat",))


def test_another_name_of_a_field_replaces_the_default(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    make_alias("en", "en", defaults={"repetition_penalty": 1.5, "max_tokens": 7})
    assert post(client, bearer, model="en", repeat_penalty=1.1, num_predict=3).status_code == 200
    sampling = scripted.history[0].sampling
    assert (sampling.repetition_penalty, sampling.max_tokens) == (1.1, 3)


def test_the_newer_name_of_max_tokens_replaces_the_default(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    make_alias("en", "en", defaults={"max_tokens": 7})
    assert post(client, bearer, model="en", max_completion_tokens=3).status_code == 200
    assert scripted.history[0].sampling.max_tokens == 3


def test_the_responses_api_takes_an_alias_with_its_own_names_of_fields(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    make_alias("en-3", "en", n_words=3, defaults={"max_tokens": 7, "top_k": 9})
    url = "/v1/responses"
    body = post(client, bearer, url, model="en-3", input="Hi").json()
    assert (body["model"], body["wordlist"]["n_words"]) == ("en-3", 3)
    post(client, bearer, url, model="en-3", input="Hi", max_output_tokens=4)
    assert [request.sampling.max_tokens for request in scripted.history] == [7, 4]
    assert {request.sampling.top_k for request in scripted.history} == {9}
    fields = {"model": "en-3", "input": "Hi", "vocab_n_words": 4}
    assert error_of(post(client, bearer, url, **fields), 400)[0] == "vocab_n_words"


def test_a_text_is_continued_under_the_list_of_an_alias(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    make_alias("en-3", "en", n_words=3, defaults={"max_tokens": 7})
    url = "/v1/completions"
    body = post(client, bearer, url, model="en-3", prompt="The").json()
    assert (body["model"], body["wordlist"]["n_words"]) == ("en-3", 3)
    assert scripted.history[0].sampling.max_tokens == 7
    fields = {"model": "en-3", "prompt": "The", "vocab_n_words": 4}
    assert error_of(post(client, bearer, url, **fields), 400)[0] == "vocab_n_words"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vocab_lang", "es"),
        ("vocab_lang", "en@1"),
        ("vocab_lang", "nothing"),
        ("vocab_n_words", 4),
        ("vocab_numbers", "all"),
        ("vocab_finish", "sentence"),
    ],
)
def test_a_request_cannot_replace_what_the_alias_binds(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    make_wordlist: MakeWordlist,
    field: str,
    value: Any,
) -> None:
    make_wordlist("en", [*WORDS, "tree"])
    defaults = {"vocab_numbers": "none", "vocab_finish": "word"}
    make_alias("en-3", "en", n_words=3, defaults=defaults)
    response = post(client, bearer, model="en-3", **{field: value})
    param, code, message = error_of(response, 400)
    assert (param, code) == (field, "fixed_by_model")
    assert message.startswith(f"{field}: The model 'en-3' fixes it to ")
    assert scripted.history == []


@pytest.mark.parametrize(
    "fields",
    [
        {"vocab_lang": "en"},
        {"vocab_lang": "en@1"},
        {"vocab_lang": None},
        {"vocab_n_words": 2},
        {"vocab_n_words": 3},
        {"vocab_numbers": "none"},
        {"vocab_case": "free"},
    ],
)
def test_the_same_value_fewer_words_and_fields_that_are_not_bound_are_fine(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, fields: dict[str, Any]
) -> None:
    make_alias("en-3", "en", n_words=3, defaults={"vocab_numbers": "none"})
    response = post(client, bearer, model="en-3", **fields)
    assert response.status_code == 200, response.content
    wordlist = response.json()["wordlist"]
    assert (wordlist["slug"], wordlist["n_words"]) == ("en", fields.get("vocab_n_words", 3))
    assert wordlist["style"]["numbers"] == "none"
    assert wordlist["style"]["case"] == fields.get("vocab_case", "sentence")


def test_an_alias_may_allow_another_list_but_not_none(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    make_alias("en-3", "en", n_words=3, allow_override=True)
    body = post(client, bearer, model="en-3", vocab_lang="es", vocab_n_words=9).json()
    assert (body["wordlist"]["slug"], body["wordlist"]["n_words"]) == ("es", 3)
    body = post(client, bearer, model="en-3", vocab_lang=None).json()
    assert (body["wordlist"]["slug"], body["wordlist"]["n_words"]) == ("en", 3)


def test_an_alias_follows_its_list_unless_it_names_a_revision(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    make_wordlist: MakeWordlist,
) -> None:
    make_alias("follows", "en")
    make_alias("fixed", "en", revision=1)
    make_wordlist("en", ["tree"])
    for name, revision in (("follows", 2), ("fixed", 1)):
        response = post(client, bearer, model=name)
        assert response.json()["wordlist"]["revision"] == revision
    param, _, _ = error_of(post(client, bearer, model="fixed", vocab_lang="en"), 400)
    assert param == "vocab_lang"


def test_the_served_model_is_not_bound(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    make_alias("en-3", "en", n_words=3)
    for fields in ({}, {"model": SERVED}, {"model": None}):
        body = post(client, bearer, **fields).json()
        assert body["model"] == SERVED
        assert "wordlist" not in body


@pytest.mark.parametrize("name", ["en-4", "EN-3", "en 3", "en-3\x00", "x" * 400])
def test_an_unknown_model_is_404(client: Client, bearer: dict[str, str], name: str) -> None:
    make_alias("en-3", "en")
    param, code, message = error_of(post(client, bearer, model=name), 404)
    assert (param, code) == ("model", "model_not_found")
    assert name[:3] in message
    assert len(message) < 400


@pytest.mark.parametrize("name", [3, True, ["en-3"], {"id": "en-3"}])
def test_the_model_is_a_string(client: Client, bearer: dict[str, str], name: Any) -> None:
    param, code, _ = error_of(post(client, bearer, model=name), 400)
    assert (param, code) == ("model", "invalid_type")


def test_a_name_with_spaces_around_it_is_the_alias_as_well(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    """The serializer trims it: it must not lead around the list."""
    make_alias("en-3", "en", n_words=3)
    assert post(client, bearer, model=" en-3 ").json()["wordlist"]["n_words"] == 3


def test_an_alias_goes_before_a_served_model_that_has_got_its_name(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, settings: Any
) -> None:
    make_alias("en-3", "en", n_words=3)
    settings.SERVED_MODEL_NAME = "en-3"
    assert post(client, bearer, model="en-3").json()["wordlist"]["n_words"] == 3


def test_the_models_list_the_aliases(client: Client, bearer: dict[str, str]) -> None:
    make_alias("en-3", "en", n_words=3, revision=1, defaults={"max_tokens": 9})
    make_alias("any", "es")
    listed = client.get("/v1/models", headers=bearer).json()["data"]
    assert [(each["id"], each["root"], each["parent"]) for each in listed] == [
        (SERVED, SERVED, None),
        ("any", SERVED, SERVED),
        ("en-3", SERVED, SERVED),
    ]
    assert "wordlist" not in listed[0]
    assert listed[2]["default_parameters"] == {"max_tokens": 9}
    assert [each["wordlist"] for each in listed[1:]] == [
        {"slug": "es", "revision": None, "n_words": None, "allow_override": False},
        {"slug": "en", "revision": 1, "n_words": 3, "allow_override": False},
    ]
    assert client.get("/v1/models/en-3", headers=bearer).json() == listed[2]
    assert client.get("/v1/models/en-4", headers=bearer).status_code == 404


def test_the_tokenizer_endpoints_take_an_alias(client: Client, bearer: dict[str, str]) -> None:
    make_alias("en-3", "en")
    for url, body in (("/v1/tokenize", {"prompt": ""}), ("/v1/detokenize", {"tokens": []})):
        error_of(post(client, bearer, url, model="en-4", **body), 404)
        assert post(client, bearer, url, model="en-3", **body).status_code in (200, 503)
