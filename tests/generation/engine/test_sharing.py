"""One token automaton in several threads, and its cache of visited states."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon

WORDS = ["hola", "la", "casa", "es", "una", "niño", "sin embargo", "sin", "come", "como", "com"]
STOP = tiny.loaded().stop_ids[0]
THREADS = 4
Walk = list[tuple[int, frozenset[int]]]


def automaton(max_states: int = 20_000) -> TokenAutomaton:
    paths = WordPaths(Lexicon(WORDS, "es"), tiny.loaded().table, tiny.loaded().encode)
    return TokenAutomaton(paths, len(WORDS), [STOP], max_states=max_states)


def walk(session: TokenAutomaton, seed: int, length: int) -> Walk:
    """Return each chosen token and the allowed ones, near the limit of the reply."""
    choice = random.Random(seed)
    state, found = session.start, []
    for left in range(length, 0, -1):
        allowed = frozenset(session.allowed(state, left).tolist())
        token = choice.choice(sorted(allowed - {STOP}) or [STOP])
        found.append((token, allowed))
        if token == STOP:
            break
        state = session.advance(state, token)
    return found


@pytest.fixture
def eager_switching() -> Iterator[None]:
    """Let threads switch after a few instructions instead of every 5 ms."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_switching")
@pytest.mark.parametrize("max_states", [20_000, 3])
def test_threads_that_share_an_automaton_get_what_each_would_get_alone(max_states: int) -> None:
    shared, ready = automaton(max_states), Barrier(THREADS)

    def walks(thread: int) -> list[Walk]:
        ready.wait()
        return [walk(shared, seed, 30) for seed in range(thread, thread + 8)]

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(walks, range(THREADS)))
    by_itself = automaton()
    alone = {seed: walk(by_itself, seed, 30) for seed in range(THREADS + 8)}
    for thread, each in enumerate(found):
        assert each == [alone[seed] for seed in range(thread, thread + 8)]
    # A state has one number: two threads that met it first at the same time agreed on it.
    assert len(set(shared._positions)) == shared.state_count == len(shared._number)


@pytest.mark.usefixtures("eager_switching")
def test_the_reachable_tokens_are_one_array_for_all_threads() -> None:
    shared, ready = automaton(), Barrier(THREADS)

    def reachable(_: int) -> int:
        ready.wait()
        return id(shared.reachable)

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(reachable, range(THREADS))) == {id(shared.reachable)}


def test_rows_and_steps_are_kept_for_so_many_states_and_no_more() -> None:
    limit = 10
    shared, unbounded = automaton(limit), automaton()
    for seed in range(8):
        assert walk(shared, seed, 40) == walk(unbounded, seed, 40)
        assert len(shared._rows) <= limit
        assert len(shared._steps) <= limit
    # More states than rows were met; from then on new requests get a fresh automaton.
    assert shared.state_count > limit
    assert shared.is_full
