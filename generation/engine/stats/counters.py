"""The engine's counters. Any thread may read them while the engine runs."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from generation.engine.stats.histograms import Histograms

if TYPE_CHECKING:
    from generation.engine.contract import Completion

WINDOW = 256  # number of steps that medians and rates are computed over


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The state of the engine. Times are medians over the last steps, in seconds; 0 at the start.

    waiting: Number of queued requests.
    rows: Rows of the last step.
    requests, failures: Requests that ended, and those of them that failed, since the start.
    shortages: How often the model ran out of memory since the start.
    tokens, prompt_tokens: Generated tokens and computed prompt tokens since the start.
    tokens_per_second: Over the last steps, without the pauses between them.
    step: A whole decoding step.
    choosing: The part of a step that constraints and sampling take.
    first_token: From the submission of a request to its first text.
    """

    waiting: int = 0
    rows: int = 0
    requests: int = 0
    failures: int = 0
    shortages: int = 0
    tokens: int = 0
    prompt_tokens: int = 0
    tokens_per_second: float = 0.0
    step: float = 0.0
    choosing: float = 0.0
    first_token: float = 0.0


@dataclass(slots=True)
class Times:
    """When a request was submitted, was admitted and had its first text (monotonic clock)."""

    submitted: float
    admitted: float | None = None
    first: float | None = None


class Counters:
    """Counts since the start of the engine. Other modules only read the attributes.

    running: Number of admitted requests that have not ended.
    rejections: Requests that were refused because the queue was full.
    finished: Requests by their end: "stop", "length", "abort" (cancelled) or "error".
    prefix_queries: Prompt tokens of the finished requests.
    prefix_hits: Those of them that were copied from the prefix cache or from another request.
    last_progress: When the engine's thread last began or ended a piece of work (monotonic clock).
    """

    def __init__(self) -> None:
        self.histograms = Histograms()
        self.finished: Counter[str] = Counter()
        self.running = self.rejections = self.prefix_queries = self.prefix_hits = 0
        self.last_progress = time.monotonic()
        self._step_prompt_tokens, self._step_pause = 0, 0.0
        self._lock = Lock()
        self._rows = self._requests = self._failures = self._shortages = 0
        self._tokens = self._prompt_tokens = self._new_tokens = 0
        # (tokens, forward seconds, other seconds) of the last steps
        self._steps: deque[tuple[int, float, float]] = deque(maxlen=WINDOW)
        self._first_tokens: deque[float] = deque(maxlen=WINDOW)

    def note_progress(self) -> None:
        self.last_progress = time.monotonic()

    def count_tokens(self, number: int) -> None:
        with self._lock:
            self._tokens += number
            self._new_tokens += number

    def count_prompt(self, tokens: int, seconds: float) -> None:
        with self._lock:
            self._prompt_tokens += tokens
            self._step_prompt_tokens += tokens
            self._step_pause += seconds

    def count_step(self, *, rows: int, forward: float, rest: float) -> None:
        with self._lock:
            self._rows = rows
            self._steps.append((self._new_tokens, forward, rest))
            # The time between two tokens of a row is a step, and the prefills before it.
            histograms = self.histograms
            histograms.inter_token_latency_seconds.observe(self._step_pause + forward + rest, rows)
            histograms.iteration_tokens_total.observe(self._step_prompt_tokens + self._new_tokens)
            self._new_tokens = self._step_prompt_tokens = 0
            self._step_pause = 0.0

    def count_shortage(self) -> None:
        with self._lock:
            self._shortages += 1

    def count_request(self, *, failed: bool) -> None:
        with self._lock:
            self._requests += 1
            self._failures += failed

    def count_first_token(self, seconds: float) -> None:
        with self._lock:
            self._first_tokens.append(seconds)
            self.histograms.time_to_first_token_seconds.observe(seconds)

    # --- one request -----------------------------------------------------------------------------

    def count_submission(self, *, n: int, max_tokens: int) -> None:
        with self._lock:
            self.histograms.request_params_n.observe(n)
            self.histograms.request_params_max_tokens.observe(max_tokens)

    def count_rejection(self) -> None:
        with self._lock:
            self.rejections += 1

    def count_admission(self, times: Times) -> None:
        assert times.admitted is not None  # noqa: S101
        with self._lock:
            self.running += 1
            waited = times.admitted - times.submitted
            self.histograms.request_queue_time_seconds.observe(waited)

    def count_reply(self, times: Times, completion: Completion | None, reason: str) -> None:
        """Count the end of a request. completion: None if it failed or was cancelled."""
        now = time.monotonic()
        with self._lock:
            self.finished[reason] += 1
            self.running -= times.admitted is not None
            if completion is None or times.admitted is None:
                return
            self.prefix_queries += completion.prompt_tokens
            self.prefix_hits += completion.cached_tokens
            histograms = self.histograms
            histograms.e2e_request_latency_seconds.observe(now - times.submitted)
            histograms.request_inference_time_seconds.observe(now - times.admitted)
            histograms.request_prompt_tokens.observe(completion.prompt_tokens)
            histograms.request_generation_tokens.observe(completion.completion_tokens)
            if times.first is not None:
                histograms.request_prefill_time_seconds.observe(times.first - times.admitted)
                histograms.request_decode_time_seconds.observe(now - times.first)

    def snapshot(self, *, waiting: int = 0, busy: bool = True) -> Snapshot:
        with self._lock:
            steps, first = list(self._steps), list(self._first_tokens)
            seconds = sum(forward + rest for _, forward, rest in steps)
            return Snapshot(
                waiting=waiting,
                rows=self._rows if busy else 0,
                requests=self._requests,
                failures=self._failures,
                shortages=self._shortages,
                tokens=self._tokens,
                prompt_tokens=self._prompt_tokens,
                tokens_per_second=sum(n for n, _, _ in steps) / seconds if seconds else 0.0,
                step=_median([forward + rest for _, forward, rest in steps]),
                choosing=_median([rest for _, _, rest in steps]),
                first_token=_median(first),
            )


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0
