"""`vocab_draft`: a hidden draft with any words, then the reply with the words of the list."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.http import urlencode

from generation.chat.per_key_limit import per_key_limit
from generation.chat.phased_handle import submit, submit_all
from generation.chat.phases import SPARE_TOKENS, Draft, PhasedRequest
from generation.engine.contract import (
    Completion,
    EngineBusy,
    EngineStopped,
    GenerationCancelled,
    GenerationRequest,
    Message,
    Sampling,
)
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.decoder import SequentialDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import set_engine
from tests.batches.api_client import Api, content_of, line, work
from tests.generation.aliases.client import error_of, make_alias
from vocab.instructions.instruction import Instruction
from vocab.instructions.purpose import Purpose

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spanish")]

WAIT = 10.0
USER = {"role": "user", "content": "¿Qué tal?"}
SYSTEM = {"role": "system", "content": "Sé breve."}
REWRITE = "Di lo mismo otra vez, pero solo con palabras sencillas y comunes."
DRAFTED = {"messages": [SYSTEM, USER], "vocab_lang": "es", "vocab_draft": True}

Post = Callable[..., Any]


# --- the two requests ----------------------------------------------------------------------------


def test_the_reply_is_made_from_a_draft_with_any_words(
    post: Post, scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["Muy ", "bien, ", "gracias. "], ["hola ", "mundo"])
    response = post(
        **DRAFTED, seed=5, max_tokens=40, temperature=0.5, stop="gracias", min_tokens=2, top_p=0.9
    )
    assert response.status_code == 200, response.content
    draft, reply = scripted.history
    asked = (Message("system", "Sé breve."), Message("user", "¿Qué tal?"))
    assert (draft.messages, draft.vocabulary) == (asked, None)
    assert draft.sampling == Sampling(max_tokens=40, temperature=0.5, top_p=0.9, top_k=50, seed=5)
    assert draft.reserve == 40 + SPARE_TOKENS
    added = (Message("assistant", "Muy bien, gracias."), Message("user", REWRITE))
    assert reply.messages == (*asked, *added)
    assert reply.vocabulary is not None
    assert (reply.sampling.stop, reply.sampling.seed, reply.reserve) == (("gracias",), 5, 0)
    assert (draft.added, reply.added) == (0, 40 + SPARE_TOKENS)
    body = response.json()
    assert body["choices"][0]["message"]["content"] == "hola mundo"
    assert body["usage"] == {
        "prompt_tokens": 4,
        "completion_tokens": 5,
        "total_tokens": 9,
        "completion_tokens_details": {"reasoning_tokens": 0, "draft_tokens": 3},
    }
    assert body["vocab_report"]["words"] == 2
    assert per_key_limit.total == 0


def test_a_draft_has_its_own_budget(post: Post, scripted: ScriptedDecoder) -> None:
    fields = {**DRAFTED, "vocab_draft": {"max_tokens": 7}, "max_tokens": 30}
    assert post(**fields).status_code == 200
    assert [request.sampling.max_tokens for request in scripted.history] == [7, 30]


def test_a_draft_without_a_seed_and_its_reply_have_the_same_one(
    post: Post, scripted: ScriptedDecoder
) -> None:
    post(**DRAFTED)
    seeds = [request.sampling.seed for request in scripted.history]
    assert seeds[0] is not None
    assert seeds[0] == seeds[1]


def test_an_empty_draft_is_left_out(post: Post, scripted: ScriptedDecoder) -> None:
    scripted.enqueue([" "], ["hola"])
    assert post(**DRAFTED).json()["choices"][0]["message"]["content"] == "hola"
    assert scripted.history[1].messages == scripted.history[0].messages


def test_the_admin_may_replace_the_request_to_say_it_again(
    post: Post, scripted: ScriptedDecoder
) -> None:
    Instruction.objects.create(language="es", purpose=Purpose.REWRITE, text="Otra vez.")
    post(**DRAFTED)
    assert scripted.history[1].messages[-1] == Message("user", "Otra vez.")


def test_each_choice_has_a_draft_of_its_own_and_greedy_ones_share_one(
    post: Post, scripted: ScriptedDecoder
) -> None:
    body = post(**DRAFTED, n=2, seed=3).json()
    assert len(body["choices"]) == 2
    drafts = [request for request in scripted.history if request.vocabulary is None]
    assert len(scripted.history) == 4
    assert len({request.sampling.seed for request in drafts}) == 2
    scripted.history.clear()
    body = post(**DRAFTED, n=2, temperature=0).json()
    assert len({choice["message"]["content"] for choice in body["choices"]}) == 1
    assert len(scripted.history) == 2


def test_no_draft_is_one_request(post: Post, scripted: ScriptedDecoder) -> None:
    body = post(**{**DRAFTED, "vocab_draft": False}).json()
    assert "completion_tokens_details" not in body["usage"]
    assert len(scripted.history) == 1


def test_a_response_may_have_a_draft(post: Post, scripted: ScriptedDecoder) -> None:
    scripted.enqueue(["Muy bien."], ["hola"])
    body = post("/v1/responses", input="Hola", vocab_lang="es", vocab_draft=True).json()
    assert body["output"][0]["content"][0]["text"] == "hola"
    assert body["usage"]["output_tokens"] == 2


def test_an_alias_may_bind_a_draft(post: Post, scripted: ScriptedDecoder) -> None:
    make_alias("es-draft", "es", defaults={"vocab_draft": {"max_tokens": 9}})
    assert post(messages=[USER], model="es-draft").status_code == 200
    assert [request.sampling.max_tokens for request in scripted.history] == [9, 512]
    assert error_of(post(messages=[USER], model="es-draft", vocab_draft=True), 400)[:2] == (
        "vocab_draft",
        "fixed_by_model",
    )


@pytest.mark.parametrize(
    ("url", "change", "param"),
    [
        ("/v1/chat/completions", {"messages": [USER], "vocab_draft": True}, "vocab_draft"),
        ("/v1/chat/completions", {**DRAFTED, "vocab_draft": "true"}, "vocab_draft"),
        ("/v1/chat/completions", {**DRAFTED, "vocab_draft": 1}, "vocab_draft"),
        ("/v1/chat/completions", {**DRAFTED, "vocab_draft": {}}, "vocab_draft.max_tokens"),
        (
            "/v1/chat/completions",
            {**DRAFTED, "vocab_draft": {"max_tokens": 0}},
            "vocab_draft.max_tokens",
        ),
        (
            "/v1/chat/completions",
            {**DRAFTED, "vocab_draft": {"max_tokens": 5, "n": 1}},
            "vocab_draft.n",
        ),
        (
            "/v1/completions",
            {"prompt": "Hola", "vocab_lang": "es", "vocab_draft": True},
            "vocab_draft",
        ),
    ],
)
def test_a_draft_is_refused_by_name(
    post: Post, scripted: ScriptedDecoder, url: str, change: dict[str, Any], param: str
) -> None:
    assert error_of(post(url, **change), 400)[0] == param
    assert scripted.history == []


# --- jobs ----------------------------------------------------------------------------------------


def test_a_line_and_an_item_of_a_job_may_have_a_draft(
    client: Client, bearer: dict[str, str], scripted: ScriptedDecoder
) -> None:
    api = Api(client, bearer)
    file = api.file(line("a", **DRAFTED))
    batch = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
    assert api.post("batches", {"input_file_id": file, **batch}).status_code == 200
    items = json.dumps([{"messages": [USER]}]).encode()
    for draft in ("true", '{"max_tokens": 4}'):
        query = urlencode({"vocab_lang": "es", "vocab_draft": draft, "max_tokens": 6})
        upload = {"file": SimpleUploadedFile("in.json", items)}
        answer = client.post(f"/v1/batch/jobs?{query}", upload, headers=bearer)
        assert answer.status_code == 200, answer.content
    work()
    budgets = [
        (request.vocabulary is None, request.sampling.max_tokens) for request in scripted.history
    ]
    assert sorted(budgets) == sorted(
        [(True, 512), (False, 512), (True, 6), (False, 6), (True, 4), (False, 6)]
    )


# --- waiting, failing and cancelling -------------------------------------------------------------


class Gate(SequentialDecoder):
    """Answers each request when the test opens it; the text is the number of the request."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.open = threading.Semaphore(0)
        self.history: list[GenerationRequest] = []
        self.cancelled = threading.Event()

    def decode(self, request: GenerationRequest, emit: Any, cancelled: Any) -> Completion:
        self.history.append(request)
        self.begun.release()
        while not self.open.acquire(timeout=0.01):
            if cancelled():
                self.cancelled.set()
                raise GenerationCancelled
        text = f"hola {len(self.history)}"
        emit(text)
        return Completion(text=text, finish_reason="stop", prompt_tokens=3, completion_tokens=2)


