"""The weight of a reply, computed again from the whole text by the model itself."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.engine.contract import Sampling
from tests.generation.engine import tiny
from tests.generation.engine.test_word_sampling import automaton

PROMPT = [5, 6, 7]
TEMPERATURE = 0.7


def logits(ids: list[int]) -> torch.Tensor:
    """The scores before each of these tokens of the reply."""
    with torch.inference_mode():
        scores: torch.Tensor = tiny.model()(torch.tensor([[*PROMPT, *ids]])).logits[0]
    return scores[len(PROMPT) - 1 : -1].double()


def log_mass(ids: list[int], session: TokenAutomaton, max_tokens: int) -> float:
    total, state = 0.0, session.start
    for at, (token, scores) in enumerate(zip(ids, logits(ids), strict=True)):
        allowed = session.allowed(state, max_tokens - at)
        shares = (scores / TEMPERATURE).softmax(-1)
        total += math.log(shares[torch.from_numpy(allowed)].sum())
        if at + 1 < len(ids):
            state = session.advance(state, token)
    return total


def run(session: TokenAutomaton | None, seed: int, **options: object) -> tuple[list[int], float]:
    fixed = Sampling(temperature=TEMPERATURE, seed=seed, max_tokens=20, weighs=True)
    sampling = replace(fixed, **options)  # type: ignore[arg-type]
    group = tiny.group(PROMPT, sampling, session)
    (ids,) = tiny.decode(tiny.rows(), group)
    return ids, group.run.log_weight


@pytest.mark.parametrize("unit", ["tokens", "words"])
@pytest.mark.parametrize("top_k", [0, 3])
def test_with_a_list_it_is_what_the_list_left(unit: str, top_k: int) -> None:
    """Forced tokens and what top-k removes are no exceptions."""
    for seed in range(4):
        ids, weight = run(automaton(), seed, unit=unit, top_k=top_k)
        assert weight == pytest.approx(log_mass(ids, automaton(), 20), rel=1e-4)
        assert weight < -1


@pytest.mark.parametrize("unit", ["tokens", "words"])
def test_it_is_finite_where_the_list_leaves_nearly_nothing(unit: str) -> None:
    """The probability of what is allowed is too small for a float."""
    session, bias = automaton(), -100.0
    ids, weight = run(
        session, 1, unit=unit, logit_bias=dict.fromkeys(session.reachable.tolist(), bias)
    )
    expected, state = 0.0, session.start
    for at, (token, scores) in enumerate(zip(ids, logits(ids), strict=True)):
        scores[torch.from_numpy(session.reachable)] += bias
        allowed = torch.from_numpy(session.allowed(state, 20 - at))
        expected += float((scores / TEMPERATURE).log_softmax(-1)[allowed].logsumexp(-1))
        state = session.advance(state, token) if at + 1 < len(ids) else state
    assert weight == pytest.approx(expected, rel=1e-4)
    assert weight < -100 * len(ids)


@pytest.mark.parametrize("beams", [1, 3])
def test_without_a_list_it_is_the_log_probability(beams: int) -> None:
    ids, weight = run(None, 1, num_beams=beams, length_penalty=0.5)
    expected = logits(ids).log_softmax(-1).gather(1, torch.tensor(ids)[:, None]).sum()
    if beams == 1:
        assert weight == pytest.approx(float(expected), rel=1e-4)
    else:  # beams are drawn from their scores at the temperature
        assert weight < 0
