"""A slice of answers: the order of jobs, the requests, and failures of items and of the model."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from batches.models import BatchItem, BatchJob, Result
from batches.seeds import item_seed
from batches.worker import job_slice
from batches.worker.answer_slice import BACK_OFF_SECONDS, MAX_ENGINE_FAILURES
from batches.worker.job_slice import advance, steps
from generation.engine.contract import (
    EngineBusy,
    EngineRefused,
    EngineStopped,
    GenerationCancelled,
    GenerationRequest,
    InvalidPrompt,
    Message,
    ModelUnavailable,
    Priority,
)
from generation.engine.handle import Handle
from generation.engine.scripted import ScriptedDecoder
from generation.serving.engine_provider import get_engine
from generation.serving.runtime_info import own_runtime
from tests.batches.conftest import UseEngine
from tests.batches.engines import CrampedEngine, InstantEngine, SteppedEngine
from tests.batches.factories import (
    FAILED,
    PENDING,
    SUCCEEDED,
    MakeJob,
    assert_consistent,
    end_waits,
    nudges,
    outcomes,
    prompts,
    texts,
)
from tests.conftest import MakeWordlist

pytestmark = pytest.mark.django_db


def follow(running: Iterator[str], step: str) -> None:
    """Run a slice up to the end of `step`."""
    for done in running:
        if done == step:
            return
    raise AssertionError(f"the slice ended without {step!r}")


# --- without failures ----------------------------------------------------------------------------


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
    assert first.vocab_report == {
        "words": 2,
        "distinct_words": 2,
        "out_of_list": [],
        "no_words": False,
        "out_of_style": [],
        "word_parts": 0,
    }
    assert second.vocab_report is not None
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
    assert (sampling.seed, request.vocabulary) == (item_seed(40, 0), None)


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


@pytest.mark.parametrize(("slice_items", "group_items"), [(1, 1), (2, 2), (5, 3), (5, 16)])
def test_an_answer_does_not_depend_on_the_slices_and_groups(
    make_job: MakeJob,
    make_wordlist: MakeWordlist,
    scripted: ScriptedDecoder,
    settings: Any,
    slice_items: int,
    group_items: int,
) -> None:
    settings.BATCH_SLICE_ITEMS = slice_items
    settings.BATCH_GROUP_ITEMS = group_items
    revision = make_wordlist("en", [f"word{letter}" for letter in "abcdefghijklmnop"])
    lengths = [3, 30, 7, 300, 1]
    job = make_job(5, revision, seed=7, prompts=["x" * length for length in lengths])
    while advance():
        pass
    results = Result.objects.order_by("item__index")
    seeds = [item_seed(7, index) for index in range(5)]
    assert list(results.values_list("seed", flat=True)) == seeds
    by_seed = {request.sampling.seed: request for request in scripted.history}
    again = ScriptedDecoder()
    assert texts(job) == [
        again.decode(by_seed[seed], lambda text, logprobs=(): None, lambda: False).text
        for seed in seeds
    ]
    assert_consistent(job)


def test_item_seeds_can_be_stored_and_are_not_shared_by_neighbours() -> None:
    for seed in (-(2**63), -1, 0, 1, 2**63 - 1):
        assert 0 <= item_seed(seed, 49_999) < 2**63
    seeds = {item_seed(seed, index) for seed in range(20) for index in range(50)}
    assert len(seeds) == 1000


def test_longer_prompts_of_the_same_parameters_go_together(
    make_job: MakeJob, use_engine: UseEngine, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 2
    job = make_job(6, prompts=["a", "bbb", "c", "ddd", "e", "fff"])
    job.items.filter(index__in=[2, 3]).update(parameters={**job.parameters, "max_tokens": 3})
    engine = InstantEngine(lambda request: None)
    use_engine(engine)
    advance()
    assert engine.submitted == ["bbb", "fff", "a", "e", "ddd", "c"]
    assert [request.sampling.max_tokens for request in engine.decoder.history] == [8] * 4 + [3] * 2
    assert list(job.items.order_by("index").values_list("status", flat=True)) == [SUCCEEDED] * 6


def test_an_item_may_have_parameters_and_a_list_of_its_own(
    make_job: MakeJob, make_wordlist: MakeWordlist, scripted: ScriptedDecoder
) -> None:
    english, spanish = make_wordlist("en", ["the"]), make_wordlist("es", ["la", "el"], "es")
    job = make_job(3, english)
    own = {**job.parameters, "temperature": 0.0, "seed": 11}
    job.items.filter(index=1).update(parameters=own, revision=spanish, n_words=1)
    job.items.filter(index=2).update(parameters=own)
    advance()
    requests = {request.messages[0].content: request for request in scripted.history}
    first, second, third = (requests[f"{job.pk}:{index}"] for index in range(3))
    assert first.vocabulary is not None
    assert second.vocabulary is not None
    assert list(first.vocabulary.words) == ["the"]
    assert list(second.vocabulary.words) == ["la"]
    assert third.vocabulary is None
    assert [request.sampling.seed for request in (first, second, third)] == [
        item_seed(40, 0),
        11,
        11,
    ]
    assert (first.sampling.temperature, second.sampling.temperature) == (1.0, 0.0)
    reports = Result.objects.order_by("item__index").values_list("vocab_report", flat=True)
    assert [report and report["out_of_list"] for report in reports] == [[], [], None]


def test_priority_goes_before_age_and_turns(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.BATCH_SLICE_ITEMS = 1
    ordinary, urgent = make_job(2), make_job(2, priority=5)
    while advance():
        pass
    a, b = ordinary.pk, urgent.pk
    assert prompts(scripted) == [f"{b}:0", f"{b}:1", f"{a}:0", f"{a}:1"]


def test_a_job_of_another_model_is_left_to_its_workers(
    make_job: MakeJob, scripted: ScriptedDecoder
) -> None:
    job = make_job(1)
    BatchJob.objects.update(model="another")
    assert advance() is False
    assert outcomes(job) == [(PENDING, 0, "")]


def test_a_job_says_what_answered_it(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.BATCH_SLICE_ITEMS = 1
    job = make_job(3)
    advance()
    first = own_runtime()
    settings.MODEL_NAME = "other/weights"
    advance()
    advance()
    job.refresh_from_db()
    assert job.runtimes == [first, {**first, "model": "other/weights"}]
    assert set(first["versions"]) == {"wordgen", "torch", "transformers"}


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
    report = Result.objects.get(item__job=job).vocab_report
    assert report is not None
    assert report["out_of_list"] == []


# --- failures of an item -------------------------------------------------------------------------


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
    # First the item that has no attempts.
    assert prompts(scripted) == [f"{job.pk}:2", f"{job.pk}:1"]
    job.refresh_from_db()
    assert job.status == BatchJob.Status.COMPLETED
    assert job.items.get(index=0).error_code == "worker_died"
    assert_consistent(job)


# --- several at once -----------------------------------------------------------------------------


def test_as_many_as_the_setting_says_are_answered_at_once(
    make_job: MakeJob, use_engine: UseEngine, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 4
    job = make_job(9)
    engine = CrampedEngine(fits=100)
    use_engine(engine)
    assert advance() is True
    assert engine.widths == [4, 4, 1]
    assert outcomes(job) == [(SUCCEEDED, 1, "")] * 9
    assert_consistent(job)


def test_a_free_place_is_filled_before_the_others_are_done(
    make_job: MakeJob, use_engine: UseEngine, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 3
    job = make_job(5)
    engine = SteppedEngine()
    use_engine(engine)
    running = steps()
    follow(running, "submit")
    engine.finish(1)  # the middle one of three
    follow(running, "submit")
    assert engine.submitted == [f"{job.pk}:{index}" for index in range(4)]
    assert [status for status, *_ in outcomes(job)] == [
        PENDING,
        SUCCEEDED,
        PENDING,
        PENDING,
        PENDING,
    ]
    assert engine.most_open == 3


def test_one_that_fails_or_is_cancelled_touches_no_other(
    make_job: MakeJob, use_engine: UseEngine
) -> None:
    job = make_job(4)
    ends: dict[str, Exception] = {
        f"{job.pk}:1": InvalidPrompt("No such template."),
        f"{job.pk}:2": GenerationCancelled(),
    }
    use_engine(InstantEngine(lambda request: ends.pop(request.messages[0].content, None)))
    assert advance() is True
    # The item that the engine cancelled was submitted again.
    assert outcomes(job) == [
        (SUCCEEDED, 1, ""),
        (FAILED, 1, "No such template."),
        (SUCCEEDED, 2, ""),
        (SUCCEEDED, 1, ""),
    ]
    failed = job.items.get(index=1)
    assert (failed.error_code, failed.error_param, failed.error_status) == (
        "invalid_value",
        "messages",
        400,
    )
    assert_consistent(job)


def test_what_the_engine_always_gives_up_on_fails_at_the_third_attempt(
    make_job: MakeJob, use_engine: UseEngine
) -> None:
    job = make_job(2)

    def meet(request: GenerationRequest) -> Exception | None:
        return GenerationCancelled() if request.messages[0].content.endswith(":0") else None

    engine = InstantEngine(meet)
    use_engine(engine)
    assert advance() is True
    assert outcomes(job) == [(FAILED, 3, "The request was cancelled."), (SUCCEEDED, 1, "")]
    assert engine.submitted.count(f"{job.pk}:0") == 3


def test_a_request_that_cannot_be_made_fails_alone(
    make_job: MakeJob, scripted: ScriptedDecoder, caplog: pytest.LogCaptureFixture
) -> None:
    job = make_job(3)
    job.items.filter(index=1).update(messages=[{"role": "user"}])
    job.items.filter(index=1).update(parameters={})
    assert advance() is True
    [_, (status, attempts, said), _] = outcomes(job)
    assert (status, attempts, said) == (FAILED, 0, "The server had an error.")
    assert "KeyError" in caplog.text
    assert [status for status, *_ in outcomes(job)].count(SUCCEEDED) == 2
    assert_consistent(job)


def test_too_little_memory_halves_the_group_and_costs_no_attempt(
    make_job: MakeJob, use_engine: UseEngine, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 16
    job = make_job(20)
    engine = CrampedEngine(fits=5)
    use_engine(engine)
    assert advance() is True
    assert engine.widths == [16, 8, 4, 4, 4, 4, 4]
    assert outcomes(job) == [(SUCCEEDED, 1, "")] * 20
    job.refresh_from_db()
    assert job.group_limit == 4
    assert_consistent(job)


def test_the_next_slice_remembers_how_much_fits(
    make_job: MakeJob, use_engine: UseEngine, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 8
    settings.BATCH_SLICE_ITEMS = 8
    make_job(16)
    engine = CrampedEngine(fits=4)
    use_engine(engine)
    advance()
    advance()
    assert engine.widths == [8, 4, 4, 4, 4]


def test_an_item_too_large_on_its_own_fails_at_the_third_attempt(
    make_job: MakeJob, use_engine: UseEngine, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 2
    job = make_job(2)
    engine = CrampedEngine(fits=0)
    use_engine(engine)
    assert advance() is True
    assert outcomes(job) == [(FAILED, 3, "Not enough memory.")] * 2
    job.refresh_from_db()
    assert (job.status, job.group_limit) == (BatchJob.Status.COMPLETED, 1)
    assert_consistent(job)


def test_more_than_the_engine_takes_waits_and_costs_no_attempt(
    make_job: MakeJob, use_engine: UseEngine
) -> None:
    job = make_job(6)
    engine = SteppedEngine(capacity=2)
    use_engine(engine)
    for step in steps():
        if step in ("undo attempts", "check", "submit"):
            engine.finish()
    assert engine.most_open == 2
    assert outcomes(job) == [(SUCCEEDED, 1, "")] * 6
    assert_consistent(job)


def test_an_engine_that_is_full_of_others_requests_is_left_for_a_while(
    make_job: MakeJob,
    use_engine: UseEngine,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("batches.worker.answer_slice.TICK_SECONDS", 0.001)
    settings.BATCH_SLICE_SECONDS = 0
    job = make_job(2)
    use_engine(SteppedEngine(capacity=0))
    for _ in range(MAX_ENGINE_FAILURES + 1):
        assert advance() is True
        job.refresh_from_db()
        # This never counts as a failure, because the engine works for other clients.
        assert (job.status, job.engine_failures, job.lease_owner) == ("in_progress", 0, "")
        assert "busy" in job.error
        assert outcomes(job) == [(PENDING, 0, "")] * 2
        assert advance() is False
        end_waits()
    use_engine(SteppedEngine())
    running = steps()
    follow(running, "submit")
    get_engine().finish()  # type: ignore[attr-defined]
    assert list(running)
    assert [status for status, *_ in outcomes(job)].count(SUCCEEDED) == 1


def test_answers_that_have_not_begun_are_put_back_when_the_slice_is_over(
    make_job: MakeJob,
    use_engine: UseEngine,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr("batches.worker.answer_slice.time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr("batches.worker.answer_slice.TICK_SECONDS", 0.001)
    settings.BATCH_GROUP_ITEMS = 3
    job = make_job(5)
    engine = SteppedEngine()
    use_engine(engine)
    running = steps()
    follow(running, "submit")
    engine.open[1][1].emit("Once")
    now += settings.BATCH_SLICE_SECONDS + 1
    follow(running, "undo attempts")
    # The oldest has not begun either, but a slice must finish at least one item.
    assert outcomes(job) == [
        (PENDING, 1, ""),
        (PENDING, 1, ""),
        (PENDING, 0, ""),
        (PENDING, 0, ""),
        (PENDING, 0, ""),
    ]
    engine.finish()
    engine.finish()
    assert "release" in list(running)
    assert [status for status, *_ in outcomes(job)] == [SUCCEEDED, SUCCEEDED] + [PENDING] * 3
    assert nudges() == 1
    assert_consistent(job)


# --- failures of the model -----------------------------------------------------------------------


def test_without_the_model_the_job_waits_and_no_attempt_is_used(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 1
    job = make_job(3)
    scripted.enqueue(["one"], ModelUnavailable("No model there."))
    before = timezone.now()
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.engine_failures, job.error) == ("in_progress", 1, "No model there.")
    assert job.lease_owner == ""
    assert job.not_before is not None
    wait = dt.timedelta(seconds=BACK_OFF_SECONDS)
    assert before + wait <= job.not_before <= timezone.now() + wait
    assert outcomes(job) == [(SUCCEEDED, 1, ""), (PENDING, 0, ""), (PENDING, 0, "")]
    assert advance() is False  # not before the wait is over
    assert nudges() == 0  # the sweep wakes it

    end_waits()
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.engine_failures, job.error) == ("completed", 0, "")
    assert outcomes(job) == [(SUCCEEDED, 1, "")] * 3
    assert_consistent(job)


def test_an_engine_that_refuses_the_worker_never_counts_towards_failing_the_job(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BATCH_GROUP_ITEMS = 1
    job = make_job(2)
    OrmQ.objects.all().delete()
    for _ in range(MAX_ENGINE_FAILURES + 1):
        scripted.enqueue(EngineRefused("It refuses the key."))
        monkeypatch.setattr(job_slice, "_claims_from", 0.0)
        assert advance() is True
        job.refresh_from_db()
        assert (job.status, job.engine_failures) == ("in_progress", 0)
        assert (job.error, job.lease_owner, job.not_before) == ("It refuses the key.", "", None)
        assert outcomes(job) == [(PENDING, 0, "")] * 2
        assert advance() is False, "the next turn is another worker's"
        assert nudges() == 1
        OrmQ.objects.all().delete()
    monkeypatch.setattr(job_slice, "_claims_from", 0.0)  # another worker
    assert advance() is True
    assert outcomes(job) == [(SUCCEEDED, 1, "")] * 2
    assert_consistent(job)


class LeavingEngine(SteppedEngine):
    """Accepts a number of requests and is then unavailable."""

    def __init__(self, takes: int) -> None:
        super().__init__()
        self.takes = takes

    def submit(self, request: GenerationRequest) -> Handle:
        if len(self.submitted) >= self.takes:
            raise ModelUnavailable("No engine there.")
        return super().submit(request)


def test_an_engine_that_is_not_there_costs_no_attempt(
    make_job: MakeJob, use_engine: UseEngine
) -> None:
    engine = LeavingEngine(takes=2)
    use_engine(engine)
    job = make_job(5)
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.engine_failures, job.error) == ("in_progress", 1, "No engine there.")
    assert outcomes(job) == [(PENDING, 0, "")] * 5
    assert [handle.cancelled for _, handle in engine.open] == [True, True]
    assert_consistent(job)


class DyingEngine(LeavingEngine):
    """Refuses the third request because it died. The loss of the others is seen a moment later."""

    def submit(self, request: GenerationRequest) -> Handle:
        try:
            return super().submit(request)
        except ModelUnavailable:
            threading.Timer(0.05, self._lose_all).start()
            raise

    def _lose_all(self) -> None:
        for _, handle in self.open:
            handle.fail(EngineStopped("Lost."))


def test_items_whose_loss_is_seen_after_the_refusal_of_another_keep_their_attempt(
    make_job: MakeJob, use_engine: UseEngine
) -> None:
    """Each of them may have killed the engine. Without the attempt it could do so for ever."""
    use_engine(DyingEngine(takes=2))
    job = make_job(5)
    assert advance() is True
    assert outcomes(job) == [(PENDING, 1, "")] * 2 + [(PENDING, 0, "")] * 3
    assert_consistent(job)


def test_what_is_answered_before_the_engine_leaves_is_kept(
    make_job: MakeJob, use_engine: UseEngine, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 2
    engine = LeavingEngine(takes=2)
    use_engine(engine)
    job = make_job(4)
    running = steps()
    follow(running, "submit")
    engine.finish()
    follow(running, "write")
    engine.finish()  # while the next is asked for
    assert "release" in list(running)
    assert outcomes(job) == [(SUCCEEDED, 1, "")] * 2 + [(PENDING, 0, "")] * 2
    assert_consistent(job)


def test_an_engine_that_dies_leaves_suspects_that_run_alone_and_fail_at_the_third_time(
    make_job: MakeJob, use_engine: UseEngine
) -> None:
    def meet(request: GenerationRequest) -> Exception | None:
        return EngineStopped("It died.") if request.messages[-1].content.endswith(":1") else None

    engine = InstantEngine(meet)
    use_engine(engine)
    job = make_job(3)
    assert advance() is True
    assert [prompt[-1] for prompt in engine.submitted] == ["0", "1", "2", "1", "1"]
    assert outcomes(job) == [(SUCCEEDED, 1, ""), (FAILED, 3, "It died."), (SUCCEEDED, 1, "")]
    assert_consistent(job)


def test_an_engine_that_was_busy_is_asked_again(
    make_job: MakeJob, scripted: ScriptedDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batches.worker.answer_slice.TICK_SECONDS", 0.001)
    job = make_job(3)
    scripted.enqueue(EngineBusy(8), ["one"], EngineBusy(8))
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.engine_failures, job.error) == ("completed", 0, "")
    assert outcomes(job) == [(SUCCEEDED, 1, "")] * 3


def test_a_job_without_a_model_for_long_fails_with_the_reason(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 1
    job = make_job(2)
    waits = []
    for failures in range(1, MAX_ENGINE_FAILURES):
        scripted.enqueue(ModelUnavailable("No model there."))
        started = timezone.now()
        assert advance() is True
        job.refresh_from_db()
        assert (job.status, job.engine_failures) == ("in_progress", failures)
        assert job.not_before is not None
        waits.append(round((job.not_before - started).total_seconds() / BACK_OFF_SECONDS))
        end_waits()
    assert waits == [2**place for place in range(MAX_ENGINE_FAILURES - 1)]
    scripted.enqueue(ModelUnavailable("Still no model."))
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.error, job.lease_owner) == ("failed", "Still no model.", "")
    assert job.finished_at is not None
    assert outcomes(job) == [(FAILED, 0, "Still no model.")] * 2
    assert set(job.items.values_list("error_code", "error_status")) == {("model_unavailable", 503)}
    assert_consistent(job)
    assert advance() is False


def test_failures_before_an_answer_do_not_count_after_it(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any
) -> None:
    settings.BATCH_GROUP_ITEMS = 1
    job = make_job(2)
    BatchJob.objects.filter(pk=job.pk).update(engine_failures=MAX_ENGINE_FAILURES - 1)
    scripted.enqueue(["one"], ModelUnavailable("Gone again."))
    assert advance() is True
    job.refresh_from_db()
    assert (job.status, job.engine_failures, job.error) == ("in_progress", 1, "Gone again.")
    assert outcomes(job) == [(SUCCEEDED, 1, ""), (PENDING, 0, "")]
