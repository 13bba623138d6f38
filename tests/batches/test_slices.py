"""A worker's slice, and what is left of it when the worker, the model or the lease goes away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import OrmQ
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from batches.leases import Lease, LeaseLost
from batches.models import BatchItem, BatchJob, Result
from batches.slices import BACK_OFF_SECONDS, MAX_ENGINE_FAILURES, advance
from generation.engine.contract import (
    Completion,
    EngineBusy,
    EngineError,
    GenerationCancelled,
    GenerationRequest,
    InvalidPrompt,
    Message,
    ModelUnavailable,
    Priority,
)
from generation.engine.handle import Handle
from generation.engine.queue import Decoder, QueuedEngine
from generation.engine.scripted import ScriptedDecoder
from generation.engines import get_engine, set_engine
from tests.conftest import MakeWordlist
from vocab.models import WordlistRevision

pytestmark = pytest.mark.django_db

PENDING, SUCCEEDED, FAILED = BatchItem.Status.PENDING, BatchItem.Status.SUCCEEDED, "failed"
PARAMETERS = {
    "max_tokens": 8,
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 50,
    "repetition_penalty": 1.0,
    "num_beams": 1,
    "length_penalty": 1.0,
}

MakeJob = Callable[..., BatchJob]


@pytest.fixture
def make_job(user: User) -> MakeJob:
    def make(
        items: int = 3, revision: WordlistRevision | None = None, **parameters: Any
    ) -> BatchJob:
        return stored_job(user, items, revision, **parameters)

    return make


def stored_job(
    user: User, items: int, revision: WordlistRevision | None = None, **parameters: Any
) -> BatchJob:
    job = BatchJob.objects.create(
        owner=user,
        revision=revision,
        n_words=revision.word_count if revision else None,
        model="m",
        parameters={**PARAMETERS, **parameters},
        total=items,
    )
    BatchItem.objects.bulk_create(
        BatchItem(job=job, index=index, messages=[{"role": "user", "content": f"{job.pk}:{index}"}])
        for index in range(items)
    )
    return job


def outcomes(job: BatchJob) -> list[tuple[str, int, str]]:
    items = job.items.order_by("index")
    return list(items.values_list("status", "attempts", "error"))


def texts(job: BatchJob) -> list[str]:
    results = Result.objects.filter(item__job=job).order_by("item__index")
    return list(results.values_list("text", flat=True))


def prompts(decoder: ScriptedDecoder) -> list[str]:
    return [request.messages[0].content for request in decoder.history]


def expire_leases() -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    BatchJob.objects.exclude(lease_owner="").update(lease_expires_at=past)


def take_over(job: BatchJob) -> str:
    """Another worker takes the job whose lease has run out."""
    BatchJob.objects.filter(pk=job.pk).update(
        lease_owner="thief", lease_expires_at=timezone.now() + dt.timedelta(seconds=90)
    )
    return "thief"


def nudges() -> int:
    return sum(message.task["func"] == "batches.tasks.advance" for message in OrmQ.objects.all())


# --- the ordinary course -------------------------------------------------------------------------


def test_a_job_that_fits_one_slice_is_finished_by_it(
    make_job: MakeJob, make_wordlist: MakeWordlist, scripted: ScriptedDecoder
) -> None:
    revision = make_wordlist("en", ["the", "dog", "sees"])
    job = make_job(2, revision)
    scripted.enqueue(["The", " dog."], ["the", " cat"])
    before = timezone.now()
    assert advance() is True
    job.refresh_from_db()
    assert job.status == BatchJob.Status.COMPLETED
    assert (job.lease_owner, job.lease_expires_at, job.error) == ("", None, "")
    assert job.started_at is not None
    assert job.finished_at is not None
    assert before <= job.started_at <= job.finished_at
    assert outcomes(job) == [(SUCCEEDED, 1, ""), (SUCCEEDED, 1, "")]
    first, second = Result.objects.order_by("item__index")
    assert (first.text, first.finish_reason) == ("The dog.", "stop")
    assert (first.prompt_tokens, first.completion_tokens) == (1, 2)
    assert first.vocab_report == {"words": 2, "distinct_words": 2, "out_of_list": []}
    assert second.vocab_report["out_of_list"] == ["cat"]
    assert not OrmQ.objects.exists()


def test_requests_go_to_the_engine_behind_chat(
    make_job: MakeJob, scripted: ScriptedDecoder
) -> None:
    job = make_job(1, max_tokens=5, temperature=0.0, num_beams=3)
    advance()
    [request] = scripted.history
    assert request.priority is Priority.BATCH
    assert request.messages == (Message("user", f"{job.pk}:0"),)
    sampling = request.sampling
    assert (sampling.max_tokens, sampling.temperature, sampling.num_beams) == (5, 0.0, 3)
    assert (sampling.seed, request.vocabulary) == (None, None)


def test_each_slice_asks_for_the_next(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.BATCH_SLICE_ITEMS = 2
    job = make_job(5)
    for done, messages in ((2, 1), (4, 2)):
        assert advance() is True
        job.refresh_from_db()
        assert job.status == BatchJob.Status.IN_PROGRESS
        assert (job.lease_owner, job.lease_expires_at) == ("", None)
        assert [status for status, *_ in outcomes(job)].count(SUCCEEDED) == done
        assert nudges() == messages
    assert advance() is True
    job.refresh_from_db()
    assert job.status == BatchJob.Status.COMPLETED
    assert nudges() == 2
    assert prompts(scripted) == [f"{job.pk}:{index}" for index in range(5)]
    assert advance() is False


def test_a_slice_ends_when_its_time_is_over(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.BATCH_SLICE_SECONDS = 0
    job = make_job(3)
    assert advance() is True
    assert outcomes(job) == [(SUCCEEDED, 1, ""), (PENDING, 0, ""), (PENDING, 0, "")]
    assert nudges() == 1


def test_with_nothing_to_do_nothing_is_touched(
    make_job: MakeJob, scripted: ScriptedDecoder
) -> None:
    for status in (BatchJob.Status.COMPLETED, BatchJob.Status.FAILED):
        BatchJob.objects.filter(pk=make_job(1).pk).update(status=status)
    BatchJob.objects.filter(pk=make_job(1).pk).update(
        lease_owner="other", lease_expires_at=timezone.now() + dt.timedelta(seconds=60)
    )
    before = list(BatchJob.objects.values()), list(BatchItem.objects.values())
    assert advance() is False
    assert (list(BatchJob.objects.values()), list(BatchItem.objects.values())) == before
    assert not OrmQ.objects.exists()
    assert scripted.history == []


def test_a_second_message_for_a_finished_job_does_nothing(
    make_job: MakeJob, scripted: ScriptedDecoder
) -> None:
    job = make_job(1)
    assert [advance(), advance(), advance()] == [True, False, False]
    assert outcomes(job) == [(SUCCEEDED, 1, "")]
    assert len(scripted.history) == 1


def test_two_jobs_take_turns_whichever_is_longer(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.BATCH_SLICE_ITEMS = 1
    long, short = make_job(4), make_job(2)
    while advance():
        pass
    a, b = long.pk, short.pk
    assert prompts(scripted) == [f"{a}:0", f"{b}:0", f"{a}:1", f"{b}:1", f"{a}:2", f"{a}:3"]
    assert set(BatchJob.objects.values_list("status", flat=True)) == {"completed"}


def test_a_new_job_does_not_wait_behind_one_that_has_had_its_turn(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.BATCH_SLICE_ITEMS = 1
    old = make_job(3)
    advance()
    new = make_job(1)
    advance()
    assert prompts(scripted) == [f"{old.pk}:0", f"{new.pk}:0"]


@pytest.mark.parametrize("slice_items", [1, 2, 5])
def test_item_seeds_do_not_depend_on_the_slices(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any, slice_items: int
) -> None:
    settings.BATCH_SLICE_ITEMS = slice_items
    job = make_job(5, seed=40)
    while advance():
        pass
    assert [request.sampling.seed for request in scripted.history] == [40, 41, 42, 43, 44]
    seeds = Result.objects.order_by("item__index").values_list("seed", flat=True)
    assert list(seeds) == [40, 41, 42, 43, 44]
    assert len(texts(job)) == 5


def test_the_largest_seed_has_item_seeds_that_can_be_stored(
    make_job: MakeJob, scripted: ScriptedDecoder
) -> None:
    make_job(2, seed=2**63 - 1)
    advance()
    assert list(Result.objects.values_list("seed", flat=True)) == [2**63 - 1, 0]


def test_a_job_keeps_the_revision_it_was_submitted_with(
    make_job: MakeJob, make_wordlist: MakeWordlist, scripted: ScriptedDecoder
) -> None:
    revision = make_wordlist("en", ["the", "dog"])
    job = make_job(1, revision)
    make_wordlist("en", ["quite", "other", "words"])
    advance()
    [request] = scripted.history
    assert request.vocabulary is not None
    assert list(request.vocabulary.words) == ["the", "dog"]
    assert Result.objects.get(item__job=job).vocab_report["out_of_list"] == []


# --- what goes wrong with an item ----------------------------------------------------------------


def test_an_error_of_one_item_is_that_items_alone(
    make_job: MakeJob, scripted: ScriptedDecoder
) -> None:
    job = make_job(3)
    scripted.enqueue(["one"], InvalidPrompt("No such template."), ["three"])
    assert advance() is True
    assert outcomes(job) == [
        (SUCCEEDED, 1, ""),
        (FAILED, 1, "No such template."),
        (SUCCEEDED, 1, ""),
    ]
    assert texts(job) == ["one", "three"]
    job.refresh_from_db()
    assert (job.status, job.error, job.engine_failures) == ("completed", "", 0)


def test_a_fault_in_the_decoder_fails_the_item_without_its_details(
    make_job: MakeJob, scripted: ScriptedDecoder, caplog: pytest.LogCaptureFixture
) -> None:
    job = make_job(2)
    scripted.enqueue(ValueError("internal detail"), ["two"])
    advance()
    [failed, succeeded] = outcomes(job)
    assert succeeded == (SUCCEEDED, 1, "")
    assert failed[0] == FAILED
    assert "internal detail" not in failed[2]
    assert "internal detail" in caplog.text


def test_an_item_out_of_attempts_fails_without_being_generated(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.BATCH_MAX_ATTEMPTS = 2
    job = make_job(3)
    job.items.filter(index=0).update(attempts=2)
    job.items.filter(index=1).update(attempts=1)
    assert advance() is True
    said = "The worker died 2 times while answering this item."
    assert outcomes(job) == [(FAILED, 2, said), (SUCCEEDED, 2, ""), (SUCCEEDED, 1, "")]
    assert prompts(scripted) == [f"{job.pk}:1", f"{job.pk}:2"]
    job.refresh_from_db()
    assert job.status == BatchJob.Status.COMPLETED


# --- what goes wrong with the model --------------------------------------------------------------


@pytest.mark.parametrize("error", [ModelUnavailable("No model there."), EngineBusy(8)])
def test_without_the_model_the_job_waits_and_no_attempt_is_used(
    make_job: MakeJob, scripted: ScriptedDecoder, error: EngineError
) -> None:
    job = make_job(3)
    scripted.enqueue(["one"], error)
    before = timezone.now()
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.engine_failures, job.error) == ("in_progress", 1, str(error))
    assert job.lease_expires_at is not None
    wait = dt.timedelta(seconds=BACK_OFF_SECONDS)
    assert before + wait <= job.lease_expires_at <= timezone.now() + wait
    assert outcomes(job) == [(SUCCEEDED, 1, ""), (PENDING, 0, ""), (PENDING, 0, "")]
    assert advance() is False  # not before the wait is over
    assert nudges() == 0  # the sweep wakes it

    expire_leases()
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.engine_failures, job.error) == ("completed", 0, "")
    assert outcomes(job) == [(SUCCEEDED, 1, "")] * 3


def test_a_job_without_a_model_for_long_fails_with_the_reason(
    make_job: MakeJob, scripted: ScriptedDecoder
) -> None:
    job = make_job(2)
    for failures in range(1, MAX_ENGINE_FAILURES):
        scripted.enqueue(ModelUnavailable("No model there."))
        assert advance() is True
        job.refresh_from_db()
        assert (job.status, job.engine_failures) == ("in_progress", failures)
        expire_leases()
    scripted.enqueue(ModelUnavailable("Still no model."))
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.error, job.lease_owner) == ("failed", "Still no model.", "")
    assert job.finished_at is not None
    assert outcomes(job) == [(PENDING, 0, "")] * 2
    assert advance() is False


def test_failures_before_an_answer_do_not_count_after_it(
    make_job: MakeJob, scripted: ScriptedDecoder
) -> None:
    job = make_job(2)
    BatchJob.objects.filter(pk=job.pk).update(engine_failures=MAX_ENGINE_FAILURES - 1)
    scripted.enqueue(["one"], ModelUnavailable("Gone again."))
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.engine_failures, job.error) == ("in_progress", 1, "Gone again.")
    assert outcomes(job) == [(SUCCEEDED, 1, ""), (PENDING, 0, "")]


# --- what goes wrong with the lease --------------------------------------------------------------


class MeddlingDecoder:
    """Does something in the engine's thread while it answers, then answers."""

    def __init__(self, meddle: Callable[[], object]) -> None:
        self._meddle = meddle

    def decode(
        self,
        request: GenerationRequest,
        emit: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> Completion:
        try:
            self._meddle()
        finally:
            connection.close()  # this thread's own
        return Completion(text="late", finish_reason="stop", prompt_tokens=1, completion_tokens=1)


@pytest.fixture
def serve() -> Iterator[Callable[[Decoder], None]]:
    yield lambda decoder: set_engine(QueuedEngine(lambda: decoder, 8))
    set_engine(None)


@pytest.mark.django_db(transaction=True)
def test_a_lease_stolen_while_the_engine_answers_means_that_nothing_is_written(
    make_job: MakeJob, serve: Callable[[Decoder], None]
) -> None:
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
    make_job: MakeJob, serve: Callable[[Decoder], None]
) -> None:
    job = make_job(2)
    serve(MeddlingDecoder(job.delete))
    assert advance() is True
    assert not BatchJob.objects.exists()
    assert not Result.objects.exists()
    assert not OrmQ.objects.exists()