@pytest.fixture
def gate() -> Iterator[Gate]:
    decoder = Gate()
    set_engine(ThreadedEngine(lambda: decoder, 1))
    yield decoder
    set_engine(None)


def drafted() -> PhasedRequest:
    request = GenerationRequest(messages=(Message("user", "x"),))
    return PhasedRequest.of(request, draft=Draft(5, "again"))


def test_a_draft_is_not_streamed_and_keeps_the_connection_open(
    post: Post, gate: Gate, settings: Any
) -> None:
    settings.STREAM_KEEP_ALIVE = 0.01
    response = post(**DRAFTED, stream=True)  # returns while the draft is written
    assert gate.begun.acquire(timeout=WAIT)
    opened: list[bool] = []

    def open_both() -> None:
        threading.Event().wait(0.05)  # several keep-alives
        gate.open.release(2)
        opened.append(True)

    opener = threading.Thread(target=open_both)
    opener.start()
    text = content_of(response).decode()
    opener.join()
    assert opened
    assert text.count(": keep-alive") >= 1
    events = [json.loads(each[6:]) for each in text.split("\n\n") if each.startswith("data: {")]
    deltas = [choice["delta"] for event in events for choice in event["choices"]]
    assert [each["content"] for each in deltas if each.get("content")] == ["hola 2"]


