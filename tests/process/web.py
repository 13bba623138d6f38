"""A web server whose engine other processes use. Tests start, stop and kill it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

from tests.process.server import ROOT, free_port
from tests.process.site import Site

PAUSE = threading.Event()  # never set, so `wait` is a pause between two polls
START_SECONDS = 90.0
STOP_SECONDS = 30.0
ENGINE_KEY = "a-key-between-two-processes-of-the-tests"


class Web:
    """Runs `python -m tests.process.engine`, repeatedly on the same port."""

    def __init__(self, site: Site, engine: str, **extra: str) -> None:
        self.site = site
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {**site.env, "TEST_ENGINE": engine, "ENGINE_KEY": ENGINE_KEY, **extra}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.site.log.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.process.engine", str(self.port)],
                cwd=ROOT,
                env=self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self.process.poll() is None, self.site.log.read_text()
            assert time.monotonic() < deadline, self.site.log.read_text()
            PAUSE.wait(0.05)

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/health/live", timeout=2) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def end(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None and self.runs:
            os.kill(self.process.pid, number)
            self.process.wait(STOP_SECONDS)

    def signal(self, number: int) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    @property
    def for_others(self) -> dict[str, str]:
        """Return the settings of a process that uses its engine."""
        return {"ENGINE_URL": self.url, "ENGINE_KEY": ENGINE_KEY}


@contextmanager
def running_web(site: Site, engine: str, **extra: str) -> Iterator[Web]:
    web = Web(site, engine, **extra)
    try:
        web.start()
        yield web
    finally:
        web.end()