class UntilCancelled:
    """Answers nothing until it is told to stop, and remembers that it was."""

    def __init__(self) -> None:
        self.was_cancelled = False

    def submit(self, request: GenerationRequest) -> Handle:
        engine = self

        class Waiting(Handle):
            def cancel(self) -> None:
                engine.was_cancelled = True
                super().cancel()
                self.fail(GenerationCancelled())

        return Waiting()

    def warm_up(self) -> None: ...


def test_a_long_answer_renews_the_lease_and_is_given_up_with_it(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batches.slices.TICK_SECONDS", 0.001)
    job = make_job(2)
    engine = UntilCancelled()
    set_engine(engine)
    renewals = 0
    renew = Lease.renew

    def renew_twice_then_lose(lease: Lease) -> None:
        nonlocal renewals
        renewals += 1
        expire_leases()
        if renewals == 4:
            take_over(job)
        renew(lease)
        job.refresh_from_db()
        assert job.lease_expires_at is not None
        assert job.lease_expires_at > timezone.now()

    monkeypatch.setattr(Lease, "renew", renew_twice_then_lose)
    try:
        assert advance() is True
    finally:
        set_engine(None)
    assert renewals == 4  # one as the item starts, the others while it waits
    assert engine.was_cancelled
    assert outcomes(job) == [(PENDING, 1, ""), (PENDING, 0, "")]
    job.refresh_from_db()
    assert job.lease_owner == "thief"
    assert not OrmQ.objects.exists()


def test_each_item_renews_the_lease(make_job: MakeJob, scripted: ScriptedDecoder) -> None:
    make_job(2)
    lease = Lease.claim()
    assert lease is not None
    expire_leases()
    lease.start(lease.job.items.get(index=0))
    lease.job.refresh_from_db()
    assert lease.job.lease_expires_at is not None
    assert lease.job.lease_expires_at > timezone.now()
    assert Lease.claim() is None


# --- a worker that dies --------------------------------------------------------------------------


class Killed(BaseException):
    """What a signal does to a worker, at any line."""


class DeadlyEngine:
    """Kills the worker in `submit`, once its script says so."""

    def __init__(self, deadly: int) -> None:
        self._inner = get_engine()
        self._left = deadly

    def submit(self, request: GenerationRequest) -> Handle:
        self._left -= 1
        if self._left < 0:
            raise Killed
        return self._inner.submit(request)

    def warm_up(self) -> None: ...


def test_after_a_worker_died_another_finishes_its_job_once_the_lease_is_over(
    make_job: MakeJob, scripted: ScriptedDecoder
) -> None:
    job = make_job(3)
    engine = get_engine()
    set_engine(DeadlyEngine(1))
    with pytest.raises(Killed):
        advance()
    set_engine(engine)
    assert outcomes(job) == [(SUCCEEDED, 1, ""), (PENDING, 1, ""), (PENDING, 0, "")]
    job.refresh_from_db()
    assert job.lease_owner != ""
    assert advance() is False  # the lease still runs

    expire_leases()
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.lease_owner) == ("completed", "")
    assert outcomes(job) == [(SUCCEEDED, 1, ""), (SUCCEEDED, 2, ""), (SUCCEEDED, 1, "")]
    assert Result.objects.count() == 3
    assert prompts(scripted) == [f"{job.pk}:{index}" for index in range(3)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_worker_that_dies_while_it_writes_a_result_has_written_all_of_it_or_nothing(
    make_job: MakeJob, scripted: ScriptedDecoder, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    job = make_job(2)
    save = Result.save

    def die(result: Result, **kwargs: Any) -> None:
        if dies == "after":
            save(result, **kwargs)
        raise Killed

    monkeypatch.setattr(Result, "save", die)
    with pytest.raises(Killed):
        advance()
    monkeypatch.setattr(Result, "save", save)
    assert outcomes(job) == [(PENDING, 1, ""), (PENDING, 0, "")]
    assert not Result.objects.exists()

    expire_leases()
    assert advance() is True
    assert outcomes(job) == [(SUCCEEDED, 2, ""), (SUCCEEDED, 1, "")]
    assert Result.objects.count() == 2


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
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.BATCH_MAX_ATTEMPTS = 3
    job = make_job(2)
    engine = get_engine()
    for attempts in (1, 2, 3):
        set_engine(DeadlyEngine(0))
        with pytest.raises(Killed):
            advance()
        assert outcomes(job)[0] == (PENDING, attempts, "")
        expire_leases()
    set_engine(engine)
    assert advance() is True
    said = "The worker died 3 times while answering this item."
    assert outcomes(job) == [(FAILED, 3, said), (SUCCEEDED, 1, "")]
    job.refresh_from_db()
    assert job.status == BatchJob.Status.COMPLETED


# --- two workers in any order --------------------------------------------------------------------

STEPS = ["claim", "start", "succeed", "fail", "release", "back_off", "expire"]


class TwoWorkers:
    """Drives the leases of two workers on one job and says what must be true after each step."""

    def __init__(self, job: BatchJob) -> None:
        self.job = job
        self.leases: list[Lease | None] = [None, None]
        self.holder: int | None = None
        self.free = True
        self.closed: dict[int, str] = {}

    def do(self, worker: int, step: str, index: int) -> None:
        if step == "claim":
            self.claim(worker)
        elif step == "expire":
            expire_leases()
            self.free = True
        elif lease := self.leases[worker]:
            self.write(worker, lease, step, index)
        self.check()

    def claim(self, worker: int) -> None:
        claimable = self.free and not self.is_completed()
        lease = Lease.claim()
        assert (lease is not None) == claimable
        if lease is not None:
            self.leases[worker] = lease
            self.holder, self.free = worker, False

    def write(self, worker: int, lease: Lease, step: str, index: int) -> None:
        item = self.job.items.get(index=index)
        before = self.rows()
        try:
            if step == "start":
                lease.start(item)
            elif step == "succeed":
                lease.succeed(item, result_of(item, f"by {worker}"))
            elif step == "fail":
                lease.fail(item, f"by {worker}")
            elif step == "back_off":
                lease.back_off("no model", 0.0, 1000)
            else:
                lease.release()
        except LeaseLost:
            assert self.rows() == before
            assert self.holder != worker or index in self.closed
            return
        assert self.holder == worker, f"{step} was written without the lease"
        if step in ("succeed", "fail"):
            assert index not in self.closed, "an item was closed twice"
            self.closed[index] = SUCCEEDED if step == "succeed" else FAILED
        if step == "start":
            self.free = False
        elif step == "back_off":
            self.free = True
        elif step == "release":
            self.holder, self.free = None, True

    def rows(self) -> tuple[list[Any], ...]:
        return (
            list(BatchJob.objects.values()),
            list(BatchItem.objects.order_by("pk").values()),
            list(Result.objects.order_by("pk").values()),
            list(OrmQ.objects.order_by("pk").values()),
        )

    def is_completed(self) -> bool:
        self.job.refresh_from_db()
        return self.job.status == BatchJob.Status.COMPLETED

    def check(self) -> None:
        statuses = dict(self.job.items.values_list("index", "status"))
        assert statuses == {
            index: self.closed.get(index, PENDING) for index in range(self.job.total)
        }
        answered = list(
            Result.objects.order_by("item__index").values_list("item__index", flat=True)
        )
        assert answered == sorted(
            index for index, status in self.closed.items() if status == SUCCEEDED
        )
        if self.is_completed():
            assert len(self.closed) == self.job.total
            assert self.holder is None


def result_of(item: BatchItem, text: str) -> Result:
    return Result(
        item=item,
        text=text,
        finish_reason="stop",
        prompt_tokens=1,
        completion_tokens=1,
        seed=0,
        seconds=0.0,
    )


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from(STEPS), st.integers(0, 2)), max_size=24
    )
)
@example(
    steps=[
        (0, "claim", 0),
        (0, "start", 0),
        (0, "expire", 0),
        (1, "claim", 0),
        (1, "start", 0),
        (0, "succeed", 0),
        (1, "succeed", 0),
        (0, "release", 0),
        (1, "fail", 0),
        (1, "release", 0),
    ]
)
def test_whatever_two_workers_do_each_item_has_one_outcome_and_only_the_holder_writes(
    steps: list[tuple[int, str, int]],
) -> None:
    with transaction.atomic():
        workers = TwoWorkers(stored_job(User.objects.create_user("worker"), 3))
        for worker, step, index in steps:
            workers.do(worker, step, index)
        # Whatever happened, one who comes later finishes the job.
        workers.do(0, "expire", 0)
        if not workers.is_completed():
            workers.do(0, "claim", 0)
            for index in set(range(3)) - set(workers.closed):
                workers.do(0, "start", index)
                workers.do(0, "succeed", index)
            workers.do(0, "release", 0)
        assert workers.is_completed()
        transaction.set_rollback(True)
