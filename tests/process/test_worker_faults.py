"""Real workers on a real database, which are killed and stopped.

The short form runs with the suite; `make test-faults` runs the long one too (LONG_FAULTS).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openai
import psutil
import pytest

from tests.process import server as servers
from tests.process.postgres import NO_POSTGRES, Postgres, binaries, running_postgres
from tests.process.server import KEY
from tests.process.site import Site, done_of, running_site
from tests.process.worker import POISON

pytestmark = pytest.mark.process

long_form = pytest.mark.skipif(
    "LONG_FAULTS" not in os.environ, reason="takes minutes: make test-faults"
)
KILL_EVERY_SECONDS = 5
RECOVERY_SECONDS = 150  # a lease, a sweep and a margin for a slow machine


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    folder = binaries()
    if folder is None:
        pytest.skip(NO_POSTGRES)
    pytest.importorskip("psycopg")
    with running_postgres(folder) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A site without workers."""
    extra = {}
    if request.param == "postgres":
        extra["DATABASE_URL"] = request.getfixturevalue("postgres").url
    with running_site(tmp_path, TOKEN_SECONDS="0.003", **extra) as site:
        yield site


only_sqlite = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
only_postgres = pytest.mark.parametrize("site", ["postgres"], indirect=True)


def test_a_worker_killed_in_a_slice_loses_nothing(site: Site) -> None:
    job = site.submit(60)
    site.start_worker()
    site.wait_for_done(job, 8)
    killed = site.kill_generating_worker()
    assert site.state(job)["state"] == "in_progress"
    site.wait_for_end(job)
    outcome = site.assert_all_answered_once(job, 60)
    assert outcome["attempts"].get("2", 0) <= 16, "more items than one group were begun twice"
    assert {pid for pid, _ in site.begun()} > {killed}


def test_a_job_continues_after_all_processes_were_killed(site: Site) -> None:
    job = site.submit(60)
    worker = site.start_worker()
    site.wait_for_done(job, 8)
    worker.kill()
    before = done_of(site.state(job))
    assert before < 60
    site.start_worker()
    site.wait_for_end(job)
    site.assert_all_answered_once(job, 60)


@only_sqlite
def test_a_stop_finishes_begun_items_and_costs_no_attempt(site: Site) -> None:
    job = site.submit(200)
    worker = site.start_worker()
    site.wait_for_done(job, 8)
    assert worker.terminate() == 0
    stopped = site.state(job)
    assert stopped["lease_owner"] == ""
    assert 8 <= done_of(stopped) < 200
    outcome = site.call("outcome", job)
    assert outcome["results"] == done_of(stopped)
    assert set(outcome["attempts"]) == {"0", "1"}
    assert outcome["attempts"]["1"] == done_of(stopped), "an attempt without a result"
    site.start_worker()
    site.wait_for_end(job)
    assert site.assert_all_answered_once(job, 200)["attempts"] == {"1": 200}


@only_sqlite
def test_two_workers_share_two_jobs_and_one_takes_over_from_the_other(site: Site) -> None:
    jobs = [site.submit(90), site.submit(90)]
    first, _ = site.start_worker(), site.start_worker()
    for job in jobs:
        site.wait_for_done(job, 8)
    site.wait_for(jobs[0], lambda state: len({pid for pid, _ in site.begun()}) == 2)
    first.kill()
    for job in jobs:
        site.wait_for_end(job)
        outcome = site.assert_all_answered_once(job, 90)
        assert set(outcome["attempts"]) <= {"1", "2"}


@only_postgres
def test_two_workers_on_one_job_answer_each_item_once(site: Site) -> None:
    job = site.submit(120)
    site.start_worker()
    site.start_worker()
    site.wait_for_end(job)
    outcome = site.assert_all_answered_once(job, 120)
    assert outcome["attempts"] == {"1": 120}


@only_sqlite
def test_a_prompt_that_kills_workers_fails_alone_at_the_third_attempt(site: Site) -> None:
    job = site.submit(10, POISON)
    site.start_worker()
    ended = site.wait_for_end(job)
    assert ended["state"] == "completed"
    outcome = site.call("outcome", job)
    assert outcome["statuses"] == {"succeeded": 10, "failed": 1}
    assert outcome["errors"] == ["The worker died 3 times while answering this item."]
    assert [prompt for _, prompt in site.begun()].count(POISON) == 3


@only_sqlite
def test_a_cancelled_job_stops_within_seconds_and_keeps_its_results(site: Site) -> None:
    job = site.submit(2000)
    site.start_worker()
    site.wait_for_done(job, 8)
    site.call("act", job, "cancel")
    asked = time.monotonic()
    ended = site.wait_for(job, lambda state: state["state"] == "cancelled", sweep=False)
    assert time.monotonic() - asked < 5
    progress = ended["progress"]
    assert progress["completed"] >= 8
    assert progress["completed"] + progress["cancelled"] == 2000
    assert site.call("outcome", job)["results"] == progress["completed"]
    begun = len(site.begun())
    other = site.submit(3)
    site.wait_for_end(other)
    assert len(site.begun()) == begun + 3, "the engine continued a cancelled job"


