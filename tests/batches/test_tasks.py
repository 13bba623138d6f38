"""The functions that the queue calls, their schedules, and the indexes of their queries."""

from __future__ import annotations

import datetime as dt
import importlib
import pydoc
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ, Schedule
from django_q.scheduler import scheduler
from django_q.tasks import async_task
from django_q.utils import get_func_repr

from batches import tasks
from batches.cluster import schedules
from batches.models import BatchItem, BatchJob
from batches.nudge import ADVANCE, nudge
from batches.worker.job_slice import advance
from batches.worker.lease import Lease
from generation.engine.scripted import ScriptedDecoder

pytestmark = pytest.mark.django_db

PARAMETERS = {
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 50,
    "repetition_penalty": 1.0,
    "num_beams": 1,
    "length_penalty": 1.0,
}


def make_job(user: User, items: int = 1, **fields: Any) -> BatchJob:
    job = BatchJob.objects.create(
        owner=user,
        model=django_settings.SERVED_MODEL_NAME,
        parameters=PARAMETERS,
        total=items,
        **fields,
    )
    messages = [{"role": "user", "content": "Hi."}]
    BatchItem.objects.bulk_create(
        BatchItem(job=job, index=index, messages=messages) for index in range(items)
    )
    return job


def in_seconds(seconds: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=seconds)


def queued() -> list[str]:
    return [message.task["func"] for message in OrmQ.objects.order_by("pk")]


# --- a clock that was set back -------------------------------------------------------------------


@pytest.fixture
def own_schedules() -> None:
    """The migrations' schedules are there only if no test has flushed them."""
    Schedule.objects.all().delete()
    for name in ("0002_sweep_schedule", "0005_purge_schedule"):
        importlib.import_module(f"batches.migrations.{name}").create(apps, None)


@pytest.mark.usefixtures("own_schedules")
@pytest.mark.django_db(transaction=True)  # the scheduler closes the connection
def test_the_sweep_runs_at_once_after_the_clock_was_set_back_by_two_days() -> None:
    Schedule.objects.update(next_run=in_seconds(2 * 86400))
    schedules.scheduler()
    assert sorted(queued()) == ["batches.tasks.purge", "batches.tasks.sweep"]
    for schedule in Schedule.objects.all():
        assert schedule.next_run <= schedule.calculate_next_run(timezone.now())


@pytest.mark.usefixtures("own_schedules")
@pytest.mark.django_db(transaction=True)
def test_a_schedule_that_is_not_due_is_left() -> None:
    for name, seconds in (("batches.sweep", 50), ("batches.purge", 3500)):
        Schedule.objects.filter(name=name).update(next_run=in_seconds(seconds))
    schedules.scheduler()
    assert queued() == []


@pytest.mark.parametrize(("field", "owner"), [("lease_expires_at", "dead"), ("not_before", "")])
def test_a_time_from_before_the_clock_was_set_back_holds_no_job(
    user: User, field: str, owner: str
) -> None:
    columns: dict[str, Any] = {field: in_seconds(2 * 86400)}
    make_job(user, lease_owner=owner, **columns)
    tasks.sweep()
    assert queued() == [ADVANCE]
    assert Lease.claim() is not None


# --- the sweep -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": BatchJob.Status.IN_PROGRESS},
        {"status": BatchJob.Status.FINALIZING},
        {"lease_owner": "dead", "lease_expires_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
    ],
)
def test_the_sweep_wakes_a_job_that_no_message_waits_for(
    user: User, fields: dict[str, Any]
) -> None:
    make_job(user, **fields)
    tasks.sweep()
    assert queued() == ["batches.tasks.advance"]
    tasks.sweep()
    assert queued() == ["batches.tasks.advance"], "one waiting message is enough"


def test_the_sweep_leaves_a_message_that_waits(user: User) -> None:
    make_job(user)
    nudge()
    [before] = OrmQ.objects.values()
    tasks.sweep()
    assert list(OrmQ.objects.values()) == [before]


def test_the_sweep_does_not_count_on_a_dead_workers_message(user: User) -> None:
    make_job(user)
    nudge()
    OrmQ.objects.update(lock=in_seconds(1900))
    tasks.sweep()
    assert queued() == ["batches.tasks.advance"] * 2
    assert OrmQ.objects.filter(lock__lte=timezone.now()).count() == 1


