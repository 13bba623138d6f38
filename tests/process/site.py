"""A site's database and workers for tests that kill processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tests.process.server import ROOT, environment, free_port, manage

PAUSE = threading.Event()  # never set, so `wait` is a pause between two polls
POLL_SECONDS = 0.1
WAIT_SECONDS = 90.0
STOP_SECONDS = 60.0


class Worker:
    """A running qcluster: its main process, sentinel, pusher, monitor and worker."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        with log.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.process.worker"],
                cwd=ROOT,
                env=env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def terminate(self) -> int:
        """Stop it like a supervisor: send SIGTERM to the main process and wait."""
        self.process.terminate()
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """Kill all of its processes at once, as a power failure would."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)


class Site:
    def __init__(self, folder: Path, **extra: str) -> None:
        self.folder = folder
        self.diary = folder / "diary"
        self.diary.touch()
        self.log = folder / "workers.log"
        self.env = {
            **environment(folder, free_port(), **extra),
            "DJANGO_SETTINGS_MODULE": extra.get("DJANGO_SETTINGS_MODULE", "tests.process.settings"),
            "ENGINE": "scripted",
            "DIARY": str(self.diary),
            "OMP_NUM_THREADS": "1",
        }
        migrate(self.env, folder)
        self._control = self._start_control()
        self.workers: list[Worker] = []

    def _start_control(self) -> subprocess.Popen[str]:
        with self.log.open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.process.control"],
                cwd=ROOT,
                env=self.env,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def reconnect(self) -> None:
        """Connect again after a restart of the database. Workers must do this by themselves."""
        self._stop_control()
        self._control = self._start_control()

    def _stop_control(self) -> None:
        assert self._control.stdin is not None
        assert self._control.stdout is not None
        self._control.stdin.close()
        self._control.wait(STOP_SECONDS)
        self._control.stdout.close()

    def start_worker(self, **extra: str) -> Worker:
        worker = Worker({**self.env, **extra}, self.log)
        self.workers.append(worker)
        return worker

    def call(self, command: str, *arguments: Any) -> Any:
        assert self._control.stdin is not None
        assert self._control.stdout is not None
        self._control.stdin.write(json.dumps([command, arguments]) + "\n")
        self._control.stdin.flush()
        line = self._control.stdout.readline()
        assert line, self.log.read_text()
        return json.loads(line)

    def submit(self, count: int, *more: str) -> str:
        public_id: str = self.call("submit", [*(f"prompt {i}" for i in range(count)), *more])
        return public_id

    def state(self, job: str) -> dict[str, Any]:
        state: dict[str, Any] = self.call("state", job)
        return state

    def wait_for(
        self, job: str, reached: Callable[[dict[str, Any]], bool], *, sweep: bool = True
    ) -> dict[str, Any]:
        """Poll until `reached(state)` is true. Sweep like the schedule, but more often."""
        deadline = time.monotonic() + WAIT_SECONDS
        polls = 0
        while not reached(state := self.state(job)):
            assert time.monotonic() < deadline, (state, self.log.read_text()[-8000:])
            polls += 1
            if sweep and polls % 5 == 0:
                self.call("sweep")
            PAUSE.wait(POLL_SECONDS)
        return state

    def wait_for_done(self, job: str, count: int) -> dict[str, Any]:
        return self.wait_for(job, lambda state: done_of(state) >= count)

    def wait_for_end(self, job: str) -> dict[str, Any]:
        return self.wait_for(
            job, lambda state: state["state"] in ("completed", "failed", "cancelled", "expired")
        )

    def begun(self) -> list[tuple[int, str]]:
        """Return the PID and the prompt of each reply that a worker began."""
        lines = [line.split(" ", 1) for line in self.diary.read_text().splitlines()]
        return [(int(pid), prompt) for pid, prompt in lines]

    def kill_generating_worker(self) -> int:
        """Kill the process that began the last reply, but not the rest of its qcluster."""
        pid = self.begun()[-1][0]
        os.kill(pid, signal.SIGKILL)
        return pid

    def assert_all_answered_once(self, job: str, count: int) -> dict[str, Any]:
        outcome: dict[str, Any] = self.call("outcome", job)
        assert outcome["indexes"] == list(range(count))
        assert outcome["statuses"] == {"succeeded": count}, outcome
        assert (outcome["results"], outcome["answered"]) == (count, count)
        progress = self.state(job)["progress"]
        assert (progress["completed"], progress["pending"]) == (count, 0)
        return outcome

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
        self._stop_control()


@cache
def _migrated_database() -> bytes:
    """Return a migrated SQLite file. Migrating anew would take longer than most tests."""
    with tempfile.TemporaryDirectory() as name:
        _migrate(environment(Path(name), free_port()))
        return Path(name, "db.sqlite3").read_bytes()


_migrated_urls: set[str] = set()


def migrate(env: dict[str, str], folder: Path) -> None:
    url = env.get("DATABASE_URL")
    if url is None:
        (folder / "db.sqlite3").write_bytes(_migrated_database())
    elif url not in _migrated_urls:
        _migrate(env)
        _migrated_urls.add(url)


def _migrate(env: dict[str, str]) -> None:
    migrated = manage(env, "migrate", "-v", "0")
    assert migrated.returncode == 0, migrated.stderr


def done_of(state: dict[str, Any]) -> int:
    done: int = state["progress"]["completed"]
    return done


@contextmanager
def running_site(folder: Path, **extra: str) -> Iterator[Site]:
    site = Site(folder, **extra)
    try:
        yield site
    finally:
        site.close()
