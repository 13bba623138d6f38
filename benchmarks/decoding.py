"""The engine against transformers' `generate()`: the same weights, prompts and number of tokens.

    python -m benchmarks.decoding [--tokens 128] [--repeats 3] [--dtypes float32 bfloat16 int8]
                                  [--vocabulary 262144] [--prototype] [--quick]

Theirs runs without a list, except for the prototype's default, whose list is the prototype's own
prefix function, warm. The int8 rows come with what int8 does to perplexity on a held-out text.
"""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks.constraint_peers import Prototype, Setting
from benchmarks.engines import (
    MODEL,
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
from generation.engine.precision import perplexity, perplexity_loss

# (rows of the table: name, prompts, beams, goal)
WORK = (
    ("greedy, 1 prompt", 1, 1, 1.3),
    ("greedy, 8 prompts", 8, 1, 1.35),
    ("greedy, 32 prompts", 32, 1, 1.25),
    ("10 beams, 1 prompt", 1, 10, 1.5),
    ("4 beams, 8 prompts", 8, 4, 1.5),
)


def compare(sides: Sides, name: str, prompts: int, beams: int, goal: float, options: Any) -> None:
    words = word_list("en", options.words)
    tokens = options.tokens
    texts = [question(number) for number in range(prompts)]
    requests = [
        request(text, words, max_tokens=tokens, min_tokens=tokens, num_beams=beams)
        for text in texts
    ]

    def ours() -> int:
        return answer(sides.ours, requests)

    def theirs() -> int:
        return generate(sides, texts, tokens=tokens, num_beams=beams)

    rates = interleaved(options.repeats, ours, theirs)
    counted = sides.ours.snapshot()
    share = counted.choosing / counted.step if counted.step else 0.0
    print_row(name, *rates, goal, f"{share:.1%} of a step is constraint and choice")


def compare_prototype(sides: Sides, options: Any) -> None:
    """10 beams with sampling, on both sides under a list."""
    words = word_list("en", options.words)
    setting = Setting(str(MODEL / "tokenizer.json"), sides.loaded.stop_ids[0])
    peer = Prototype(setting, [word for word in words.words if word.isalpha()])
    text = question(0)
    sampling: dict[str, Any] = {"max_tokens": options.tokens, "num_beams": 10, "temperature": 1.0}

    def ours() -> int:
        return answer(sides.ours, [request(text, words, seed=1, **sampling)])

    def theirs() -> int:
        return generate(
            sides,
            [text],
            tokens=options.tokens,
            fixed=False,
            num_beams=10,
            do_sample=True,
            top_k=50,
            prefix_allowed_tokens_fn=peer.prefix_function(),
        )

    rates = interleaved(options.repeats, ours, theirs)
    print_row("10 beams + sampling, both under a list", *rates, 2.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--words", type=int, default=3000)
    parser.add_argument("--dtypes", nargs="+", default=["float32", "bfloat16", "int8"])
    parser.add_argument("--vocabulary", type=int, default=0)
    parser.add_argument("--prototype", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a smoke test of the command")
    options = parser.parse_args()
    if options.quick:
        options.tokens, options.repeats, options.dtypes = 16, 1, ["float32"]
    for dtype in options.dtypes:
        sides = load(dtype, vocabulary=options.vocabulary)
        title = f"Decoding in {dtype} under {options.words} words, `generate()` in float32 without"
        print_head(title, "tokens/s")
        for name, prompts, beams, goal in WORK[:2] if options.quick else WORK:
            compare(sides, name, prompts, beams, goal, options)
        if options.prototype and dtype == "float32":
            compare_prototype(sides, options)
        if dtype == "int8" and not options.vocabulary:
            plain = perplexity(sides.theirs, sides.loaded.tokenizer)
            loss = perplexity_loss(sides.theirs, sides.loaded.tokenizer)
            print(f"\nPerplexity {plain:.2f} in float32; int8 weights change it by {loss:+.2%}.")


if __name__ == "__main__":
    main()
