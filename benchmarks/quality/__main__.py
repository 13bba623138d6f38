"""How good the text under a list is, in each way of choosing its tokens.

    python -m benchmarks.quality [--model smollm2 gemma] [--ways free tokens words] [--seeds 2]
                                 [--words 1000] [--tokens 80] [--out FILE] [--texts]
    python -m benchmarks.quality --table FILE [FILE ...] [--by-language]

A model answers the same prompts without a list and in each way of `ways.py`, at temperature 0.7.
The model itself, without a list, then judges each text. The columns:

nats: Mean -log p of a word under the model without a list, in nats.
tax: How many of these nats the model would not have spent on its own choices in the same places:
    the sum over tokens of -log p(token) - entropy, for each word. About 0 for text without a list.
lost: -log of the probability that the list left to the model, summed over the tokens of a word.
distinct: Different pairs of words, as a share of all pairs within a text.
twice: Replies that have a sentence of at least four words twice.
ended: Replies that end by themselves.
natural: Of the other replies, those whose last sentence ends where the model gives its end 5 % or
    more.
breaks, digits, brackets, ellipses: Line breaks inside a sentence, numbers, opening brackets and
    ellipses for 100 words. A model under a list writes them where it may not write its word.
off: Words off the list for 100 words, by the report; without a list, by the first list.
passes: Tokens that the model computed for replies, for each token of a reply.
seconds: On the clock, for all replies together.

Results are added to FILE as JSON lines, so that one table can be made of several runs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.engines import word_list
from benchmarks.quality.conversations import Steps
from benchmarks.quality.judge import Judge
from benchmarks.quality.models import ALL, Model
from benchmarks.quality.results import Result, print_table, read, write
from benchmarks.quality.text_marks import dodges, pairs_of_words
from benchmarks.quality.ways import TEMPERATURE, USUAL, WAYS, Way
from generation.chat.best_of import best_replies, has_sentence_twice
from generation.engine.contract import Completion, GenerationRequest, Sampling
from generation.engine.handle import Handle
from generation.engine.local import LocalDecoder
from vocab.words.checker.word_checker import WordChecker
from vocab.words.orthography import Style, orthography_for
from vocab.words.vocabulary import Vocabulary


def measure(
    model: Model, way: Way, language: str, words: Vocabulary, options: argparse.Namespace
) -> Result:
    sides = model.sides
    found = Result(model.name, way.name, language, len(words.words) if way.listed else 0)
    judge = Judge(sides.theirs, sides.loaded, TEMPERATURE)
    checker = WordChecker(words.words, orthography_for(language), Style())
    bar = tqdm(total=options.seeds * len(model.prompts[language]), leave=False)
    bar.set_description(f"{model.name} {language} {found.n or ''} {way.name}")
    for seed in range(options.seeds):
        sampling = Sampling(**{**USUAL, "max_tokens": options.tokens, "seed": seed, **way.sampling})
        requests = [
            model.request(
                text, **{"vocabulary": words if way.listed else None, **way.request},
                sampling=sampling,
            )
            for text in model.prompts[language]
        ]  # fmt: skip
        with counted_rows(sides.ours, found):
            started = time.perf_counter()
            if way.conversation is None:
                replies = answer_best(sides.ours, requests, way.best_of)
            else:
                steps = [way.conversation(each, checker) for each in requests]
                requests, replies = converse(sides.ours, steps)
            found.seconds += time.perf_counter() - started
        for request, reply in zip(requests, replies, strict=True):
            add(found, reply, checker)
            judged = judge.read(
                sides.ours._input_processor.prepare(request),
                reply.text,
                stopped=reply.finish_reason == "stop",
            )
            found.nats += judged.nats
            found.tax += judged.tax
            found.lost += judged.lost
            found.natural += judged.ends_well and reply.finish_reason == "length"
            found.texts.append(reply.text)
            bar.update()
    bar.close()
    return found


def answer(decoder: LocalDecoder, requests: Sequence[GenerationRequest]) -> list[Completion]:
    """Answer all requests together."""
    jobs = [decoder.prepare(each, Handle()) for each in requests]
    waiting = list(jobs)
    while waiting or decoder.busy:
        while waiting and decoder.admit(waiting[0]):
            waiting.pop(0)
        decoder.step()
    return [job.handle.result() for job in jobs]


def answer_best(
    decoder: LocalDecoder, requests: Sequence[GenerationRequest], best_of: int
) -> list[Completion]:
    """Write `best_of` replies to each request, all together; return the best one of each."""
    several = [
        replace(
            each, sampling=replace(each.sampling, seed=(each.sampling.seed or 0) + 1000 * index)
        )
        for each in requests
        for index in range(best_of)
    ]
    replies = answer(decoder, several)
    return [
        best_replies(replies[first : first + best_of], 1)[0]
        for first in range(0, len(replies), best_of)
    ]


def converse(
    decoder: LocalDecoder, conversations: Sequence[Steps]
) -> tuple[list[GenerationRequest], list[Completion]]:
    """Answer the requests of all conversations together; return the last one of each."""
    asked = [next(steps) for steps in conversations]
    replies = answer(decoder, asked)
    open_ones = list(range(len(asked)))
    while open_ones:
        following = {}
        for index in open_ones:
            with suppress(StopIteration):
                following[index] = conversations[index].send(replies[index])
        open_ones = list(following)
        for index, reply in zip(open_ones, answer(decoder, list(following.values())), strict=True):
            asked[index], replies[index] = following[index], reply
    return asked, replies


def add(found: Result, reply: Completion, checker: WordChecker) -> None:
    """Add what can be seen without the model."""
    report = checker.report(reply.text)
    found.words += report.words
    found.off += len(report.out_of_list)
    found.replies += 1
    found.tokens += reply.completion_tokens
    pairs, distinct = pairs_of_words(reply.text)
    found.pairs += pairs
    found.distinct += distinct
    found.twice += has_sentence_twice(reply.text)
    found.ended += reply.finish_reason == "stop"
    found.cut += reply.finish_reason == "length"
    for name, count in dodges(reply.text).items():
        found.dodges[name] += count


@contextmanager
def counted_rows(decoder: LocalDecoder, found: Result) -> Iterator[None]:
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


def run(options: argparse.Namespace) -> Iterator[Result]:
    ways = [way for way in WAYS if way.name in options.ways]
    for model in (ALL[name] for name in options.model):
        for language in options.languages or model.prompts:
            if language not in model.prompts:
                continue
            for number, n in enumerate(options.words or model.sizes):
                words = word_list(language, n)
                for way in ways:
                    if not way.listed and number:
                        continue  # it does not depend on the list
                    if way.conversation and not model.has_chats:
                        continue
                    result = measure(model, way, language, words, options)
                    if options.out:
                        write(result, options.out)
                    if options.texts:
                        title = f"\n=== {model.name} {language} {result.n or ''} {way.name}"
                        tqdm.write("\n---\n".join([title, *result.texts[:4]]))
                    yield result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    names = [way.name for way in WAYS]
    parser.add_argument("--model", nargs="+", choices=list(ALL), default=["smollm2"])
    parser.add_argument("--ways", nargs="+", choices=names, default=names, metavar="WAY")
    parser.add_argument("--languages", nargs="+", help="of Gemma: es de fr it")
    parser.add_argument("--words", type=int, nargs="+", help="sizes of the lists")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=80, help="maximum tokens of a reply")
    parser.add_argument("--out", type=Path, help="add the results to this file as JSON lines")
    parser.add_argument("--texts", action="store_true", help="print the first texts")
    parser.add_argument("--table", type=Path, nargs="+", help="print a table of such files")
    parser.add_argument("--by-language", action="store_true")
    options = parser.parse_args()
    results = read(options.table) if options.table else list(run(options))
    print_table(results, by_language=options.by_language)


if __name__ == "__main__":
    main()
