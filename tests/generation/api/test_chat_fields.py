"""The fields of a chat body, and the error for each wrong one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.fields import Field

from generation.engine.contract import InvalidRequest
from generation.engine.scripted import ScriptedDecoder
from generation.openai.fields.other_fields import NEUTRAL as NEUTRAL_OF_OTHERS
from generation.openai.fields.other_fields import WITHOUT_EFFECT
from generation.openai.serializers import BatchItemSerializer, ChatSerializer
from tests.batches.api_client import content_of
from tests.generation.api.test_chat_api import HELLO, error_of, post
from vocab.models import WordlistRevision
from vocab.revisions import add_revision

pytestmark = pytest.mark.django_db

MakeWordlist = Callable[..., WordlistRevision]
USER = HELLO["messages"][0]


# --- accepted fields -----------------------------------------------------------------------------

HARMLESS: dict[str, Any] = {
    "user": "u",
    "safety_identifier": "s" * 64,
    "metadata": {f"{number:064}": "v" * 512 for number in range(16)},
    "store": True,
    "service_tier": "flex",
    "prompt_cache_key": "k",
    "prompt_cache_retention": "24h",
    "parallel_tool_calls": False,
    "reasoning_effort": "minimal",
    "verbosity": "low",
}
NEUTRAL: dict[str, Any] = {
    "response_format": {"type": "text"},
    "tools": [],
    "tool_choice": "none",
    "modalities": ["text"],
    "audio": None,
    "vocab_constraint_mode": "hard",
    "logit_bias": {},
    "top_logprobs": 0,
    "n": 1,
    "stop": [],
    "ignore_eos": False,
    "repeat_penalty": 1.0,
}
OF_OTHER_SERVERS = {
    **{name: refusal.accepted[0] for name, refusal in NEUTRAL_OF_OTHERS.items()},
    **dict.fromkeys(WITHOUT_EFFECT, 2048),
}


def test_fields_without_effect_are_accepted(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    assert post(client, bearer, {**HELLO, **HARMLESS, **NEUTRAL}).status_code == 200
    everything_null = dict.fromkeys({*HARMLESS, *NEUTRAL, "stop", "seed", "stream_options"})
    assert post(client, bearer, {**HELLO, **everything_null}).status_code == 200
    assert post(client, bearer, HELLO).status_code == 200
    first, second, third = (request.sampling for request in scripted.history)
    assert first == second == third


def test_fields_of_other_servers_that_change_nothing_are_accepted(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    for name, value in OF_OTHER_SERVERS.items():
        assert post(client, bearer, {**HELLO, name: value}).status_code == 200, name
    assert post(client, bearer, {**HELLO, **OF_OTHER_SERVERS}).status_code == 200
    assert len(OF_OTHER_SERVERS) > 50
    first, *others = (request.sampling for request in scripted.history)
    assert all(other == first for other in others)


def test_null_means_absent_for_any_field(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    names = {*ChatSerializer().fields, "guided_json", "suffix", "vocab_n_word", "a field"}
    nulls = dict.fromkeys(names - {"messages"})
    turns = [{**USER, "reasoning_content": None, "name": None, "tool_call_id": None}]
    body = {**nulls, "messages": turns, "stream": True, "stream_options": {"x": None}}
    response = post(client, bearer, body)
    assert response.status_code == 200
    content_of(response)  # a stream that nobody reads keeps its places in the limits
    assert post(client, bearer, HELLO).status_code == 200
    first, second = scripted.history
    assert first == second


def test_other_names_of_our_fields_mean_the_same(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    sent = {"repeat_penalty": 1.3, "repetition_penalty": 1.3, "num_predict": 7, "n_predict": None}
    assert post(client, bearer, {**HELLO, **sent}).status_code == 200
    sampling = scripted.history[0].sampling
    assert (sampling.repetition_penalty, sampling.max_tokens) == (1.3, 7)


@pytest.mark.parametrize(("limit", "expected"), [({"max_tokens": 9}, 9), ({}, 512)])
def test_ignoring_the_end_means_to_write_all_tokens(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    limit: dict[str, int],
    expected: int,
) -> None:
    assert post(client, bearer, {**HELLO, **limit, "ignore_eos": True}).status_code == 200
    sampling = scripted.history[0].sampling
    assert (sampling.min_tokens, sampling.max_tokens) == (expected, expected)


def test_the_best_of_several_replies_is_returned(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    again = ["I see a dog. ", "I see a dog."]
    scripted.enqueue(again, ["I see it."], again)
    body = post(client, bearer, {**HELLO, "best_of": 3}).json()
    assert [choice["message"]["content"] for choice in body["choices"]] == ["I see it."]
    assert body["usage"]["completion_tokens"] == 5  # of all three
    assert [request.sampling.weighs for request in scripted.history] == [True] * 3
    post(client, bearer, {**HELLO, "best_of": 2, "n": 2})
    assert [request.sampling.weighs for request in scripted.history[3:]] == [False] * 2


def test_greedy_replies_are_the_same_so_one_is_written(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["one"], ["two"])
    body = post(client, bearer, {**HELLO, "best_of": 2, "n": 2, "temperature": 0}).json()
    assert [choice["message"]["content"] for choice in body["choices"]] == ["one", "one"]
    assert len(scripted.history) == 1


def test_the_replies_of_a_beam_search_are_its_hypotheses(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["one"], ["two"], ["three"])
    beams = {**HELLO, "temperature": 0, "num_beams": 4}
    body = post(client, bearer, {**beams, "n": 3}).json()
    assert [choice["message"]["content"] for choice in body["choices"]] == ["one", "two", "three"]
    assert post(client, bearer, {**beams, "best_of": 2}).status_code == 200
    found = [(each.sampling.hypothesis, each.sampling.weighs) for each in scripted.history]
    assert found == [(0, False), (1, False), (2, False), (0, True), (1, True)]


def test_a_reply_may_be_chosen_among_particles(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("es", "hola mundo")
    words = {**HELLO, "vocab_lang": "es"}
    assert post(client, bearer, {**words, "vocab_particles": 4}).status_code == 200
    assert post(client, bearer, words).status_code == 200
    assert [request.sampling.particles for request in scripted.history] == [4, 1]


@pytest.mark.parametrize("breakers", [["é", "\n"], '["é", "\\n"]'])
def test_a_penalty_on_repetitions_is_passed_on(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, breakers: Any
) -> None:
    """Some clients send the list as a text."""
    numbers = {"dry_multiplier": 0.8, "dry_base": 2, "dry_allowed_length": 3}
    sent = {**numbers, "dry_penalty_last_n": 64, "dry_sequence_breakers": breakers}
    assert post(client, bearer, {**HELLO, **sent}).status_code == 200
    assert post(client, bearer, HELLO).status_code == 200
    dry, plain = (request.sampling for request in scripted.history)
    assert {name: getattr(dry, name) for name in numbers} == numbers
    assert (dry.dry_penalty_last_n, dry.dry_sequence_breakers) == (64, ("é", "\n"))
    assert (dry.is_dry, plain.is_dry) == (True, False)


def test_sentences_may_be_repeated_if_the_request_says_so(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("es", "hola mundo")
    words = {**HELLO, "vocab_lang": "es"}
    assert post(client, bearer, {**words, "vocab_repeat_sentences": True}).status_code == 200
    assert post(client, bearer, words).status_code == 200
    assert [request.sampling.repeat_sentences for request in scripted.history] == [True, False]


def test_words_may_be_drawn_as_words(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("es", "hola mundo")
    words = {**HELLO, "vocab_lang": "es"}
    assert post(client, bearer, {**words, "vocab_sampling": "words"}).status_code == 200
    assert post(client, bearer, words).status_code == 200
    assert [request.sampling.unit for request in scripted.history] == ["words", None]


def test_an_answer_can_be_sent_back_unchanged(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["Good day."])
    message = post(client, bearer, HELLO).json()["choices"][0]["message"]
    # Messages of OpenAI's client also have these fields.
    message |= {"annotations": None, "audio": None, "function_call": None, "tool_calls": None}
    again = post(client, bearer, {"messages": [USER, message, {**USER, "name": "ana"}]})
    assert again.status_code == 200
    assert [each.content for each in scripted.history[1].messages] == [
        "Hello",
        "Good day.",
        "Hello",
    ]


def test_a_stop_string_alone_is_a_list_of_one(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["one ", "two\n", "three"])
    body = post(client, bearer, {**HELLO, "stop": "\n"}).json()
    assert scripted.history[0].sampling.stop == ("\n",)
    assert body["choices"][0]["message"]["content"] == "one two"
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"]["completion_tokens"] == 2


def test_max_completion_tokens_wins_over_the_older_name(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    post(client, bearer, {**HELLO, "max_tokens": 9, "max_completion_tokens": 3})
    assert scripted.history[0].sampling.max_tokens == 3


# --- refused fields ------------------------------------------------------------------------------


def part(kind: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": kind, "text": "x"}]}]


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"stop": ""}, "stop", "invalid_value"),
    ({"stop": ["a", ""]}, "stop", "invalid_value"),
    ({"stop": ["a"] * 5}, "stop", "array_above_max_length"),
    ({"stop": [1]}, "stop", "invalid_type"),
    ({"stop": {"a": 1}}, "stop", "invalid_type"),
    ({"stop": "x" * 1001}, "stop", "string_above_max_length"),
    ({"stop": "\x00"}, "stop", "invalid_value"),
    ({"seed": 2**63}, "seed", "integer_above_max_value"),
    ({"seed": "x"}, "seed", "invalid_type"),
    ({"min_p": 1.1}, "min_p", "decimal_above_max_value"),
    ({"presence_penalty": 2.1}, "presence_penalty", "decimal_above_max_value"),
    ({"frequency_penalty": -2.1}, "frequency_penalty", "decimal_below_min_value"),
    ({"frequency_penalty": True}, "frequency_penalty", "invalid_type"),
    ({"logit_bias": [1]}, "logit_bias", "invalid_type"),
    ({"logit_bias": {"1": 101}}, "logit_bias", "invalid_value"),
    ({"logit_bias": {"1": "5"}}, "logit_bias", "invalid_value"),
    ({"logit_bias": {"1": True}}, "logit_bias", "invalid_value"),
    ({"logit_bias": dict.fromkeys(map(str, range(1001)), 1)}, "logit_bias", "invalid_value"),
    ({"logprobs": 1}, "logprobs", "invalid_type"),
    ({"logprobs": True, "top_logprobs": 21}, "top_logprobs", "integer_above_max_value"),
    ({"logprobs": True, "top_logprobs": -1}, "top_logprobs", "integer_below_min_value"),
    ({"top_logprobs": 3}, "top_logprobs", "invalid_value"),
    ({"logprobs": True, "num_beams": 2}, "logprobs", "unsupported_value"),
    ({"n": 0}, "n", "integer_below_min_value"),
    ({"n": 9}, "n", "integer_above_max_value"),
    ({"min_tokens": -1}, "min_tokens", "integer_below_min_value"),
    ({"min_tokens": 6, "max_completion_tokens": 5}, "min_tokens", "invalid_value"),
    ({"min_tokens": 513}, "min_tokens", "invalid_value"),
    ({"num_beams": 4, "num_beam_groups": 3}, "num_beam_groups", "invalid_value"),
    ({"num_beams": 4, "num_beam_groups": 2}, "num_beam_groups", "invalid_value"),
    ({"diversity_penalty": 1.0}, "diversity_penalty", "invalid_value"),
    ({"stream_options": {}}, "stream_options", "invalid_value"),
    (
        {"stream": True, "stream_options": {"include_usages": True}},
        "stream_options.include_usages",
        "unknown_parameter",
    ),
    ({"response_format": {"type": "json_object"}}, "response_format.type", "unsupported_value"),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
        "response_format.type",
        "unsupported_value",
    ),
    ({"response_format": {"type": "xml"}}, "response_format.type", "invalid_value"),
    ({"response_format": {}}, "response_format.type", "missing_required_parameter"),
    ({"response_format": "text"}, "response_format", "invalid_type"),
    ({"modalities": ["text", "audio"]}, "modalities", "unsupported_value"),
    ({"audio": {}}, "audio", "unsupported_parameter"),
    ({"prediction": {}}, "prediction", "unsupported_parameter"),
    ({"web_search_options": {}}, "web_search_options", "unsupported_parameter"),
    ({"vocab_constraint_mode": "soft"}, "vocab_constraint_mode", "unsupported_value"),
    ({"vocab_soft_tier2_penalty": 1.0}, "vocab_soft_tier2_penalty", "unsupported_value"),
    ({"vocab_soft_tier3_penalty": 1.0}, "vocab_soft_tier3_penalty", "unsupported_value"),
    (
        {"vocab_soft_tier2_max_rank_multiplier": 2},
        "vocab_soft_tier2_max_rank_multiplier",
        "unsupported_value",
    ),
    ({"user": 3}, "user", "invalid_type"),
    ({"safety_identifier": "s" * 65}, "safety_identifier", "string_above_max_length"),
    ({"store": "yes"}, "store", "invalid_type"),
    ({"metadata": "m"}, "metadata", "invalid_type"),
    ({"metadata": ["k"]}, "metadata", "invalid_type"),
    ({"metadata": {"k": 1}}, "metadata.k", "invalid_type"),
    ({"metadata": {"a": "b", "tags": ["c"]}}, "metadata.tags", "invalid_type"),
    ({"metadata": {"k": "v" * 513}}, "metadata.k", "string_above_max_length"),
    ({"metadata": {"k" * 65: "v"}}, "metadata", "string_above_max_length"),
    ({"metadata": {"k\x00": "v"}}, "metadata", "invalid_value"),
    ({"metadata": {str(key): "" for key in range(17)}}, "metadata", "object_above_max_properties"),
    ({"messages": [USER] * 501}, "messages", "array_above_max_length"),
    ({"temperature": "0.5"}, "temperature", "invalid_type"),
    ({"max_tokens": "5"}, "max_tokens", "invalid_type"),
    ({"max_completion_tokens": "5"}, "max_completion_tokens", "invalid_type"),
    ({"seed": "5"}, "seed", "invalid_type"),
    ({"typical_p": "1"}, "typical_p", "unsupported_value"),
    ({"messages": part("image_url")}, "messages[0].content", "unsupported_value"),
    ({"messages": [{**USER, "role": "bot"}]}, "messages[0].role", "invalid_value"),
    ({"messages": part("input_audio")}, "messages[0].content", "unsupported_value"),
    ({"messages": [{"role": "user", "content": []}]}, "messages[0].content", "empty_array"),
    ({"messages": [{"role": "user", "content": ["x"]}]}, "messages[0].content", "invalid_type"),
    ({"messages": [{**USER, "nam": "x"}]}, "messages[0].nam", "unknown_parameter"),
    ({"Temperature": 1}, "Temperature", "unknown_parameter"),
    ({"vocab_n_word": 5}, "vocab_n_word", "unknown_parameter"),
    ({"best_of": 2, "n": 3}, "best_of", "invalid_value"),
    ({"best_of": 2, "stream": True}, "best_of", "invalid_value"),
    ({"best_of": 2, "temperature": 0}, "best_of", "invalid_value"),
    ({"best_of": 3, "temperature": 0, "num_beams": 2}, "best_of", "invalid_value"),
    ({"n": 3, "temperature": 0, "num_beams": 2}, "n", "invalid_value"),
    ({"best_of": 1000}, "best_of", "integer_above_max_value"),
    ({"mirostat": 2}, "mirostat", "unsupported_value"),
    ({"typical_p": 0.9}, "typical_p", "unsupported_value"),
    ({"skip_special_tokens": False}, "skip_special_tokens", "unsupported_value"),
    ({"guided_json": {}}, "guided_json", "unknown_parameter"),
    ({"moderation": {}}, "moderation", "unsupported_parameter"),
    ({"repeat_penalty": 20}, "repeat_penalty", "decimal_above_max_value"),
    ({"repeat_penalty": 1.1, "repetition_penalty": 1.2}, "repeat_penalty", "invalid_value"),
    ({"num_predict": 3, "n_predict": 4}, "n_predict", "invalid_value"),
    ({"num_predict": -1}, "num_predict", "integer_below_min_value"),
    ({"vocab_sampling": "words"}, "vocab_sampling", "invalid_value"),
    ({"vocab_particles": 2}, "vocab_particles", "invalid_value"),
    ({"dry_multiplier": -1}, "dry_multiplier", "decimal_below_min_value"),
    ({"dry_base": 0.5}, "dry_base", "decimal_below_min_value"),
    ({"dry_allowed_length": 0}, "dry_allowed_length", "integer_below_min_value"),
    ({"dry_penalty_last_n": -2}, "dry_penalty_last_n", "integer_below_min_value"),
    ({"dry_sequence_breakers": "\n"}, "dry_sequence_breakers", "invalid_type"),
    ({"dry_sequence_breakers": [""]}, "dry_sequence_breakers", "invalid_value"),
    ({"dry_sequence_breakers": ["a"] * 17}, "dry_sequence_breakers", "array_above_max_length"),
    ({"vocab_repeat_sentences": True}, "vocab_repeat_sentences", "invalid_value"),
    ({"vocab_lang": "es", "vocab_repeat_sentences": 3}, "vocab_repeat_sentences", "invalid_type"),
    ({"vocab_particles": 1000}, "vocab_particles", "integer_above_max_value"),
    (
        {"vocab_lang": "es", "vocab_particles": 2, "temperature": 0},
        "vocab_particles",
        "invalid_value",
    ),
    (
        {"vocab_lang": "es", "vocab_particles": 2, "num_beams": 2},
        "vocab_particles",
        "invalid_value",
    ),
    (
        {"vocab_lang": "es", "vocab_particles": 2, "vocab_sampling": "words"},
        "vocab_particles",
        "invalid_value",
    ),
    ({"vocab_sampling": "letters"}, "vocab_sampling", "invalid_value"),
    (
        {"vocab_lang": "es", "vocab_sampling": "words", "num_beams": 2},
        "vocab_sampling",
        "invalid_value",
    ),
]


@pytest.mark.parametrize(("change", "param", "code"), WRONG)
def test_unsupported_fields_are_refused_by_name(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    change: dict[str, Any],
    param: str,
    code: str,
) -> None:
    response = post(client, bearer, {**HELLO, **change})
    assert response.status_code == 400
    error = error_of(response)
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    assert error["message"].startswith(f"{param}: ")
    assert scripted.history == []


def test_every_wrong_key_of_a_logit_bias_is_named(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    bias = {"5": 1, "hello": 1, "-3": 1, "1.5": 1, "٣": 1}
    error = error_of(post(client, bearer, {**HELLO, "logit_bias": bias}))
    assert (error["param"], error["code"]) == ("logit_bias", "invalid_value")
    assert all(repr(key) in error["message"] for key in bias if key != "5")
    assert "'5'" not in error["message"]


def test_an_error_of_the_engine_names_its_parameter_too(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(InvalidRequest("logit_bias: 99 is no token.", "logit_bias"))
    error = error_of(post(client, bearer, {**HELLO, "logit_bias": {"99": 1}}))
    assert (error["param"], error["code"]) == ("logit_bias", "invalid_value")


@pytest.mark.parametrize(
    ("entries", "n_words", "param", "message"),
    [
        ([], None, "vocab_lang", "The wordlist short@1 has no words."),
        (["'s", "'s"], 5, "vocab_lang", "The wordlist short@1 has no words."),
        (
            ["'s", "'s", "dog", "cat"],
            2,
            "vocab_n_words",
            "The first word of short@1 is its entry 3; the entries before it can only be attached"
            " to words.",
        ),
    ],
)
def test_a_list_without_words_below_n_is_refused(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    make_wordlist: MakeWordlist,
    entries: list[str],
    n_words: int | None,
    param: str,
    message: str,
) -> None:
    make_wordlist("short", entries)
    response = post(client, bearer, {**HELLO, "vocab_lang": "short", "vocab_n_words": n_words})
    assert response.status_code == 400
    assert error_of(response) == {
        "message": f"{param}: {message}",
        "type": "invalid_request_error",
        "param": param,
        "code": "invalid_value",
    }
    assert scripted.history == []


def test_n_may_be_as_low_as_the_first_word(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    make_wordlist: MakeWordlist,
) -> None:
    make_wordlist("short", ["'s", "dog", "cat"])
    response = post(client, bearer, {**HELLO, "vocab_lang": "short", "vocab_n_words": 2})
    assert response.status_code == 200
    assert response.json()["wordlist"]["n_words"] == 2


def test_a_list_without_ranks_has_no_first_words(
    client: Client,
    bearer: dict[str, str],
    scripted: ScriptedDecoder,
    make_wordlist: MakeWordlist,
) -> None:
    wordlist = make_wordlist("deck", ["dog", "cat"]).wordlist
    revision, created = add_revision(wordlist, ["dog", "cat"], ranked=False)
    assert (created, revision.number) == (True, 2), "the same entries, but another revision"
    response = post(client, bearer, {**HELLO, "vocab_lang": "deck", "vocab_n_words": 1})
    assert response.status_code == 400
    assert error_of(response) == {
        "message": "vocab_n_words: The wordlist deck@2 is not in order of rank, so it has no first"
        " 1 words. Leave vocab_n_words out to use the whole list.",
        "type": "invalid_request_error",
        "param": "vocab_n_words",
        "code": "wordlist_not_ranked",
    }
    assert scripted.history == []
    assert post(client, bearer, {**HELLO, "vocab_lang": "deck"}).status_code == 200
    ranked = post(client, bearer, {**HELLO, "vocab_lang": "deck@1", "vocab_n_words": 1})
    assert ranked.status_code == 200


# --- the declaration -----------------------------------------------------------------------------


def all_fields(serializer: Any, path: str = "") -> list[tuple[str, Field[Any, Any, Any, Any]]]:
    found = []
    for name, field in serializer.fields.items():
        found.append((f"{path}{name}", field))
        inner = getattr(field, "child", field)
        if hasattr(inner, "fields"):
            found += all_fields(inner, f"{path}{name}.")
    return found


def test_every_field_has_a_help_text() -> None:
    fields = all_fields(ChatSerializer()) + all_fields(BatchItemSerializer())
    assert len(fields) > 50
    silent = [name for name, field in fields if not str(field.help_text or "").endswith(".")]
    assert silent == []
