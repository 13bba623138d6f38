"""The constraint against its peers: build time, memory, cold and warm states, a step of 80 rows.

    python -m benchmarks.constraint [--tokenizers smollm2 qwen3 gemma3] [--sizes 1000 3000 50000]

Every figure is a median. Engines are interleaved, and the last columns are ratios within the same
run. The peers are the prototype, lm-format-enforcer and, if installed (`pip install llguidance
xgrammar`), llguidance and xgrammar. An engine that cannot run a case is named with the reason.
`--clock cpu` counts the CPU time of all threads, for a machine that runs other processes.
"""

from __future__ import annotations

import argparse
import gc
import platform
import resource
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from os import getloadavg, sysconf
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from benchmarks.constraint_language import texts_of, words_of
from benchmarks.constraint_peers import (
    PEERS,
    Ours,
    Peer,
    PrefixFunction,
    Restricted,
    Setting,
)
from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.tokenizer.token_bytes import TokenTable

ROOT = Path(__file__).resolve().parent.parent
ROWS = 80  # 8 prompts of 10 beams
STEPS = 24
REPEATS = 3
# The build time of the prototype grows faster than the list: 10,000 words take five minutes.
PROTOTYPE_MAX_WORDS = 3000
MODULES = {"llguidance": "llguidance", "xgrammar": "xgrammar"}
PATHS = {
    "smollm2": "data/models/SmolLM2-135M-Instruct/tokenizer.json",
    "qwen3": "data/tokenizers/qwen3*.json",
    "gemma3": "data/tokenizers/gemma3*.json",
}
CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}


class Bench:
    """Measures actions.

    clock: Returns seconds.
    pass_seconds: Maximum seconds of wall time of one pass over the steps.
    """

    def __init__(self, clock: Callable[[], float], pass_seconds: float) -> None:
        self.clock = clock
        self.pass_seconds = pass_seconds

    def timed(self, action: Callable[[], Any]) -> tuple[float, Any]:
        started = self.clock()
        result = action()
        return self.clock() - started, result

    def steps(
        self, peer: Peer, sequences: Sequence[Sequence[int]], logits: torch.Tensor, max_steps: int
    ) -> list[float]:
        """Return the seconds of each step: masking the logits of all rows, and the advance.

        max_steps: Maximum number of steps. There are fewer if `pass_seconds` is reached.
        """
        peer.start(len(sequences))
        source = peer.restrict(logits) if isinstance(peer, Restricted) else logits
        fresh = torch.empty_like(source)  # one buffer for all steps, like a model's output
        times: list[float] = []
        started = time.perf_counter()
        for step in range(max_steps):
            if step > 1 and time.perf_counter() - started > self.pass_seconds:
                break
            fresh.copy_(source)
            tokens = [sequence[step] for sequence in sequences]
            seconds, _ = self.timed(partial(peer.mask_, fresh))
            kept = (
                peer.keeps(logits, tokens) if isinstance(peer, Ours) else keeps(peer, fresh, tokens)
            )
            if not kept:
                raise RuntimeError(f"{type(peer).__name__} masks a token of the text")
            after, _ = self.timed(partial(peer.advance, tokens))
            times.append(seconds + after)
        return times


def keeps(peer: Peer, logits: torch.Tensor, tokens: Sequence[int]) -> bool:
    rows = torch.arange(len(tokens))
    masked = peer.masked if isinstance(peer, PrefixFunction) else logits
    return bool(torch.isfinite(masked[rows, torch.tensor(tokens)]).all())


class Run:
    """The figures of one engine for one tokenizer and list, in seconds and bytes."""

    def __init__(self) -> None:
        self.set_up = 0.0
        self.build: list[float] = []
        self.cold_steps: list[float] = []
        self.warm_steps: list[float] = []
        self.cold_row: list[float] = []
        self.warm_row: list[float] = []
        self.memory = 0
        self.refused = ""


