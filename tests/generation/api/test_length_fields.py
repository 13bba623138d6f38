"""`vocab_reply_words` and `vocab_sentence_words`, from the request to the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from batches.models import BatchJob
from batches.worker.outcomes import request_of, result_of
from generation.engine.contract import Completion
from generation.engine.scripted import ScriptedDecoder
from tests.client_response import ClientResponse
from tests.conftest import MakeWordlist
from vocab.models import WordlistRevision
from vocab.words.text_limits import TextLimits, WordRange

pytestmark = pytest.mark.django_db

Post = Callable[..., ClientResponse]
REQUESTS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "Hola"}]},
    "/v1/responses": {"input": "Hola"},
    "/v1/completions": {"prompt": "Hola"},
}
NO_LIST = {"vocab_lang": None, "vocab_units": None}
ITEMS = [{"messages": [{"role": "user", "content": "Hola"}]}]
FIELDS = {"vocab_lang": "es", "vocab_reply_words": "3-5", "vocab_sentence_words": "-2"}
LIMITS = TextLimits(WordRange(3, 5), WordRange(0, 2))


@pytest.mark.parametrize("url", REQUESTS)
@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hola, mundo. ¡Hola!", {"words": 3, "sentence_words": [2, 1], "within": True}),
        ("Hola, mundo y hola.", {"words": 4, "sentence_words": [4], "within": False}),
        ("Hola.", {"words": 1, "sentence_words": [1], "within": False}),
    ],
)
def test_the_limits_reach_the_engine_and_the_report(
    url: str,
    text: str,
    length: dict[str, Any],
    post: Post,
    scripted: ScriptedDecoder,
    spanish: WordlistRevision,
) -> None:
    scripted.enqueue([text])
    response = post(url, **REQUESTS[url], **FIELDS)
    assert response.status_code == 200, response.content
    assert response.json()["vocab_report"]["length"] == length
    assert [request.limits for request in scripted.history] == [LIMITS]


def test_each_reply_and_the_last_chunk_of_a_stream_have_their_length(
    post: Post, scripted: ScriptedDecoder, spanish: WordlistRevision
) -> None:
    scripted.enqueue(["Hola."], ["Hola mundo."])
    chat = REQUESTS["/v1/chat/completions"]
    body = post(**chat, **FIELDS, n=2, temperature=1).json()
    found = [choice["vocab_report"]["length"]["words"] for choice in body["choices"]]
    assert found == [1, 2]
    assert "length" not in body["vocab_report"]
    assert "length" not in post(**chat, vocab_lang="es").json()["vocab_report"]


def test_a_text_is_checked_against_the_same_limits(post: Post, spanish: WordlistRevision) -> None:
    body = post("/v1/vocab/check", input="Hola mundo. Hola.", **FIELDS).json()
    assert body["results"][0]["vocab_report"]["length"] == {
        "words": 3,
        "sentence_words": [2, 1],
        "within": True,
    }
    refused = post("/v1/vocab/profile", input="Hola.", **FIELDS)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] in ("vocab_reply_words", "vocab_sentence_words")


@pytest.mark.parametrize(
    ("change", "param", "part"),
    [
        ({"vocab_reply_words": "60"}, "vocab_reply_words", "60-80"),
        ({"vocab_reply_words": 60}, "vocab_reply_words", "60-80"),
        ({"vocab_reply_words": "-"}, "vocab_reply_words", "60-80"),
        ({"vocab_reply_words": "0-5"}, "vocab_reply_words", "60-80"),
        ({"vocab_reply_words": "5-١"}, "vocab_reply_words", "60-80"),
        ({"vocab_reply_words": {"max": 5}}, "vocab_reply_words", "60-80"),
        ({"vocab_reply_words": "9-5"}, "vocab_reply_words", "The fewest words, 9"),
        ({"vocab_sentence_words": "6-", "vocab_reply_words": "-5"}, "vocab_sentence_words", "6"),
        ({**NO_LIST, "vocab_reply_words": "-5"}, "vocab_reply_words", "needs"),
        ({"vocab_lang": "th", "vocab_sentence_words": "-5"}, "vocab_sentence_words", "th"),
    ],
)
def test_wrong_ranges_are_refused_by_name(
    change: dict[str, Any],
    param: str,
    part: str,
    post: Post,
    spanish: WordlistRevision,
    make_wordlist: MakeWordlist,
    scripted: ScriptedDecoder,
) -> None:
    make_wordlist("th", ["บ้าน"], "th")
    chat = REQUESTS["/v1/chat/completions"]
    response = post(**{**chat, "vocab_lang": "es", "vocab_units": "characters", **change})
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, param)
    assert part in error["message"]
    assert scripted.history == []


def test_a_batch_job_takes_them_in_its_query(
    client: Client, bearer: dict[str, str], spanish: WordlistRevision
) -> None:
    def submit(**query: str) -> ClientResponse:
        file = ContentFile(json.dumps(ITEMS), "prompts.json")
        return client.post(f"/v1/batch/jobs?{urlencode(query)}", {"file": file}, headers=bearer)

    assert submit(**FIELDS).status_code == 200
    job = BatchJob.objects.get()
    item = job.items.get()
    assert request_of(job, item).limits == LIMITS
    done = Completion(
        text="Hola mundo y.", finish_reason="stop", prompt_tokens=1, completion_tokens=3
    )
    report = result_of(job, item, [done]).vocab_report
    assert report is not None
    assert report["length"] == {"words": 3, "sentence_words": [3], "within": False}
    wrong = submit(**{**FIELDS, "vocab_sentence_words": "2"})
    assert wrong.status_code == 400
    assert wrong.json()["error"]["param"] == "vocab_sentence_words"
    assert BatchJob.objects.count() == 1
