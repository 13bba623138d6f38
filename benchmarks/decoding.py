"""The engine against transformers' `generate()`: the same weights, prompts and number of tokens.

    python -m benchmarks.decoding [--tokens 128] [--repeats 3] [--dtypes float32 float16 ...]
                                  [--work "1 prompt" ...] [--vocabulary 262144]
                                  [--prototype] [--shares] [--threads] [--cpu] [--quick]

Theirs is in float32 and runs without a list; with `--prototype`, one row has the prototype's own
prefix function instead, warm. Ours writes under an English list. In dtypes other than float32 only
greedy decoding is compared. `--threads` compares steps of the engine with each other: one thread
for small passes against all threads for every pass.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

from benchmarks.constraint_peers import Prototype, Setting
from benchmarks.engines import (
    LIMITS,
    MODEL,
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
from generation.engine.handle import Handle
from generation.engine.local import LocalDecoder
from vocab.words.vocabulary import Vocabulary

# (rows of the table: name, prompts, beams, goal)
WORK = (
    ("greedy, 1 prompt", 1, 1, 1.3),
    ("greedy, 8 prompts", 8, 1, 1.35),
    ("greedy, 32 prompts", 32, 1, 1.25),
    ("10 beams, 1 prompt", 1, 10, 1.5),
    ("4 beams, 8 prompts", 8, 4, 1.5),
)
BEST_DTYPE_GOAL = 2.0
COUNTED_PASSES = 32
# (rows, maximum share of a step that constraint and choice may take)
SHARES = ((1, 0.05), (80, 0.10))
THREAD_ROWS = (1, 4, 8, 16, 32)


def compare(
    sides: Sides, work: tuple[str, int, int, float], options: Any, goal: float | None
) -> None:
    name, prompts, beams, _ = work
    words = word_list("en", options.words)
    texts_of_ours, texts_of_theirs = questions(prompts), questions(prompts)

    def ours(size: int) -> int:
        sampling: dict[str, Any] = {"max_tokens": size, "min_tokens": size, "num_beams": beams}
        return answer(
            sides.ours, [request(text, words, **sampling) for text in next(texts_of_ours)]
        )

    def theirs(size: int) -> int:
        return generate(sides, next(texts_of_theirs), tokens=size, num_beams=beams)

    print_pairs(name, interleaved(name, options, ours, theirs), goal)


def compare_prototype(sides: Sides, options: Any) -> None:
    """10 beams with sampling, on both sides under a list."""
    words = word_list("en", options.words)
    setting = Setting(str(MODEL / "tokenizer.json"), sides.loaded.stop_ids[0])
    peer = Prototype(setting, [word for word in words.words if word.isalpha()])
    allowed = peer.prefix_function()
    text = question(0)  # the same each time, so the prototype's states are warm

    def ours(size: int) -> int:
        sampling: dict[str, Any] = {"max_tokens": size, "num_beams": 10, "temperature": 1.0}
        # With a seed every prompt is computed from its first token.
        return answer(sides.ours, [request(text, words, seed=1, **sampling)])

    def theirs(size: int) -> int:
        return generate(
            sides,
            [text],
            tokens=size,
            fixed=False,
            num_beams=10,
            do_sample=True,
            top_k=50,
            prefix_allowed_tokens_fn=allowed,
        )

    theirs(options.tokens)  # visits the states
    name = "10 beams + sampling, both under a list"
    print_pairs(name, interleaved(name, options, ours, theirs), 2.0)


def shares(sides: Sides, options: Any) -> None:
    """Measure the share of constraint and choice in a step: everything but the model's pass."""
    words = word_list("en", options.words)
    model = sides.ours._model
    for rows, most in SHARES:
        begin(sides.ours, words, rows, COUNTED_PASSES)
        steps: list[float] = []
        passes: list[float] = []
        with patch.object(model, "forward", timed(model.forward, passes, options)):
            step = timed(sides.ours.step, steps, options)
            while sides.ours.batch.row_count == rows:
                step()
        while sides.ours.busy:
            sides.ours.step()
        rest = statistics.median(whole - part for whole, part in zip(steps, passes, strict=True))
        whole = statistics.median(steps)
        print_row(
            f"constraint and choice, {rows} rows, ms of a step's",
            1e3 * rest,
            1e3 * whole,
            rest / whole,
            None,
            f"a share of {most:.2f} at most",
        )