def test_the_sweep_does_not_count_on_another_tasks_message(user: User) -> None:
    make_job(user)
    async_task("batches.tasks.sweep")
    tasks.sweep()
    assert queued() == ["batches.tasks.sweep", "batches.tasks.advance"]


@pytest.mark.parametrize("status", [BatchJob.Status.COMPLETED, BatchJob.Status.FAILED])
def test_the_sweep_leaves_a_closed_job(user: User, status: str) -> None:
    make_job(user, status=status)
    tasks.sweep()
    assert queued() == []


def test_the_sweep_leaves_a_job_that_somebody_works_on(user: User) -> None:
    make_job(user, lease_owner="worker", lease_expires_at=in_seconds(60))
    tasks.sweep()
    assert queued() == []
    make_job(user)
    tasks.sweep()
    assert queued() == ["batches.tasks.advance"]


def test_every_job_that_can_go_on_gets_a_message_of_its_own(user: User) -> None:
    for _ in range(tasks.MAX_NUDGES + 2):
        make_job(user)
    nudge()
    tasks.sweep()
    assert queued() == ["batches.tasks.advance"] * tasks.MAX_NUDGES
    tasks.sweep()
    assert len(queued()) == tasks.MAX_NUDGES


@pytest.mark.parametrize(("field", "seconds"), [("paused_at", -86400.0), ("not_before", 480.0)])
def test_the_sweep_leaves_a_job_that_is_to_wait(user: User, field: str, seconds: float) -> None:
    columns: dict[str, Any] = {field: in_seconds(seconds)}
    make_job(user, **columns)
    tasks.sweep()
    assert queued() == []


