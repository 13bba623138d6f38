"""`echo` with `logprobs` of POST /v1/completions, with the engine and a tiny model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from django.test import AsyncClient, Client

from generation.engine.contract import TokenLogprob
from generation.engine.local import LocalDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.openai.text_completions.logprobs import LogprobLists
from generation.serving.engine_provider import set_engine
from tests.conftest import MakeWordlist
from tests.generation.engine import tiny

pytestmark = pytest.mark.django_db

URL = "/v1/completions"
TEXT = "hola, la casa es grande"
SCORED = {"echo": True, "logprobs": 1, "temperature": 0}


@pytest.fixture(autouse=True)
def engine(tmp_path: Path, settings: Any) -> Iterator[None]:
    tiny.tokenizer().save_pretrained(tmp_path)
    settings.MODEL_NAME = str(tmp_path)
    set_engine(
        ThreadedEngine(lambda: LocalDecoder(tiny.loaded(), max_input_tokens=60, truncate=True), 8)
    )
    yield
    set_engine(None)


@pytest.fixture
def post(client: Client, bearer: dict[str, str]) -> Any:
    def post(**body: Any) -> Any:
        return client.post(URL, body, content_type="application/json", headers=bearer)

    return post


def check_lists(lists: dict[str, Any], text: str, tokens: int) -> None:
    assert {len(each) for each in lists.values()} == {tokens}
    assert (lists["token_logprobs"][0], lists["top_logprobs"][0]) == (None, None)
    for token, logprob, top in zip(
        lists["tokens"][1:], lists["token_logprobs"][1:], lists["top_logprobs"][1:], strict=True
    ):
        assert top[token] == logprob
        assert 1 <= len(top) <= 2
    for token, at in zip(lists["tokens"], lists["text_offset"], strict=True):
        if not token.startswith(("bytes:", "<|end|>")):
            assert text[at:].startswith(token)


@pytest.mark.parametrize("max_tokens", [0, 1, 9])
@pytest.mark.parametrize("prompt", [TEXT, tiny.tokenizer().encode(TEXT), "<|start|>¿Qué es? 日"])
def test_the_lists_begin_with_the_prompt(post: Any, prompt: Any, max_tokens: int) -> None:
    body = post(prompt=prompt, max_tokens=max_tokens, **SCORED).json()
    [choice] = body["choices"]
    text = prompt if isinstance(prompt, str) else TEXT
    assert choice["text"].startswith(text)
    check_lists(choice["logprobs"], choice["text"], body["usage"]["total_tokens"])
    unscored = post(prompt=prompt, max_tokens=max_tokens, temperature=0, echo=True).json()
    assert unscored["choices"][0] == choice | {"logprobs": None}
    assert unscored["usage"] == body["usage"]


def likelihood(choice: dict[str, Any], context: int) -> tuple[float, bool]:
    """As lm-eval reads it: the sum of a continuation's tokens, and if each is the likeliest."""
    lists = choice["logprobs"]
    logprobs, tops = lists["token_logprobs"][context:-1], lists["top_logprobs"][context:-1]
    greedy = all(each == max(top.values()) for each, top in zip(logprobs, tops, strict=True))
    return sum(logprobs), greedy


def expected(ids: list[int], context: int) -> tuple[float, bool]:
    with torch.inference_mode():
        logits = tiny.model()(torch.tensor([ids])).logits
    scores = logits[0, context - 1 : -1].log_softmax(-1)
    chosen = torch.tensor(ids[context:])
    total = scores.gather(1, chosen[:, None]).sum()
    return float(total), bool((scores.argmax(-1) == chosen).all())


