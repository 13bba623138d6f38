"""The time until a list with one more word can be used, against building it from nothing.

    python -m benchmarks.append [--words 20000] [--tokenizer FILE] [--repeats 7]

Both sides go from the entries to the first mask, to the rows near the token limit, and to the text
automaton, as the engine does before the first token of a reply. They take turns, each time with
another word, and the figures are medians.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from generation.constraint.factory import ConstraintFactory
from generation.engine.loading.tokenizer import load_tokenizer
from generation.engine.processors.input import FEW_TOKENS
from vocab.words.lexicon import Lexicon
from vocab.words.parse import digest
from vocab.words.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parent.parent
TOKENIZER = ROOT / "data/models/SmolLM2-135M-Instruct/tokenizer.json"
CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}
ADDED = "zorble"  # no English word, so it takes several tokens


def starter_words(count: int) -> list[str]:
    lines = (ROOT / "wordlists/en.txt").read_text().splitlines()
    words = [line for line in lines if line and not line.startswith("#")]
    if len(words) < count:
        raise SystemExit(f"the list has only {len(words):,} words")
    return words[:count]


def seconds_to_use(
    factory: ConstraintFactory,
    words: list[str],
    clock: Callable[[], float],
    base: Lexicon | None = None,
) -> tuple[float, Lexicon]:
    """Return the seconds until a list can be used, and its lexicon."""
    started = clock()
    base = base if base and base.may_extend(words) else None
    lexicon = Lexicon(words, "en", base=base)
    vocabulary = Vocabulary(digest(words), lexicon, len(words))
    session = factory.session(vocabulary, token_paths="canonical", finish="sentence")
    session.allowed(session.start, FEW_TOKENS)
    vocabulary.automaton.build()
    return clock() - started, lexicon


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--words", type=int, default=20_000)
    parser.add_argument("--tokenizer", default=str(TOKENIZER))
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu on a busy machine")
    options = parser.parse_args()
    clock = CLOCKS[options.clock]
    tokenizer = load_tokenizer(options.tokenizer)
    words = starter_words(options.words)
    kept = ConstraintFactory(tokenizer.table, tokenizer.encode_inside, [0])
    _, base = seconds_to_use(kept, words, clock)  # this also makes the tables of the tokenizer
    appended, rebuilt = [], []
    for number in range(options.repeats):
        longer = [*words, ADDED + "abcdefghijklmnopqrstuvwxyz"[number % 26]]
        appended.append(seconds_to_use(kept, longer, clock, base)[0])
        fresh = ConstraintFactory(tokenizer.table, tokenizer.encode_inside, [0])
        rebuilt.append(seconds_to_use(fresh, longer, clock)[0])
    ours, nothing = statistics.median(appended), statistics.median(rebuilt)
    print(
        f"{len(words):,} words and one more: usable after {1000 * ours:.0f} ms, built from nothing"
        f" {1000 * nothing:.0f} ms, {nothing / ours:.1f} x"
    )


if __name__ == "__main__":
    main()