def why_not(name: str, size: int) -> str:
    """Return why an engine is left out; "" if it is not."""
    if name == "prototype" and size > PROTOTYPE_MAX_WORDS:
        return f"its build takes many minutes beyond {PROTOTYPE_MAX_WORDS:,} words"
    if name in MODULES and find_spec(MODULES[name]) is None:
        return "not installed"
    return ""


def resident() -> int:
    """Return the resident memory of the process in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * sysconf("SC_PAGE_SIZE")


def measure(
    bench: Bench, setting: Setting, size: int, names: Sequence[str], progress: Any
) -> dict[str, Run]:
    words = words_of(size)
    # A different text for each row, and one more for the single row.
    texts = texts_of(words, ROWS + 1, STEPS)
    alone, *sequences = [ids[:STEPS] for ids in setting.encode(texts)]
    logits = torch.randn(ROWS, setting.size)
    runs = {name: Run() for name in names}
    peers: dict[str, Peer] = {}
    for name in names:
        run = runs[name]
        progress.set_postfix_str(f"build {name}")
        run.set_up, _ = bench.timed(partial(PEERS[name].set_up, setting))
        before = resident()
        try:
            for _ in range(1 if name in ("prototype", "xgrammar") else REPEATS):
                seconds, peers[name] = bench.timed(partial(PEERS[name], setting, words))
                run.build.append(seconds)
        except RuntimeError as error:  # llguidance and xgrammar refuse large grammars
            run.refused = str(error).split("\n")[0]
            progress.update(1 + REPEATS)
            continue
        progress.set_postfix_str(f"cold {name}")
        run.cold_row = bench.steps(peers[name], [alone], logits[:1], STEPS)
        run.cold_steps = bench.steps(peers[name], sequences, logits, STEPS)
        run.memory = max(0, resident() - before)
        progress.update()
    for _ in range(REPEATS):
        for name in peers:  # interleaved, so that a slow moment affects all engines
            run = runs[name]
            progress.set_postfix_str(f"warm {name}")
            visited = len(run.cold_steps)
            run.warm_steps += bench.steps(peers[name], sequences, logits, visited)
            run.warm_row += bench.steps(peers[name], sequences[:1], logits[:1], visited)
            progress.update()
    return runs


def report(bench: Bench, tokenizer: str, size: int, runs: dict[str, Run]) -> None:
    print(f"\n## {tokenizer}, {size:,} words, {ROWS} rows x {STEPS} steps\n")
    columns = "engine | set-up s | build s | MB | state cold us | state warm us | 80 rows cold ms"
    columns += " (max) | 80 rows warm ms | build | cold step | warm step"
    print(f"| {columns} |\n|" + "---|" * (columns.count("|") + 1))
    ours = runs.get("ours")
    for name, run in runs.items():
        if run.refused:
            print(f"| {name} | refuses: {run.refused} |" + " |" * 9)
            continue
        build, cold, warm, row_cold, row_warm = (
            statistics.median(each)
            for each in (run.build, run.cold_steps, run.warm_steps, run.cold_row, run.warm_row)
        )
        ratios = ["", "", ""]
        if ours:
            pairs = [
                (run.build, ours.build),
                (run.cold_steps, ours.cold_steps),
                (run.warm_steps, ours.warm_steps),
            ]
            ratios = [f"{statistics.median(a) / statistics.median(b):.1f} x" for a, b in pairs]
        cells = [name, f"{run.set_up:.2f}", f"{build:.3f}", f"{run.memory / 1e6:.0f}"]
        cells += [f"{row_cold * 1e6:,.0f}", f"{row_warm * 1e6:,.0f}"]
        cells += [f"{cold * 1e3:.2f} ({max(run.cold_steps) * 1e3:.0f})", f"{warm * 1e3:.2f}"]
        print(f"| {' | '.join([*cells, *ratios])} |")
        if len(run.cold_steps) < STEPS:
            print(f"| | | | | | | only {len(run.cold_steps)} steps in the time given | | | | |")
    sys.stdout.flush()


def report_ours(bench: Bench, setting: Setting, size: int) -> None:
    """Report two figures of our engine only: memory without the tokenizer's tables, another N."""
    words = words_of(size)
    sequences = [ids[:STEPS] for ids in setting.encode(texts_of(words, ROWS, STEPS))]
    tracemalloc.start()
    kept = Ours(setting, words)
    bench.steps(kept, sequences, torch.zeros(ROWS, setting.size), STEPS)
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    paths, stop = kept.automaton.paths, [setting.stop_id]

    def another() -> None:
        view = TokenAutomaton(paths, size // 2, stop)
        view.parts(view.start)

    seconds = statistics.median(bench.timed(another)[0] for _ in range(REPEATS))
    print(
        f"\nours: {memory / 1e6:.1f} MB beyond the tokenizer's tables after those steps,"
        f" {paths.nbytes / 1e6:.1f} MB of it token paths; another N of the list in"
        f" {seconds * 1e3:.1f} ms"
    )


def report_tables(bench: Bench, tokenizer: str, setting: Setting) -> None:
    serialised = setting.tokenizer.to_str()

    def tables() -> TokenTable:
        table = TokenTable(serialised)
        _ = (
            table.sizes,
            table.marks,
            table.letterless_of(b"."),
            table.ids_of,
            table.may_join("(", "a"),
        )
        return table

    seconds = statistics.median(bench.timed(tables)[0] for _ in range(REPEATS))
    tracemalloc.start()
    kept = tables()
    now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(
        f"\n# {tokenizer}: {setting.size:,} tokens ({len(kept):,} of text); its tables in"
        f" {seconds:.2f} s, {now / 1e6:.0f} MB, {peak / 1e6:.0f} MB while they are made"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--tokenizers", nargs="+", default=list(PATHS), choices=list(PATHS))
    parser.add_argument("--sizes", nargs="+", type=int, default=[1000, 3000, 50000])
    parser.add_argument("--engines", nargs="+", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--clock", default="wall", choices=list(CLOCKS))
    parser.add_argument("--pass-seconds", type=float, default=20)
    options = parser.parse_args()
    bench = Bench(CLOCKS[options.clock], options.pass_seconds)
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.machine()}, load"
        f" {getloadavg()[0]:.1f}, torch {torch.__version__}, {torch.get_num_threads()} threads,"
        f" {options.clock} time"
    )
    settings = {}
    for tokenizer in options.tokenizers:
        found = sorted(ROOT.glob(PATHS[tokenizer]))
        if found:
            settings[tokenizer] = Setting(str(found[0]), stop_id=0)
        else:
            print(f"\n{tokenizer}: no file {PATHS[tokenizer]}; see benchmarks/README.md")
    asked = [(t, s, n) for t in settings for s in options.sizes for n in options.engines]
    total = (1 + REPEATS) * sum(not why_not(name, size) for _, size, name in asked)
    with tqdm(total=total, file=sys.stderr) as progress:
        for tokenizer, setting in settings.items():
            report_tables(bench, tokenizer, setting)
            for size in options.sizes:
                progress.set_description(f"{tokenizer}, {size:,} words")
                names = [name for name in options.engines if not why_not(name, size)]
                runs = measure(bench, setting, size, names, progress)
                report(bench, tokenizer, size, runs)
                for name in sorted(set(options.engines) - set(names)):
                    print(f"| {name} | left out: {why_not(name, size)} |" + " |" * 9)
                if "ours" in names:
                    report_ours(bench, setting, size)
            setting.shared.clear()
            gc.collect()  # or it would happen during a measured step
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"\nload at the end {getloadavg()[0]:.1f}, peak memory {peak / 1e3:,.0f} MB")


if __name__ == "__main__":
    main()
