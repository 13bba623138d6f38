"""A web server that is told to stop finishes the replies in progress, up to a limit."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.process.site import Site, running_site
from tests.process.web import Web, running_web
from tests.process.worker import HANGING

pytestmark = pytest.mark.process

PAUSE = threading.Event()  # never set
WAIT_SECONDS = 60.0
# A reply has eight tokens: it lasts at least two seconds.
TOKEN_SECONDS = "0.25"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("stop"), TOKEN_SECONDS=TOKEN_SECONDS) as site:
        yield site


@pytest.fixture(scope="module")
def key(site: Site) -> str:
    made: str = site.call("make_key")
    return made


def chat(web: Web, key: str, prompt: str, **fields: Any) -> httpx2.Response:
    return httpx2.post(
        f"{web.url}/v1/chat/completions",
        headers={"Authorization": f"Bearer {key}"},
        json={"messages": [{"role": "user", "content": prompt}], **fields},
        timeout=WAIT_SECONDS,
    )


def wait_until_begun(site: Site, *prompts: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not {said for _, said in site.begun()} >= set(prompts):
        assert time.monotonic() < deadline, site.log.read_text()
        PAUSE.wait(0.02)


def requests_in_the_engine(web: Web, key: str) -> float:
    answer = httpx2.get(f"{web.url}/metrics", headers={"Authorization": f"Bearer {key}"})
    return sum(
        sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name in ("wordgen_num_requests_running", "wordgen_num_requests_waiting")
    )


def is_refused(web: Web) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", web.port)) != 0


def test_replies_in_progress_are_finished_and_no_others_begin(site: Site, key: str) -> None:
    before = len(site.log.read_text()) if site.log.exists() else 0
    with running_web(site, "slow") as web, ThreadPoolExecutor() as pool:
        whole = pool.submit(chat, web, key, "a whole one")
        streamed = pool.submit(chat, web, key, "a stream", stream=True)
        # The engine answers one after the other.
        deadline = time.monotonic() + WAIT_SECONDS
        while requests_in_the_engine(web, key) < 2:
            assert time.monotonic() < deadline
            PAUSE.wait(0.02)
        web.signal(signal.SIGTERM)
        while not is_refused(web):
            assert time.monotonic() < deadline
            PAUSE.wait(0.01)
        assert not (whole.done() and streamed.done()), "the port closes before the replies end"
        assert whole.result().status_code == 200
        assert whole.result().json()["choices"][0]["message"]["content"]
        assert streamed.result().status_code == 200
        assert streamed.result().text.endswith("data: [DONE]\n\n")
        assert web.process is not None
        assert web.process.wait(WAIT_SECONDS) in (0, -signal.SIGTERM)
    log = site.log.read_text()[before:]
    assert "replies in progress=2" in log
    assert "replies that were cut" not in log


def test_a_reply_that_takes_too_long_is_cut(site: Site, key: str) -> None:
    site.diary.write_text("")
    with running_web(site, "slow", STOP_SECONDS="1") as web, ThreadPoolExecutor() as pool:
        cut = pool.submit(chat, web, key, HANGING)
        wait_until_begun(site, HANGING)
        web.signal(signal.SIGTERM)
        with pytest.raises(httpx2.TransportError):
            cut.result()
        assert web.process is not None
        assert web.process.wait(WAIT_SECONDS) in (0, -signal.SIGTERM)
    assert "replies that were cut=1" in site.log.read_text()


def test_an_idle_connection_does_not_delay_the_stop(site: Site, key: str) -> None:
    with (
        running_web(site, "slow", STOP_SECONDS="600") as web,
        socket.create_connection(("127.0.0.1", web.port)) as idle,
        httpx2.Client() as client,
    ):
        idle.sendall(b"GET /health/live HTTP/1.1\r\n")  # never complete
        assert client.get(f"{web.url}/health/live").status_code == 200  # kept alive
        web.signal(signal.SIGTERM)
        assert web.process is not None
        assert web.process.wait(WAIT_SECONDS) in (0, -signal.SIGTERM)