def test_the_time_limit_counts_the_draft(post: Post, gate: Gate, settings: Any) -> None:
    settings.REQUEST_TIMEOUT = 0.05
    assert error_of(post(**DRAFTED), 504)[1] == "timeout"
    assert gate.cancelled.wait(WAIT)
    assert len(gate.history) == 1


def test_cancelling_ends_the_phase_that_runs_and_begins_no_other(gate: Gate) -> None:
    for phase in (1, 2):
        gate.history.clear()
        gate.cancelled.clear()
        handle = submit(drafted())
        for _ in range(phase - 1):
            assert gate.begun.acquire(timeout=WAIT)
            gate.open.release()
        assert gate.begun.acquire(timeout=WAIT)
        handle.cancel()
        with pytest.raises(GenerationCancelled):
            handle.result(WAIT)
        assert gate.cancelled.wait(WAIT)
        assert len(gate.history) == phase


def test_a_full_queue_refuses_a_draft_and_lets_a_reply_wait(gate: Gate) -> None:
    handle = submit(drafted())
    assert gate.begun.acquire(timeout=WAIT)
    other = submit(GenerationRequest(messages=(Message("user", "y"),)))  # fills the queue
    with pytest.raises(EngineBusy):
        submit_all([drafted()])
    gate.open.release()  # the draft ends, and the queue is full until the other one begins
    assert gate.begun.acquire(timeout=WAIT)
    gate.open.release(2)
    assert {handle.result(WAIT).text, other.result(WAIT).text} == {"hola 2", "hola 3"}


def test_an_error_of_any_phase_is_the_error_of_the_reply(
    post: Post, scripted: ScriptedDecoder
) -> None:
    for replies in ([EngineStopped("lost")], [["Muy bien."], EngineStopped("lost")]):
        scripted.enqueue(*replies)
        response = post(**DRAFTED)
        assert (response.status_code, response.json()["error"]["message"]) == (503, "lost")


def test_the_completion_has_the_first_prompt_and_the_tokens_of_all(gate: Gate) -> None:
    gate.open.release(2)
    completion = submit(drafted()).result(WAIT)
    assert (completion.prompt_tokens, completion.completion_tokens) == (3, 4)
    assert (completion.draft_tokens, completion.text) == (2, "hola 2")
