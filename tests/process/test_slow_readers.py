"""A WebSocket whose client reads slowly, or not at all."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.request import urlopen

import pytest
from websockets.sync.client import connect

from tests.process.flood import MESSAGE
from tests.process.server import ROOT, environment

pytestmark = pytest.mark.process

WAIT = 90.0
PAUSE = threading.Event()  # never set: `wait` is a pause between two looks
# What both kernels keep for a connection is some megabytes, as they decide.
MAX_KEPT_BYTES = 32 * 1024 * 1024


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Host and port of a server that sends without an end."""
    # The socket listens already, so a request waits until daphne has started.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        handle = str(listening.fileno())
        folder = tmp_path_factory.mktemp("flood")
        daphne = [sys.executable, "-m", "daphne", "-v", "0", "--fd", handle]
        process = subprocess.Popen(
            [*daphne, "tests.process.flood:application"],
            cwd=ROOT,
            env=environment(folder, port, DJANGO_SETTINGS_MODULE="wordgen_site.settings"),
            pass_fds=[listening.fileno()],
        )
        try:
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(WAIT)


def counts(address: str) -> Counter[str]:
    with urlopen(f"http://{address}/", timeout=WAIT) as response:
        return Counter(json.load(response))


def wait_for(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not reached():
        assert time.monotonic() < deadline
        PAUSE.wait(0.05)


def sent_when_full(address: str) -> int:
    """Wait until nothing more is sent, and return how many messages were."""
    sent, since = -1, time.monotonic()
    deadline = time.monotonic() + WAIT
    while time.monotonic() - since < 1.0:
        assert time.monotonic() < deadline
        if (now := counts(address)["sent"]) != sent:
            sent, since = now, time.monotonic()
        PAUSE.wait(0.05)
    return sent


def test_a_client_that_does_not_read_stops_what_is_sent_to_it(address: str) -> None:
    assert counts(address) == Counter()
    with connect(f"ws://{address}/", max_queue=1) as client:
        full = sent_when_full(address)
        assert full > 0
        assert full * len(MESSAGE) < MAX_KEPT_BYTES
        client.send("still heard")
        wait_for(lambda: counts(address)["received"] == 1)
        for _ in range(full):
            assert client.recv(timeout=WAIT) == MESSAGE
        wait_for(lambda: counts(address)["sent"] > full)
        sent_when_full(address)
        client.socket.shutdown(socket.SHUT_RDWR)
    wait_for(lambda: counts(address)["open"] == 0)  # although it waited for room
