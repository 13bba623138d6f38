"""How many threads of a processor a pass is computed with: as many as pay for a pass of its size.

A pass is hundreds of small steps one after the other, and threads wait for each of them without
spinning (see `threads`), so that every step wakes them anew. For the few tokens of a decoding step
that often costs more than a second thread brings; for the many tokens of a prompt it does not. How
many tokens it takes depends on the processor and on the model's weights, and is measured.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from generation.engine.cpu.calibration_cache import key_for, read, write

logger = logging.getLogger(__name__)

MEASUREMENT = 1  # see key_for
# Tokens of a pass. Not more: a busy machine, on which no second thread pays, must not be what
# prompts are read by from then on.
SIZES = (1, 8, 32)
MIN_REPEATS = 3
SECONDS = 0.5  # of each size, if that is more
# What more threads must take less of the time, to be used: what brings nothing is left to the rest
# of the server.
MARGIN = 0.05

# tokens -> threads
Choices = dict[int, int]
Pass = Callable[[int], object]


class ThreadCounts:
    """choices: passes of at most so many tokens get so many threads, larger ones all there are."""

    def __init__(self, choices: Choices) -> None:
        self.choices = dict(sorted(choices.items()))

    @contextmanager
    def use(self, tokens: int) -> Iterator[None]:
        """Compute with as many threads as a pass of `tokens` is to have, and as before afterwards.

        Not by several threads at a time: torch keeps one number for all. What others compute
        meanwhile may have fewer as well.
        """
        number = next((n for most, n in self.choices.items() if tokens <= most), None)
        before = torch.get_num_threads()
        if number is None or number == before:
            yield
            return
        torch.set_num_threads(number)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def choose(compute: Pass, subject: str, store: Path | None) -> ThreadCounts:
    """compute: a pass of so many tokens, of what `subject` names. store: where choices are kept."""
    policy = os.environ.get("OMP_WAIT_POLICY", "")
    key = f"{key_for(MEASUREMENT, subject)} {torch.get_num_threads()} threads {policy}"
    known = read(store)
    if key in known:
        return ThreadCounts({int(size): number for size, number in known[key].items()})
    choices = measure(compute)
    logger.info("threads chosen tokens=%s", choices)
    write(store, {**known, key: choices})
    return ThreadCounts(choices)


def measure(compute: Pass) -> Choices:
    """The fewest threads that are about as quick as any, for each size up to that where it is all
    of them.
    """
    most = torch.get_num_threads()
    numbers = [*(2**power for power in range(most.bit_length()) if 2**power < most), most]
    choices: Choices = {}
    for size in SIZES if most > 1 else ():
        choices[size] = fewest(numbers, _times(compute, size, numbers))
        if choices[size] == most:
            break
    return choices


def fewest(numbers: Sequence[int], times: Sequence[float]) -> int:
    """The number, of ascending ones, that no larger one is clearly quicker than."""
    best, taken = numbers[0], times[0]
    for number, seconds in zip(numbers, times, strict=True):
        if seconds < (1 - MARGIN) * taken:
            best, taken = number, seconds
    return best


def _times(compute: Pass, size: int, numbers: Sequence[int]) -> list[float]:
    """The shortest time with each number of threads: others' work makes a pass slower only."""
    before = torch.get_num_threads()
    times = [float("inf")] * len(numbers)
    compute(size)  # the first is slower
    begun, repeats = time.perf_counter(), 0
    try:
        while repeats < MIN_REPEATS or time.perf_counter() - begun < SECONDS:
            repeats += 1  # in turn, so that a disturbance hits all of them
            for index, number in enumerate(numbers):
                torch.set_num_threads(number)
                started = time.perf_counter()
                compute(size)
                times[index] = min(times[index], time.perf_counter() - started)
    finally:
        torch.set_num_threads(before)
    return times
