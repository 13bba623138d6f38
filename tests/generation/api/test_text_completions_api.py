"""POST /v1/completions over HTTP, with a scripted model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import AsyncClient, Client
from openai.types import Completion as OpenAICompletion

from generation.engine.contract import PromptTooLong
from generation.engine.local import LocalDecoder
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import set_engine
from tests.conftest import MakeWordlist
from tests.generation.engine import tiny

pytestmark = pytest.mark.django_db

URL = "/v1/completions"
PROMPT = {"prompt": "The dog sees"}


@pytest.fixture
def post(client: Client, bearer: dict[str, str]) -> Any:
    def post(**body: Any) -> Any:
        return client.post(URL, body, content_type="application/json", headers=bearer)

    return post


def test_an_answer_has_openais_shape(post: Any, scripted: ScriptedDecoder) -> None:
    scripted.enqueue([" a", " cat."])
    response = post(**PROMPT)
    assert response.status_code == 200
    body = response.json()
    assert body.pop("id").startswith("cmpl-")
    assert isinstance(body.pop("created"), int)
    assert body == {
        "object": "text_completion",
        "model": "SmolLM2-135M-Instruct",
        "choices": [{"index": 0, "text": " a cat.", "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        "prompt_truncated": False,
    }
    request = scripted.history[0]
    assert (request.prompt, request.messages) == ("The dog sees", ())
    assert request.sampling.max_tokens == 16


def test_the_lists_of_log_probabilities_are_openais(bearer: dict[str, str], client: Client) -> None:
    """With the engine itself: its tokens include parts of characters."""
    loaded = LocalDecoder(tiny.loaded(), max_input_tokens=200, truncate=True)
    set_engine(ThreadedEngine(lambda: loaded, 8))
    try:
        body = {"prompt": "la casa", "logprobs": 2, "n": 2, "seed": 5, "max_tokens": 40}
        response = client.post(URL, body, content_type="application/json", headers=bearer)
    finally:
        set_engine(None)
    answer = OpenAICompletion.model_validate(response.json(), strict=True)
    assert len(answer.choices) == 2
    for choice in answer.choices:
        lists = choice.logprobs
        assert lists is not None
        assert lists.tokens
        assert lists.text_offset
        assert lists.top_logprobs
        assert len(lists.tokens) == len(lists.text_offset) == len(lists.top_logprobs)
        for token, logprob, top, at in zip(
            lists.tokens,
            lists.token_logprobs or (),
            lists.top_logprobs,
            lists.text_offset,
            strict=True,
        ):
            assert top[token] == logprob
            assert len(top) in (2, 3)
            if not token.startswith("bytes:"):
                assert choice.text[at:].startswith(token)


def test_the_choices_of_the_first_prompt_come_first(post: Any, scripted: ScriptedDecoder) -> None:
    scripted.enqueue(["1"], ["2"], ["3"], ["4"])
    body = post(prompt=["uno dos", "tres"], n=2, best_of=2, echo=True).json()
    texts = [(choice["index"], choice["text"]) for choice in body["choices"]]
    assert texts == [(0, "uno dos1"), (1, "uno dos2"), (2, "tres3"), (3, "tres4")]
    assert [request.prompt for request in scripted.history] == ["uno dos"] * 2 + ["tres"] * 2
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def test_the_best_reply_to_each_prompt_is_returned(post: Any, scripted: ScriptedDecoder) -> None:
    again = ["I see a dog. ", "I see a dog."]
    scripted.enqueue(again, ["2"], ["3"], again)
    body = post(prompt=["uno dos", "tres"], best_of=2).json()
    assert [choice["text"] for choice in body["choices"]] == ["2", "3"]
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 6, "total_tokens": 9}


def test_a_greedy_reply_to_each_prompt_is_written_once(
    post: Any, scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["1"], ["2"])
    body = post(prompt=["uno", "dos"], n=2, temperature=0).json()
    assert [choice["text"] for choice in body["choices"]] == ["1", "1", "2", "2"]
    assert len(scripted.history) == 2


def test_a_prompt_is_read_and_nothing_is_written(post: Any, scripted: ScriptedDecoder) -> None:
    body = post(**PROMPT, max_tokens=0, n=2, echo=True).json()
    assert [choice["text"] for choice in body["choices"]] == ["The dog sees"] * 2
    assert {choice["finish_reason"] for choice in body["choices"]} == {"length"}
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 0, "total_tokens": 3}
    [request] = scripted.history  # one for both choices
    assert request.sampling.max_tokens == 0


def test_echo_and_logprobs_are_refused_by_a_model_that_has_none(
    post: Any, scripted: ScriptedDecoder
) -> None:
    response = post(**PROMPT, echo=True, logprobs=1)
    assert (response.status_code, response.json()["error"]["param"]) == (400, "echo")
    # The prompt is never cut then: the client counts its tokens.
    assert scripted.history[0].truncate is False


@pytest.mark.parametrize(
    ("prompt", "requests"),
    [
        ("", [""]),
        ([5, 6], [(5, 6)]),
        ([[5, 6], [7]], [(5, 6), (7,)]),
        (["a", ""], ["a", ""]),
    ],
)
def test_a_prompt_is_text_or_token_ids(
    post: Any, scripted: ScriptedDecoder, prompt: Any, requests: list[Any]
) -> None:
    assert post(prompt=prompt).status_code == 200
    assert [request.prompt for request in scripted.history] == requests


def test_token_ids_are_echoed_as_text(
    post: Any, scripted: ScriptedDecoder, tmp_path: Path, settings: Any
) -> None:
    tiny.tokenizer().save_pretrained(tmp_path)
    settings.MODEL_NAME = str(tmp_path)
    ids = tiny.tokenizer().encode("la casa")
    scripted.enqueue([" es"])
    assert post(prompt=ids, echo=True).json()["choices"][0]["text"] == "la casa es"
    error = post(prompt=[10**8], echo=True).json()["error"]
    assert (error["param"], error["code"]) == ("prompt", "invalid_value")


def test_a_list_and_its_report_are_beside_the_answer(
    post: Any, scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    make_wordlist("es", ["la", "casa"], language="es")
    scripted.enqueue([" la casa"], [" mesa"])
    body = post(prompt="qwerty", n=2, echo=True, vocab_lang="es", vocab_finish="word").json()
    assert body["wordlist"]["slug"] == "es"
    assert body["vocab_report"] == {
        "words": 3,
        "distinct_words": 3,
        "out_of_list": ["mesa"],
        "no_words": False,
        "out_of_style": [],
        "word_parts": 0,
    }
    reports = [choice["vocab_report"]["out_of_list"] for choice in body["choices"]]
    assert reports == [[], ["mesa"]]  # the prompt is not part of it
    assert scripted.history[0].finish == "word"


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"prompt": None}, "prompt", "missing_required_parameter"),
        ({"prompt": []}, "prompt", "empty_array"),
        ({"prompt": [[]]}, "prompt", "empty_array"),
        ({"prompt": 5}, "prompt", "invalid_type"),
        ({"prompt": [True]}, "prompt", "invalid_type"),
        ({"prompt": ["a", [5]]}, "prompt", "invalid_type"),
        ({"prompt": [5, "a"]}, "prompt", "invalid_type"),
        ({"prompt": "a\0"}, "prompt", "invalid_value"),
        ({"prompt": "a" * 100_001}, "prompt", "string_above_max_length"),
        ({"prompt": ["a"] * 9}, "prompt", "array_above_max_length"),
        ({"prompt": ["a"] * 3, "n": 3}, "n", "invalid_value"),
        ({"n": 9}, "n", "integer_above_max_value"),
        ({"best_of": 2, "stream": True}, "best_of", "invalid_value"),
        ({"best_of": 2, "n": 3}, "best_of", "invalid_value"),
        ({"best_of": 9}, "best_of", "integer_above_max_value"),
        ({"prompt": ["a"] * 3, "best_of": 3}, "best_of", "invalid_value"),
        ({"add_special_tokens": False}, "add_special_tokens", "unsupported_value"),
        ({"mirostat": 2}, "mirostat", "unsupported_value"),
        ({"suffix": "x"}, "suffix", "unsupported_parameter"),
        ({"logprobs": 6}, "logprobs", "integer_above_max_value"),
        ({"logprobs": 1, "echo": True, "truncate": True}, "truncate", "unsupported_value"),
        ({"logprobs": 1, "num_beams": 2}, "logprobs", "unsupported_value"),
        ({"logprobs": 1, "num_beams": 2, "echo": True}, "logprobs", "unsupported_value"),
        ({"echo": 1}, "echo", "invalid_type"),
        ({"max_tokens": -1}, "max_tokens", "integer_below_min_value"),
        ({"max_tokens": 0, "min_tokens": 1}, "min_tokens", "invalid_value"),
        ({"messages": []}, "messages", "unknown_parameter"),
        ({"vocab_n_word": 5}, "vocab_n_word", "unknown_parameter"),
        ({"vocab_n_words": 5}, "vocab_n_words", "invalid_value"),
        ({"stream_options": {}}, "stream_options", "invalid_value"),
    ],
)
def test_a_wrong_field_is_named(
    post: Any, scripted: ScriptedDecoder, change: dict[str, Any], param: str, code: str
) -> None:
    response = post(**PROMPT | change)
    error = response.json()["error"]
    assert (response.status_code, error["param"], error["code"]) == (400, param, code)
    assert scripted.history == []


def test_values_that_ask_for_nothing_are_accepted(post: Any, scripted: ScriptedDecoder) -> None:
    body = {"suffix": "", "best_of": 1, "logprobs": None, "user": "ana", "echo": False}
    assert post(**PROMPT, **body).status_code == 200
    assert scripted.history[0].sampling.logprobs is None


def test_a_model_and_a_list_that_do_not_exist_are_not_found(
    post: Any, scripted: ScriptedDecoder
) -> None:
    for change, code in [
        ({"model": "gpt-9"}, "model_not_found"),
        ({"vocab_lang": "xx"}, "wordlist_not_found"),
    ]:
        response = post(**PROMPT, **change)
        assert (response.status_code, response.json()["error"]["code"]) == (404, code)


def test_a_prompt_that_is_too_long_is_named(post: Any, scripted: ScriptedDecoder) -> None:
    scripted.enqueue(PromptTooLong(10, 20, param="prompt"))
    response = post(**PROMPT)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, "prompt")
    assert error["code"] == "context_length_exceeded"
    assert error["message"].startswith("This model's maximum context length is 10 tokens.")


def test_every_prompt_takes_a_place_in_the_limit_of_the_key(
    post: Any, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.MAX_CONCURRENT_PER_KEY = 3
    assert post(prompt=["a", "b"], n=2).status_code == 429
    assert post(prompt=["a", "b", "c"]).status_code == 200
    assert len(scripted.history) == 3


# --- streams -------------------------------------------------------------------------------------


async def events(bearer: dict[str, str], body: dict[str, Any]) -> list[Any]:
    response: Any = await AsyncClient().post(
        URL, {**body, "stream": True}, content_type="application/json", headers=bearer
    )
    assert response.status_code == 200
    text = b"".join([part async for part in response.streaming_content]).decode()
    *found, done = [block.removeprefix("data: ") for block in text.strip().split("\n\n")]
    assert done == "[DONE]"
    return [json.loads(each) for each in found]


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_a_stream_has_the_prompt_the_pieces_and_the_usage(
    bearer: dict[str, str], scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    scripted.enqueue([" a", " b"], [" c", " d"])
    body = {"prompt": ["x y", "z"], "echo": True, "stream_options": {"include_usage": True}}
    *chunks, usage = await events(bearer, body)
    assert usage["choices"] == []
    assert usage["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    assert {each["object"] for each in chunks} == {"text_completion"}
    for each in [*chunks, usage]:
        OpenAICompletion.model_validate(each | {"choices": []}, strict=True)
    assert all(each["usage"] is None for each in chunks)
    for index, text in enumerate(["x y a b", "z c d"]):
        choices = [each["choices"][0] for each in chunks if each["choices"][0]["index"] == index]
        assert "".join(choice["text"] for choice in choices) == text
        assert [choice["finish_reason"] for choice in choices[-2:]] == [None, "stop"]


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_an_error_before_the_text_is_a_status(
    bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(PromptTooLong(10, 20, param="prompt"))
    response = await AsyncClient().post(
        URL, {**PROMPT, "stream": True}, content_type="application/json", headers=bearer
    )
    assert response.status_code == 400


def test_fields_of_other_servers_mean_what_they_mean_in_a_chat(
    post: Any, scripted: ScriptedDecoder
) -> None:
    fields = {"repeat_penalty": 1.2, "num_predict": 7, "min_p": 0.1, "num_ctx": 99, "mirostat": 0}
    assert post(**PROMPT, add_special_tokens=True, suffix=None, **fields).status_code == 200
    sampling = scripted.history[0].sampling
    assert (sampling.repetition_penalty, sampling.max_tokens, sampling.min_p) == (1.2, 7, 0.1)
