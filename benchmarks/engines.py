"""Shared by the engine's benchmarks: the model twice, once for us and once for `generate()`."""

from __future__ import annotations

import argparse
import copy
import itertools
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from generation.engine.contract import GenerationRequest, Message, Priority, Sampling
from generation.engine.cpu.packed_linear import use_float16
from generation.engine.handle import Handle
from generation.engine.loading.model import LoadedModel, ModelOptions, load_model
from generation.engine.local import Limits, LocalDecoder
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parent.parent
MODELS = Path(os.environ.get("MODELS_DIR") or ROOT / "data" / "models")
MODEL = MODELS / "SmolLM2-135M-Instruct"
LIMITS = Limits(max_rows=96, cache_tokens=96 * 1024)
SUBJECTS = ("a dog", "the sea", "a teacher", "the first day of school", "an old house", "bread")


@dataclass
class Sides:
    """ours: The engine. theirs: The same weights for `generate()`, as transformers loads them."""

    ours: LocalDecoder
    theirs: Any
    loaded: LoadedModel


def load(
    dtype: str = "float32", *, theirs: str = "float32", vocabulary: int = 0, source: Path = MODEL
) -> Sides:
    """Load both sides.

    source: The model's folder.
    vocabulary: 0 for the real model, else the number of tokens of a model with random weights.
    """
    plain = load_model(ModelOptions(source=str(source), dtype=theirs))
    if vocabulary:
        config = copy.deepcopy(plain.model.config)
        config.vocab_size = vocabulary
        torch.manual_seed(0)
        plain = replace(plain, model=type(plain.model)(config).to(plain.model.dtype).eval())
    model = copy.deepcopy(plain.model)
    if dtype == "float16":
        use_float16(model.float(), model.get_output_embeddings())
    else:
        model.to(getattr(torch, dtype))
    loaded = replace(plain, model=model)
    ours = LocalDecoder(loaded, limits=LIMITS, max_input_tokens=2048, truncate=True)
    ours.choose_threads()  # `generate()` always uses all threads
    return Sides(ours, plain.model, loaded)


def word_list(name: str, n: int, skip: int = 0) -> Vocabulary:
    lines = (ROOT / "wordlists" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    words = [line for line in lines if line and not line.startswith("#")][skip : skip + n]
    return Vocabulary(f"{name} from {skip} to {skip + n}", Lexicon(words, name), len(words))


def question(number: int) -> str:
    return f"Write text number {number} about {SUBJECTS[number % len(SUBJECTS)]}."


def questions(count: int) -> Iterator[list[str]]:
    """Yield new prompts each time. The engine copies known prompts; `generate()` does not."""
    for first in itertools.count(step=count):
        yield [question(number) for number in range(first, first + count)]


def request(
    text: str, words: Vocabulary | None, *, priority: Priority = Priority.CHAT, **sampling: Any
) -> GenerationRequest:
    return GenerationRequest(
        messages=(Message("user", text),),
        sampling=Sampling(**{"temperature": 0.0, **sampling}),
        vocabulary=words,
        priority=priority,
    )


def answer(decoder: LocalDecoder, requests: Sequence[GenerationRequest]) -> int:
    """Answer all requests together and return the number of tokens."""
    waiting = [decoder.prepare(each, Handle()) for each in requests]
    jobs = list(waiting)
    while waiting or decoder.busy:
        while waiting and decoder.admit(waiting[0]):
            waiting.pop(0)
        decoder.step()
    return sum(job.handle.result().completion_tokens for job in jobs)


def generate(
    sides: Sides, texts: Sequence[str], *, tokens: int, fixed: bool = True, **options: Any
) -> int:
    """The same with one call of `generate()`. fixed: No reply ends before `tokens`."""
    tokenizer = sides.loaded.tokenizer
    prompts = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], tokenize=False, add_generation_prompt=True
        )
        for text in texts
    ]
    tokenizer.padding_side = "left"
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    batch = tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False)
    batch = batch.to(sides.theirs.device)
    options = {"do_sample": False, **options}
    if fixed:
        options["min_new_tokens"] = tokens
    stops = list(sides.loaded.stop_ids)
    output = sides.theirs.generate(
        **batch, max_new_tokens=tokens, eos_token_id=stops, pad_token_id=stops[0], **options
    )
    made = output[:, batch["input_ids"].shape[1] :]
    ended = torch.isin(made, made.new_tensor(stops)).int().cumsum(1)
    return int((ended == 0).sum() + (ended[:, -1] > 0).sum())


@dataclass
class Pairs:
    """Tokens per second of ours and of theirs, one pair per round."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]


def interleaved(
    name: str, options: Any, first: Callable[[int], int], second: Callable[[int], int]
) -> Pairs:
    """Measure both sides in turns, after one round that does not count.

    Each takes the number of tokens to generate and returns the number of generated tokens.
    """
    pairs = Pairs([], [])
    second(min(4, options.tokens))
    first(options.tokens)
    for _ in tqdm(range(options.repeats), desc=name, leave=False):
        for side, action in ((pairs.ours, first), (pairs.theirs, second)):
            started = options.clock()
            tokens = action(options.tokens)
            side.append(tokens / (options.clock() - started))
    return pairs


def processor() -> str:
    """Return the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def print_pairs(name: str, pairs: Pairs, goal: float | None, note: str = "") -> None:
    ratios = pairs.ratios
    if len(ratios) > 1:
        note = (
            f"{min(ratios):.2f}-{max(ratios):.2f}; {note}"
            if note
            else (f"{min(ratios):.2f}-{max(ratios):.2f}")
        )
    ours, theirs = statistics.median(pairs.ours), statistics.median(pairs.theirs)
    print_row(name, ours, theirs, statistics.median(ratios), goal, note)


def print_row(
    name: str, ours: float, theirs: float, ratio: float, goal: float | None, note: str = ""
) -> None:
    wanted = "" if goal is None else f"{goal:.2f}"
    load = os.getloadavg()[0]
    print(
        f"| {name} | {ours:.1f} | {theirs:.1f} | {ratio:.2f} | {wanted} | {load:.0f} | {note} |",
        flush=True,
    )


def print_head(title: str, unit: str) -> None:
    print(
        f"\n{title}\n\n| work | ours, {unit} | theirs | ratio | goal | load | spread; note |\n"
        "|---|---|---|---|---|---|---|",
        flush=True,
    )


def add_options(parser: argparse.ArgumentParser, *, tokens: int) -> None:
    parser.add_argument("--tokens", type=int, default=tokens, help="number of tokens of a reply")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="measure CPU time with one thread, for a machine that has other work",
    )
    parser.add_argument("--quick", action="store_true", help="a smoke test of the command")


def read_options(parser: argparse.ArgumentParser) -> Any:
    """Parse the options and print the machine. The result also has the `clock` to measure with."""
    options = parser.parse_args()
    options.clock = time.process_time if options.cpu else time.perf_counter
    if options.cpu:
        torch.set_num_threads(1)
    kind = "CPU time" if options.cpu else "time"
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {processor()}, {os.cpu_count()} processors,"
        f" {torch.get_num_threads()} threads, {kind}, torch {torch.__version__},"
        f" load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return options
