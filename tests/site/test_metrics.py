"""/metrics, parsed with Prometheus' own Python library."""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from django_q.status import Stat
from prometheus_client.parser import text_string_to_metric_families

from batches.cluster import heartbeat
from batches.models import BatchJob
from generation.engine.contract import (
    Completion,
    EngineBusy,
    GenerationCancelled,
    GenerationRequest,
    Message,
    NoContinuation,
    Sampling,
)
from generation.engine.local import Limits, LocalDecoder
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.decoder import SequentialDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import engine_health, set_engine
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

URL = "/metrics"
CHAT = "/v1/chat/completions"
WAIT = 60.0
MODEL = {"model_name": "SmolLM2-135M-Instruct"}


@pytest.fixture(autouse=True)
def no_engine() -> Iterator[None]:
    set_engine(None)
    yield
    set_engine(None)


class Metrics:
    """The metrics of one request: `metrics(name, label=value)`; 0.0 for a missing series."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self.samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        found: float = self.samples.get((f"wordgen_{name}", frozenset(labels.items())), 0.0)
        return found


@pytest.fixture
def read(client: Client, bearer: dict[str, str]) -> Any:
    def read() -> Metrics:
        response = client.get(URL, headers=bearer)
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/plain; version=")
        return Metrics(response.text)

    return read


def ask(client: Client, bearer: dict[str, str], **fields: Any) -> Any:
    body = json.dumps({"messages": [{"role": "user", "content": "a b c"}], **fields})
    return client.post(CHAT, body, content_type="application/json", headers=bearer)


def request(**sampling: Any) -> GenerationRequest:
    return GenerationRequest(
        messages=(Message("user", "la casa"),), sampling=Sampling(temperature=0.0, **sampling)
    )


# --- access --------------------------------------------------------------------------------------


def test_a_key_is_needed(client: Client, db: None) -> None:
    response = client.get(URL)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "invalid_api_key"
    assert client.get(URL, headers={"Authorization": "Bearer wg_wrong"}).status_code == 401


def test_metrics_public_needs_no_key(client: Client, db: None, settings: Any) -> None:
    settings.METRICS_PUBLIC = True
    assert client.get(URL).status_code == 200
    assert client.get(URL, headers={"Authorization": "Bearer wg_wrong"}).status_code == 200


def test_openmetrics_is_sent_if_accept_asks_for_it(client: Client, bearer: dict[str, str]) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    response = client.get(URL, headers=bearer | accept)
    assert response["Content-Type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")


def test_reading_metrics_does_not_load_the_model(read: Any) -> None:
    metrics = read()
    assert engine_health().state == "idle"
    assert metrics("engine_state", state="idle") == 1
    assert metrics("engine_state", state="ready") == 0
    assert metrics("num_requests_waiting", **MODEL) == 0


# --- requests ------------------------------------------------------------------------------------


def test_http_requests_are_counted_by_route_and_status(
    client: Client, bearer: dict[str, str], read: Any, scripted: ScriptedDecoder
) -> None:
    before = read()
    ask(client, bearer)
    ask(client, bearer, vocab_n_word=3)
    client.get("/v1/models/a/b/c", headers=bearer)
    client.get("/v1/models/d", headers=bearer)
    client.generic("BREW", "/v1/nothing")
    after = read()

    def new(**labels: str) -> float:
        difference: float = after("http_requests_total", **labels) - before(
            "http_requests_total", **labels
        )
        return difference

    assert new(method="POST", handler="chat-completions", status="2xx") == 1
    assert new(method="POST", handler="chat-completions", status="4xx") == 1
    assert new(method="GET", handler="model", status="4xx") == 2  # one series for all ids
    assert new(method="other", handler="other", status="4xx") == 1
    assert new(method="GET", handler="metrics", status="2xx") == 1


def test_tokens_and_times_of_requests_are_counted(
    client: Client, bearer: dict[str, str], read: Any, scripted: ScriptedDecoder
) -> None:
    scripted.enqueue(["one", " two"], ["one"], ["a", "b", "c"], NoContinuation("no token"))
    ask(client, bearer, max_tokens=30)
    ask(client, bearer, max_tokens=30)
    ask(client, bearer, max_tokens=2)
    assert ask(client, bearer, max_tokens=30).status_code == 500
    metrics = read()
    reasons = {
        reason: metrics("request_success_total", finished_reason=reason, **MODEL)
        for reason in ("stop", "length", "abort", "error")
    }
    assert reasons == {"stop": 2, "length": 1, "abort": 0, "error": 1}
    assert metrics("generation_tokens_total", **MODEL) == 5
    assert metrics("request_params_max_tokens_sum", **MODEL) == 92
    assert metrics("request_params_n_sum", **MODEL) == 4
    assert metrics("request_prompt_tokens_sum", **MODEL) == 9
    assert metrics("request_generation_tokens_bucket", le="1.0", **MODEL) == 1
    assert metrics("request_generation_tokens_bucket", le="2.0", **MODEL) == 3
    for name in (
        "time_to_first_token_seconds",
        "e2e_request_latency_seconds",
        "request_inference_time_seconds",
        "request_prefill_time_seconds",
        "request_decode_time_seconds",
    ):
        assert metrics(f"{name}_count", **MODEL) == 3, name
        assert metrics(f"{name}_bucket", le="+Inf", **MODEL) == 3
        assert metrics(f"{name}_sum", **MODEL) > 0
    assert metrics("request_queue_time_seconds_count", **MODEL) == 4
    assert metrics("num_requests_running", **MODEL) == 0
    parts = ("queue", "prefill", "decode")
    assert metrics("e2e_request_latency_seconds_sum", **MODEL) <= WAIT
    assert (
        sum(metrics(f"request_{part}_time_seconds_sum", **MODEL) for part in parts)
        >= metrics("e2e_request_latency_seconds_sum", **MODEL) * 0.99
    )


def test_waiting_running_cancelled_and_refused_requests_are_counted(read: Any) -> None:
    started, release = threading.Event(), threading.Event()

    class Blocked(SequentialDecoder):
        def decode(self, request: GenerationRequest, emit: Any, cancelled: Any) -> Completion:
            started.set()
            release.wait(WAIT)
            if cancelled():
                raise GenerationCancelled
            return Completion(text="x", finish_reason="stop", prompt_tokens=1, completion_tokens=1)

    engine = ThreadedEngine(lambda: Blocked(), 2)
    set_engine(engine)
    first = engine.submit(request())
    assert started.wait(WAIT)
    waiting = [engine.submit(request()) for _ in range(2)]
    with pytest.raises(EngineBusy):
        engine.submit(request())
    metrics = read()
    assert metrics("num_requests_running", **MODEL) == 1
    assert metrics("num_requests_waiting", **MODEL) == 2
    assert metrics("admission_rejections_total", **MODEL) == 1
    waiting[0].cancel()
    first.cancel()
    release.set()
    waiting[1].result(WAIT)
    metrics = read()
    assert metrics("request_success_total", finished_reason="abort", **MODEL) == 2
    assert metrics("request_success_total", finished_reason="stop", **MODEL) == 1
    assert metrics("num_requests_running", **MODEL) == 0
    assert metrics("num_requests_waiting", **MODEL) == 0
    # A request that was cancelled while waiting never started.
    assert metrics("request_queue_time_seconds_count", **MODEL) == 2


# --- the model's steps, with a real (tiny) model -------------------------------------------------


def test_steps_masks_and_prefixes_are_counted(read: Any) -> None:
    words = ["hola", "la", "casa", "es", "una", "grande", "perro", "come"]
    vocabulary = Vocabulary("digest", Lexicon(words, "es"), 5)
    asked = [
        GenerationRequest(
            messages=(Message("user", "la casa es grande y el perro come en la casa"),),
            sampling=Sampling(temperature=0.0, max_tokens=12),
            vocabulary=vocabulary,
        )
        for _ in range(3)
    ]
    engine = ThreadedEngine(
        lambda: LocalDecoder(
            tiny.loaded(), limits=Limits(cache_tokens=4000), max_input_tokens=100, truncate=True
        ),
        8,
    )
    set_engine(engine)
    replies = [engine.submit(each).result(WAIT) for each in asked]
    metrics = read()
    written = sum(reply.completion_tokens for reply in replies)
    computed = sum(reply.prompt_tokens - reply.cached_tokens for reply in replies)
    hits = sum(reply.cached_tokens for reply in replies)
    assert hits > 0
    assert metrics("generation_tokens_total", **MODEL) == written
    assert metrics("prompt_tokens_total", **MODEL) == computed
    assert metrics("prefix_cache_queries_total", **MODEL) == computed + hits
    assert metrics("prefix_cache_hits_total", **MODEL) == hits
    steps = metrics("inter_token_latency_seconds_count", **MODEL)
    assert 0 < steps <= written
    assert metrics("iteration_tokens_total_count", **MODEL) == steps  # one row each
    # The tokens of the last step and of the steps before it are all tokens.
    assert metrics("iteration_tokens_total_sum", **MODEL) == written + computed
    assert metrics("kv_cache_usage_perc", **MODEL) == 0  # no request is running
    assert metrics("constraint_cache_misses_total") == 1
    assert metrics("constraint_cache_hits_total") == 2
    assert metrics("constraint_build_seconds_count") == 1
    assert metrics("constraint_build_seconds_sum") > 0
    assert metrics("constraint_cache_lists") == 1
    assert metrics("constraint_cache_states") >= metrics("constraint_state_misses_total") > 0
    assert metrics("constraint_cache_bytes") > 0
    # The same reply three times: its states are computed once.
    masks = metrics("constraint_mask_seconds_count")
    assert masks >= written - 3 * 2
    assert metrics("constraint_state_misses_total") <= masks / 2


def test_the_cache_fills_while_replies_are_written(read: Any) -> None:
    decoder = LocalDecoder(
        tiny.loaded(), limits=Limits(cache_tokens=200), max_input_tokens=100, truncate=True
    )
    engine = ThreadedEngine(lambda: decoder, 8)
    set_engine(engine)
    during: list[float] = []
    step = decoder.step

    def watched() -> None:
        step()
        during.append(engine.cache_usage)

    decoder.step = watched  # type: ignore[method-assign]
    reply = engine.submit(request(max_tokens=20)).result(WAIT)
    full = (reply.prompt_tokens + reply.completion_tokens) / 200
    assert max(during) == pytest.approx(full, abs=0.05)
    assert sorted(during[:-1]) == during[:-1]
    assert read()("kv_cache_usage_perc", **MODEL) == 0


# --- batch jobs ----------------------------------------------------------------------------------


@pytest.fixture
def job(user: User) -> Any:
    def make(status: str, **fields: Any) -> BatchJob:
        created: BatchJob = BatchJob.objects.create(
            owner=user, model=MODEL["model_name"], parameters={}, status=status, **fields
        )
        return created

    return make


def test_jobs_items_and_leases_come_from_the_database(read: Any, job: Any) -> None:
    now = timezone.now()
    ago = {seconds: now - dt.timedelta(seconds=seconds) for seconds in (10, 100, 1000)}
    job("in_progress", total=10, succeeded_count=3, failed_count=1, served_at=ago[1000])
    job(
        "in_progress",
        total=5,
        lease_owner="a",
        served_at=ago[100],
        lease_expires_at=now + dt.timedelta(seconds=60),
    )
    job("in_progress", total=7, lease_owner="b", served_at=ago[100], lease_expires_at=ago[10])
    job("validating", total=2, paused_at=now)
    job("completed", total=4, succeeded_count=4)
    job("cancelled", total=4, succeeded_count=1, cancelled_count=3)
    metrics = read()
    by_status = {status: metrics("batch_jobs", status=status) for status in BatchJob.Status.values}
    assert {status: number for status, number in by_status.items() if number} == {
        "in_progress": 3,
        "validating": 1,
        "completed": 1,
        "cancelled": 1,
    }
    assert metrics("batch_jobs_paused") == 1
    assert metrics("batch_items_pending") == 6 + 5 + 7 + 2
    outcomes = {
        outcome: metrics("batch_items_done", outcome=outcome)
        for outcome in ("succeeded", "failed", "cancelled")
    }
    assert outcomes == {"succeeded": 8, "failed": 1, "cancelled": 3}
    assert metrics("batch_leases") == 1
    assert metrics("batch_leases_expired") == 1
    assert metrics("batch_oldest_lease_seconds") == pytest.approx(100, abs=30)
    assert metrics("batch_oldest_waiting_seconds") == pytest.approx(1000, abs=30)
    assert metrics("database_up") == 1


def test_without_jobs_all_ages_are_zero(read: Any) -> None:
    metrics = read()
    assert metrics("batch_items_pending") == 0
    assert metrics("batch_oldest_lease_seconds") == 0
    assert metrics("batch_oldest_waiting_seconds") == 0
    assert metrics("batch_workers") == 0
    assert "wordgen_batch_worker_heartbeat_age_seconds" not in metrics.families


def test_a_worker_that_beats_is_reported(
    read: Any, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(tmp_path),
        }
    }

    class Sentinel:
        """The attributes from which django-q2 makes a cluster's state."""

        parent_pid = pid = 1
        cluster_id = "a"
        broker = tob = monitor = pusher = None
        reincarnations = 0
        pool = (SimpleNamespace(pid=os.getpid()),)
        result_queue = task_queue = SimpleNamespace(qsize=lambda: 0)

        def status(self) -> str:
            return "Idle"

    Stat(Sentinel()).save()
    metrics = read()
    assert metrics("batch_workers") == 0, "a cluster whose worker is silent is not alive"
    assert "wordgen_batch_worker_heartbeat_age_seconds" not in metrics.families
    monkeypatch.setattr(heartbeat, "_is_worker", True)
    monkeypatch.setattr(heartbeat, "_stored_at", -WAIT)
    heartbeat.beat()
    metrics = read()
    assert metrics("batch_workers") == 1
    assert 0 <= metrics("batch_worker_heartbeat_age_seconds") < WAIT


@pytest.mark.django_db
def test_an_unreachable_database_is_reported(client: Client, settings: Any) -> None:
    settings.METRICS_PUBLIC = True

    def refuse(*args: object) -> None:
        raise OperationalError("connection refused at secret-host")

    with connection.execute_wrapper(refuse):
        response = client.get(URL)
    assert response.status_code == 200
    metrics = Metrics(response.text)
    assert metrics("database_up") == 0
    assert "wordgen_batch_jobs" not in metrics.families
    assert metrics("engine_state", state="idle") == 1
