"""The constraint against its peers: build time, memory, cold and warm states, a step of 80 rows.

    python -m benchmarks.constraint [--tokenizers smollm2 qwen3 gemma3] [--sizes 1000 3000 50000]

Every figure is a median; A and B are interleaved, and the last columns give ratios within the
same run. Peers: the prototype's path (up to 3,000 words: it takes minutes beyond), and, where they
are installed (`pip install llguidance xgrammar`), llguidance and xgrammar.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from benchmarks.constraint_peers import PEERS, Peer, Setting

ROOT = Path(__file__).resolve().parent.parent
ROWS = 80  # 8 prompts of 10 beams
STEPS = 24
REPEATS = 3
PROTOTYPE_MAX_WORDS = 3000
MODULES = {"llguidance": "llguidance", "xgrammar": "xgrammar"}
PATHS = {
    "smollm2": "data/models/SmolLM2-135M-Instruct/tokenizer.json",
    "qwen3": "data/tokenizers/qwen3*.json",
    "gemma3": "data/tokenizers/gemma3*.json",
}


def words_of(size: int) -> list[str]:
    """The most frequent Spanish words that are letters only, so that every engine can take them."""
    from wordfreq import top_n_list

    found = [word for word in top_n_list("es", 3 * size) if word.isalpha() and word == word.lower()]
    if len(found) < size:
        raise SystemExit(f"wordfreq has only {len(found)} plain words, {size} were asked for")
    return found[:size]


def texts_of(words: Sequence[str], count: int) -> list[str]:
    """Sentences of common words, with a comma or a full stop now and then."""
    choice = random.Random(1)
    # Plain letters: lm-format-enforcer cannot write a character that has no token of its own.
    common = [word for word in words[:2000] if word.isascii()]
    texts = []
    for _ in range(count):
        text = choice.choice(common)
        for _ in range(STEPS):
            text += choice.choice([" ", " ", " ", ", ", ". "]) + choice.choice(common)
        texts.append(text)
    return texts


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = action()
    return time.perf_counter() - started, result


class Run:
    """One engine's figures for one tokenizer and list, in seconds."""

    def __init__(self) -> None:
        self.set_up = 0.0
        self.build: list[float] = []
        self.cold_steps: list[float] = []
        self.warm_steps: list[float] = []
        self.warm_row: list[float] = []
        self.memory = 0


def step_times(peer: Peer, sequences: Sequence[Sequence[int]], logits: torch.Tensor) -> list[float]:
    """Seconds of each decoding step: masks of all rows, applied to the logits, and the advance."""
    peer.start(len(sequences))
    times = []
    for step in range(STEPS):
        fresh = logits.clone()
        tokens = [sequence[step] for sequence in sequences]
        seconds, _ = timed(partial(peer.mask_, fresh))
        after, _ = timed(partial(peer.advance, tokens))
        times.append(seconds + after)
        rows = torch.arange(len(sequences))
        if not torch.isfinite(fresh[rows, torch.tensor(tokens)]).all():
            raise RuntimeError(f"{type(peer).__name__} masks a token of the text")
    return times


def available(name: str, size: int) -> bool:
    if name == "prototype" and size > PROTOTYPE_MAX_WORDS:
        return False
    return name not in MODULES or find_spec(MODULES[name]) is not None


def measure(setting: Setting, size: int, names: Sequence[str]) -> dict[str, Run]:
    words = words_of(size)
    # As many different texts as there are prompts; the beams of one begin alike.
    texts = texts_of(words, ROWS)
    sequences = [ids[:STEPS] for ids in setting.encode(texts)]
    logits = torch.randn(ROWS, setting.size)
    runs = {name: Run() for name in names}
    peers: dict[str, Peer] = {}
    for name in tqdm(names, desc=f"{size:,} words: build", leave=False, file=sys.stderr):
        runs[name].set_up, _ = timed(partial(PEERS[name].set_up, setting))
        for _ in range(1 if name in ("prototype", "xgrammar") else REPEATS):
            seconds, peers[name] = timed(partial(PEERS[name], setting, words))
            runs[name].build.append(seconds)
    for name in tqdm(names, desc=f"{size:,} words: cold", leave=False, file=sys.stderr):
        runs[name].cold_steps = step_times(peers[name], sequences, logits)
    for _ in tqdm(range(REPEATS), desc=f"{size:,} words: warm", leave=False, file=sys.stderr):
        for name in names:  # interleaved: a slow moment of the machine hits all alike
            runs[name].warm_steps += step_times(peers[name], sequences, logits)
            runs[name].warm_row += step_times(peers[name], sequences[:1], logits[:1])
    if "ours" in names:
        tracemalloc.start()
        kept = PEERS["ours"](setting, words)
        step_times(kept, sequences, logits)
        runs["ours"].memory = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    return runs


def report(tokenizer: str, size: int, runs: dict[str, Run]) -> None:
    print(f"\n## {tokenizer}, {size:,} words, {ROWS} rows x {STEPS} steps\n")
    print(
        "| engine | set-up s | build s | 80 rows cold ms (max) | 80 rows warm ms | 1 row us |",
        end="",
    )
    print(" build vs ours | warm step vs ours |")
    print("|---|---|---|---|---|---|---|---|")
    ours = runs.get("ours")
    for name, run in runs.items():
        build = statistics.median(run.build)
        cold, worst = statistics.median(run.cold_steps), max(run.cold_steps)
        warm, row = statistics.median(run.warm_steps), statistics.median(run.warm_row)
        ratios = " | "
        if ours:
            ratios = f"{build / statistics.median(ours.build):.1f} x | "
            ratios += f"{warm / statistics.median(ours.warm_steps):.1f} x"
        print(
            f"| {name} | {run.set_up:.2f} | {build:.3f} | {cold * 1e3:.1f} ({worst * 1e3:.1f}) |"
            f" {warm * 1e3:.2f} | {row * 1e6:.0f} | {ratios} |"
        )
    if ours:
        print(f"\nours: {ours.memory / 1e6:.1f} MB beyond the tokenizer's tables")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--tokenizers", nargs="+", default=list(PATHS), choices=list(PATHS))
    parser.add_argument("--sizes", nargs="+", type=int, default=[1000, 3000, 50000])
    parser.add_argument("--engines", nargs="+", default=list(PEERS), choices=list(PEERS))
    options = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for tokenizer in options.tokenizers:
        found = sorted(ROOT.glob(PATHS[tokenizer]))
        if not found:
            print(f"\n{tokenizer}: no file {PATHS[tokenizer]}; see benchmarks/README.md")
            continue
        for size in options.sizes:
            setting = Setting(str(found[0]), stop_id=0)
            names = [name for name in options.engines if available(name, size)]
            report(tokenizer, size, measure(setting, size, names))


if __name__ == "__main__":
    main()
