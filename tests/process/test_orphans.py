"""No process outlives the one that started it, and a worker that stands still is replaced."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sqlite3
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import openai
import psutil
import pytest

from tests.process import server as servers
from tests.process.server import KEY, Server
from tests.process.site import Site, Worker, running_site
from tests.process.test_engine_faults import processes_of

pytestmark = pytest.mark.process

END_SECONDS = 60.0
ITEMS = 2000


@pytest.fixture(autouse=True)
def hangups_are_heard() -> Iterator[None]:
    """A process that `nohup` has started ignores SIGHUP, and so do its children."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with servers.running(tmp_path, ENGINE="scripted") as server:
        server.wait_for("] running.")
        yield server
        server.process.kill()
        server.process.wait()


def submit_job(server: Server) -> None:
    items = [{"messages": [{"role": "user", "content": "hello"}]} for _ in range(ITEMS)]
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=KEY, max_retries=0) as client:
        accepted = client._client.post(
            f"{server.url}/v1/batch/jobs",
            files={"file": ("p.json", json.dumps(items).encode())},
            headers={"Authorization": f"Bearer {KEY}"},
        )
    assert accepted.status_code == 200, accepted.text


def query(server: Server, sql: str) -> list[tuple[int | str, ...]]:
    with closing(sqlite3.connect(server.data_dir / "db.sqlite3", timeout=20)) as database:
        return database.execute(sql).fetchall()


def wait_until_done(server: Server, count: int) -> None:
    deadline = time.monotonic() + END_SECONDS
    pause = threading.Event()
    while query(server, "select succeeded_count from batches_batchjob")[0][0] < count:  # type: ignore[operator]
        assert time.monotonic() < deadline, server.log
        pause.wait(0.05)


def descendants(server: Server) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(server.process.pid).children(recursive=True)
    return found


def main_of_cluster(server: Server) -> psutil.Process:
    [main] = [
        process
        for process in psutil.Process(server.process.pid).children()
        if "qcluster" in process.cmdline()
    ]
    return main


def assert_ended(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=END_SECONDS)
    for process in alive:
        process.kill()
    assert alive == []


def assert_nothing_was_begun_in_vain(server: Server) -> None:
    """No item has failed, and an attempt is only counted where there is a result."""
    found = query(server, "select distinct status, attempts from batches_batchitem")
    assert set(found) <= {("pending", 0), ("succeeded", 1)}


def test_nothing_outlives_a_killed_serve(server: Server) -> None:
    submit_job(server)
    wait_until_done(server, 20)
    children = descendants(server)
    assert len(children) >= 6  # the web server; the worker's main process and its four
    server.process.send_signal(signal.SIGKILL)
    assert_ended(children)
    assert_nothing_was_begun_in_vain(server)


def test_a_killed_main_process_of_the_cluster_takes_its_own_along_and_is_replaced(
    server: Server,
) -> None:
    submit_job(server)
    wait_until_done(server, 20)
    main = main_of_cluster(server)
    cluster = [main, *main.children(recursive=True)]
    main.kill()
    assert_ended(cluster)
    server.wait_for("Starting another one.")
    wait_until_done(server, ITEMS)
    assert_nothing_was_begun_in_vain(server)
    assert main_of_cluster(server).pid != main.pid


def test_a_closed_terminal_stops_everything_in_order(tmp_path: Path) -> None:
    env = servers.installed(tmp_path, ENGINE="scripted")
    ours, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=servers.ROOT,
        env=env,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    said = b""
    while b"] running." not in said:
        said += os.read(ours, 4096)
    children = psutil.Process(process.pid).children(recursive=True)
    os.close(ours)
    try:
        assert_ended([psutil.Process(process.pid), *children])
    finally:
        process.kill()
        process.wait()


# --- a cluster of its own ------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path, TOKEN_SECONDS="0.01", SILENCE_SECONDS="3") as site:
        yield site


def waiting_worker(site: Site, worker: Worker) -> psutil.Process:
    """The process that takes messages, as soon as it waits for one."""
    text = "ready for work at "
    deadline = time.monotonic() + END_SECONDS
    pause = threading.Event()
    while "] running." not in (log := site.log.read_text()) or text not in log:
        assert time.monotonic() < deadline, log
        pause.wait(0.05)
    pid = int(log.rsplit(text, 1)[1].split()[0])
    assert pid in processes_of(worker)
    process = psutil.Process(pid)
    while process.status() != psutil.STATUS_SLEEPING:
        pause.wait(0.01)
    return process


def test_a_cluster_whose_main_process_is_killed_ends_and_puts_its_work_back(site: Site) -> None:
    job = site.submit(100)
    worker = site.start_worker()
    site.wait_for_done(job, 4)
    processes = [psutil.Process(pid) for pid in processes_of(worker)]
    worker.process.kill()
    worker.process.wait()
    assert_ended([process for process in processes if process.pid != worker.process.pid])
    outcome = site.call("outcome", job)
    assert set(outcome["statuses"]) <= {"pending", "succeeded"}
    assert set(outcome["attempts"]) <= {"0", "1"}
    assert outcome["attempts"].get("1", 0) == outcome["statuses"].get("succeeded", 0)


def test_a_hangup_of_all_processes_stops_the_cluster_in_order(site: Site) -> None:
    """As when the terminal in which `manage.py qcluster` runs is closed."""
    job = site.submit(100)
    worker = site.start_worker()
    site.wait_for_done(job, 4)
    os.killpg(worker.process.pid, signal.SIGHUP)
    assert worker.process.wait(END_SECONDS) == 0
    outcome = site.call("outcome", job)
    assert outcome["attempts"].get("1", 0) == outcome["statuses"].get("succeeded", 0)


def test_a_worker_killed_while_it_waits_is_replaced(site: Site) -> None:
    """The dead one must not hold the lock that its successor needs."""
    worker = site.start_worker()
    waiting_worker(site, worker).kill()
    job = site.submit(3)
    site.wait_for_end(job)
    site.assert_all_answered_once(job, 3)
    assert worker.process.poll() is None


def test_a_cluster_that_stands_still_ends_with_an_error(site: Site) -> None:
    worker = site.start_worker()
    waiting_worker(site, worker).suspend()
    processes = [psutil.Process(pid) for pid in processes_of(worker)]
    assert worker.process.wait(END_SECONDS) == 1
    assert_ended(processes)
    assert "gives no sign of life" in site.log.read_text()
