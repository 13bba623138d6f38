"""Sequential Monte Carlo: `particles` above 1."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.finish import Finish
from generation.engine.contract import Sampling
from generation.engine.decoding.particles import ParticleRun
from generation.engine.decoding.run import DecodingInput
from generation.engine.model.logits import RowLogits
from generation.engine.model.runner import ModelRunner
from generation.engine.processors.stop_strings import StopTokens
from tests.generation.engine import tiny
from tests.vocab.styles import style_of
from vocab.words.lexicon import Lexicon

WORDS = ["casa", "cama", "la", "las"]
# What the model writes: the pieces of these words, and of others that are not listed.
PIECES = ["la", "s", " la", " c", "a", "m", " casa", "n"]
MAX_TOKENS = 5
TEMPERATURE = 0.8
STOP = tiny.loaded().stop_ids[0]
REPLIES = 1_000


def encode(texts: Sequence[str]) -> list[list[int]]:
    found: list[list[int]] = tiny.tokenizer()(list(texts), add_special_tokens=False)["input_ids"]
    return found


@cache
def automaton(punctuation: str = "minimal") -> TokenAutomaton:
    paths = WordPaths(Lexicon(WORDS, "es"), tiny.loaded().table, encode)
    # Other styles have a label such as a) at the start, which the oracle does not list.
    style = style_of(numbers="none", punctuation=punctuation)
    stops = tiny.loaded().stop_ids
    return TokenAutomaton(paths, len(WORDS), stops, style=style, finish=Finish.WORD)


@cache
def possible() -> list[int]:
    return [STOP, *(token for (token,) in encode(PIECES))]


@cache
def logits(reply: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """A language model: random scores of the possible tokens after each text."""
    scores = np.full(len(tiny.tokenizer()), -30.0, np.float32)
    random = np.random.default_rng([4, *reply])
    scores[possible()] = random.normal(0, 1.0, len(possible()))
    if not reply:
        scores[encode(["la"])[0]] += 4  # the only one of them that a reply can begin with
    return scores


def finished(run: ParticleRun) -> tuple[int, ...]:
    """Return the tokens of the run's reply."""
    tokens: list[int] = []
    texts: list[tuple[int, ...]] = [()]
    while not run.done:
        scores = [RowLogits(logits(text).copy(), None) for text in texts]
        tokens += [each.token for each in run.step(scores)]
        if not run.done:
            fed = [tuple(row.feed) for row in run.rows]
            texts = [texts[at] + feed for at, feed in zip(run.parents(), fed, strict=True)]
    return tuple(tokens)


def run_of(particles: int, seed: int, **options: object) -> ParticleRun:
    sampling = replace(
        Sampling(temperature=TEMPERATURE, top_k=0, max_tokens=MAX_TOKENS, seed=seed),
        particles=particles,
        **options,  # type: ignore[arg-type]
    )
    stops = frozenset(tiny.loaded().stop_ids)
    ends = StopTokens(sampling.stop, tiny.loaded().table) if sampling.stop else None
    given = DecodingInput([1], sampling, automaton(), stops, ends_text=ends)
    return ParticleRun(given, automaton())


# --- the oracle: all token sequences, one by one -------------------------------------------------


def all_replies() -> Iterator[tuple[int, ...]]:
    """Yield the sequences whose text is listed words, as the tokenizer writes it."""
    listed = re.compile(rf"({'|'.join(WORDS)})( ({'|'.join(WORDS)}))*")
    _, *pieces = possible()
    for length in range(1, MAX_TOKENS + 1):
        for ids in itertools.product(pieces, repeat=length):
            text = tiny.tokenizer().decode(ids)
            if listed.fullmatch(text) and tuple(encode([text])[0]) == ids:
                yield ids if length == MAX_TOKENS else (*ids, STOP)


def probability(ids: Sequence[int]) -> float:
    """The model's own probability of these tokens, without a list."""
    result = 1.0
    for at, token in enumerate(ids):
        weights = np.exp(logits(tuple(ids[:at])).astype(float) / TEMPERATURE)
        result *= weights[token] / weights.sum()
    return float(result)


