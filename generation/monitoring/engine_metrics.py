"""Prometheus metrics of this process's engine. Reading them never loads a model."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from generation.constraint.stats import ConstraintStats
from generation.engine.engine_protocol import Engine
from generation.engine.stats.counters import Counters, Snapshot
from generation.histogram import Histogram
from generation.serving.engine_provider import engine_health, own_engine

PREFIX = "wordgen"
STATES = ("idle", "loading", "ready", "failed", "stalled", "dead")
REASONS = ("stop", "length", "abort", "error")
HELP = {
    "time_to_first_token_seconds": "From the submission of a request to its first text.",
    "inter_token_latency_seconds": "From one token of a reply to the next.",
    "e2e_request_latency_seconds": "From the submission of a request to the end of its reply.",
    "request_queue_time_seconds": "From the submission of a request until the engine starts it.",
    "request_inference_time_seconds": "From the start of a request in the engine to its end.",
    "request_prefill_time_seconds": "From the start of a request in the engine to its first text.",
    "request_decode_time_seconds": "From the first text of a request to its end.",
    "request_prompt_tokens": "Prompt tokens of an answered request.",
    "request_generation_tokens": "Tokens of a reply.",
    "request_params_n": "n of a request.",
    "request_params_max_tokens": "max_tokens of a request.",
    "iteration_tokens_total": "Prompt tokens and reply tokens computed in one step of the engine.",
}


class EngineCollector(Collector):
    def describe(self) -> list[Metric]:
        return []  # no names are checked at registration

    def collect(self) -> Iterator[Metric]:
        yield _states()
        engine = own_engine()
        counters = engine.counters if engine else Counters()
        snapshot = engine.snapshot() if engine else Snapshot()
        yield from _load(engine, counters, snapshot)
        yield from _totals(counters, snapshot)
        for name, text in HELP.items():
            yield histogram(name, text, getattr(counters.histograms, name), _model())
        yield from _constraints((engine and engine.constraints) or ConstraintStats())


def _model() -> dict[str, str]:
    return {"model_name": settings.SERVED_MODEL_NAME}


def gauge(name: str, text: str, value: float, labels: dict[str, str] | None = None) -> Metric:
    labels = labels or {}
    family = GaugeMetricFamily(f"{PREFIX}_{name}", text, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def counter(name: str, text: str, value: float, labels: dict[str, str] | None = None) -> Metric:
    """name: The name without `_total`, which the library appends."""
    labels = labels or {}
    family = CounterMetricFamily(f"{PREFIX}_{name}", text, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def histogram(
    name: str, text: str, values: Histogram, labels: dict[str, str] | None = None
) -> Metric:
    labels = labels or {}
    family = HistogramMetricFamily(f"{PREFIX}_{name}", text, labels=list(labels))
    buckets = [
        ("+Inf" if bound == float("inf") else str(float(bound)), count)
        for bound, count in values.cumulative()
    ]
    family.add_metric(list(labels.values()), buckets, values.total)
    return family


def _states() -> Metric:
    state = engine_health().state
    family = GaugeMetricFamily(
        f"{PREFIX}_engine_state",
        "1 for the engine's current state.",
        labels=["state"],
    )
    for each in dict.fromkeys((*STATES, state)):
        family.add_metric([each], each == state)
    return family


def _load(engine: Engine | None, counters: Counters, snapshot: Snapshot) -> Iterator[Metric]:
    model = _model()
    yield gauge("num_requests_running", "Running requests.", counters.running, model)
    yield gauge("num_requests_waiting", "Requests in the queue.", snapshot.waiting, model)
    yield gauge("num_rows", "Sequences in the last step.", snapshot.rows, model)
    yield gauge(
        "kv_cache_usage_perc",
        "Used part of ENGINE_CACHE_TOKENS; 1 means full.",
        engine.cache_usage if engine else 0.0,
        model,
    )


def _totals(counters: Counters, snapshot: Snapshot) -> Iterator[Metric]:
    model = _model()
    yield counter("prompt_tokens", "Computed prompt tokens.", snapshot.prompt_tokens, model)
    yield counter("generation_tokens", "Generated tokens.", snapshot.tokens, model)
    finished = CounterMetricFamily(
        f"{PREFIX}_request_success",
        "Requests that ended. abort: the client left. error: the request failed.",
        labels=["model_name", "finished_reason"],
    )
    for reason in REASONS:
        finished.add_metric([*model.values(), reason], counters.finished[reason])
    yield finished
    yield counter(
        "admission_rejections",
        "Requests refused because the queue was full.",
        counters.rejections,
        model,
    )
    yield counter(
        "prefix_cache_queries",
        "Prompt tokens of finished requests.",
        counters.prefix_queries,
        model,
    )
    yield counter(
        "prefix_cache_hits",
        "Prompt tokens of finished requests that were in the prefix cache.",
        counters.prefix_hits,
        model,
    )
    yield counter("memory_shortages", "Times out of memory.", snapshot.shortages, model)


def _constraints(stats: ConstraintStats) -> Iterator[Metric]:
    yield histogram(
        "constraint_build_seconds",
        "Seconds from the first request for a list until it is ready.",
        stats.builds,
    )
    yield histogram(
        "constraint_mask_seconds",
        "Seconds for the logit mask of one step.",
        stats.masks,
    )
    yield counter("constraint_cache_hits", "Requests whose list was ready.", stats.hits)
    yield counter("constraint_cache_misses", "Requests whose list was built.", stats.misses)
    yield gauge("constraint_cache_lists", "Lists that are ready.", len(stats.constraints))
    yield gauge("constraint_cache_states", "Computed states of these lists.", stats.states)
    yield gauge(
        "constraint_cache_bytes",
        "Memory of their token paths and of their slices of the output head.",
        stats.nbytes,
    )
    yield counter("constraint_state_misses", "Masks that had to be computed.", stats.rows_made)
