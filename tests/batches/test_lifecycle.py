"""Actions on jobs by the API and by manage.py; partial results; progress; purging."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from batches.formats.exports import COLUMNS
from batches.lifecycle import actions, retention
from batches.lifecycle.progress import items_per_minute, progress_of, with_sample
from batches.models import BatchItem, BatchJob, Result
from batches.seeds import item_seed
from batches.worker.job_slice import advance, steps
from generation.engine.contract import InvalidPrompt
from generation.engine.scripted import ScriptedDecoder
from tests.batches.conftest import UseEngine
from tests.batches.engines import SteppedEngine
from tests.batches.factories import (
    CANCELLED,
    EXPIRED,
    FAILED,
    PENDING,
    SUCCEEDED,
    MakeJob,
    assert_consistent,
    nudges,
    outcomes,
)
from tests.conftest import MakeWordlist
from vocab.spreadsheet import BYTE_ORDER_MARK

pytestmark = pytest.mark.django_db


def post(client: Client, job: BatchJob, action: str, bearer: dict[str, str]) -> Any:
    return client.post(f"/v1/batch/jobs/{job.public_id}/{action}", headers=bearer)


def download(client: Client, job: BatchJob, bearer: dict[str, str], **query: Any) -> str:
    response = client.get(f"/v1/batch/jobs/{job.public_id}/results", query, headers=bearer)
    assert response.status_code == 200, response.content
    parts = cast("AsyncIterator[bytes]", cast(StreamingHttpResponse, response).streaming_content)

    async def read() -> bytes:
        return b"".join([part async for part in parts])

    return async_to_sync(read)().decode()


def half_done(
    make_job: MakeJob, scripted: ScriptedDecoder, settings: Any, **fields: Any
) -> BatchJob:
    """Return a job with one answer, one failure and two items that have not begun."""
    settings.BATCH_SLICE_ITEMS = 2
    job = make_job(4, **fields)
    scripted.enqueue(["=SUM(A1)"], InvalidPrompt("No such template."))
    assert advance() is True
    return job


# --- cancel, expire ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "status", "item_status", "code"),
    [
        ("cancel", "cancelled", CANCELLED, "batch_cancelled"),
        ("expire", "expired", EXPIRED, "batch_expired"),
    ],
)
def test_a_job_that_nobody_works_on_ends_at_once_and_keeps_its_results(
    client: Client,
    bearer: dict[str, str],
    make_job: MakeJob,
    scripted: ScriptedDecoder,
    settings: Any,
    action: str,
    status: str,
    item_status: str,
    code: str,
) -> None:
    job = half_done(make_job, scripted, settings)
    answer = post(client, job, action, bearer)
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["state"]) == ("failed", status)
    assert answer.json()["progress"]["cancelled"] == 2
    assert [found for found, *_ in outcomes(job)] == [SUCCEEDED, FAILED, item_status, item_status]
    assert set(job.items.filter(index__gt=1).values_list("error_code", flat=True)) == {code}
    assert_consistent(job)
    assert advance() is False
    results = f"/v1/batch/jobs/{job.public_id}/results"
    refused = client.get(results, headers=bearer)
    assert refused.status_code == 400
    assert (
        f"The job {'was ' if action == 'cancel' else ''}{status}."
        in refused.json()["error"]["message"]
    )
    kept = json.loads(download(client, job, bearer, partial="true"))
    assert kept[0]["choices"][0]["message"]["content"] == "=SUM(A1)"
    assert [body.get("error", {}).get("code") for body in kept] == [
        None,
        "invalid_value",
        code,
        code,
    ]


@pytest.mark.parametrize(
    ("action", "state"), [("cancel", "cancelled"), ("expire", "expired"), ("pause", "in_progress")]
)
def test_a_worker_stops_within_a_step_and_what_had_been_answered_is_kept(
    make_job: MakeJob,
    use_engine: UseEngine,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    state: str,
) -> None:
    monkeypatch.setattr("batches.worker.answer_slice.TICK_SECONDS", 0.001)
    settings.BATCH_GROUP_ITEMS = 3
    job = make_job(5)
    engine = SteppedEngine()
    use_engine(engine)
    submitted = False
    for step in steps():
        if step == "submit" and not submitted:
            submitted = True
            actions.ACTIONS[action](job)
            job.refresh_from_db()
            assert job.lease_owner != "", "the worker sees to it"
            handles = [handle for _, handle in engine.open]
            engine.finish(1)
    assert [handle.cancelled for handle in handles] == [True, False, True]
    job.refresh_from_db()
    assert (job.status, job.lease_owner) == (state, "")
    statuses = [status for status, *_ in outcomes(job)]
    assert statuses.count(SUCCEEDED) == 1
    assert [attempts for _, attempts, _ in outcomes(job)] == [0, 1, 0, 0, 0]
    assert_consistent(job)
    assert nudges() == 0


def test_what_cannot_be_done_is_a_conflict_that_is_not_repeated(
    client: Client, bearer: dict[str, str], make_job: MakeJob, scripted: ScriptedDecoder
) -> None:
    job = make_job(1)
    advance()
    before = BatchJob.objects.values().get()
    for action in ("cancel", "expire", "pause", "resume", "retry"):
        answer = post(client, job, action, bearer)
        assert answer.status_code == 409
        assert answer["x-should-retry"] == "false"
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert post(client, job, "cancel", bearer).json()["error"]["message"] == (
        "Cannot cancel a job with status 'completed'."
    )
    assert BatchJob.objects.values().get() == before


def test_cancelling_twice_is_fine_and_another_users_job_is_unknown(
    client: Client, bearer: dict[str, str], make_job: MakeJob
) -> None:
    job = make_job(1)
    assert post(client, job, "cancel", bearer).status_code == 200
    assert post(client, job, "cancel", bearer).status_code == 200
    BatchJob.objects.update(owner=User.objects.create_user("berta"))
    assert post(client, job, "cancel", bearer).status_code == 404
    assert post(client, job, "explode", bearer).status_code == 404


# --- pause, retry --------------------------------------------------------------------------------


def test_a_paused_job_waits_and_a_resumed_one_goes_on(
    client: Client,
    bearer: dict[str, str],
    make_job: MakeJob,
    scripted: ScriptedDecoder,
) -> None:
    job = make_job(2)
    assert post(client, job, "pause", bearer).json()["paused"] is True
    assert post(client, job, "pause", bearer).status_code == 200
    assert advance() is False
    assert post(client, job, "resume", bearer).json()["paused"] is False
    assert nudges() == 1
    assert advance() is True
    assert [status for status, *_ in outcomes(job)] == [SUCCEEDED] * 2


@pytest.mark.parametrize("end", ["cancel", "expire", None])
def test_a_retry_answers_what_has_no_answer_and_keeps_the_rest(
    client: Client,
    bearer: dict[str, str],
    make_job: MakeJob,
    scripted: ScriptedDecoder,
    settings: Any,
    end: str | None,
) -> None:
    job = half_done(make_job, scripted, settings)
    if end:
        actions.ACTIONS[end](job)
    else:
        advance()
    first = Result.objects.get(item__index=0)
    answer = post(client, job, "retry", bearer)
    assert (answer.status_code, answer.json()["state"]) == (200, "in_progress")
    assert_consistent(job)
    while advance():
        pass
    job.refresh_from_db()
    assert (job.status, job.failed_count, job.cancelled_count) == ("completed", 0, 0)
    assert outcomes(job) == [(SUCCEEDED, 1, "")] * 4
    assert Result.objects.get(item__index=0).pk == first.pk
    # The same seeds as the first time.
    request = next(r for r in scripted.history[2:] if r.messages[0].content == f"{job.pk}:1")
    assert request.sampling.seed == item_seed(40, 1)
    assert_consistent(job)


# --- manage.py -----------------------------------------------------------------------------------


def test_the_command_acts_on_jobs_and_names_those_it_cannot(
    make_job: MakeJob, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = make_job(3), make_job(2)
    call_command("batch_job", "pause", one.public_id, two.public_id)
    assert f"{one.public_id}  validating (paused)  0 of 3 completed" in capsys.readouterr().out
    call_command("batch_job", "cancel", one.public_id)
    with pytest.raises(CommandError, match=f"{one.public_id}: Cannot resume .* 'cancelled'"):
        call_command("batch_job", "resume", one.public_id, two.public_id)
    two.refresh_from_db()
    assert two.paused_at is None, "the other one is resumed all the same"
    with pytest.raises(CommandError, match="nope: There is no such job"):
        call_command("batch_job", "expire", "nope")
    with pytest.raises(CommandError, match="Give the ids"):
        call_command("batch_job", "retry")
    capsys.readouterr()
    call_command("batch_job", "list")
    assert capsys.readouterr().out.count("batch_") == 2


def test_the_watch_shows_a_bar_and_how_it_ended(
    make_job: MakeJob,
    scripted: ScriptedDecoder,
    settings: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    job = half_done(make_job, scripted, settings)
    call_command("watch_batch", job.public_id, "--once")
    shown = capsys.readouterr()
    assert "in_progress:  50%" in shown.err
    assert "2/4" in shown.err
    assert "1 failed" in shown.err
    advance()
    call_command("watch_batch", job.public_id)
    shown = capsys.readouterr()
    assert "100%" in shown.err
    assert f"{job.public_id} is completed: 3 completed, 1 failed, 0 cancelled" in shown.out
    with pytest.raises(CommandError, match="There is no batch job 'nope'"):
        call_command("watch_batch", "nope")


# --- results so far, and their formats -----------------------------------------------------------


def test_results_so_far_can_be_had_while_the_job_runs(
    client: Client,
    bearer: dict[str, str],
    make_job: MakeJob,
    scripted: ScriptedDecoder,
    settings: Any,
) -> None:
    job = half_done(make_job, scripted, settings)
    bodies = json.loads(download(client, job, bearer, partial="true"))
    assert [body["id"][-2:] for body in bodies] == ["-0", "-1"]
    nothing = make_job(1)
    assert json.loads(download(client, nothing, bearer, partial="1")) == []
    wrong = client.get(
        f"/v1/batch/jobs/{job.public_id}/results", {"partial": "perhaps"}, headers=bearer
    )
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "partial")


def test_json_lines_are_openais(
    client: Client,
    bearer: dict[str, str],
    make_job: MakeJob,
    make_wordlist: MakeWordlist,
    scripted: ScriptedDecoder,
    settings: Any,
) -> None:
    job = half_done(make_job, scripted, settings, revision=make_wordlist("en", ["the"]))
    job.items.filter(index=0).update(custom_id="first")
    actions.cancel(job)
    body = download(client, job, bearer, format="jsonl", partial="true")
    lines = [json.loads(line) for line in body.splitlines()]
    assert [set(line) for line in lines] == [{"id", "custom_id", "response", "error"}] * 4
    assert [line["custom_id"] for line in lines] == ["first", "1", "2", "3"]
    succeeded, failed, cancelled, _ = lines
    assert succeeded["error"] is None
    assert succeeded["response"]["status_code"] == 200
    completion = succeeded["response"]["body"]
    assert completion["choices"][0]["finish_reason"] == "stop"
    assert completion["usage"]["completion_tokens"] == 1
    assert completion["vocab_report"]["out_of_list"] == ["SUM", "A1"]
    assert failed["error"] is None
    assert failed["response"]["status_code"] == 400
    assert failed["response"]["body"]["error"]["param"] == "messages"
    assert cancelled["response"] is None
    assert cancelled["error"]["code"] == "batch_cancelled"


def test_csv_is_safe_for_a_spreadsheet(
    client: Client,
    bearer: dict[str, str],
    make_job: MakeJob,
    scripted: ScriptedDecoder,
    settings: Any,
) -> None:
    job = half_done(make_job, scripted, settings)
    job.items.filter(index=0).update(custom_id="-1+1")
    text = download(client, job, bearer, format="csv", partial="true")
    assert text.startswith(BYTE_ORDER_MARK)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK))))
    assert tuple(rows[0]) == COLUMNS
    assert (rows[0]["text"], rows[0]["custom_id"]) == ("'=SUM(A1)", "'-1+1")
    assert (rows[0]["status"], rows[0]["completion_tokens"]) == ("succeeded", "1")
    assert rows[0]["seed"] == f"'{item_seed(40, 0)}"
    assert (rows[1]["status"], rows[1]["error"]) == ("failed", "No such template.")
    wrong = client.get(f"/v1/batch/jobs/{job.public_id}/results", {"format": "xml"}, headers=bearer)
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "format")


# --- progress ------------------------------------------------------------------------------------


def test_the_pace_is_that_of_the_last_minutes(make_job: MakeJob) -> None:
    job = make_job(1000)
    job.status = BatchJob.Status.IN_PROGRESS
    for minute in range(5):
        job.pace = with_sample(job, 30, now=1000.0 + 60 * minute)
        job.succeeded_count += 30 if minute < 4 else 90
    assert len(job.pace) <= 4, "no more samples than the window needs"
    assert items_per_minute(job, now=1240.0) == pytest.approx(60 * (210 - 60) / 180)
    job.paused_at = timezone.now()
    assert items_per_minute(job) is None


def test_a_job_says_how_long_it_will_take(make_job: MakeJob) -> None:
    job = make_job(100)
    job.status = BatchJob.Status.IN_PROGRESS
    job.succeeded_count = 40
    now = timezone.now().timestamp()
    job.pace = [[now - 60, 10]]
    progress = progress_of(job)
    assert progress["items_per_minute"] == pytest.approx(30, rel=0.02)
    assert progress["remaining_seconds"] == pytest.approx(120, rel=0.02)


# --- purging -------------------------------------------------------------------------------------


def test_old_jobs_lose_their_contents_and_keep_their_totals(
    client: Client,
    bearer: dict[str, str],
    make_job: MakeJob,
    scripted: ScriptedDecoder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: Any,
) -> None:
    monkeypatch.setattr(retention, "CHUNK", 2)
    old, young, running = make_job(5), make_job(1), make_job(1)
    BatchJob.objects.filter(pk=running.pk).update(paused_at=timezone.now())
    while advance():
        pass
    days_ago = timezone.now() - dt.timedelta(days=10)
    BatchJob.objects.filter(pk__in=[old.pk, running.pk]).update(finished_at=days_ago)
    assert retention.purge() == retention.Purged(), "everything is kept unless a setting says so"
    call_command("purge", "--days", "7", "--dry-run")
    shown = capsys.readouterr().out
    assert shown.startswith("To delete: the contents of 1 jobs with 5 items; 0 files,")
    assert BatchItem.objects.count() == 7
    settings.BATCH_KEEP_DAYS = 7
    call_command("purge")
    shown = capsys.readouterr().out
    assert shown.startswith("Deleted: the contents of 1 jobs with 5 items; 0 files,")
    old.refresh_from_db()
    assert (old.succeeded_count, old.purged_at is not None) == (5, True)
    assert set(BatchItem.objects.values_list("job", flat=True)) == {young.pk, running.pk}
    assert Result.objects.count() == 1
    gone = client.get(f"/v1/batch/jobs/{old.public_id}/results", headers=bearer)
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "results_deleted")
    assert post(client, old, "retry", bearer).status_code == 409
    assert retention.purge(7) == retention.Purged()


def test_a_purge_that_was_interrupted_goes_on(make_job: MakeJob, scripted: ScriptedDecoder) -> None:
    job = make_job(2)
    advance()
    BatchJob.objects.update(
        finished_at=timezone.now() - dt.timedelta(days=2), purged_at=timezone.now()
    )
    assert retention.purge(1) == retention.Purged(0, 2)
    assert not job.items.filter(status=PENDING).exists()
    assert not Result.objects.exists()
