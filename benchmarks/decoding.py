"""The engine against transformers' `generate()`: the same weights, prompts and number of tokens.

    python -m benchmarks.decoding [--tokens 128] [--repeats 3] [--dtypes float32 float16 ...]
                                  [--work "1 prompt" ...] [--vocabulary 262144]
                                  [--prototype] [--shares] [--cpu] [--quick]

Theirs is in float32 and runs without a list, except for the prototype's default, whose list is the
prototype's own prefix function, warm. Ours writes under English. In other dtypes than float32 only
greedy decoding is compared. The int8 rows come with what int8 does to perplexity on a held-out
text.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

from benchmarks.constraint_peers import Prototype, Setting
from benchmarks.engines import (
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
from generation.engine.cpu.choose_dtype import perplexity, perplexity_loss
from generation.engine.handle import Handle

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
SHARES = ((1, 0.05), (80, 0.10))  # rows, the most that constraint and choice may take of a step


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
    text = question(0)  # the same each time: what it visits of the prototype's states is warm

    def ours(size: int) -> int:
        sampling: dict[str, Any] = {"max_tokens": size, "num_beams": 10, "temperature": 1.0}
        # With a seed every prompt is read from its first token.
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

    theirs(options.tokens)  # its states are visited
    name = "10 beams + sampling, both under a list"
    print_pairs(name, interleaved(name, options, ours, theirs), 2.0)


def shares(sides: Sides, options: Any) -> None:
    """How much of a step is constraint and choice: all of it but the model's pass."""
    words = word_list("en", options.words)
    model = sides.ours._model
    for rows, most in SHARES:
        size = COUNTED_PASSES + rows // 4  # the first rows write while others' prompts are read
        jobs = [
            sides.ours.prepare(
                request(question(number), words, max_tokens=size, min_tokens=size), Handle()
            )
            for number in range(rows)
        ]
        for job in jobs:
            sides.ours.admit(job)
        while sides.ours.batch.row_count < rows:
            sides.ours.step()
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


def timed(call: Callable[..., Any], seconds: list[float], options: Any) -> Callable[..., Any]:
    """The same call, noting how long it took."""

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
    parser.add_argument("--dtypes", nargs="+", default=["float32", "float16", "bfloat16", "int8"])
    parser.add_argument("--vocabulary", type=int, default=0)
    parser.add_argument("--prototype", action="store_true")
    parser.add_argument("--work", nargs="+", default=[""], help="only rows whose name has one")
    parser.add_argument("--shares", action="store_true", help="what constraint and choice take")
    options = read_options(parser)
    work: Sequence[tuple[str, int, int, float]] = WORK
    if options.quick:
        options.tokens, options.repeats, options.dtypes, work = 12, 1, ["float32"], WORK[:2]
    work = [each for each in work if any(part in each[0] for part in options.work)]
    for dtype in options.dtypes:
        run(dtype, work, options)
    if "int8" in options.dtypes and not options.vocabulary:
        plain = load("float32")
        before = perplexity(plain.theirs, plain.loaded.tokenizer)
        loss = perplexity_loss(plain.theirs, plain.loaded.tokenizer)
        print(f"\nPerplexity {before:.2f} in float32; int8 weights change it by {loss:+.2%}.")


if __name__ == "__main__":
    main()
