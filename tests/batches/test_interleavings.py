"""Two workers on two jobs, or on two batches, interrupted between any two of their transactions.

Workers crash and lose their leases, messages get lost and doubled, answers come in any order or
fail, people cancel, pause, resume, retry and expire. After every step each item has at most one
outcome and nobody wrote without the lease; in the end each has exactly one. One batch has a file
that is right, one a file with a wrong line: each outcome of the first ends in exactly one of its
files, and the second has none.
"""

from __future__ import annotations

import datetime as dt
import os
import threading
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from batches import tasks
from batches.lifecycle.actions import ACTIONS, Conflict
from batches.models import BatchItem, BatchJob, FilePart, Phase, Result, StoredFile
from batches.worker import job_slice
from generation.engine.contract import (
    EngineOutOfMemory,
    EngineStopped,
    GenerationCancelled,
    InvalidPrompt,
    ModelUnavailable,
)
from generation.serving.engine_provider import set_engine
from tests.batches.api_client import Line, line
from tests.batches.engines import SteppedEngine
from tests.batches.factories import (
    CANCELLED,
    EXPIRED,
    FAILED,
    PENDING,
    SUCCEEDED,
    assert_consistent,
    assert_filed,
    end_waits,
    expire_leases,
    stored_batch,
    stored_job,
)

LONG = "LONG_FAULTS" in os.environ  # `make test-faults`
ITEMS = 4
WORKERS = st.integers(0, 1)
JOBS = st.integers(0, 1)
LINES = [line(f"id-{index}") for index in range(ITEMS)]
WRONG_LINES: list[Line | str] = [*LINES[:-1], "not json"]
INVALID_LINES: list[Line | str] = [line("no-1", temperature=9), *LINES[2:], line("no-2", n=0)]
ERRORS = st.sampled_from(
    [
        None,
        None,
        InvalidPrompt("No such template."),
        EngineOutOfMemory("Not enough memory."),
        GenerationCancelled(),
        ModelUnavailable("No model there."),
        EngineStopped("It died."),
    ]
)
# Several times the steps that a job needs. A job that needs more would never end.
MAX_STEPS = 2000


class Worker:
    """A process with its own engine. It runs one slice after another."""

    def __init__(self) -> None:
        self.engine = SteppedEngine(capacity=3)
        self.running: Iterator[str] | None = None
        self.owner = ""
        self.job: int | None = None

    def step(self) -> str | None:
        """Run up to the end of the next transaction; return None if the slice is over."""
        assert self.running is not None
        set_engine(self.engine)
        before = set(BatchJob.objects.values_list("pk", "lease_owner"))
        step = next(self.running, None)
        if step == "claim":
            [(self.job, self.owner)] = (
                set(BatchJob.objects.values_list("pk", "lease_owner")) - before
            )
        if step is None:
            self.running = None
        return step

    def crash(self) -> None:
        """Discard the slice and the answers in the engine."""
        if self.running is not None:
            self.running.close()  # type: ignore[attr-defined]
        self.__init__()  # type: ignore[misc]


