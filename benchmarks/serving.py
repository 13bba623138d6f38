"""The engine with requests that start and end at any time: several chats, and chats beside a job.

python -m benchmarks.serving [--tokens 64] [--items 500] [--longest 128] [--repeats 3]
                             [--dtype float32] [--cpu] [--quick]
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from typing import Any

from tqdm import tqdm

from benchmarks.engines import (
    Pairs,
    Sides,
    add_options,
    answer,
    generate,
    interleaved,
    load,
    print_head,
    print_pairs,
    print_row,
    question,
    questions,
    read_options,
    request,
    word_list,
)
from generation.engine.contract import GenerationRequest, Priority
from generation.engine.handle import Handle
from generation.engine.service.engine_thread import ThreadedEngine

STATIC_BATCH = 32
CHATS = 8
JOB_ROWS = 48
MEASURED_PASSES = 4


def chats(sides: Sides, options: Any) -> None:
    """Measure chats at once, each with a list of its own, against one chat after the other."""
    lists = [word_list("en", 1000, skip=100 * number) for number in range(CHATS)]

    texts = questions(CHATS)

    def requests(size: int) -> list[GenerationRequest]:
        return [
            request(text, words, max_tokens=size, min_tokens=size)
            for text, words in zip(next(texts), lists, strict=True)
        ]

    def together(size: int) -> int:
        return answer(sides.ours, requests(size))

    def one_after_the_other(size: int) -> int:
        return sum(answer(sides.ours, [each]) for each in requests(size))

    name = f"{CHATS} chats with {CHATS} lists, against one after the other"
    print_pairs(name, interleaved(name, options, together, one_after_the_other), 3.0)


def first_token(sides: Sides, options: Any) -> None:
    """Measure the time to a chat's first text: alone, and while a batch job uses many rows."""
    engine = ThreadedEngine(lambda: sides.ours, 1000)
    words = word_list("en", 3000)
    times = 3 + 4 * options.repeats

    def wait(number: int) -> float:
        started = options.clock()
        handle = engine.submit(request(question(number), words, max_tokens=4))
        handle.wait_for_text()
        seconds: float = options.clock() - started
        handle.result()
        return seconds

    wait(0)
    alone = [wait(number) for number in range(1, times)]
    job: list[Handle] = [
        engine.submit(
            request(
                question(100 + number),
                words,
                max_tokens=900,
                min_tokens=900,
                priority=Priority.BATCH,
            )
        )
        for number in range(JOB_ROWS)
    ]
    for handle in tqdm(job, desc="the job's first texts", leave=False):
        handle.wait_for_text()
    busy = [wait(200 + number) for number in tqdm(range(1, times), desc="chats", leave=False)]
    step = pass_seconds(engine, options)
    for handle in job:
        handle.cancel()
    for handle in job:
        while not handle.done:
            time.sleep(0.01)
    measured, before = statistics.median(busy), statistics.median(alone)
    limit = 2 * before + step
    print_row(
        f"first text of a chat beside {JOB_ROWS} rows of a job, ms, against alone",
        1e3 * measured,
        1e3 * before,
        measured / before,
        limit / before,
        f"at most 2 x {1e3 * before:.0f} + a step of {1e3 * step:.0f} = {1e3 * limit:.0f} ms;"
        f" worst {1e3 * max(busy):.0f}",
    )


def pass_seconds(engine: ThreadedEngine, options: Any) -> float:
    """Return the seconds of a step with the job's rows."""
    started, before = options.clock(), engine.snapshot().tokens
    while (tokens := engine.snapshot().tokens - before) < MEASURED_PASSES * JOB_ROWS:
        time.sleep(0.01)
    seconds: float = options.clock() - started
    return seconds * JOB_ROWS / tokens


def batch_job(sides: Sides, options: Any) -> None:
    """Measure a job whose replies end by themselves or at different limits, as in a real job."""
    choose = random.Random(1)
    longest = options.longest
    limits = [
        choose.choice([longest // part for part in (8, 4, 2, 1)]) for _ in range(options.items)
    ]
    texts_of_job = questions(options.items)
    bar = tqdm(total=options.items, desc="static batches", leave=False)

    def ours() -> int:
        return answer(
            sides.ours,
            [
                request(text, None, max_tokens=limit, priority=Priority.BATCH)
                for text, limit in zip(next(texts_of_job), limits, strict=True)
            ],
        )

    def theirs() -> int:
        """Generate static batches in input order. A batch ends with its longest reply."""
        texts = next(texts_of_job)
        for first in range(0, options.items, STATIC_BATCH):
            part = limits[first : first + STATIC_BATCH]
            generate(sides, texts[first : first + STATIC_BATCH], tokens=max(part), fixed=False)
            bar.update(len(part))
        return 0  # tokens beyond the limits do not count: both sides count the tokens of `ours`

    # Ours, theirs, ours: a machine that slows down in the meantime favours neither side.
    seconds = []
    for action in (ours, theirs, ours):
        started = options.clock()
        tokens = action()
        seconds.append(options.clock() - started)
    bar.close()
    pairs = Pairs([2 * tokens / (seconds[0] + seconds[2])], [tokens / seconds[1]])
    print_pairs(
        f"a job of {options.items} items, against static batches of {STATIC_BATCH}",
        pairs,
        1.5,
        f"replies of {longest // 8} to {longest} tokens",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_options(parser, tokens=64)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument(
        "--longest", type=int, default=128, help="maximum number of tokens of an item's reply"
    )
    parser.add_argument("--dtype", default="float32")
    options = read_options(parser)
    if options.quick:
        options.tokens, options.items, options.repeats, options.longest = 12, 12, 1, 16
    sides = load(options.dtype)
    print_head(f"Serving in {options.dtype}", "tokens/s")
    chats(sides, options)
    first_token(sides, options)
    batch_job(sides, options)


if __name__ == "__main__":
    main()
