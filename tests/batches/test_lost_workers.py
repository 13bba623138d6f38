"""A slice that loses its lease, its worker or the database."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import DatabaseError, InternalError, OperationalError, connection
from django.db.models import QuerySet
from django.utils import timezone
from django_q.models import OrmQ

from batches.models import BatchItem, BatchJob, Result
from batches.worker.job_slice import advance, steps
from batches.worker.lease import Lease, LeaseLost
from generation.engine.contract import GenerationRequest
from generation.engine.engine_protocol import Engine
from generation.engine.handle import Handle
from generation.engine.scripted import ScriptedDecoder
from tests.batches.conftest import Serve, UseEngine
from tests.batches.engines import (
    CrampedEngine,
    InstantEngine,
    Killed,
    MeddlingDecoder,
    SteppedEngine,
    StubEngine,
)
from tests.batches.factories import (
    FAILED,
    PENDING,
    SUCCEEDED,
    MakeJob,
    assert_consistent,
    end_waits,
    expire_leases,
    nudges,
    outcomes,
    take_over,
)
from tests.conftest import MakeWordlist

pytestmark = pytest.mark.django_db

# --- the lease -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_lease_stolen_while_the_engine_answers_means_that_nothing_is_written(
    make_job: MakeJob, serve: Serve, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 1
    job = make_job(2)
    serve(MeddlingDecoder(lambda: take_over(job)))
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.lease_owner) == (BatchJob.Status.IN_PROGRESS, "thief")
    assert outcomes(job) == [(PENDING, 1, ""), (PENDING, 0, "")]
    assert not Result.objects.exists()
    assert not OrmQ.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_job_deleted_while_the_engine_answers_stays_deleted(
    make_job: MakeJob, serve: Serve, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 1
    job = make_job(2)
    serve(MeddlingDecoder(job.delete))
    assert advance() is True
    assert not BatchJob.objects.exists()
    assert not Result.objects.exists()
    assert not OrmQ.objects.exists()


def test_a_long_answer_renews_the_lease_and_is_given_up_with_it(
    make_job: MakeJob, use_engine: UseEngine, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr("batches.worker.answer_slice.TICK_SECONDS", 0.001)
    settings.BATCH_LEASE_SECONDS = 0.006  # a third of it is over with every second tick
    job = make_job(2)
    engine = SteppedEngine()
    use_engine(engine)
    renewals = 0
    renew = Lease.renew

    def renew_and_then_lose(lease: Lease) -> None:
        nonlocal renewals
        renewals += 1
        expire_leases()
        if renewals == 5:
            take_over(job)
        renew(lease)
        job.refresh_from_db()
        assert job.lease_owner == lease.owner

    monkeypatch.setattr(Lease, "renew", renew_and_then_lose)
    assert advance() is True
    assert renewals == 5
    assert [handle.cancelled for _, handle in engine.open] == [True, True]
    assert outcomes(job) == [(PENDING, 1, ""), (PENDING, 1, "")]
    job.refresh_from_db()
    assert job.lease_owner == "thief"
    assert not OrmQ.objects.exists()


def test_a_start_renews_the_lease(make_job: MakeJob, scripted: ScriptedDecoder) -> None:
    make_job(2)
    lease = Lease.claim()
    assert lease is not None
    expire_leases()
    lease.begin_attempts([lease.job.items.get(index=0)])
    lease.job.refresh_from_db()
    assert lease.job.lease_expires_at is not None
    assert lease.job.lease_expires_at > timezone.now()
    assert Lease.claim() is None


def test_an_attempt_counts_once_though_its_commit_was_not_heard_of(
    make_job: MakeJob, scripted: ScriptedDecoder
) -> None:
    job = make_job(3)
    job.items.filter(index=2).update(attempts=1)
    lease = Lease.claim()
    assert lease is not None
    items = lease.next_items(3)
    for _ in range(2):
        lease.begin_attempts(items)
    assert [attempts for _, attempts, _ in outcomes(job)] == [1, 1, 2]
    for _ in range(2):
        lease.undo_attempts(items)
    assert [attempts for _, attempts, _ in outcomes(job)] == [0, 0, 1]
    job.items.filter(index=1).update(status=BatchItem.Status.CANCELLED)
    with pytest.raises(LeaseLost):
        lease.begin_attempts(items)
    assert [attempts for _, attempts, _ in outcomes(job)] == [0, 0, 1]


# --- a worker that dies --------------------------------------------------------------------------


class DeadlyEngine(StubEngine):
    """Kills the worker in `submit` after a given number of requests."""

    def __init__(self, inner: Engine, deadly: int) -> None:
        super().__init__()
        self._inner = inner
        self._left = deadly

    def submit(self, request: GenerationRequest) -> Handle:
        self._left -= 1
        if self._left < 0:
            raise Killed
        return self._inner.submit(request)

    def submit_all(self, requests: Sequence[GenerationRequest]) -> list[Handle]:
        return [self.submit(request) for request in requests]


def test_after_a_worker_died_another_finishes_its_job_once_the_lease_is_over(
    make_job: MakeJob, use_engine: UseEngine, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 2
    job = make_job(5)
    engine = CrampedEngine(fits=100)
    use_engine(DeadlyEngine(engine, 3))
    with pytest.raises(Killed):
        advance()
    attempts = [1, 1, 1, 1, 0]
    assert [tried for _, tried, _ in outcomes(job)] == attempts
    assert [status for status, *_ in outcomes(job)] == [SUCCEEDED] * 2 + [PENDING] * 3
    job.refresh_from_db()
    assert job.lease_owner != ""
    assert advance() is False  # the lease still runs

    expire_leases()
    second = CrampedEngine(fits=100)
    use_engine(second)
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.lease_owner) == ("completed", "")
    assert [tried for _, tried, _ in outcomes(job)] == [1, 1, 2, 2, 1]
    # First the item without an attempt, then those that may have killed the worker, each alone.
    assert second.submitted == [f"{job.pk}:{index}" for index in (4, 2, 3)]
    assert second.widths == [1, 1, 1]
    assert Result.objects.count() == 5
    assert_consistent(job)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_worker_that_dies_while_it_writes_results_has_written_all_of_them_or_nothing(
    make_job: MakeJob,
    use_engine: UseEngine,
    monkeypatch: pytest.MonkeyPatch,
    dies: str,
) -> None:
    job = make_job(2)
    use_engine(CrampedEngine(fits=2))
    insert = QuerySet.bulk_create

    def die(rows: Any, objs: Any, **kwargs: Any) -> None:
        if dies == "after":
            insert(rows, objs, **kwargs)
        raise Killed

    monkeypatch.setattr(QuerySet, "bulk_create", die)
    with pytest.raises(Killed):
        advance()
    monkeypatch.setattr(QuerySet, "bulk_create", insert)
    assert outcomes(job) == [(PENDING, 1, ""), (PENDING, 1, "")]
    assert not Result.objects.exists()
    assert_consistent(job)

    expire_leases()
    assert advance() is True
    assert outcomes(job) == [(SUCCEEDED, 2, ""), (SUCCEEDED, 2, "")]
    assert_consistent(job)


@pytest.mark.django_db(transaction=True)
def test_a_release_whose_message_cannot_be_queued_keeps_the_lease(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BATCH_SLICE_ITEMS = 1
    job = make_job(2)

    def die(**kwargs: Any) -> None:
        raise Killed

    monkeypatch.setattr(OrmQ, "save", lambda message, **kwargs: die())
    with pytest.raises(Killed):
        advance()
    monkeypatch.undo()
    job.refresh_from_db()
    assert job.lease_owner != ""
    assert not OrmQ.objects.exists()
    expire_leases()
    assert advance() is True
    assert outcomes(job) == [(SUCCEEDED, 1, "")] * 2


def test_an_item_that_kills_every_worker_fails_and_the_others_are_answered(
    make_job: MakeJob, use_engine: UseEngine
) -> None:
    job = make_job(4)

    def meet(request: GenerationRequest) -> None:
        if request.messages[0].content.endswith(":1"):
            raise Killed

    engine = InstantEngine(meet)
    use_engine(engine)
    for attempts in (1, 2, 3):
        with pytest.raises(Killed):
            advance()
        assert outcomes(job)[1] == (PENDING, attempts, "")
        expire_leases()
    assert advance() is True
    said = "The worker died 3 times while answering this item."
    assert outcomes(job)[1] == (FAILED, 3, said)
    assert [status for status, *_ in outcomes(job)] == [SUCCEEDED, FAILED, SUCCEEDED, SUCCEEDED]
    assert engine.submitted.count(f"{job.pk}:1") == 3
    job.refresh_from_db()
    assert job.status == BatchJob.Status.COMPLETED
    assert_consistent(job)


def test_workers_that_are_killed_after_each_answer_cost_no_item(
    make_job: MakeJob, use_engine: UseEngine, settings: Any
) -> None:
    """The items did not cause this: each is answered as the first of a worker."""
    settings.BATCH_GROUP_ITEMS = 4
    job = make_job(4)
    use_engine(InstantEngine(lambda request: None))
    advance_until_killed(answers=0)
    assert outcomes(job) == [(PENDING, 1, "")] * 4
    for _ in range(4):
        advance_until_killed(answers=1)
    assert [(status, error) for status, _, error in outcomes(job)] == [(SUCCEEDED, "")] * 4
    job.refresh_from_db()
    assert job.status == BatchJob.Status.COMPLETED
    assert_consistent(job)


def advance_until_killed(answers: int) -> None:
    """Work for a slice, but die when the next item after this number of writes has begun."""
    expire_leases()
    for step in steps():
        answers -= step == "write"
        if answers == 0 and step == "begin attempts":
            return


# --- a signal ------------------------------------------------------------------------------------


def test_a_sigterm_puts_the_work_back_before_the_process_ends(
    make_job: MakeJob, use_engine: UseEngine, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 2
    job = make_job(4)
    engine = SteppedEngine()
    use_engine(engine)
    ended: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: ended.append(number))
    try:
        for step in steps():
            if step == "submit" and len(engine.submitted) == 2:
                engine.finish()
            elif step == "submit":
                os.kill(os.getpid(), signal.SIGTERM)
                assert ended == []
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended == [signal.SIGTERM], "the signal does what it would have done, afterwards"
    assert outcomes(job) == [(SUCCEEDED, 1, "")] + [(PENDING, 0, "")] * 3
    job.refresh_from_db()
    assert (job.status, job.lease_owner) == ("in_progress", "")
    assert nudges() == 1
    assert_consistent(job)


# --- the database --------------------------------------------------------------------------------


def read_only_error() -> InternalError:
    """Return what Django makes of PostgreSQL's refusal to write."""
    cause = Exception("cannot execute UPDATE in a read-only transaction")
    cause.sqlstate = "25006"  # type: ignore[attr-defined]
    error = InternalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("error", [OperationalError("database is locked"), read_only_error()])
