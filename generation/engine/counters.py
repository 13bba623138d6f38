"""What the engine has done and how long it took; read by any thread while it goes on."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from threading import Lock

WINDOW = 256  # steps that medians and rates are taken over


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Times in seconds, medians over the last steps; 0 before the first one.

    waiting: requests that are queued. rows: of the last step. tokens, prompt_tokens, requests,
    failures, shortages (of memory): since the start. tokens_per_second: over the last steps,
    pauses not counted. step: a whole decoding step. choosing: the part of it spent on masks and
    choice. first_token: from the submission of a request to its first text.
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


class Counters:
    def __init__(self) -> None:
        self._lock = Lock()
        self._rows = self._requests = self._failures = self._shortages = 0
        self._tokens = self._prompt_tokens = self._new_tokens = 0
        # (tokens, forward seconds, other seconds) of the last steps
        self._steps: deque[tuple[int, float, float]] = deque(maxlen=WINDOW)
        self._first_tokens: deque[float] = deque(maxlen=WINDOW)
        self.last_step_at = time.monotonic()

    def count_tokens(self, number: int) -> None:
        with self._lock:
            self._tokens += number
            self._new_tokens += number

    def count_prompt(self, tokens: int, seconds: float) -> None:
        with self._lock:
            self._prompt_tokens += tokens
            self.last_step_at = time.monotonic()

    def count_step(self, *, rows: int, forward: float, rest: float) -> None:
        with self._lock:
            self._rows = rows
            self._steps.append((self._new_tokens, forward, rest))
            self._new_tokens = 0
            self.last_step_at = time.monotonic()

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
