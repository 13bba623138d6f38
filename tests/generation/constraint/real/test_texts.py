"""Texts of thousands of words by real tokenizers: read by the checker, and encoded again."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import Counter

import numpy as np
import pytest
import regex

from generation.constraint.session import ConstraintSession, State
from generation.engine.contract import GenerationRequest, Message, Sampling
from generation.engine.local import LocalDecoder
from tests.generation.constraint.real.lists import (
    LENGTH,
    LISTS_AND_TOKENIZERS,
    WHOLE,
    canonical,
    marks_table,
    spelling,
    vocabulary,
)
from tests.generation.constraint.real_tokenizers import RealTokenizer
from tests.generation.engine import tiny
from vocab.words.orthography import orthography_for

REENCODED_WORDS = 10_000
WORDS = 25_000 * LENGTH  # of all lists together

# --- re-encoding ---------------------------------------------------------------------------------

# Letters with their vowel signs. Digits are written by any tokens, so numbers are no words here.
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*")


def random_text(
    session: ConstraintSession,
    tokenizer: RealTokenizer,
    length: int,
    random_numbers: np.random.Generator,
    marks: float = 0.0,
    *,
    state: State = None,
) -> list[int]:
    """Return tokens chosen evenly among the allowed ones, with the end only after `length` of them.

    marks: how often the choice is among marks alone, where there are any. state: before the first
    token, if it is not the start.
    """
    is_mark = marks_table(tokenizer.name)
    stop = tokenizer.stop
    tokens: list[int] = []
    state = session.start if state is None else state
    while True:
        allowed = session.allowed(state)
        if len(tokens) >= length and stop in allowed:
            return tokens
        if marks and random_numbers.random() < marks and is_mark[allowed].any():
            allowed = allowed[is_mark[allowed]]
        token = int(allowed[random_numbers.integers(len(allowed))])
        if token != stop:
            state = session.advance(state, token)
            tokens.append(token)


def misspelt(tokenizer: RealTokenizer, tokens: list[int]) -> tuple[int, Counter[str]]:
    """Return how many words a text has, and what stands around those whose tokens come back
    otherwise when the text is encoded again, with an example each.
    """
    text = tokenizer.table.text(tokens).decode()
    (again,) = tokenizer.encode([text])
    ours, its = _with_starts(tokenizer, tokens), _with_starts(tokenizer, again)
    causes: Counter[str] = Counter()
    words = 0
    at, seen = 0, 0  # in bytes, in characters
    for word in _WORD.finditer(text):
        at += len(text[seen : word.start()].encode())
        start, end = at, at + len(word[0].encode())
        at, seen = end, word.end()
        words += 1
        if _between(ours, start, end) != _between(its, start, end):
            before, after = text[: word.start()][-3:], text[word.end() :][:3]
            causes[f"between {before!r} and {after!r}, as {word[0]!r}"] += 1
    return words, causes


def _with_starts(tokenizer: RealTokenizer, tokens: list[int]) -> tuple[list[int], list[int]]:
    sizes = tokenizer.table.sizes[tokens]
    return [0, *np.cumsum(sizes).tolist()], tokens


def _between(text: tuple[list[int], list[int]], start: int, end: int) -> list[tuple[int, int]]:
    """The tokens that hold the bytes from `start` to `end`, with where they begin."""
    starts, tokens = text
    low, high = bisect_left(starts, start + 1) - 1, bisect_left(starts, end)
    return list(zip(starts[low:high], tokens[low:high], strict=True))


@pytest.mark.parametrize(
    ("language", "marks"), [*((each, 0.0) for each in WHOLE), ("en", 0.3), ("fr", 0.3)]
)
def test_encoding_a_generated_text_gives_the_same_words(
    tokenizer: RealTokenizer, language: str, marks: float
) -> None:
    session = canonical(tokenizer, language, 20_000)
    random_numbers = np.random.default_rng(7)
    words, causes = 0, Counter[str]()
    while words < REENCODED_WORDS:
        tokens = random_text(session, tokenizer, 300, random_numbers, marks)
        more, found = misspelt(tokenizer, tokens)
        words += more
        causes += found
    share = 1 - causes.total() / words
    report = [f"{tokenizer.name} {language}: {share:.3%} of {words} words come back the same"]
    report += [f"  {count} {cause}" for cause, count in causes.most_common()]
    sys.stdout.write("\n".join(report) + "\n")  # pytest -rP shows it
    assert share >= 0.995


# --- whole texts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "tokenizer"), LISTS_AND_TOKENIZERS, indirect=["tokenizer"])
@pytest.mark.parametrize("n", [1_000, 20_000])
def test_generated_words_are_on_the_list(tokenizer: RealTokenizer, language: str, n: int) -> None:
    kind = canonical if orthography_for(language).spaced else spelling
    session = kind(tokenizer, language, n)
    checker = vocabulary(language, n).checker
    random_numbers = np.random.default_rng(n)
    words = 0
    while words < WORDS / (2 * len(LISTS_AND_TOKENIZERS)):
        tokens = random_text(session, tokenizer, 400, random_numbers)
        report = checker.report(tokenizer.table.text(tokens).decode())
        assert report.out_of_list == ()
        words += report.words


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("n", [1_000, 20_000])
def test_a_hot_random_model_writes_words_on_the_list(language: str, n: int) -> None:
    decoder = LocalDecoder(tiny.loaded(), max_input_tokens=100, truncate=True)
    words = vocabulary(language, n)
    written = 0
    for seed in range(3):
        # Drawn as words, a random model's text has more marks and fewer words.
        sampling = Sampling(max_tokens=150, temperature=2.0, top_k=0, seed=seed, unit="tokens")
        request = GenerationRequest(
            messages=(Message("user", "hola"),), sampling=sampling, vocabulary=words
        )
        completion = decoder.decode(request, lambda text, logprobs=(): None, lambda: False)
        report = words.checker.report(completion.text)
        assert report.out_of_list == ()
        written += report.words
    assert written > 50


# --- short replies -------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_a_short_reply_of_any_tokens_has_whole_words(tokenizer: RealTokenizer, limit: int) -> None:
    session, automaton = spelling(tokenizer, "de", 3_000), vocabulary("de", 3_000).automaton
    random_numbers = np.random.default_rng(limit)
    for _ in range(12):
        state, tokens = session.start, []
        for remaining in range(limit, 0, -1):
            token = int(random_numbers.choice(session.allowed(state, remaining)))
            if token == tokenizer.stop:
                break
            tokens.append(token)
            state = session.advance(state, token)
        text = tokenizer.table.text(tokens).decode()
        after = automaton.read(text)
        assert text
        assert after is not None
        assert automaton.is_whole(after), text
