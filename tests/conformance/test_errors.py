"""Every kind of error, as OpenAI's own client reports it."""

from __future__ import annotations

import time
from typing import Any

import openai
import pytest

from tests.conformance.server import Server, ask

pytestmark = pytest.mark.process


@pytest.mark.parametrize(
    ("extra", "param", "code"),
    [
        ({"vocab_n_word": 1000}, "vocab_n_word", "unknown_parameter"),
        ({"vocab_n_words": 1000}, "vocab_n_words", "invalid_value"),
        ({"stop": ["a", ""]}, "stop", "invalid_value"),
        ({"n": 5}, "n", "integer_above_max_value"),
        ({"temperature": 2.5}, "temperature", "decimal_above_max_value"),
        ({"logit_bias": {"x": 1}}, "logit_bias", "invalid_value"),
        ({"response_format": {"type": "json_object"}}, "response_format.type", "unsupported_value"),
        ({"tool_choice": "required"}, "tool_choice", "unsupported_value"),
        ({"messages": []}, "messages", "empty_array"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_wrong_field_is_a_bad_request(
    client: openai.OpenAI, extra: dict[str, Any], param: str, code: str, stream: bool
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(**ask("say x"), stream=stream, extra_body=extra)
    error = refused.value
    assert (error.status_code, error.type) == (400, "invalid_request_error")
    assert (error.param, error.code) == (param, code)
    assert param in error.message


def test_the_error_for_a_long_prompt_has_openais_wording(
    client: openai.OpenAI,
) -> None:
    with pytest.raises(openai.BadRequestError, match="maximum context length is 10 tokens") as far:
        client.chat.completions.create(**ask("break long"))
    assert (far.value.param, far.value.code) == ("messages", "context_length_exceeded")


def test_a_wrong_key_is_an_authentication_error(puppet: Server) -> None:
    with (
        puppet.client("wrong") as stranger,
        pytest.raises(openai.AuthenticationError) as refused,
    ):
        stranger.chat.completions.create(**ask("say x"))
    assert refused.value.code == "invalid_api_key"


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"model": "gpt-9"}, "model", "model_not_found"),
        ({"extra_body": {"vocab_lang": "xx"}}, "vocab_lang", "wordlist_not_found"),
    ],
)
def test_missing_objects_are_not_found_errors(
    client: openai.OpenAI, change: dict[str, Any], param: str, code: str
) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(**{**ask("say x"), **change})
    assert (refused.value.param, refused.value.code) == (param, code)


@pytest.mark.parametrize(
    ("what", "status", "code", "message"),
    [
        ("plainly", 500, None, "It broke."),
        ("surprisingly", 500, None, "The model failed to answer"),
        ("thread", 503, "engine_stopped", "please send the request again"),
        ("list", 500, None, "The list cannot be written."),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_before_any_text_is_a_server_error(
    client: openai.OpenAI, what: str, status: int, code: str | None, message: str, stream: bool
) -> None:
    with pytest.raises(openai.InternalServerError, match=message) as failed:
        client.chat.completions.create(**ask("break", what), stream=stream, n=2)
    error = failed.value
    assert (error.status_code, error.code, error.type) == (status, code, "server_error")
    assert "secret" not in str(error.body)


def test_a_failure_in_the_middle_of_a_stream_is_an_api_error(
    puppet: Server, client: openai.OpenAI
) -> None:
    stream = client.chat.completions.create(**ask("break later"), stream=True)
    contents = []

    def read() -> None:
        for chunk in stream:
            contents.append(chunk.choices[0].delta.content)
            if contents[-1]:
                puppet.get("fail-now")

    with pytest.raises(openai.APIError, match=r"It broke later\.") as failed:
        read()
    assert type(failed.value) is openai.APIError  # no status: that was 200
    assert (failed.value.type, failed.value.code) == ("server_error", None)
    assert contents == ["", "soon"]


# --- limits --------------------------------------------------------------------------------------


def test_a_key_has_a_limit_of_concurrent_replies(
    puppet: Server, client: openai.OpenAI, other: openai.OpenAI
) -> None:
    with (
        client.chat.completions.create(**ask("hold"), stream=True, n=3),
        client.chat.completions.create(**ask("hold"), stream=True),
    ):
        with pytest.raises(openai.RateLimitError, match=r"has 4 replies.* 3 more; at most 6") as no:
            client.chat.completions.create(**ask("say x"), n=3)
        assert no.value.code == "rate_limit_exceeded"
        assert no.value.type == "rate_limit_error"
        assert no.value.response.headers["retry-after"] == "1"
        assert puppet.held()["replies"] == 4, "a refused request is not counted"
    puppet.wait_until(lambda held: not held["replies"])
    assert client.chat.completions.create(**ask("say x"), n=3).choices[2].message.content == "x"


def test_a_queue_accepts_all_choices_of_a_request_or_none(
    puppet: Server, client: openai.OpenAI, other: openai.OpenAI
) -> None:
    with client.chat.completions.create(**ask("hold"), stream=True, n=4):  # every row
        with client.chat.completions.create(**ask("wait"), stream=True, n=2):
            assert puppet.held()["waiting"] == 2
            with pytest.raises(openai.RateLimitError, match="2 requests are waiting") as no:
                other.chat.completions.create(**ask("say x"), n=3)
            assert int(no.value.response.headers["retry-after"]) > 0
            assert puppet.held()["waiting"] == 2
            stream = other.chat.completions.create(**ask("say x"), stream=True, n=2)
            assert puppet.held()["waiting"] == 4
            stream.close()
            puppet.wait_until(lambda held: held["waiting"] == 2)
        puppet.wait_until(lambda held: held["waiting"] == 0)
    puppet.wait_until(lambda held: not held["replies"] and not held["rows"])


# --- retries of the client -----------------------------------------------------------------------


class Counting:
    """A client with retries, and the status codes that it got."""

    def __init__(self, server: Server, retries: int) -> None:
        self.statuses: list[int] = []
        self.on_answer: Any = lambda: None
        http = openai.DefaultHttpxClient(event_hooks={"response": [self._heard]})
        self.client = server.client(max_retries=retries, http_client=http)

    def _heard(self, response: Any) -> None:
        self.statuses.append(response.status_code)
        self.on_answer()


@pytest.mark.parametrize(
    ("what", "statuses"),
    [
        (ask("break plainly"), [500, 500]),
        (ask("break list"), [500]),  # a retry would fail again: x-should-retry
        (ask("break long"), [400]),
        ({**ask("say x"), "model": "gpt-9"}, [404]),
    ],
)
def test_clients_retry_only_where_a_retry_can_help(
    puppet: Server, what: dict[str, Any], statuses: list[int]
) -> None:
    counting = Counting(puppet, retries=1)
    with counting.client as client, pytest.raises(openai.APIStatusError):
        client.chat.completions.create(**what)
    assert counting.statuses == statuses


def test_a_refused_client_retries_after_retry_after(puppet: Server, client: openai.OpenAI) -> None:
    holding = client.chat.completions.create(**ask("hold"), stream=True, n=4)
    counting = Counting(puppet, retries=2)
    counting.on_answer = holding.close  # the retry finds room
    refused_at = time.monotonic()
    with counting.client as patient:
        reply = patient.chat.completions.create(**ask("say at last"), n=4)
    assert counting.statuses == [429, 200]
    assert time.monotonic() - refused_at >= 1, "Retry-After is obeyed"
    assert [choice.message.content for choice in reply.choices] == ["at last"] * 4
