"""`vocab_report`: what each endpoint says about the words of a reply."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from generation.engine.scripted import ScriptedDecoder
from tests.client_response import ClientResponse
from tests.conftest import MakeWordlist
from tests.generation.aliases.client import make_alias
from vocab.models import WordlistRevision

pytestmark = pytest.mark.django_db

Post = Callable[..., ClientResponse]
CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "Hola"}]}
SUMMARY = {"words", "distinct_words", "no_words", "out_of_list", "out_of_style", "word_parts"}
REQUESTS = {
    "/v1/chat/completions": CHAT,
    "/v1/responses": {"input": "Hola"},
    "/v1/completions": {"prompt": "Hola"},
}
DETAILS = {
    "words": [
        {"text": "Hola", "start": 0, "end": 4, "listed": True, "rank": 1},
        {"text": "mundo", "start": 8, "end": 13, "listed": True, "rank": 2},
        {"text": "Gato", "start": 15, "end": 19, "listed": False, "rank": None},
    ],
    "numbers": [{"text": "5", "start": 6, "end": 7}],
    "sentences": [{"start": 0, "end": 14, "words": 2}, {"start": 15, "end": 20, "words": 1}],
    "longest_sentence": 2,
    "coverage": 2 / 3,
    "bands": [
        {
            "first": 1,
            "last": 2,
            "words": 2,
            "distinct_words": 2,
            "share": 2 / 3,
            "cumulative_share": 2 / 3,
        }
    ],
    "mean_rank": 1.5,
    "highest_rank": 2,
}
TEXT = ["Hola, 5 ", "mundo. ", "Gato."]


@pytest.mark.parametrize("url", REQUESTS)
def test_words_adds_the_details_to_the_summary(
    url: str, post: Post, scripted: ScriptedDecoder, spanish: WordlistRevision
) -> None:
    scripted.enqueue(TEXT)
    response = post(url, **REQUESTS[url], vocab_lang="es", vocab_report="words")
    assert response.status_code == 200, response.json()
    report = response.json()["vocab_report"]
    assert report.pop("details") == DETAILS
    assert set(report) == SUMMARY
    assert report["out_of_list"] == ["Gato"]


@pytest.mark.parametrize("url", REQUESTS)
def test_the_summary_is_the_default_and_off_leaves_the_report_out(
    url: str, post: Post, scripted: ScriptedDecoder, spanish: WordlistRevision
) -> None:
    bodies = []
    for chosen in ({}, {"vocab_report": "summary"}, {"vocab_report": "off"}):
        scripted.enqueue(TEXT)
        bodies.append(post(url, **REQUESTS[url], vocab_lang="es", **chosen).json())
    assert set(bodies[0]["vocab_report"]) == SUMMARY
    assert bodies[0]["vocab_report"] == bodies[1]["vocab_report"]
    assert "vocab_report" not in bodies[2]
    assert bodies[2]["wordlist"]["slug"] == "es"


@pytest.mark.parametrize("url", REQUESTS)
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"vocab_report": "full", "vocab_lang": "es"}, '"full" is not a valid choice.'),
        ({"vocab_report": "words"}, "It needs vocab_lang."),
        ({"vocab_report": "off"}, "It needs vocab_lang."),
    ],
)
def test_a_value_that_cannot_be_honoured_is_refused(
    url: str, fields: dict[str, str], message: str, post: Post, scripted: ScriptedDecoder
) -> None:
    response = post(url, **REQUESTS[url], **fields)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["param"], message in error["message"]) == ("vocab_report", True), error
    assert scripted.history == []


@pytest.mark.parametrize("url", ["/v1/chat/completions", "/v1/completions"])
def test_each_of_several_replies_has_its_own_details(
    url: str, post: Post, scripted: ScriptedDecoder, spanish: WordlistRevision
) -> None:
    scripted.enqueue(["Hola"], ["Hola mundo"])
    body = post(url, **REQUESTS[url], vocab_lang="es", vocab_report="words", n=2).json()
    details = [choice["vocab_report"]["details"] for choice in body["choices"]]
    assert [len(each["words"]) for each in details] == [1, 2]
    assert set(body["vocab_report"]) == SUMMARY
    assert body["vocab_report"]["words"] == 3

    scripted.enqueue(["Hola"], ["Hola mundo"])
    body = post(url, **REQUESTS[url], vocab_lang="es", vocab_report="off", n=2).json()
    assert "vocab_report" not in body
    assert all("vocab_report" not in choice for choice in body["choices"])


def test_a_list_without_order_has_no_ranks(
    post: Post, scripted: ScriptedDecoder, spanish: WordlistRevision
) -> None:
    WordlistRevision.objects.update(ranked=False)
    scripted.enqueue(TEXT)
    report = post(**CHAT, vocab_lang="es", vocab_report="words").json()["vocab_report"]
    details = report["details"]
    assert [word["rank"] for word in details["words"]] == [None, None, None]
    assert (details["bands"], details["mean_rank"], details["highest_rank"]) == (None, None, None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
@pytest.mark.parametrize("url", REQUESTS)
async def test_the_details_come_with_the_end_of_a_stream(
    url: str, bearer: dict[str, str], scripted: ScriptedDecoder, make_wordlist: MakeWordlist
) -> None:
    await sync_to_async(make_wordlist)("es", ["hola", "mundo"], "es")
    scripted.enqueue(TEXT)
    body = {**REQUESTS[url], "vocab_lang": "es", "vocab_report": "words", "stream": True}
    response: Any = await AsyncClient().post(
        url, data=json.dumps(body), content_type="application/json", headers=bearer
    )
    sent = [part.decode() async for part in response.streaming_content]
    data = [line[6:] for line in "".join(sent).splitlines() if line.startswith("data: {")]
    events = [event.get("response", event) for event in map(json.loads, data)]
    assert [each["vocab_report"]["details"] for each in events if "vocab_report" in each] == [
        DETAILS
    ]


def test_an_alias_may_bind_it(
    post: Post, scripted: ScriptedDecoder, spanish: WordlistRevision
) -> None:
    make_alias("es-quiet", "es", defaults={"vocab_report": "off"})
    scripted.enqueue(TEXT)
    assert "vocab_report" not in post(**CHAT, model="es-quiet").json()
    error = post(**CHAT, model="es-quiet", vocab_report="words").json()["error"]
    assert (error["param"], error["code"]) == ("vocab_report", "fixed_by_model")
