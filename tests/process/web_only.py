"""Daphne alone, with a prepared database and a scripted engine: no worker, no model, no lists."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.process.server import ROOT, installed

PAUSE = threading.Event()  # never set: `wait` is a pause between two looks
START_SECONDS = 90.0
STOP_SECONDS = 30.0


class WebOnly:
    """A running web server and its log."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self.env = env
        self.folder = folder
        self.url = f"http://127.0.0.1:{env['PORT']}"
        self._log = folder / "web.log"
        daphne = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", env["PORT"]]
        with self._log.open("a") as output:
            self.process = subprocess.Popen(
                [*daphne, "wordgen_site.asgi:application"],
                cwd=ROOT,
                env=env,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def wait_until_up(self) -> None:
        self.wait_for(self.is_live)

    def wait_for(self, reached: object) -> None:
        """Wait until `reached()` is true."""
        assert callable(reached)
        deadline = time.monotonic() + START_SECONDS
        while not reached():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            PAUSE.wait(0.05)

    def is_live(self) -> bool:
        try:
            with urlopen(f"{self.url}/health/live", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(STOP_SECONDS)


@contextmanager
def running_web_only(folder: Path, **extra: str) -> Iterator[WebOnly]:
    """The key is KEY and the user ADMIN of `tests/process/server.py`."""
    env = installed(folder, **{"ENGINE": "scripted", **extra})
    env.setdefault("OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", "1"))
    web = WebOnly(env, folder)
    try:
        web.wait_until_up()
        yield web
    finally:
        web.stop()