@only_sqlite
def test_a_worker_killed_while_it_reads_or_writes_files_loses_and_doubles_nothing(
    site: Site,
) -> None:
    count = 8000
    job = site.call("submit_file", count)
    worker = site.start_worker()
    reading = site.wait_for(job, lambda state: state["read_lines"] > 0)
    worker.kill()
    assert 0 < site.state(job)["read_lines"] < count, reading
    assert site.state(job)["state"] == "validating"
    worker = site.start_worker()
    site.wait_for(job, lambda state: state["state"] == "in_progress")
    assert site.state(job)["progress"]["total"] == count
    site.call("act", job, "cancel")
    site.wait_for(job, lambda state: state["filed_count"] > 0)
    worker.kill()
    assert 0 < site.state(job)["filed_count"] < count
    assert site.state(job)["state"] == "cancelling"
    site.start_worker()
    ended = site.wait_for_end(job)
    assert ended["state"] == "cancelled"
    found = site.call("filed", job)
    done = ended["progress"]["completed"]
    assert (len(found["output"]), len(found["error"])) == (done, count - done)
    place = {f"id-{index}": index for index in range(count)}
    for kind in ("output", "error"):
        places = [place[name] for name in found[kind]]
        assert places == sorted(set(places)), "lines are out of order or duplicated"
    assert found["files"] == (3 if done else 2), "a result file was created twice"


@only_sqlite
def test_uploads_and_a_worker_write_to_one_sqlite_file(site: Site) -> None:
    """No request and no worker fails because the database is locked."""
    no_lists = site.folder / "lists"
    no_lists.mkdir()
    setup = servers.manage({**site.env, "WORDLIST_DIR": str(no_lists)}, "setup", "--no-model")
    assert setup.returncode == 0, setup.stderr
    site.start_worker()
    with (
        servers.started(site.env, site.folder, "--no-worker") as server,
        openai.OpenAI(base_url=f"{server.url}/v1", api_key=KEY, max_retries=0) as client,
    ):

        def upload(number: int) -> str:
            items = [{"messages": [{"role": "user", "content": f"{number}"}]}] * 5
            answer = client._client.post(
                f"{server.url}/v1/batch/jobs",
                headers={"Authorization": f"Bearer {KEY}"},
                files={"file": ("p.json", json.dumps(items).encode())},
                timeout=60,
            )
            assert answer.status_code == 200, answer.text
            public_id: str = answer.json()["job_id"]
            return public_id

        with ThreadPoolExecutor(6) as threads:
            jobs = list(threads.map(upload, range(24)))
        for job in jobs:
            site.wait_for_end(job)
            site.assert_all_answered_once(job, 5)
        assert "database is locked" not in server.log

        large = [{"messages": [{"role": "user", "content": "x" * 2000}]}] * 10_000
        before = peak_of_web_server(server.process.pid)
        answer = client._client.post(
            f"{server.url}/v1/batch/jobs",
            headers={"Authorization": f"Bearer {KEY}"},
            files={"file": ("p.json", json.dumps(large).encode())},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        grown = peak_of_web_server(server.process.pid) - before
        assert grown < 60_000_000, "for a file of 20 MB"
    assert "database is locked" not in site.log.read_text()


def peak_of_web_server(serve_pid: int) -> int:
    """Return the peak memory of the web server under `manage.py serve` in bytes."""
    children = psutil.Process(serve_pid).children()
    [child] = [child for child in children if "daphne" in child.cmdline()]
    status = Path(f"/proc/{child.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


# --- make test-faults ----------------------------------------------------------------------------


@long_form
@pytest.mark.parametrize("whole", [False, True], ids=["the worker", "everything"])
def test_two_thousand_items_with_a_kill_every_five_seconds(
    site: Site, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.process.site.WAIT_SECONDS", 900.0)
    job = site.submit(2000)
    worker = site.start_worker()
    kills = 0
    due = time.monotonic() + KILL_EVERY_SECONDS
    last = -1

    def ended(state: dict[str, object]) -> bool:
        nonlocal worker, kills, due, last
        done = done_of(state)
        # Kill in the middle of a slice only: a worker that is killed while it reads from the
        # queue breaks the queue.
        if time.monotonic() > due and done != last and state["lease_owner"]:
            if whole:
                worker.kill()
                worker = site.start_worker()
            else:
                site.kill_generating_worker()
            kills += 1
            due = time.monotonic() + KILL_EVERY_SECONDS
        last = done
        return state["state"] == "completed"

    site.wait_for(job, ended)
    assert kills >= 5
    site.assert_all_answered_once(job, 2000)


@long_form
@only_sqlite
def test_with_the_usual_settings_a_killed_worker_is_replaced_within_two_minutes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uses the schedule and the lease of production, without shorter times."""
    monkeypatch.setattr("tests.process.site.WAIT_SECONDS", 300.0)
    site.env["DJANGO_SETTINGS_MODULE"] = "wordgen_site.settings"
    job = site.submit(1500)
    site.start_worker()
    site.wait_for(job, lambda state: done_of(state) >= 8, sweep=False)
    site.kill_generating_worker()
    killed = time.monotonic()
    before = done_of(site.state(job))
    site.wait_for(job, lambda state: done_of(state) > before + 16, sweep=False)
    assert time.monotonic() - killed < RECOVERY_SECONDS
    site.wait_for(job, lambda state: state["state"] == "completed", sweep=False)
    site.assert_all_answered_once(job, 1500)


@long_form
@only_postgres
def test_a_restart_of_the_database_in_a_slice_is_survived(site: Site, postgres: Postgres) -> None:
    job = site.submit(300)
    site.start_worker()
    site.wait_for_done(job, 8)
    postgres.stop("immediate")
    postgres.start()
    site.reconnect()
    site.wait_for_end(job)
    site.assert_all_answered_once(job, 300)
