"""The whole server: `manage.py serve` with the real model and real clients."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import psutil
import pytest
import websockets

from tests.process import server as servers
from tests.process.server import ADMIN, KEY, Server, csrf_token

pytestmark = [pytest.mark.process, pytest.mark.model]

PROMPT = [{"role": "user", "content": "Write a short story about a dog."}]
LIST_EN = {"vocab_lang": "en", "vocab_n_words": 1000}
BATCH_SECONDS = 240
PAUSE = threading.Event()  # never set, so `wait` is a pause between two polls


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("serve")
    env = servers.environment(folder, servers.free_port(), ENGINE_PRELOAD="true")
    setup = servers.manage(env, "setup")
    assert setup.returncode == 0, setup.stderr
    with servers.started(env, folder) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"{server.url}/v1",
        api_key=KEY,
        max_retries=0,
        _strict_response_validation=True,
    ) as client:
        yield client


@pytest.fixture(scope="module")
def first_1000() -> set[str]:
    lines = (servers.ROOT / "wordlists" / "en.txt").read_text(encoding="utf-8").splitlines()
    return set([line for line in lines if line and not line.startswith("#")][:1000])


def off_list(text: str, entries: set[str]) -> list[str]:
    """Words of `text` that are no entry: cut at white space and dashes, stripped of marks and of
    an 's or 'll that is an entry of its own, looked up. What has a digit is a number: 20th, 5km.
    """
    upper = {entry.upper() for entry in entries}
    suffixes = [entry for entry in entries if entry.startswith("'")]
    missing = []
    for word in re.split(r"[\s—–/&…]+|--|\.{3,}|(?<=\d)-", text.replace("’", "'")):
        word = word.strip(".,;:!?…\"“”'()[]-")
        if word not in entries:
            word = word.removesuffix(next(filter(word.endswith, suffixes), " "))
        lowered = word[:1].lower() + word[1:]
        number = any(map(str.isnumeric, word)) or not any(map(str.isalpha, word))
        if not number and not ({word, lowered} & entries or word in upper):
            missing.append(word)
    return missing


def test_the_model_is_loaded_without_a_request_and_the_output_says_so(server: Server) -> None:
    server.wait_for("The model is loading")
    for line in ("loading the model: reading the weights", "the model is ready seconds="):
        server.wait_for(line)


def test_chat_writes_only_listed_words(client: openai.OpenAI, first_1000: set[str]) -> None:
    reply = client.chat.completions.create(
        model=client.models.list().data[0].id,
        messages=PROMPT,  # type: ignore[arg-type]
        max_tokens=60,
        temperature=0,
        extra_body=LIST_EN,
    )
    text = reply.choices[0].message.content
    assert text
    assert off_list(text, first_1000) == []
    assert text[0].isupper(), "the model may write capitals"
    assert reply.usage is not None
    assert 0 < reply.usage.completion_tokens <= 60
    assert reply.choices[0].finish_reason in ("stop", "length")
    extra: Any = reply.model_extra
    assert extra["vocab_report"]["out_of_list"] == []
    assert extra["vocab_report"]["words"] > 10
    assert extra["wordlist"]["n_words"] == 1000


def test_a_stream_arrives_in_pieces_and_says_the_same(
    client: openai.OpenAI, first_1000: set[str]
) -> None:
    arguments: Any = {
        "model": "SmolLM2-135M-Instruct",
        "messages": PROMPT,
        "max_tokens": 40,
        "seed": 5,
        "extra_body": LIST_EN,
    }
    pieces = []
    finish = usage = None
    for chunk in client.chat.completions.create(
        stream=True, stream_options={"include_usage": True}, **arguments
    ):
        if chunk.choices:
            pieces.append(chunk.choices[0].delta.content or "")
            finish = chunk.choices[0].finish_reason or finish
        usage = chunk.usage or usage
    whole = client.chat.completions.create(**arguments)
    assert "".join(pieces) == whole.choices[0].message.content
    assert len([piece for piece in pieces if piece]) > 5
    assert finish == whole.choices[0].finish_reason
    assert usage == whole.usage
    assert off_list("".join(pieces), first_1000) == []


def test_a_client_that_leaves_frees_the_model(server: Server, client: openai.OpenAI) -> None:
    arguments: Any = {"model": "SmolLM2-135M-Instruct", "messages": PROMPT, "max_tokens": 512}
    client.chat.completions.create(**{**arguments, "max_tokens": 1})  # the model is loaded
    before = metric(server, client, "generation_tokens_total")
    for _ in range(3):
        stream = client.chat.completions.create(
            stream=True, extra_body={"min_tokens": 512}, **arguments
        )
        next(iter(stream))
        next(iter(stream))
        stream.close()
    deadline = time.monotonic() + BATCH_SECONDS
    while metric(server, client, "num_requests_running"):
        assert time.monotonic() < deadline
        PAUSE.wait(0.1)
    assert metric(server, client, "generation_tokens_total") - before < 512
    assert client.chat.completions.create(**{**arguments, "max_tokens": 1}).usage is not None


def metric(server: Server, client: openai.OpenAI, name: str) -> float:
    page = client._client.get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {KEY}"})
    [line] = [line for line in page.text.splitlines() if line.startswith(f"wordgen_{name}{{")]
    return float(line.rsplit(" ", 1)[1])


def test_a_wrong_key_and_an_unknown_list_are_openai_errors(server: Server) -> None:
    def client_with(key: str) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{server.url}/v1", api_key=key, max_retries=0)

    with client_with("wrong") as stranger, pytest.raises(openai.AuthenticationError):
        stranger.models.list()
    with client_with(KEY) as friend, pytest.raises(openai.NotFoundError) as unknown:
        friend.chat.completions.create(
            model="SmolLM2-135M-Instruct",
            messages=PROMPT,  # type: ignore[arg-type]
            extra_body={"vocab_lang": "xx"},
        )
    assert unknown.value.param == "vocab_lang"


def test_a_batch_of_twenty_completes_in_order(
    server: Server, client: openai.OpenAI, first_1000: set[str]
) -> None:
    topics = ["dog", "house", "school", "money", "water"]
    items = [
        {
            "custom_id": f"item-{number}",
            "messages": [{"role": "user", "content": f"Write about a {topics[number % 5]}."}],
        }
        for number in range(20)
    ]
    http = client._client
    auth = {"Authorization": f"Bearer {KEY}"}
    accepted = http.post(
        f"{server.url}/v1/batch/jobs",
        params={"max_tokens": 16, "vocab_lang": "en", "vocab_n_words": 1000, "seed": 1},
        files={"file": ("prompts.json", json.dumps(items).encode())},
        headers=auth,
    )
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["status"] == "pending"
    job_id = accepted.json()["job_id"]
    deadline = time.monotonic() + BATCH_SECONDS
    state: dict[str, Any] = {}
    while state.get("status") != "completed":
        assert time.monotonic() < deadline, (state, server.log)
        state = http.get(f"{server.url}/v1/batch/jobs/{job_id}", headers=auth).json()
        assert state["status"] in ("pending", "processing", "completed"), state
        PAUSE.wait(0.1)
    assert state["progress"]["total"] == state["progress"]["completed"] == 20
    assert (state["progress"]["failed"], state["progress"]["pending"]) == (0, 0)
    results = http.get(f"{server.url}/v1/batch/jobs/{job_id}/results", headers=auth).json()
    assert [result["custom_id"] for result in results] == [item["custom_id"] for item in items]
    for number, result in enumerate(results):
        assert result["id"] == f"chatcmpl-batch-{job_id}-{number}"
        text = result["choices"][0]["message"]["content"]
        assert off_list(text, first_1000) == []
        assert result["vocab_report"]["out_of_list"] == []
        assert 0 < result["usage"]["completion_tokens"] <= 16
    assert_one_model(server)


def assert_one_model(server: Server) -> None:
    """The web server has loaded torch. No process of the worker has."""
    [main] = [p for p in psutil.Process(server.process.pid).children() if "qcluster" in p.cmdline()]
    worker = [main, *main.children(recursive=True)]
    [web] = [p for p in psutil.Process(server.process.pid).children() if p != main]
    assert "libtorch" in Path(f"/proc/{web.pid}/maps").read_text()
    assert len(worker) > 2
    for process in worker:
        assert "torch" not in Path(f"/proc/{process.pid}/maps").read_text()


def test_the_next_request_can_use_a_list_uploaded_in_the_admin(
    server: Server, client: openai.OpenAI
) -> None:
    http = client._client
    base = f"{server.url}/admin"
    page = http.get(f"{base}/login/").text
    http.post(
        f"{base}/login/?next=/admin/",
        data={
            "csrfmiddlewaretoken": csrf_token(page),
            "username": ADMIN[0],
            "password": ADMIN[1],
        },
    )
    page = http.get(f"{base}/vocab/wordlist/add/").text
    report = http.post(
        f"{base}/vocab/wordlist/add/",
        data={
            "csrfmiddlewaretoken": csrf_token(page),
            "title": "Animals",
            "language": "en",
        },
        files={"file": ("animals.txt", b"cat\ndog\nthe\nsees\nand\ncat\n")},
        follow_redirects=True,
    )
    assert report.status_code == 200
    assert "already on line 1" in report.text
    saved = http.post(
        str(report.url),
        data={
            "csrfmiddlewaretoken": csrf_token(report.text),
            "slug": "animals",
            "title": "Animals",
            "language": "en",
            "visibility": "shared",
            "source": "",
            "licence": "",
            "_save": "Save",
        },
        follow_redirects=True,
    )
    assert saved.status_code == 200
    assert "was added with 5 entries" in saved.text
    reply = client.chat.completions.create(
        model="SmolLM2-135M-Instruct",
        messages=PROMPT,  # type: ignore[arg-type]
        max_tokens=12,
        extra_body={"vocab_lang": "animals"},
    )
    assert (
        off_list(reply.choices[0].message.content or "", {"cat", "dog", "the", "sees", "and"}) == []
    )
    extra: Any = reply.model_extra
    assert (extra["wordlist"]["slug"], extra["wordlist"]["n_words"]) == ("animals", 5)


def test_the_websocket_of_the_playground_streams_a_reply(
    server: Server, client: openai.OpenAI, first_1000: set[str]
) -> None:
    http = client._client
    page = http.get(f"{server.url}/login/", follow_redirects=True)
    if "csrfmiddlewaretoken" in page.text and "password" in page.text:
        http.post(
            f"{server.url}/login/",
            data={
                "csrfmiddlewaretoken": csrf_token(page.text),
                "username": ADMIN[0],
                "password": ADMIN[1],
            },
        )
    cookie = "; ".join(f"{name}={value}" for name, value in http.cookies.items())

    async def talk() -> tuple[str, dict[str, Any]]:
        address = server.url.replace("http", "ws") + "/ws/playground/"
        async with websockets.connect(
            address,
            additional_headers={"Cookie": cookie},
            origin=server.url,  # type: ignore[arg-type]
        ) as socket:
            body = {"messages": PROMPT, "max_tokens": 20, "temperature": 0, **LIST_EN}
            await socket.send(json.dumps({"type": "generate", "id": "1", "request": body}))
            text = ""
            while True:
                message = json.loads(await asyncio.wait_for(socket.recv(), 60))
                assert message["type"] != "error", message
                if message["type"] == "delta":
                    text += message["text"]
                if message["type"] == "done":
                    return text, message

    text, done = asyncio.run(talk())
    assert text == done["text"]
    assert off_list(text, first_1000) == []
    assert done["vocab_report"]["out_of_list"] == []


def test_no_key_reaches_the_log(server: Server, client: openai.OpenAI) -> None:
    answer = client._client.get(f"{server.url}/v1/models", params={"token": KEY})
    assert answer.status_code == 200
    server.wait_for("path=/v1/models status=200")  # written after the response
    assert KEY not in server.log


def test_ctrl_c_stops_both_processes_and_a_restart_loses_nothing(tmp_path: Path) -> None:
    """A job that was accepted just before the stop is completed after the next start."""
    with servers.running(tmp_path, "en", ENGINE="scripted") as first:
        env = servers.environment(tmp_path, int(first.url.rsplit(":", 1)[1]), ENGINE="scripted")
        with openai.OpenAI(base_url=f"{first.url}/v1", api_key=KEY, max_retries=0) as client:
            http = client._client
            auth = {"Authorization": f"Bearer {KEY}"}
            items = [{"messages": PROMPT} for _ in range(300)]
            job = http.post(
                f"{first.url}/v1/batch/jobs",
                params={"vocab_lang": "en"},
                files={"file": ("p.json", json.dumps(items).encode())},
                headers=auth,
            ).json()
            first.wait_for("] running.")  # wait for the worker too, so that both are stopped
            assert first.interrupt() == 0, first.log
            first.join()
            assert "has stopped" in first.log, first.log
            with servers.started(env, tmp_path):
                deadline = time.monotonic() + BATCH_SECONDS
                status = ""
                while status != "completed":
                    assert time.monotonic() < deadline
                    state = http.get(f"{first.url}/v1/batch/jobs/{job['job_id']}", headers=auth)
                    status = state.json()["status"]
                    PAUSE.wait(0.1)
    with sqlite3.connect(tmp_path / "db.sqlite3") as database:
        rows = database.execute("select status, count(*) from batches_batchitem group by 1")
        assert rows.fetchall() == [("succeeded", 300)]
        assert database.execute("select count(*) from batches_result").fetchone() == (300,)
    database.close()


def test_a_port_in_use_is_reported_in_one_line(server: Server, tmp_path: Path) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    env = servers.environment(tmp_path, port)
    refused = servers.manage(env, "serve")
    assert refused.returncode != 0
    assert refused.stderr.strip().count("\n") == 0, refused.stderr
    assert f"Port {port}" in refused.stderr
    assert re.search(r"by process \d+ \(another Wordgen server\)", refused.stderr)
