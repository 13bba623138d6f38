"""Real workers that use the engine of a real web server, which is killed and stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import psutil
import pytest

from generation.engine.remote.client import RemoteEngine
from tests.process import server as servers
from tests.process.site import Site, Worker, done_of, running_site
from tests.process.web import ENGINE_KEY, Web, running_web
from tests.process.worker import HANGING, POISON

pytestmark = pytest.mark.process

# Slices have the usual length, so that the server can be killed in the middle of one.
LONG_SLICES = {"DJANGO_SETTINGS_MODULE": "wordgen_site.settings"}
GROUP = 16  # BATCH_GROUP_ITEMS: the most items that are in the engine when it is killed
MODEL = "SmolLM2-135M-Instruct"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("faults"), TOKEN_SECONDS="0.006") as site:
        yield site


@pytest.fixture(scope="module")
def any_web(site: Site) -> Iterator[Web]:
    with running_web(site, "slow") as web:
        yield web


@pytest.fixture
def web(site: Site, any_web: Web) -> Iterator[Web]:
    """A running web server and an empty diary. The test's workers end with it."""
    if not any_web.runs:
        any_web.start()
    site.diary.write_text("")
    yield any_web
    for worker in site.workers:
        worker.kill()


@pytest.fixture(scope="module")
def key(site: Site) -> str:
    made: str = site.call("make_key")
    return made


def processes_of(worker: Worker) -> set[int]:
    main = psutil.Process(worker.process.pid)
    return {main.pid, *(child.pid for child in main.children(recursive=True))}


def test_an_engine_killed_in_a_slice_and_started_again_loses_nothing(site: Site, web: Web) -> None:
    job = site.submit(40, HANGING)
    worker = site.start_worker(**web.for_others, **LONG_SLICES)
    site.wait_for(
        job, lambda state: done_of(state) >= 8 and HANGING in [said for _, said in site.begun()]
    )
    web.end(signal.SIGKILL)
    site.wait_for(job, lambda state: "cannot be reached" in (state["error"] or ""))
    assert done_of(site.state(job)) < 41
    web.start()
    site.wait_for_end(job)
    attempts = site.assert_all_answered_once(job, 41)["attempts"]
    assert set(attempts) <= {"1", "2"}
    assert 1 <= attempts["2"] <= GROUP, "only the items in the engine may count an attempt"
    # The worker has not loaded a model or the libraries of one.
    assert {pid for pid, _ in site.begun()}.isdisjoint(processes_of(worker))
    for pid in processes_of(worker):
        assert "torch" not in Path(f"/proc/{pid}/maps").read_text()


def test_a_stopped_engine_is_reported_and_costs_no_attempt(site: Site, web: Web) -> None:
    job = site.submit(60)
    site.start_worker(**web.for_others, **LONG_SLICES)
    site.wait_for_done(job, 8)
    web.end(signal.SIGTERM)
    site.wait_for(job, lambda state: bool(state["error"]))
    assert "error=The engine is being stopped." in site.log.read_text()
    web.start()
    site.wait_for_end(job)
    assert site.assert_all_answered_once(job, 60)["attempts"] == {"1": 60}


def test_a_prompt_that_kills_the_engine_fails_alone_at_the_third_attempt(
    site: Site, web: Web
) -> None:
    job = site.submit(10, POISON)
    site.start_worker(**web.for_others)
    ended = threading.Event()

    def supervise() -> int:
        starts = 0
        while not ended.is_set():
            if not web.runs:
                web.start()
                starts += 1
            ended.wait(0.05)
        return starts

    with ThreadPoolExecutor(1) as supervisor:
        starts = supervisor.submit(supervise)
        try:
            state = site.wait_for_end(job)
        finally:
            ended.set()
    # The third kill may end the job before this loop sees that the server has ended.
    assert starts.result() in (2, 3)
    assert state["state"] == "completed"
    outcome = site.call("outcome", job)
    assert outcome["statuses"] == {"succeeded": 10, "failed": 1}
    assert [prompt for _, prompt in site.begun()].count(POISON) == 3