@cache
def masses() -> dict[tuple[int, ...], float]:
    return {ids: probability(ids) for ids in all_replies()}


def distance(particles: int) -> float:
    """Total variation between the replies that were drawn and the posterior, 0 to 1."""
    drawn = Counter(finished(run_of(particles, seed)) for seed in range(REPLIES))
    assert drawn.keys() <= masses().keys()
    total = sum(masses().values())
    return 0.5 * sum(abs(drawn[ids] / REPLIES - mass / total) for ids, mass in masses().items())


def test_more_particles_come_closer_to_the_models_own_replies_of_listed_words() -> None:
    alone, four, sixteen = distance(1), distance(4), distance(16)
    assert len(masses()) > 20
    assert alone > 2 * four > 2 * 2 * sixteen, (alone, four, sixteen)
    assert sixteen < 0.08


@pytest.mark.parametrize("particles", [1, 3, 8])
def test_the_mean_weight_is_the_probability_of_all_listed_replies(particles: int) -> None:
    runs = [run_of(particles, seed) for seed in range(REPLIES)]
    for run in runs:
        finished(run)
    weights = np.exp([run.log_weight for run in runs])
    error = weights.std() / math.sqrt(REPLIES)
    assert error < 0.1 * weights.mean()
    assert abs(weights.mean() - sum(masses().values())) < 4 * error
    assert any(run.resampled for run in runs) is (particles > 1)


def test_a_particle_ends_with_a_stop_string() -> None:
    """Its weight is not changed by what would come after it."""
    stop = "la c"
    ended = 0
    for seed in range(100):
        reply = finished(run_of(4, seed, stop=(stop,)))
        assert stop not in tiny.tokenizer().decode(reply[:-1])
        ended += stop in tiny.tokenizer().decode(reply)
    assert ended > 10
    later = [finished(run_of(4, seed, stop=(stop,), min_tokens=5)) for seed in range(20)]
    assert {len(reply) for reply in later} == {5}


# --- in a batch ----------------------------------------------------------------------------------


def sampling(seed: int, **options: object) -> Sampling:
    return replace(
        Sampling(temperature=1.0, top_k=0, seed=seed, max_tokens=24),
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("runner", [tiny.rows, tiny.as_on_a_gpu], ids=["cpu", "gpu"])
def test_particles_do_not_disturb_other_rows(runner: Callable[[], ModelRunner]) -> None:
    samplings = [
        sampling(1, particles=4),
        sampling(2),
        sampling(3, particles=3, presence_penalty=0.5, logit_bias={7: 1.0}),
        sampling(4, unit="words"),
        sampling(5, particles=6, top_k=5, min_tokens=20),
    ]

    def groups() -> list[tiny.RecordingGroup]:
        return [
            tiny.group([5, 6, 7 + number], each, automaton())
            for number, each in enumerate(samplings)
        ]

    alone = [tiny.decode(runner(), each)[0] for each in groups()]
    together = groups()
    assert tiny.decode(runner(), *together) == alone
    assert sum(each.run.resampled for each in together if isinstance(each.run, ParticleRun)) > 0
    assert len(alone[-1]) >= 20


def test_a_preempted_run_goes_on_with_the_same_particles() -> None:
    """Its rows are computed again, each with the tokens of its particle."""
    preempted, listed = 0, automaton("plain")  # the marks make long replies
    for steps in range(1, 20, 3):
        (expected,) = tiny.decode(tiny.rows(), tiny.group([5, 6], sampling(8, particles=4), listed))
        batch = tiny.batch(tiny.rows(), max_rows=4)
        group = tiny.group([5, 6], sampling(8, particles=4), listed, urgent=False)
        batch.join(group)
        for _ in range(steps):
            batch.step()
        chat = tiny.group([9, 8], sampling(2), listed)
        if batch.make_room(chat):
            batch.join(chat)
        while batch.busy:
            batch.step()
        preempted += group.preemptions
        assert group.ids == expected
    assert preempted > 2