class Cluster(RuleBasedStateMachine):
    user: User

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.workers = [Worker(), Worker()]
        self.jobs: list[BatchJob] = []
        self.texts: dict[int, str] = {}

    @initialize()
    def submit(self) -> None:
        self.jobs = [stored_job(self.user, ITEMS), stored_job(self.user, ITEMS, priority=1)]
        tasks.sweep()

    # --- workers ---------------------------------------------------------------------------------

    @rule(worker=WORKERS, steps=st.integers(1, 8))
    def work(self, worker: int, steps: int) -> None:
        """Continue the slice, or begin one if there is a message."""
        at_work = self.workers[worker]
        for _ in range(steps):
            if at_work.running is None:
                if not self.receive():
                    return
                at_work.running = job_slice.steps()
            self.watch(at_work)

    def receive(self) -> bool:
        message = OrmQ.objects.order_by("pk").first()
        if message is None:
            return False
        message.delete()
        return True

    def watch(self, worker: Worker) -> None:
        """Let a worker take a step, and check that it writes no outcome without its lease."""
        held = BatchJob.objects.filter(
            pk__in=[worker.job], lease_owner=worker.owner or "-"
        ).exists()
        before = self.rows()
        step = worker.step()
        changed = {job for job, *_ in before ^ self.rows()}
        if step == "claim":
            assert changed == set()
        elif changed:
            assert changed == {worker.job}, f"{step} changed another job's items"
            assert held, f"{step} wrote without the lease"

    def rows(self) -> set[tuple[Any, ...]]:
        return set(BatchItem.objects.values_list("job", "pk", "status", "attempts"))

    @rule(worker=WORKERS, steps=st.integers(1, 6), place=st.integers(0, 2), error=ERRORS)
    def steal(self, worker: int, steps: int, place: int, error: Exception | None) -> None:
        """Let a worker hang until its lease has expired and another has its job, then answer it."""
        expire_leases()
        tasks.sweep()
        self.work(1 - worker, steps)
        self.workers[worker].engine.finish(place, error)
        if self.workers[worker].running is not None:
            self.watch(self.workers[worker])

    @rule(worker=WORKERS, steps=st.integers(1, 8))
    def work_and_answer(self, worker: int, steps: int) -> None:
        for _ in range(steps):
            self.workers[worker].engine.finish()
            self.work(worker, 1)

    @rule(worker=WORKERS)
    def crash(self, worker: int) -> None:
        self.workers[worker].crash()

    @rule(worker=WORKERS, place=st.integers(0, 5), error=ERRORS)
    def answer(self, worker: int, place: int, error: Exception | None) -> None:
        self.workers[worker].engine.finish(place, error)

    # --- the queue and the clock -----------------------------------------------------------------

    @rule()
    def lose_a_message(self) -> None:
        self.receive()

    @rule()
    def double_a_message(self) -> None:
        message = OrmQ.objects.first()
        if message is not None:
            message.pk = None
            message.save(force_insert=True)

    @rule()
    def leases_expire(self) -> None:
        expire_leases()

    @rule()
    def sweep(self) -> None:
        end_waits()
        tasks.sweep()

    # --- users -----------------------------------------------------------------------------------

    @rule(job=JOBS, action=st.sampled_from(sorted(ACTIONS)))
    def act(self, job: int, action: str) -> None:
        """Finished results survive every action."""
        results = set(Result.objects.values_list("pk", flat=True))
        with suppress(Conflict):
            ACTIONS[action](self.jobs[job])
        assert set(Result.objects.values_list("pk", flat=True)) == results

    # --- invariants ------------------------------------------------------------------------------

    @invariant()
    def each_item_has_at_most_one_outcome(self) -> None:
        """Check the same as `assert_consistent`, in two queries."""
        items = BatchItem.objects.values_list(
            "job", "status", "result__pk", "result__prompt_tokens", "result__completion_tokens"
        )
        by_job: dict[int, list[tuple[Any, ...]]] = {job.pk: [] for job in self.jobs}
        for job_pk, *item in items:
            by_job[job_pk].append(tuple(item))
        for job in BatchJob.objects.all():
            rows = by_job[job.pk]
            statuses = [status for status, *_ in rows]
            assert len(rows) == job.total
            assert all((status == SUCCEEDED) == bool(result) for status, result, *_ in rows)
            assert job.succeeded_count == statuses.count(SUCCEEDED)
            assert job.failed_count == statuses.count(FAILED)
            assert job.cancelled_count == statuses.count(CANCELLED) + statuses.count(EXPIRED)
            assert job.prompt_tokens == sum(row[2] or 0 for row in rows)
            assert job.completion_tokens == sum(row[3] or 0 for row in rows)
            if not job.is_open:
                assert PENDING not in statuses
                assert (job.lease_owner, job.finished_at is not None) == ("", True)

    @invariant()
    def a_result_never_changes(self) -> None:
        now = dict(Result.objects.values_list("pk", "text"))
        assert {pk: now.get(pk) for pk in self.texts} == self.texts
        self.texts = now

    def teardown(self) -> None:
        try:
            self.finish()
        finally:
            for worker in self.workers:
                worker.crash()
            set_engine(None)
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def finish(self) -> None:
        """Whatever happened before, later slices finish the jobs."""
        for job in self.jobs:
            BatchJob.objects.filter(pk=job.pk, paused_at__isnull=False).update(paused_at=None)
        for _ in range(MAX_STEPS):
            if not BatchJob.objects.open().exists():
                break
            for worker in self.workers:
                worker.engine.finish()
            if all(worker.running is None for worker in self.workers):
                self.sweep()
            self.leases_of_the_dead_expire()
            for place in (0, 1):
                self.work(place, 1)
        for job in self.jobs:
            job.refresh_from_db()
            assert not job.is_open, "the job never ends"
            assert_consistent(job)
            indexes = job.items.exclude(status=PENDING).order_by("index")
            assert list(indexes.values_list("index", flat=True)) == list(range(job.total))
            assert job.total == ITEMS or (job.input_file_id and job.total == 0)

    def leases_of_the_dead_expire(self) -> None:
        alive = [worker.owner for worker in self.workers if worker.running is not None]
        past = timezone.now() - dt.timedelta(seconds=1)
        jobs = BatchJob.objects.exclude(lease_owner__in=["", *alive])
        jobs.update(lease_expires_at=past)


