"""`client.completions` of OpenAI's client: a text is continued.

The client validates every response but those of streams: its type has no `finish_reason` of null,
which OpenAI and vLLM send in every chunk before the last one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.conformance.server import Server

pytestmark = pytest.mark.process

MODEL = "SmolLM2-135M-Instruct"
LENIENT: dict[str, Any] = {"_strict_response_validation": False}


@pytest.fixture
def engine(real: Server) -> Iterator[openai.OpenAI]:
    with real.client(timeout=120) as client:
        yield client


def texts(chunks: list[Any], count: int) -> list[str]:
    found = [""] * count
    for chunk in chunks:
        for choice in chunk.choices:
            found[choice.index] += choice.text
    return found


def test_several_prompts_with_several_replies(client: openai.OpenAI) -> None:
    prompts = ["say uno", "say dos tres"]
    answer = client.completions.create(model=MODEL, prompt=prompts, n=2, echo=True)
    replies = ["say unouno", "say unouno", "say dos tresdos tres", "say dos tresdos tres"]
    assert [choice.text for choice in answer.choices] == replies
    assert [choice.finish_reason for choice in answer.choices] == ["stop"] * 4
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (5, 6)


def test_a_stream_has_the_same_text(puppet: Server) -> None:
    arguments: dict[str, Any] = {"prompt": ["say uno", "say dos tres"], "echo": True}
    arguments["stream_options"] = {"include_usage": True}
    with puppet.client(**LENIENT) as client:
        chunks = list(client.completions.create(model=MODEL, stream=True, **arguments))
    assert texts(chunks, 2) == ["say unouno", "say dos tresdos tres"]
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 3


def test_errors_have_openais_types(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.completions.create(model=MODEL, prompt="say uno", suffix="x")
    assert (refused.value.param, refused.value.code) == ("suffix", "unsupported_parameter")
    with pytest.raises(openai.BadRequestError) as too_long:
        client.completions.create(model=MODEL, prompt="break long")
    assert too_long.value.code == "context_length_exceeded"


@pytest.mark.parametrize("words", [{}, {"vocab_lang": "es"}])
def test_log_probabilities_are_those_of_the_text(
    real: Server, engine: openai.OpenAI, words: dict[str, str]
) -> None:
    arguments: dict[str, Any] = {"model": MODEL, "prompt": "la casa", "seed": 5, "logprobs": 2}
    arguments |= {"max_tokens": 30, "extra_body": words}
    [choice] = engine.completions.create(**arguments).choices
    lists = choice.logprobs
    assert lists is not None
    assert lists.tokens
    assert lists.token_logprobs
    assert lists.top_logprobs
    assert lists.text_offset
    for token, logprob, top in zip(
        lists.tokens, lists.token_logprobs, lists.top_logprobs, strict=True
    ):
        assert top[token] == pytest.approx(logprob)
        assert len(top) <= 3
        assert sum(map(math.exp, top.values())) <= 1 + 1e-4
    if "bytes:" not in "".join(lists.tokens):
        assert "".join(lists.tokens).startswith(choice.text)
        for token, at in zip(lists.tokens, lists.text_offset, strict=True):
            assert "".join(lists.tokens)[at:].startswith(token)

    with real.client(timeout=120, **LENIENT) as client:
        chunks = list(client.completions.create(stream=True, **arguments))
    assert texts(chunks, 1) == [choice.text]
    pieces = [c.choices[0].logprobs for c in chunks if c.choices and c.choices[0].logprobs]
    assert [token for piece in pieces for token in piece.tokens or ()] == lists.tokens
    assert [at for piece in pieces for at in piece.text_offset or ()] == lists.text_offset


def test_the_reply_to_an_unlisted_prompt_has_listed_words(engine: openai.OpenAI) -> None:
    for seed in range(4):
        answer = engine.completions.create(
            model=MODEL, prompt="The qwerty", seed=seed, extra_body={"vocab_lang": "es"}
        )
        assert answer.model_extra is not None
        assert answer.model_extra["vocab_report"]["out_of_list"] == []
        assert not answer.choices[0].text[:1].isalpha()
