"""The decoding loops against transformers' own `generate()` on random tiny models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from generation.constraint.contract import ConstraintSession
from generation.constraint.lmfe import LmfeConstraint, tokenizer_data
from generation.engine.beams import search
from generation.engine.contract import GenerationCancelled, Sampling
from generation.engine.decoding import decode
from generation.engine.sampling import warp, without_marks
from tests.generation import tiny
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

WORDS = ["hola", "la", "casa", "es", "una", "come", "como", "a", "el", "perro", "grande"]
STOPS = frozenset(tiny.loaded().stop_ids)


def session() -> ConstraintSession:
    loaded = tiny.loaded()
    vocabulary = Vocabulary("test", Lexicon(WORDS, "es"), len(WORDS))
    return LmfeConstraint(tokenizer_data(loaded.table, loaded.stop_ids), vocabulary, 1000).session()


def prompt(text: str) -> list[int]:
    ids: list[int] = tiny.tokenizer().encode(text, add_special_tokens=False)
    return ids


def never() -> bool:
    return False


def generate(
    model: Any, ids: list[int], constrained: ConstraintSession | None, **options: Any
) -> list[int]:
    """transformers' answer, with the mask as its prefix function."""

    def allowed(batch: int, sequence: torch.Tensor) -> list[int]:
        assert constrained is not None
        state = constrained.start
        for token in sequence[len(ids) :].tolist():
            if token in STOPS:
                return sorted(STOPS)
            state = constrained.advance(state, token)
        found: list[int] = constrained.allowed(state).tolist()
        return found

    output = model.generate(
        torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        prefix_allowed_tokens_fn=allowed if constrained else None,
        do_sample=False,
        eos_token_id=sorted(STOPS),
        **options,
    )
    tokens: list[int] = output[0, len(ids) :].tolist()
    return tokens


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("constrained", [True, False])
@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_greedy_equals_generate(seed: int, constrained: bool, penalty: float) -> None:
    model, ids = tiny.model(seed), prompt("hola, la casa")
    sampling = Sampling(max_tokens=25, temperature=0.0, repetition_penalty=penalty)
    ours = list(decode(model, ids, sampling, session() if constrained else None, STOPS, never))
    theirs = generate(
        model,
        ids,
        session() if constrained else None,
        max_new_tokens=25,
        repetition_penalty=penalty,
    )
    assert ours == theirs


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("constrained", [True, False])
@pytest.mark.parametrize("length_penalty", [1.0, 0.0, 2.0, -1.0])
def test_beam_search_equals_generate(seed: int, constrained: bool, length_penalty: float) -> None:
    model, ids = tiny.model(seed, initializer_range=0.2), prompt("el perro come")
    sampling = Sampling(max_tokens=14, temperature=0.0, num_beams=3, length_penalty=length_penalty)
    ours = search(model, ids, sampling, session() if constrained else None, STOPS, never)
    theirs = generate(
        model,
        ids,
        session() if constrained else None,
        max_new_tokens=14,
        num_beams=3,
        length_penalty=length_penalty,
    )
    assert list(ours) == theirs


@pytest.mark.parametrize("beams", [1, 4])
def test_the_same_seed_gives_the_same_tokens(beams: int) -> None:
    model, ids = tiny.model(), prompt("la casa")

    def run(seed: int) -> list[int]:
        # Other draws from torch's global state must not matter.
        torch.rand(seed)
        sampling = Sampling(max_tokens=12, temperature=1.5, seed=seed, num_beams=beams)
        if beams > 1:
            return list(search(model, ids, sampling, session(), STOPS, never))
        return list(decode(model, ids, sampling, session(), STOPS, never))

    first = run(7)
    assert run(7) == first
    assert any(run(seed) != first for seed in range(8, 16))


