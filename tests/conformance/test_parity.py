"""A stream and a plain reply to the same request have the same content, with the real engine."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.conformance.server import Server, ask, text_of

pytestmark = pytest.mark.process

FLOOR = -9999.0
LIST: dict[str, Any] = {"extra_body": {"vocab_lang": "es"}}
FREE: dict[str, Any] = {}
BASE: dict[str, Any] = {**ask("hola"), "max_tokens": 40, "seed": 7, "temperature": 1.0}


@pytest.fixture
def client(real: Server) -> Any:
    with real.client(timeout=120) as client:
        yield client


def streamed(client: openai.OpenAI, **arguments: Any) -> list[Any]:
    return list(
        client.chat.completions.create(
            stream=True, stream_options={"include_usage": True}, **arguments
        )
    )


def tokens_of(logprobs: Any) -> list[Any]:
    return [] if logprobs is None else list(logprobs.content)


def assert_same(chunks: list[Any], whole: Any) -> None:
    assert chunks[-1].usage == whole.usage
    for choice in whole.choices:
        mine = [each for chunk in chunks for each in chunk.choices if each.index == choice.index]
        assert text_of(chunks, choice.index) == choice.message.content
        assert [each.finish_reason for each in mine if each.finish_reason] == [choice.finish_reason]
        pieces = [token for each in mine for token in tokens_of(each.logprobs)]
        assert [(token.token, token.bytes) for token in pieces] == [
            (token.token, token.bytes) for token in tokens_of(choice.logprobs)
        ]
        for piece, token in zip(pieces, tokens_of(choice.logprobs), strict=True):
            assert piece.logprob == pytest.approx(token.logprob, abs=1e-3)
            assert [top.token for top in piece.top_logprobs] == [
                top.token for top in token.top_logprobs
            ]


@pytest.mark.parametrize("words", [FREE, LIST])
def test_several_choices_with_logprobs(client: openai.OpenAI, words: dict[str, Any]) -> None:
    arguments = {**BASE, **words, "n": 3, "logprobs": True, "top_logprobs": 3}
    whole = client.chat.completions.create(**arguments)
    assert_same(streamed(client, **arguments), whole)

    assert whole.usage is not None
    assert [choice.index for choice in whole.choices] == [0, 1, 2]
    texts = [choice.message.content or "" for choice in whole.choices]
    assert len(set(texts)) == 3, "each choice has a seed of its own"
    tokens = 0
    for choice, text in zip(whole.choices, texts, strict=True):
        content = tokens_of(choice.logprobs)
        tokens += len(content)
        data = b"".join(bytes(token.bytes) for token in content)
        assert data.decode(errors="replace").startswith(text)
        for token in content:
            assert FLOOR <= token.logprob <= 0
            assert len(token.top_logprobs) <= 3
            ordered = [top.logprob for top in token.top_logprobs]
            assert ordered == sorted(ordered, reverse=True)
            assert token.logprob <= ordered[0] + 1e-6
    assert tokens <= whole.usage.completion_tokens

    alone = client.chat.completions.create(**{**arguments, "n": 1})
    assert alone.choices[0].message.content == texts[0], "the first choice is the request's own"


@pytest.mark.parametrize("words", [FREE, LIST])
def test_a_stop_string_is_never_in_the_text(client: openai.OpenAI, words: dict[str, Any]) -> None:
    arguments = {**BASE, **words, "n": 2, "logprobs": True, "top_logprobs": 1}
    before = client.chat.completions.create(**arguments)
    texts = [choice.message.content or "" for choice in before.choices]
    stops = [text[len(text) // 2 :][:3] for text in texts]
    assert all(stops)
    whole = client.chat.completions.create(**arguments, stop=stops)
    assert_same(streamed(client, **arguments, stop=stops), whole)
    for choice, text in zip(whole.choices, texts, strict=True):
        cut = choice.message.content or ""
        assert text.startswith(cut)
        assert len(cut) < len(text)
        assert choice.finish_reason == "stop"
        assert not any(stop in cut for stop in stops)
        # Only the last token of the text may contain characters after it.
        tokens = [bytes(token.bytes) for token in tokens_of(choice.logprobs)]
        assert len(b"".join(tokens[:-1]).decode(errors="replace")) <= len(cut)


@pytest.mark.parametrize("words", [FREE, LIST])
def test_greedy_choices_are_the_same_text(client: openai.OpenAI, words: dict[str, Any]) -> None:
    arguments = {**BASE, **words, "temperature": 0, "n": 3}
    whole = client.chat.completions.create(**arguments)
    assert_same(streamed(client, **arguments), whole)
    alone = client.chat.completions.create(**{**arguments, "n": 1})
    texts = [choice.message.content for choice in whole.choices]
    assert texts == [alone.choices[0].message.content] * 3
    assert alone.usage is not None
    assert whole.usage is not None
    assert whole.usage.prompt_tokens == alone.usage.prompt_tokens
    assert whole.usage.completion_tokens == 3 * alone.usage.completion_tokens


@pytest.mark.parametrize("beams", [{"temperature": 0.7}, {"temperature": 0, "num_beam_groups": 2}])
def test_beams(client: openai.OpenAI, beams: dict[str, Any]) -> None:
    groups = {"num_beam_groups": 1, **beams}
    temperature = groups.pop("temperature")
    if groups["num_beam_groups"] > 1:
        groups["diversity_penalty"] = 1.0
    arguments = {
        **BASE,
        "temperature": temperature,
        "extra_body": {"vocab_lang": "es", "num_beams": 4, **groups},
    }
    assert_same(streamed(client, **arguments), client.chat.completions.create(**arguments))


def test_penalties_and_biases_change_the_text_and_nothing_unlisted_comes_in(
    client: openai.OpenAI,
) -> None:
    arguments = {**BASE, **LIST, "temperature": 0}
    plain = client.chat.completions.create(**arguments)
    changed = client.chat.completions.create(
        **arguments, presence_penalty=2, frequency_penalty=2, logit_bias={"70": 100, "81": 100}
    )
    assert plain.choices[0].message.content != changed.choices[0].message.content
    for reply in (plain, changed):
        report: Any = reply.model_extra
        assert report["vocab_report"]["out_of_list"] == []


def test_a_bias_for_an_unknown_token_is_an_error_that_names_it(client: openai.OpenAI) -> None:
    for stream in (False, True):
        with pytest.raises(
            openai.BadRequestError, match=r"these do not exist: 99998, 99999\."
        ) as no:
            client.chat.completions.create(
                **BASE, stream=stream, logit_bias={"5": 1, "99999": 1, "99998": 1}
            )
        assert (no.value.param, no.value.code) == ("logit_bias", "invalid_value")


def test_several_choices_under_a_list_are_reported_one_by_one(client: openai.OpenAI) -> None:
    reply: Any = client.chat.completions.create(**BASE, **LIST, n=3)
    each = [choice.model_extra["vocab_report"] for choice in reply.choices]
    together = reply.model_extra["vocab_report"]
    assert [report["out_of_list"] for report in each] == [[], [], []]
    assert together["words"] == sum(report["words"] for report in each) > 3
    assert together["out_of_list"] == []


def test_the_details_of_a_report_are_the_same_in_a_stream(client: openai.OpenAI) -> None:
    words: dict[str, Any] = {"extra_body": {"vocab_lang": "es", "vocab_report": "words"}}
    whole = client.chat.completions.create(**BASE, **words)
    report: Any = whole.model_extra
    details = report["vocab_report"]["details"]
    text = whole.choices[0].message.content or ""
    assert [text[word["start"] : word["end"]] for word in details["words"]] == [
        word["text"] for word in details["words"]
    ]
    assert len(details["words"]) == report["vocab_report"]["words"] > 0
    assert details["coverage"] == 1
    extras: list[Any] = [chunk.model_extra for chunk in streamed(client, **BASE, **words)]
    assert [each["vocab_report"] for each in extras if "vocab_report" in each] == [
        report["vocab_report"]
    ]
