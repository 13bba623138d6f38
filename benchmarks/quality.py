"""How good the text under a list is: python -m benchmarks.quality [--seeds 2] [--tokens 80]

SmolLM2 answers 24 prompts in English, without a list and in each way of choosing tokens under a
list, all at temperature 0.7. The model itself, without a list, then judges each text. A line says:

nats: Mean -log p of a word under the model without a list, in nats.
tax: How many of these nats the model would not have spent on its own choices in the same places:
    the sum over tokens of -log p(token) - entropy, for each word. 0 for text without a list.
distinct: Different pairs of words, as a share of all pairs within a text.
ended: Replies that end by themselves.
row passes: Tokens that the model computed for the replies, as a multiple of tokens drawn alone.
seconds: For all prompts together.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import torch

from benchmarks.engines import load, request, word_list
from generation.engine.handle import Handle
from generation.engine.local import LocalDecoder
from vocab.words.vocabulary import Vocabulary

TEMPERATURE = 0.7
TOPICS = (
    "a dog that runs away", "a girl and her grandmother", "a day at the sea", "an old house",
    "a boy who cannot sleep", "two friends who fight", "the first day of school", "a lost key",
    "a birthday party", "a trip by train",
)  # fmt: skip
QUESTIONS = (
    "Why is the sky blue?", "How do I make tea?", "What does a doctor do?",
    "Tell me about your morning.", "What is a good breakfast?", "How can I learn a language?",
    "What happens in winter?", "Describe a market.", "What is money for?", "Why do people travel?",
    "How do plants grow?", "Write a letter to a friend.", "Write a short talk between two people.",
    "What makes a good teacher?",
)  # fmt: skip
PROMPTS = (*(f"Write a short story about {topic}." for topic in TOPICS), *QUESTIONS)


@dataclass
class Measured:
    """Sums over replies."""

    words: int = 0
    nats: float = 0.0
    tax: float = 0.0
    pairs: int = 0
    distinct: int = 0
    replies: int = 0
    ended: int = 0
    row_passes: int = 0
    seconds: float = 0.0
    texts: list[str] = field(default_factory=list)


def measure(
    decoder: LocalDecoder, judge: Any, words: Vocabulary | None, seeds: int, **sampling: Any
) -> Measured:
    found = Measured()
    for seed in range(seeds):
        with counted_rows(decoder, found):
            started = time.perf_counter()
            jobs = [
                decoder.prepare(request(text, words, seed=seed, **sampling), Handle())
                for text in PROMPTS
            ]
            waiting = list(jobs)
            while waiting or decoder.busy:
                while waiting and decoder.admit(waiting[0]):
                    waiting.pop(0)
                decoder.step()
            found.seconds += time.perf_counter() - started
        for job in jobs:
            completion = job.handle.result()
            add(found, judge, job.run.context(), completion.prompt_tokens, completion.text)
            found.ended += completion.finish_reason == "stop"
    return found


@contextmanager
def counted_rows(decoder: LocalDecoder, found: Measured) -> Iterator[None]:
    """Count the tokens that decoding passes compute."""
    model = decoder._model
    forward: Callable[..., Any] = model.forward

    def counting(cache: Any, feeds: Sequence[Sequence[int]], *args: Any, **options: Any) -> Any:
        if options.get("repeated"):
            found.row_passes += sum(map(len, feeds))
        return forward(cache, feeds, *args, **options)

    model.forward = counting  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        del model.forward


def add(found: Measured, judge: Any, ids: list[int], prompt: int, text: str) -> None:
    with torch.inference_mode():
        logits = judge(torch.tensor([ids])).logits[0, prompt - 1 : -1].float() / TEMPERATURE
    logprobs = logits.log_softmax(-1)
    nats = -logprobs.gather(1, torch.tensor(ids[prompt:])[:, None])[:, 0]
    entropy = -(logprobs.exp() * logprobs).sum(-1)
    written = text.lower().split()
    found.words += len(written)
    found.nats += float(nats.sum())
    found.tax += float((nats - entropy).sum())
    bigrams = list(pairwise(written))
    found.pairs += len(bigrams)
    found.distinct += len(set(bigrams))
    found.replies += 1
    found.texts.append(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=80)
    parser.add_argument("--words", type=int, nargs="+", default=[1000, 3000])
    parser.add_argument("--texts", action="store_true", help="print the first texts")
    options = parser.parse_args()
    sides = load()
    print(f"{'':24}{'nats':>7}{'tax':>7}{'distinct':>10}{'ended':>7}{'passes':>8}{'seconds':>9}")
    usual: dict[str, Any] = {
        "temperature": TEMPERATURE, "top_k": 0, "max_tokens": options.tokens,
    }  # fmt: skip
    print_line("no list", measure(sides.ours, sides.theirs, None, options.seeds, **usual), None)
    for n in options.words:
        words = word_list("en", n)
        alone = None
        for name, choice in (("tokens", {}), ("words", {"unit": "words"})):
            found = measure(sides.ours, sides.theirs, words, options.seeds, **usual, **choice)
            alone = alone or found
            print_line(f"{name}, {n:,} words", found, alone)
            if options.texts:
                print(*found.texts[:4], sep="\n---\n")


def print_line(name: str, found: Measured, alone: Measured | None) -> None:
    passes = found.row_passes / (alone or found).row_passes
    print(
        f"{name:24}{found.nats / found.words:7.2f}{found.tax / found.words:7.2f}"
        f"{found.distinct / found.pairs:10.2f}{found.ended / found.replies:7.2f}"
        f"{passes:8.2f}{found.seconds:9.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