def test_beam_sampling_works_where_one_token_only_is_allowed() -> None:
    """transformers' own fails here: it wants twice as many candidates as beams."""
    vocabulary = Vocabulary("test", Lexicon(["hola"], "es"), 1)
    loaded = tiny.loaded()
    one_word = LmfeConstraint(tokenizer_data(loaded.table, loaded.stop_ids), vocabulary, 100)
    sampling = Sampling(max_tokens=10, temperature=1.0, num_beams=10, seed=1)
    ids = search(tiny.model(), prompt("x"), sampling, one_word.session(), STOPS, never)
    text = loaded.table.text(ids).decode()
    assert text.lower().startswith("h")
    assert vocabulary.automaton.read(text) is not None


@pytest.mark.parametrize("loop", [decode, search])
def test_cancel_stops_before_the_next_token(loop: Callable[..., Any]) -> None:
    calls = 0

    def cancelled() -> bool:
        nonlocal calls
        calls += 1
        return calls > 3

    sampling = Sampling(max_tokens=50, temperature=0.0, num_beams=2)
    with pytest.raises(GenerationCancelled):
        list(loop(tiny.model(), prompt("la"), sampling, session(), STOPS, cancelled))
    assert calls == 4


def test_max_tokens_bounds_the_reply() -> None:
    for limit in (1, 2, 5):
        sampling = Sampling(max_tokens=limit, temperature=0.0)
        ids = list(decode(tiny.model(), prompt("la"), sampling, None, frozenset(), never))
        assert len(ids) == limit


@pytest.mark.parametrize(("top_k", "top_p"), [(0, 1.0), (3, 1.0), (0, 0.5), (5, 0.9), (100, 0.01)])
def test_warping_equals_transformers(top_k: int, top_p: float) -> None:
    from transformers import (
        LogitsProcessorList,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    torch.manual_seed(top_k)
    scores = torch.randn(50)
    theirs = LogitsProcessorList([TemperatureLogitsWarper(0.7)])
    if top_k:
        theirs.append(TopKLogitsWarper(top_k))
    if top_p < 1:
        theirs.append(TopPLogitsWarper(top_p))
    expected = theirs(torch.zeros(1, 1, dtype=torch.long), scores[None])[0]
    ours = warp(scores, Sampling(temperature=0.7, top_k=top_k, top_p=top_p))
    assert torch.equal(ours.isinf(), expected.isinf())
    assert torch.allclose(ours.softmax(-1), expected.softmax(-1))


@pytest.mark.parametrize("beams", [1, 3])
def test_a_penalty_spares_marks(beams: int) -> None:
    """Else a long reply runs out of spaces and full stops, which it cannot do without."""
    marks = torch.from_numpy(tiny.loaded().table.marks)
    comma = prompt(",")
    assert len(comma) == 1
    assert marks[comma[0]]

    def run(seed: int, penalty: float, spared: torch.Tensor | None) -> list[int]:
        sampling = Sampling(
            max_tokens=8, temperature=0.0, repetition_penalty=penalty, num_beams=beams
        )
        loop: Callable[..., Any] = search if beams > 1 else decode
        ids = prompt("la casa, es una casa, una")
        return list(loop(tiny.model(seed), ids, sampling, session(), STOPS, never, spared))

    everything = torch.ones_like(marks)
    free = [run(seed, 1.0, None) for seed in range(6)]
    # With every token spared a penalty changes nothing; with marks alone spared it still does.
    assert [run(seed, 9.0, everything) for seed in range(6)] == free
    assert [run(seed, 9.0, marks) for seed in range(6)] != free
    assert [run(seed, 9.0, None) for seed in range(6)] != [run(s, 9.0, marks) for s in range(6)]


def test_without_marks_keeps_words_and_ids_beyond_the_table() -> None:
    marks = torch.tensor([False, True, False])
    seen = torch.tensor([0, 1, 2, 1, 7])
    assert without_marks(seen, marks).tolist() == [0, 2, 7]
    assert without_marks(seen, None).tolist() == seen.tolist()