class BatchCluster(Cluster):
    """The same for batches, which read an input file and write output files."""

    @initialize()
    def submit(self) -> None:
        self.jobs = [stored_batch(self.user, *LINES), stored_batch(self.user, *WRONG_LINES)]
        tasks.sweep()

    @invariant()
    def a_batch_is_accepted_whole_and_filed_whole(self) -> None:
        for job in BatchJob.objects.all():
            if job.phase is Phase.VALIDATING:
                assert not job.items.exclude(status=PENDING, attempts=0).exists()
            elif job.phase is Phase.WRITING:
                assert not job.items.filter(status=PENDING).exists()
            if job.is_open:
                shown = StoredFile.objects.available().filter(
                    public_id__in=[job.output_file_id, job.error_file_id]
                )
                assert not shown.exists()
            else:
                assert job.total in (0, ITEMS)
                assert_filed(job)
        wrong = BatchJob.objects.get(pk=self.jobs[1].pk)
        assert wrong.phase is Phase.VALIDATING

    def finish(self) -> None:
        super().finish()
        wrong = self.jobs[1]
        assert wrong.status in ("failed", "cancelled", "expired")
        codes = {error["code"] for error in wrong.errors}
        assert codes <= {"invalid_json_line", "worker_died"}
        assert (wrong.status == "failed") <= bool(codes)