@pytest.mark.parametrize("words", [{}, {"vocab_lang": "es"}])
def test_the_likelihood_of_endings_is_that_of_transformers(
    post: Any, words: dict[str, str], make_wordlist: MakeWordlist
) -> None:
    """Four endings of a context in one request, as lm-eval sends them. A list changes nothing."""
    make_wordlist("es", ["la", "casa"], language="es")
    context = tiny.tokenizer().encode("hola, la casa")
    greedy = (
        tiny.model()
        .generate(torch.tensor([context]), max_new_tokens=3, do_sample=False, pad_token_id=0)[0]
        .tolist()
    )
    endings = [" es grande", " come", " y el perro come en la casa"]
    prompts = [greedy, *(context + tiny.tokenizer().encode(each) for each in endings)]
    body = post(prompt=prompts, max_tokens=1, seed=1234, **SCORED, **words).json()
    found = [likelihood(choice, len(context)) for choice in body["choices"]]
    for (total, is_greedy), ids in zip(found, prompts, strict=True):
        right, right_greedy = expected(ids, len(context))
        assert total == pytest.approx(right, abs=1e-3)
        assert is_greedy is right_greedy
    assert [is_greedy for _, is_greedy in found][:2] == [True, False]


def test_each_choice_of_each_prompt_has_the_lists(post: Any) -> None:
    body = post(prompt=[TEXT, "la"], n=2, echo=True, logprobs=0, seed=3, max_tokens=5).json()
    for choice, text in zip(body["choices"], [TEXT, TEXT, "la", "la"], strict=True):
        lists = choice["logprobs"]
        assert len(lists["tokens"]) == len(tiny.tokenizer().encode(text)) + 5
        assert "".join(lists["tokens"]).startswith(text)
        assert all(len(top) == 1 for top in lists["top_logprobs"][1:])


def test_a_prompt_that_is_too_long_is_refused_and_not_cut(post: Any) -> None:
    body = {"prompt": "hola " * 100, "max_tokens": 1, "temperature": 0}
    assert post(**body).json()["prompt_truncated"] is True
    response = post(**body, echo=True, logprobs=1)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "context_length_exceeded")


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("max_tokens", [0, 6])
async def test_a_stream_has_the_same_text_and_lists(
    bearer: dict[str, str], max_tokens: int
) -> None:
    body = {"prompt": [TEXT, "la"], "max_tokens": max_tokens, **SCORED}
    client = AsyncClient()
    whole = await client.post(URL, body, content_type="application/json", headers=bearer)
    response: Any = await client.post(
        URL, body | {"stream": True}, content_type="application/json", headers=bearer
    )
    data = b"".join([part async for part in response.streaming_content]).decode()
    *events, done = [block.removeprefix("data: ") for block in data.strip().split("\n\n")]
    assert done == "[DONE]"
    chunks = [json.loads(each)["choices"][0] for each in events]
    for choice in json.loads(whole.content)["choices"]:
        own = [each for each in chunks if each["index"] == choice["index"]]
        assert "".join(each["text"] for each in own) == choice["text"]
        for name, expected_list in choice["logprobs"].items():
            lists = [each["logprobs"][name] for each in own if each["logprobs"]]
            assert [value for each in lists for value in each] == expected_list


def test_text_that_the_tokenizer_puts_before_the_prompt_has_no_characters() -> None:
    prompt = [
        TokenLogprob(1, b"<s>", None),
        TokenLogprob(2, b" Hola", -1.0),
        TokenLogprob(3, b" ma", -1.0),
        TokenLogprob(4, "ñ".encode()[:1], -1.0),
        TokenLogprob(5, "ñ".encode()[1:], -1.0),
    ]
    lists = LogprobLists()
    lists.begin(prompt, "Hola mañ")
    assert lists.of(prompt)["text_offset"] == [0, 0, 4, 7, 7]
    assert lists.of([TokenLogprob(6, b"ana", -1.0)])["text_offset"] == [8]


def test_of_two_tokens_with_one_name_the_likelier_is_named() -> None:
    top = (TokenLogprob(3, b"\n", -0.5), TokenLogprob(4, b"a", -2.0))
    token = TokenLogprob(5, b"\n", -3.0, top)
    assert LogprobLists().of([token])["top_logprobs"] == [{"\n": -0.5, "a": -2.0}]