def begin(decoder: LocalDecoder, words: Vocabulary, rows: int, steps: int) -> None:
    """Step until all rows decode. `steps` steps with all rows are left."""
    size = steps + rows // 4  # the first rows write during the prefill of the others
    for number in range(rows):
        asked = request(question(number), words, max_tokens=size, min_tokens=size)
        decoder.admit(decoder.prepare(asked, Handle()))
    while decoder.batch.row_count < rows:
        decoder.step()


def compare_threads(dtype: str, options: Any) -> None:
    """Compare two decoders of the same model. They take turns after every step."""
    sides = load(dtype)
    words = word_list("en", options.words)
    all_threads = LocalDecoder(sides.loaded, limits=LIMITS, max_input_tokens=2048, truncate=True)
    print_head(f"A step in {dtype}: one thread (ours) against all threads", "ms")
    for rows in THREAD_ROWS:
        decoders = sides.ours, all_threads
        for decoder in decoders:
            begin(decoder, words, rows, options.tokens)
        seconds: tuple[list[float], list[float]] = [], []
        steps = [
            timed(decoder.step, of_one, options)
            for decoder, of_one in zip(decoders, seconds, strict=True)
        ]
        while all(decoder.batch.row_count == rows for decoder in decoders):
            for step in steps:
                step()
        for decoder in decoders:
            while decoder.busy:
                decoder.step()
        ratio = statistics.median(one / other for one, other in zip(*seconds, strict=True))
        ours, theirs = (1e3 * statistics.median(of_one) for of_one in seconds)
        print_row(f"{rows} rows", ours, theirs, ratio, None, f"{len(seconds[0])} steps")


def timed(call: Callable[..., Any], seconds: list[float], options: Any) -> Callable[..., Any]:
    """Return the same function, which also appends the seconds that it took."""

    def noting(*arguments: Any, **named: Any) -> Any:
        started = options.clock()
        found = call(*arguments, **named)
        seconds.append(options.clock() - started)
        return found

    return noting


def run(dtype: str, work: Sequence[tuple[str, int, int, float]], options: Any) -> None:
    sides = load(dtype, vocabulary=options.vocabulary)
    model = f"{options.vocabulary} random tokens" if options.vocabulary else MODEL.name
    print_head(
        f"Decoding {model} in {dtype} under {options.words} words, {options.tokens} tokens,"
        " against `generate()` in float32 without a list",
        "tokens/s",
    )
    for each in work:
        if dtype == "float32":
            compare(sides, each, options, each[3])
        elif each[2] == 1 and each[1] <= 8:
            compare(sides, each, options, BEST_DTYPE_GOAL if each[1] == 1 else None)
    if dtype != "float32" or options.quick:
        return
    if options.shares:
        shares(sides, options)
    if options.prototype:
        compare_prototype(sides, options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_options(parser, tokens=128)
    parser.add_argument("--words", type=int, default=3000)
    parser.add_argument("--dtypes", nargs="+", default=["float32", "float16", "bfloat16"])
    parser.add_argument("--vocabulary", type=int, default=0)
    parser.add_argument("--prototype", action="store_true")
    parser.add_argument("--work", nargs="+", default=[""], help="only rows whose name contains one")
    parser.add_argument("--shares", action="store_true", help="the share of constraint and choice")
    parser.add_argument("--threads", action="store_true", help="one thread against all threads")
    options = read_options(parser)
    work: Sequence[tuple[str, int, int, float]] = WORK
    if options.quick:
        options.tokens, options.repeats, options.dtypes, work = 12, 1, ["float32"], WORK[:2]
    work = [each for each in work if any(part in each[0] for part in options.work)]
    for dtype in options.dtypes:
        if options.threads:
            compare_threads(dtype, options)
        else:
            run(dtype, work, options)


if __name__ == "__main__":
    main()
