"""What the engine of this process has counted, for Prometheus. Asking makes and loads nothing."""

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
from generation.engine.contract import Engine
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
    "request_queue_time_seconds": "From the submission of a request until it is begun.",
    "request_inference_time_seconds": "From the beginning of a request to its end.",
    "request_prefill_time_seconds": "From the beginning of a request to its first text.",
    "request_decode_time_seconds": "From the first text of a request to its end.",
    "request_prompt_tokens": "Prompt tokens of an answered request.",
    "request_generation_tokens": "Tokens of a reply.",
    "request_params_n": "How many replies a request asks for.",
    "request_params_max_tokens": "max_tokens of a request.",
    "iteration_tokens_total": "Tokens read and written in one step of the engine.",
}


class EngineCollector(Collector):
    def describe(self) -> list[Metric]:
        return []  # what there is does not depend on the time of registration

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
    """name: without the `_total` that is put behind it."""
    labels = labels or {}
    family = CounterMetricFamily(f"{PREFIX}_{name}", text, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def histogram(name: str, text: str, of: Histogram, labels: dict[str, str] | None = None) -> Metric:
    labels = labels or {}
    family = HistogramMetricFamily(f"{PREFIX}_{name}", text, labels=list(labels))
    buckets = [
        ("+Inf" if bound == float("inf") else str(float(bound)), count)
        for bound, count in of.cumulative()
    ]
    family.add_metric(list(labels.values()), buckets, of.total)
    return family


def _states() -> Metric:
    state = engine_health().state
    family = GaugeMetricFamily(
        f"{PREFIX}_engine_state", "1 for the state that the engine is in.", labels=["state"]
    )
    for each in dict.fromkeys((*STATES, state)):
        family.add_metric([each], each == state)
    return family


def _load(engine: Engine | None, counters: Counters, snapshot: Snapshot) -> Iterator[Metric]:
    model = _model()
    yield gauge("num_requests_running", "Requests being answered.", counters.running, model)
    yield gauge("num_requests_waiting", "Requests in the queue.", snapshot.waiting, model)
    yield gauge("num_rows", "Sequences in the last step.", snapshot.rows, model)
    yield gauge(
        "kv_cache_usage_perc",
        "Tokens of the replies being written, as a part of ENGINE_CACHE_TOKENS: 1 is full.",
        engine.cache_usage if engine else 0.0,
        model,
    )


def _totals(counters: Counters, snapshot: Snapshot) -> Iterator[Metric]:
    model = _model()
    yield counter("prompt_tokens", "Prompt tokens that were read.", snapshot.prompt_tokens, model)
    yield counter("generation_tokens", "Tokens that were written.", snapshot.tokens, model)
    finished = CounterMetricFamily(
        f"{PREFIX}_request_success",
        "Requests that ended; abort: the client left, error: it failed.",
        labels=["model_name", "finished_reason"],
    )
    for reason in REASONS:
        finished.add_metric([*model.values(), reason], counters.finished[reason])
    yield finished
    yield counter(
        "admission_rejections", "Requests that found the queue full.", counters.rejections, model
    )
    yield counter(
        "prefix_cache_queries", "Prompt tokens of replies.", counters.prefix_queries, model
    )
    yield counter(
        "prefix_cache_hits",
        "Those of them that another request had computed.",
        counters.prefix_hits,
        model,
    )
    yield counter("memory_shortages", "Times out of memory.", snapshot.shortages, model)


def _constraints(figures: ConstraintStats) -> Iterator[Metric]:
    yield histogram(
        "constraint_build_seconds",
        "Until a list that was not there could be written with.",
        figures.builds,
    )
    yield histogram(
        "constraint_mask_seconds",
        "For the tokens that a list allows in one place.",
        figures.masks,
    )
    yield counter("constraint_cache_hits", "Requests whose list was ready.", figures.hits)
    yield counter("constraint_cache_misses", "Requests whose list was built.", figures.misses)
    yield gauge("constraint_cache_lists", "Lists that are ready.", len(figures.constraints))
    yield gauge("constraint_cache_states", "States that are known of them.", figures.states)
    yield gauge("constraint_cache_bytes", "Of the spellings of their words.", figures.nbytes)
    yield counter("constraint_state_misses", "Masks that had to be computed.", figures.rows_made)
