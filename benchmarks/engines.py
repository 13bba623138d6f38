"""What the engine's benchmarks share: the model twice, once for us and once for `generate()`."""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from generation.engine.contract import GenerationRequest, Message, Priority, Sampling
from generation.engine.handle import Handle
from generation.engine.joined import join_linears
from generation.engine.linear import use_float16, use_int8
from generation.engine.loading import LoadedModel, ModelOptions, load_model
from generation.engine.local import LocalDecoder
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "data" / "models" / "SmolLM2-135M-Instruct"
SUBJECTS = ("a dog", "the sea", "a teacher", "the first day of school", "an old house", "bread")


@dataclass
class Sides:
    """ours: the engine. theirs: the same weights for `generate()`, as transformers loads them."""

    ours: LocalDecoder
    theirs: Any
    loaded: LoadedModel


def load(dtype: str = "float32", *, theirs: str = "float32", vocabulary: int = 0) -> Sides:
    """vocabulary: 0 for the real model, else random weights with so many tokens."""
    plain = load_model(ModelOptions(source=str(MODEL), dtype=theirs))
    if vocabulary:
        config = copy.deepcopy(plain.model.config)
        config.vocab_size = vocabulary
        torch.manual_seed(0)
        plain = replace(plain, model=type(plain.model)(config).to(plain.model.dtype).eval())
    model = copy.deepcopy(plain.model)
    if dtype in ("int8", "float16"):
        join_linears(model.float())
    if dtype == "int8":
        use_int8(model.float(), model.get_output_embeddings())
    elif dtype == "float16":
        use_float16(model.float(), model.get_output_embeddings())
    else:
        model.to(getattr(torch, dtype))
    loaded = replace(plain, model=model)
    ours = LocalDecoder(loaded, max_input_tokens=2048, truncate=True)
    return Sides(ours, plain.model, loaded)


def word_list(name: str, n: int, skip: int = 0) -> Vocabulary:
    lines = (ROOT / "wordlists" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    words = [line for line in lines if line and not line.startswith("#")][skip : skip + n]
    return Vocabulary(f"{name} from {skip}", Lexicon(words, name), len(words))


def question(number: int) -> str:
    return f"Write text number {number} about {SUBJECTS[number % len(SUBJECTS)]}."


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
    """Answer all of them together and return how many tokens that were."""
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
    """The same with one call of transformers' `generate()`; fixed: no reply ends earlier."""
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
    options = {"do_sample": False, **options}
    if fixed:
        options["min_new_tokens"] = tokens
    stops = list(sides.loaded.stop_ids)
    output = sides.theirs.generate(
        **batch, max_new_tokens=tokens, eos_token_id=stops, pad_token_id=stops[0], **options
    )
    made = output[:, batch["input_ids"].shape[1] :]
    ended = torch.isin(made, torch.tensor(stops)).int().cumsum(1)
    return int((ended == 0).sum() + (ended[:, -1] > 0).sum())


def interleaved(
    repeats: int, first: Callable[[], int], second: Callable[[], int]
) -> tuple[float, float]:
    """Tokens a second of both, medians; each is run once before it counts."""
    rates: tuple[list[float], list[float]] = ([], [])
    for round_number in range(repeats + 1):
        for side, action in zip(rates, (first, second), strict=True):
            started = time.perf_counter()
            tokens = action()
            if round_number:
                side.append(tokens / (time.perf_counter() - started))
    return statistics.median(rates[0]), statistics.median(rates[1])


def print_row(name: str, ours: float, theirs: float, goal: float, note: str = "") -> None:
    ratio = ours / theirs
    print(f"| {name} | {ours:.1f} | {theirs:.1f} | {ratio:.2f} | {goal:.2f} | {note} |", flush=True)


def print_head(title: str, unit: str) -> None:
    print(
        f"\n{title}\n\n| work | ours, {unit} | theirs | ratio | goal | |\n|---|---|---|---|---|---|"
    )
