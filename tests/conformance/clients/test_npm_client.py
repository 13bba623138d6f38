"""OpenAI's JavaScript client against the real server: answers, streams, errors, files, batches."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.clients.environments import run_node
from tests.conformance.server import Server

pytestmark = pytest.mark.process

INVALID = "invalid_request_error"


@pytest.fixture(scope="module")
def found(puppet: Server) -> dict[str, Any]:
    """The output of `npm_client.mjs`."""
    return run_node("npm_client.mjs", ["openai@6.49.0"], puppet)


def test_answers(found: dict[str, Any]) -> None:
    plain = found["plain"]
    assert plain["object"] == "chat.completion"
    assert plain["choices"][0]["message"]["content"] == "uno dos"
    assert plain["choices"][0]["finish_reason"] == "stop"
    assert plain["wordlist"]["slug"] == "es"
    assert plain["vocab_report"]["out_of_list"] == ["uno", "dos"]
    assert found["several"] == ["uno dos", "uno dos"]


def test_texts_are_continued(found: dict[str, Any]) -> None:
    assert found["continued"] == ["say uno dosuno dos", "say trestres"]
    assert found["continuedReport"]["out_of_list"] == ["uno", "dos", "tres"]
    assert found["continuedStream"] == "uno dos"


def test_streams(found: dict[str, Any], puppet: Server) -> None:
    assert found["streamed"] == ["uno dos tres", "uno dos tres"]
    assert found["usage"]["completion_tokens"] == 6
    # The stream that the client left in the middle is released.
    puppet.wait_until(lambda held: held["replies"] == 0)


@pytest.mark.parametrize(
    ("what", "kind", "status", "code", "param", "type_"),
    [
        ("unknown", "BadRequestError", 400, "unknown_parameter", "vocab_n_word", INVALID),
        ("model", "NotFoundError", 404, "model_not_found", "model", INVALID),
        ("missing", "NotFoundError", 404, "model_not_found", "model", INVALID),
        ("key", "AuthenticationError", 401, "invalid_api_key", None, INVALID),
        ("stored", "NotFoundError", 404, None, "response_id", INVALID),
        (
            "previous",
            "BadRequestError",
            400,
            "unsupported_parameter",
            "previous_response_id",
            INVALID,
        ),
        ("broken", "InternalServerError", 500, None, None, "server_error"),
    ],
)
def test_errors(
    found: dict[str, Any],
    what: str,
    kind: str,
    status: int,
    code: str | None,
    param: str | None,
    type_: str,
) -> None:
    error = found[what]
    assert (error["kind"], error["status"]) == (kind, status)
    assert (error["code"], error["param"], error["type"]) == (code, param, type_)
    assert error["requestID"]


@pytest.mark.parametrize("what", ["later", "failed"])
def test_an_error_in_the_middle_of_a_stream_is_raised(found: dict[str, Any], what: str) -> None:
    assert found[what]["kind"] == "APIError"
    assert found[what]["type"] == "server_error"


def test_responses(found: dict[str, Any]) -> None:
    response = found["response"]
    assert response["output_text"] == "uno dos"
    assert response["instructions"] == "Be brief."
    assert response["vocab_report"]["out_of_list"] == ["uno", "dos"]
    deltas = [each["delta"] for each in found["events"] if each["type"].endswith("text.delta")]
    assert "".join(deltas) == "uno dos"
    assert found["events"][-1]["type"] == "response.completed"
    assert found["accumulated"] == {"status": "incomplete", "text": "uno dos"}


def test_models_files_and_batches(found: dict[str, Any]) -> None:
    assert found["models"] == ["SmolLM2-135M-Instruct", "es-1000", "gpt-4o-mini"]
    assert found["same"] is True
    assert found["streamedFile"] == {"name": "streamed.jsonl", "bytes": True, "same": True}
    assert found["batch"] == {"status": "validating", "input": True}
    assert found["listed"] == [True]
    assert found["cancelled"] in ("cancelling", "cancelled")
    assert found["deleted"] is True