@pytest.mark.parametrize("lease", ["", "dead"])
@pytest.mark.parametrize(
    ("fields", "status", "item_status", "code"),
    [
        ({"status": "cancelling"}, "cancelled", "cancelled", "batch_cancelled"),
        (
            {"expires_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
            "expired",
            "expired",
            "batch_expired",
        ),
    ],
)
def test_the_sweep_closes_a_job_whose_worker_died_before_it_could(
    user: User, fields: dict[str, Any], status: str, item_status: str, code: str, lease: str
) -> None:
    job = make_job(user, items=2, **fields)
    past = in_seconds(-1) if lease else None
    BatchJob.objects.update(lease_owner=lease, lease_expires_at=past)
    tasks.sweep()
    job.refresh_from_db()
    assert (job.status, job.cancelled_count, job.lease_owner) == (status, 2, "")
    assert job.finished_at is not None
    assert set(job.items.values_list("status", "error_code")) == {(item_status, code)}
    assert queued() == []


def test_the_sweep_does_not_close_a_job_under_its_worker(user: User) -> None:
    job = make_job(user, status="cancelling", lease_owner="worker", lease_expires_at=in_seconds(60))
    tasks.sweep()
    job.refresh_from_db()
    assert (job.status, job.lease_owner) == ("cancelling", "worker")


def test_the_sweep_looks_at_no_job_one_by_one(user: User, django_assert_num_queries: Any) -> None:
    for _ in range(5):
        make_job(user)
    nudge()
    with django_assert_num_queries(3 + 4):  # three looks, and a message for each of four jobs
        tasks.sweep()
    with django_assert_num_queries(3):
        tasks.sweep()


# --- how the queue finds them --------------------------------------------------------------------


def test_the_queue_can_import_what_the_messages_name() -> None:
    # django-q2 finds functions by their dotted paths with pydoc.locate.
    assert pydoc.locate(ADVANCE) is tasks.advance
    assert pydoc.locate("batches.tasks.sweep") is tasks.sweep
    assert get_func_repr(ADVANCE) == "batches.tasks.advance"


def test_a_message_leaves_no_row_of_its_result() -> None:
    nudge()
    assert OrmQ.objects.get().task["save"] is False


def test_advance_as_the_queue_calls_it_returns_nothing(
    user: User, scripted: ScriptedDecoder
) -> None:
    job = make_job(user)
    assert tasks.advance() is None  # type: ignore[func-returns-value]
    job.refresh_from_db()
    assert job.status == BatchJob.Status.COMPLETED
    assert job.items.get().status == BatchItem.Status.SUCCEEDED


# --- the schedule --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_migrations_schedule_the_sweep_exactly_once() -> None:
    schedules = Schedule.objects.filter(func="batches.tasks.sweep")
    call_command("migrate", "batches", "0001", verbosity=0)
    assert not schedules.exists()
    call_command("migrate", "batches", verbosity=0)
    call_command("migrate", "batches", verbosity=0)
    schedule = schedules.get()
    assert (schedule.name, schedule.schedule_type, schedule.minutes) == ("batches.sweep", "I", 1)
    # Without a named cluster, the schedule runs on the default one.
    assert (schedule.cluster, schedule.repeats) == (None, -1)


def test_scheduling_the_sweep_again_changes_nothing() -> None:
    migration = importlib.import_module("batches.migrations.0002_sweep_schedule")
    migration.create(apps, None)
    before = list(Schedule.objects.order_by("pk").values())
    migration.create(apps, None)
    assert list(Schedule.objects.order_by("pk").values()) == before


@pytest.mark.django_db(transaction=True)
def test_the_scheduler_queues_the_sweep_when_it_is_due() -> None:
    Schedule.objects.all().delete()  # the migrations' are there still if no test has flushed them
    importlib.import_module("batches.migrations.0002_sweep_schedule").create(apps, None)
    scheduler()
    assert queued() == ["batches.tasks.sweep"]
    scheduler()
    assert queued() == ["batches.tasks.sweep"], "the next one is due in a minute"


@pytest.mark.django_db(transaction=True)
def test_jobs_of_before_get_their_counts_and_keep_their_seed(user: User) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([("batches", "0002_sweep_schedule")])
    old = executor.loader.project_state([("batches", "0002_sweep_schedule")]).apps
    job = old.get_model("batches", "BatchJob").objects.create(
        owner_id=user.pk, model="m", parameters={"seed": 7}, total=3, status="in_progress"
    )
    items = old.get_model("batches", "BatchItem").objects
    for index, status in enumerate(("succeeded", "failed", "pending")):
        item = items.create(job=job, index=index, messages=[], status=status)
        if status == "succeeded":
            old.get_model("batches", "Result").objects.create(
                item=item,
                text="a",
                finish_reason="stop",
                prompt_tokens=2,
                completion_tokens=3,
                seed=1,
                seconds=0.1,
            )
    call_command("migrate", "batches", verbosity=0)
    now = BatchJob.objects.get()
    assert (now.succeeded_count, now.failed_count, now.cancelled_count) == (1, 1, 0)
    assert (now.prompt_tokens, now.completion_tokens, now.seed) == (2, 3, 7)
    assert (now.status, now.priority, now.expires_at) == ("in_progress", 0, None)


# --- query plans ---------------------------------------------------------------------------------


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(row[-1] for row in cursor.fetchall())


def pending_items(job: BatchJob) -> QuerySet[BatchItem]:
    return job.items.filter(status=BatchItem.Status.PENDING).order_by("index")


@pytest.fixture
def only_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("reads SQLite's query plans")


def test_a_slice_finds_its_items_by_the_index_of_pending_ones(
    user: User, only_sqlite: None, scripted: ScriptedDecoder
) -> None:
    make_job(user, items=3)
    with CaptureQueriesContext(connection) as queries:
        advance()
    selects = [
        query["sql"]
        for query in queries
        if query["sql"].startswith("SELECT") and 'FROM "batches_batchitem"' in query["sql"]
    ]
    assert len(selects) == 3, "the slice's new items, its tried ones, and whether any are left"
    for sql in selects:
        plan = plan_of(sql)
        assert "USING INDEX batch_item_pending" in plan or (
            "USING COVERING INDEX batch_item_pending" in plan
        ), plan
        # Only the few items with an attempt are sorted.
        assert ("TEMP B-TREE" in plan) is ('"attempts" DESC' in sql)


def test_open_jobs_are_found_by_their_index(user: User, only_sqlite: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        tasks.sweep()
        Lease.claim()
    jobs = [query["sql"] for query in queries if 'FROM "batches_batchjob"' in query["sql"]]
    assert len(jobs) == 3, "those to close, those to nudge for, the one to claim"
    for sql in jobs:
        assert "batch_job_open" in plan_of(sql), sql