@pytest.mark.django_db
@pytest.mark.parametrize(("cluster", "examples"), [(Cluster, 25), (BatchCluster, 10)])
def test_whatever_happens_every_item_has_exactly_one_outcome(
    user: User,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    cluster: type[Cluster],
    examples: int,
) -> None:
    settings.BATCH_GROUP_ITEMS = 2
    settings.BATCH_SLICE_ITEMS = 3
    monkeypatch.setattr("batches.worker.read_input.CHUNK_LINES", 2)
    monkeypatch.setattr("batches.worker.write_output.CHUNK", 2)
    # Every step checks the job, and nothing waits.
    monkeypatch.setattr("batches.worker.answer_slice.TICK_SECONDS", 0.0)
    # Two slices in one process do not restore the signal handler in a fixed order.
    monkeypatch.setattr(
        "batches.worker.job_slice.stop_on_sigterm", lambda: nullcontext(threading.Event())
    )
    Cluster.user = user
    run_state_machine_as_test(
        cluster,
        settings=hypothesis_settings(
            max_examples=400 if LONG else examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


# --- one worker, one event, at every step --------------------------------------------------------

EVENTS = ["steal", "crash", *sorted(ACTIONS)]


@pytest.mark.django_db
@pytest.mark.parametrize("event", EVENTS)
def test_after_an_event_at_any_step_of_a_slice_every_item_has_exactly_one_outcome(
    user: User, settings: Any, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    settings.BATCH_GROUP_ITEMS = 2
    monkeypatch.setattr("batches.worker.answer_slice.TICK_SECONDS", 0.0)
    monkeypatch.setattr(
        "batches.worker.job_slice.stop_on_sigterm", lambda: nullcontext(threading.Event())
    )
    try:
        at = 0
        while meet(user, event, at):
            at += 1
    finally:
        set_engine(None)
    assert at > 12, "the slice has that many steps at least"


def meet(user: User, event: str, at: int) -> bool:
    """Let something happen after step `at` of a slice; False if the slice was over before."""
    BatchJob.objects.all().delete()
    OrmQ.objects.all().delete()
    job = stored_job(user, ITEMS)
    first, second = Worker(), Worker()
    first.running, second.running = job_slice.steps(), job_slice.steps()
    for _ in range(at + 1):
        first.engine.finish()
        if first.step() is None:
            return False
    if event == "steal":
        expire_leases()
        BatchJob.objects.filter(pk=job.pk).exclude(lease_owner="").update(lease_owner="thief")
    elif event == "crash":
        first.crash()
    else:
        with suppress(Conflict):
            ACTIONS[event](job)
    before = list(job.items.values_list("index", "status", "attempts"))
    stolen = BatchJob.objects.filter(pk=job.pk, lease_owner="thief").exists()
    while first.running is not None:
        first.engine.finish()
        first.step()
        if stolen:
            assert list(job.items.values_list("index", "status", "attempts")) == before
    BatchJob.objects.filter(pk=job.pk).update(paused_at=None)
    expire_leases()
    second.engine.finish()
    while second.running is not None:
        second.engine.finish()
        second.step()
    tasks.sweep()
    assert_consistent(job)
    assert job.status in {"completed", "cancelled", "expired"}
    assert not job.items.filter(status=PENDING).exists()
    if event in ("steal", "crash", "pause", "resume", "retry"):
        assert not job.items.exclude(status=SUCCEEDED).exists()
    return True


# --- a batch, one event at every step of its life ------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(
    ("lines", "steps"),
    [(LINES, 17), (INVALID_LINES, 12), (WRONG_LINES, 5)],
    ids=["right", "invalid", "wrong"],
)
def test_after_an_event_at_any_step_a_batch_is_filed_whole_or_refused_whole(
    user: User,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    event: str,
    lines: list[Line | str],
    steps: int,
) -> None:
    settings.BATCH_GROUP_ITEMS = 2
    monkeypatch.setattr("batches.worker.read_input.CHUNK_LINES", 2)
    monkeypatch.setattr("batches.worker.write_output.CHUNK", 2)
    monkeypatch.setattr("batches.worker.answer_slice.TICK_SECONDS", 0.0)
    monkeypatch.setattr(
        "batches.worker.job_slice.stop_on_sigterm", lambda: nullcontext(threading.Event())
    )
    stride = 1 if LONG or event in ("crash", "steal", "cancel") else 4
    try:
        at = 0
        while meet_batch(user, lines, event, at):
            at += stride
    finally:
        set_engine(None)
    assert at >= steps, "a batch has that many steps at least"


def meet_batch(user: User, lines: list[Any], event: str, at: int) -> bool:
    """Let something happen after step `at` of a batch's life; False if it was over before."""
    BatchJob.objects.all().delete()
    OrmQ.objects.all().delete()
    job = stored_batch(user, *lines)
    first, second = Worker(), Worker()
    for _ in range(at + 1):
        if first.running is None:
            first.running = job_slice.steps()
        first.engine.finish()
        if first.step() is None and not BatchJob.objects.open().exists():
            return False
    stolen = ""
    if event == "steal":
        expire_leases()
        held = BatchJob.objects.filter(pk=job.pk).exclude(lease_owner="")
        stolen = "thief" if held.update(lease_owner="thief") else ""
    elif event == "crash":
        first.crash()
    else:
        with suppress(Conflict):
            ACTIONS[event](job)
    before = everything_of(job)
    while first.running is not None:
        first.engine.finish()
        first.step()
        if stolen:
            assert everything_of(job) == before
    BatchJob.objects.filter(pk=job.pk).update(paused_at=None)
    expire_leases()
    tasks.sweep()
    second.running = job_slice.steps()
    for _ in range(MAX_STEPS):
        second.engine.finish()
        if second.step() is None:
            if not BatchJob.objects.open().exists():
                break
            second.running = job_slice.steps()
    assert_consistent(job)
    assert_filed(job)
    assert not job.is_open
    assert not job.items.filter(status=PENDING).exists()
    if event in ("steal", "crash", "pause", "resume", "retry"):
        assert job.status == ("failed" if lines is WRONG_LINES else "completed")
        assert not job.items.exclude(status=SUCCEEDED).exclude(invalid=True).exists()
    assert job.total in ((0, ITEMS) if job.started_at else (0,))
    return True


def everything_of(job: BatchJob) -> list[Any]:
    """Return everything that a worker may write only while it holds the lease."""
    names = ("status", "total", "errors", "read_bytes", "filed_count", "closes_as", "error_file_id")
    return [
        *BatchJob.objects.filter(pk=job.pk).values_list(*names),
        *job.items.values_list("index", "status", "attempts"),
        *FilePart.objects.values_list("file", "index"),
        *StoredFile.objects.values_list("pk", "status", "bytes"),
    ]