def test_two_workers_share_an_engine_and_a_killed_one_frees_its_rows(site: Site, web: Web) -> None:
    jobs = [site.submit(90), site.submit(90)]
    slices_before = site.log.read_text().count("slice job=")
    first, second = (site.start_worker(**web.for_others) for _ in range(2))
    site.wait_for(jobs[0], lambda state: bool(state["lease_owner"] and done_of(state)))
    site.wait_for(jobs[1], lambda state: bool(state["lease_owner"] and done_of(state)))
    engine = RemoteEngine(web.url, ENGINE_KEY, MODEL)
    first.kill()
    for job in jobs:
        site.wait_for_end(job)
        assert set(site.assert_all_answered_once(job, 90)["attempts"]) <= {"1", "2"}
    assert web.process is not None
    assert {pid for pid, _ in site.begun()} == {web.process.pid}
    assert (engine.snapshot().waiting, engine.snapshot().rows) == (0, 0)
    # Each item was begun once; those that the killed worker had begun, twice. The end of a slice
    # puts back the item that is begun and has no text yet.
    slices = site.log.read_text().count("slice job=") - slices_before
    assert 180 <= len(site.begun()) <= 180 + GROUP + slices
    assert second.terminate() == 0
    engine.close()


def test_a_wrong_engine_key_makes_the_job_wait_and_is_reported(site: Site, web: Web) -> None:
    job = site.submit(5)
    wrong = site.start_worker(**{**web.for_others, "ENGINE_KEY": "another-key-" * 4})
    waiting = site.wait_for(job, lambda state: bool(state["error"]))
    assert "refuses the key" in waiting["error"]
    assert site.call("outcome", job)["attempts"] == {"0": 5}
    assert wrong.terminate() == 0
    site.start_worker(**web.for_others)
    site.wait_for_end(job)
    assert site.assert_all_answered_once(job, 5)["attempts"] == {"1": 5}


def test_a_chat_during_a_batch_job_goes_first(site: Site, web: Web, key: str) -> None:
    web.end()
    web.env["TOKEN_SECONDS"] = "0.03"
    web.start()
    web.env["TOKEN_SECONDS"] = site.env["TOKEN_SECONDS"]
    job = site.submit(400)
    site.start_worker(**web.for_others)
    site.wait_for_done(job, 4)
    with openai.OpenAI(base_url=f"{web.url}/v1", api_key=key, max_retries=0) as client:
        for number in range(3):
            before, prompt = len(site.begun()), f"chat {number}"
            client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": prompt}]
            )
            place = [said for _, said in site.begun()].index(prompt)
            # One item is finished first, and one or two begin before the chat arrives.
            assert place - before < GROUP / 2, "the chat waited behind the batch items"
    assert done_of(site.state(job)) < 400
    site.call("act", job, "cancel")
    web.end()


def test_a_web_server_without_an_engine_of_its_own(site: Site, web: Web, key: str) -> None:
    """The other server's engine answers its chats. While that is down, they get a 503."""
    messages: Any = [{"role": "user", "content": "front"}]
    with (
        running_web(site, "slow", **web.for_others) as front,
        openai.OpenAI(base_url=f"{front.url}/v1", api_key=key, max_retries=0) as client,
    ):
        assert web.process is not None
        stream = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream)
        assert site.begun() == [(web.process.pid, "front")]
        http = client._client
        assert http.get(f"{front.url}/health/ready").json() == {"status": "ok"}
        asked = http.post(
            f"{front.url}/internal/generate", headers={"Authorization": f"Bearer {ENGINE_KEY}"}
        )
        assert asked.status_code == 404, "a process without an engine forwards no request"

        web.end(signal.SIGKILL)
        ready = http.get(f"{front.url}/health/ready")
        assert ready.status_code == 503
        assert ready.json() == {
            "status": "unavailable",
            "reason": "engine unreachable",
            "detail": "The server at ENGINE_URL does not answer.",
        }
        with pytest.raises(openai.InternalServerError) as down:
            client.chat.completions.create(model=MODEL, messages=messages)
        assert (down.value.status_code, down.value.code) == (503, "model_unavailable")
        assert int(down.value.response.headers["retry-after"]) > 0
        checked = servers.manage({**site.env, **web.for_others}, "check", "--deploy")
        assert "wordgen.W004" in checked.stderr
        assert "cannot be reached" in checked.stderr

        web.start()
        assert http.get(f"{front.url}/health/ready").status_code == 200
        answered = client.chat.completions.create(model=MODEL, messages=messages)
        assert answered.choices[0].message.content
