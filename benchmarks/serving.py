"""The engine under requests that come and go: chats beside one another, chats beside a batch job.

python -m benchmarks.serving [--tokens 64] [--items 500] [--repeats 3] [--quick]
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from typing import Any

from benchmarks.engines import (
    Sides,
    answer,
    generate,
    interleaved,
    load,
    print_head,
    print_row,
    question,
    request,
    word_list,
)
from generation.engine.contract import Priority
from generation.engine.handle import Handle
from generation.engine.queue import QueuedEngine

STATIC_BATCH = 32
CHATS = 8


def chats(sides: Sides, options: Any) -> None:
    """Different lists: each chat may say other words."""
    size = options.tokens
    requests = [
        request(
            question(number),
            word_list("en", 1000, skip=100 * number),
            max_tokens=size,
            min_tokens=size,
        )
        for number in range(CHATS)
    ]

    def one_after_the_other() -> int:
        return sum(answer(sides.ours, [each]) for each in requests)

    rates = interleaved(options.repeats, lambda: answer(sides.ours, requests), one_after_the_other)
    print_row(f"{CHATS} chats with {CHATS} lists, against one after the other", *rates, 3.0)


def first_token(sides: Sides, options: Any) -> None:
    """Milliseconds until a chat's first text: alone, and while a batch job fills every row."""
    engine = QueuedEngine(lambda: sides.ours, 1000)
    words = word_list("en", 3000)

    def wait(number: int) -> float:
        started = time.perf_counter()
        handle = engine.submit(request(question(number), words, max_tokens=8))
        handle.wait_for_text()
        seconds = time.perf_counter() - started
        handle.result()
        return seconds

    wait(0)
    alone = statistics.median(wait(number) for number in range(1, 2 + 2 * options.repeats))
    job: list[Handle] = [
        engine.submit(
            request(question(100 + number), words, max_tokens=400, priority=Priority.BATCH)
        )
        for number in range(64)
    ]
    job[0].wait_for_text()
    while engine.snapshot().waiting > 64 - 40:
        time.sleep(0.05)
    busy = statistics.median(wait(200 + number) for number in range(1, 2 + 2 * options.repeats))
    step = engine.snapshot().step
    for handle in job:
        handle.cancel()
    for handle in job:
        while not handle.done:
            time.sleep(0.01)
    note = f"at most 2 x and a step: {2e3 * alone + 1e3 * step:.0f} ms; a step is {1e3 * step:.0f}"
    print_row("first text during a batch job, ms, against alone", 1e3 * busy, 1e3 * alone, 2, note)


def batch_job(sides: Sides, options: Any) -> None:
    """Replies end by themselves or at limits of their own, as in a real job."""
    choose = random.Random(1)
    limits = [choose.choice([16, 32, 64, 128]) for _ in range(options.items)]
    texts = [question(number) for number in range(options.items)]

    def ours() -> int:
        return answer(
            sides.ours,
            [
                request(text, None, max_tokens=limit, priority=Priority.BATCH)
                for text, limit in zip(texts, limits, strict=True)
            ],
        )

    def theirs() -> int:
        """Static batches in input order; a batch ends with its longest reply."""
        for first in range(0, options.items, STATIC_BATCH):
            part = limits[first : first + STATIC_BATCH]
            generate(sides, texts[first : first + STATIC_BATCH], tokens=max(part), fixed=False)
        # Only what was asked for counts, and that is what ours makes of the same prompts.
        return useful

    useful = ours()
    rates = interleaved(1 if options.items > 100 else options.repeats, ours, theirs)
    print_row(
        f"a job of {options.items} items, against static batches of {STATIC_BATCH}", *rates, 1.5
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--quick", action="store_true", help="a smoke test of the command")
    options = parser.parse_args()
    if options.quick:
        options.tokens, options.items, options.repeats = 12, 12, 1
    sides = load(options.dtype)
    print_head(f"Serving in {options.dtype}", "tokens/s")
    chats(sides, options)
    batch_job(sides, options)
    first_token(sides, options)


if __name__ == "__main__":
    main()