def test_a_database_that_takes_no_write_for_a_moment_is_waited_for(
    make_job: MakeJob,
    scripted: ScriptedDecoder,
    monkeypatch: pytest.MonkeyPatch,
    error: DatabaseError,
) -> None:
    monkeypatch.setattr("batches.worker.db_retry.RETRY_INTERVAL_SECONDS", 0.001)
    job = make_job(2)
    refusals = 3
    write = Lease.write

    def locked(lease: Lease, *args: Any) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            raise error
        write(lease, *args)

    monkeypatch.setattr(Lease, "write", locked)
    assert advance() is True
    assert outcomes(job) == [(SUCCEEDED, 1, "")] * 2
    assert len(scripted.history) == 2, "nothing was generated twice"


def test_a_full_disk_costs_no_attempt_and_the_job_goes_on_when_there_is_room(
    make_job: MakeJob,
    make_wordlist: MakeWordlist,
    scripted: ScriptedDecoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("fills SQLite's file")
    monkeypatch.setattr("batches.worker.db_retry.RETRY_DEADLINE_SECONDS", 0.01)
    monkeypatch.setattr("batches.worker.db_retry.RETRY_INTERVAL_SECONDS", 0.001)
    job = make_job(2)
    scripted.enqueue(["x" * 200_000], ["y" * 200_000])
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        [pages] = cursor.fetchone()
        cursor.execute("PRAGMA max_page_count")
        [most] = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages + 2}")
        try:
            assert advance() is True
        finally:
            cursor.execute(f"PRAGMA max_page_count = {most}")
    assert outcomes(job) == [(PENDING, 0, "")] * 2
    job.refresh_from_db()
    assert (job.error, job.lease_owner) == ("The database could not be written.", "")
    assert_consistent(job)
    end_waits()
    assert advance() is True
    assert outcomes(job) == [(SUCCEEDED, 1, "")] * 2
    job.refresh_from_db()
    assert (job.status, job.error) == ("completed", "")
