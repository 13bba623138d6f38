"""Beam search and beam sampling for one prompt.

The same search as transformers' `generate()` (its default `early_stopping=False`), written over
the allowed continuations only: a beam never holds a forbidden token, and a step with fewer
continuations than beams simply has fewer beams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from generation.constraint.contract import ConstraintSession, State
from generation.engine.contract import GenerationCancelled, Sampling
from generation.engine.decoding import Cancelled, Stepper, seeded_generator
from generation.engine.sampling import gather_allowed, penalise_repetition, warp, without_marks


@dataclass(frozen=True, slots=True)
class Beam:
    """ids: what was generated; score: its log-probability; state: the constraint's."""

    ids: tuple[int, ...]
    score: float
    state: State


@dataclass(frozen=True, slots=True)
class Candidate:
    parent: int  # index of the beam it continues
    token: int
    score: float


def search(
    model: Any,
    prompt: Sequence[int],
    sampling: Sampling,
    session: ConstraintSession | None,
    stop_ids: frozenset[int],
    cancelled: Cancelled,
    marks: torch.Tensor | None = None,
) -> tuple[int, ...]:
    """Return the best hypothesis' ids, its stop token included if it has one.

    Raises GenerationCancelled and DeadEnd as `decode` does.
    """
    stepper = Stepper(model, prompt)
    generator = seeded_generator(sampling, stepper.prompt.device)
    beams = [Beam((), 0.0, session.start if session else None)]
    finished: list[tuple[float, tuple[int, ...]]] = []
    if cancelled():
        raise GenerationCancelled
    logits = stepper.prefill()
    for length in range(1, sampling.max_tokens + 1):
        left = sampling.max_tokens - length + 1
        candidates = _best(
            _continuations(stepper, logits, beams, sampling, session, left, marks),
            sampling,
            stop_ids,
            generator,
        )
        last = length == sampling.max_tokens
        for candidate in candidates[: sampling.num_beams]:
            if last or candidate.token in stop_ids:
                ids = (*beams[candidate.parent].ids, candidate.token)
                finished.append((candidate.score / length**sampling.length_penalty, ids))
        finished = sorted(finished, key=lambda hypothesis: -hypothesis[0])[: sampling.num_beams]
        running = [c for c in candidates if c.token not in stop_ids][: sampling.num_beams]
        if last or not running or not _can_improve(running[0], length, finished, sampling):
            break
        if cancelled():
            raise GenerationCancelled
        beams = [_extend(beams[c.parent], c, session) for c in running]
        device = logits.device
        logits = stepper.step(
            torch.tensor([c.token for c in running], device=device),
            torch.tensor([c.parent for c in running], device=device),
        )
    return finished[0][1]


def _continuations(
    stepper: Stepper,
    logits: torch.Tensor,
    beams: Sequence[Beam],
    sampling: Sampling,
    session: ConstraintSession | None,
    left: int,
    marks: torch.Tensor | None,
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """For each beam: the ids that may follow, and the accumulated scores, both [n]."""
    found = []
    log_probabilities = logits.log_softmax(-1)
    for row, beam in enumerate(beams):
        scores = log_probabilities[row]
        if sampling.repetition_penalty != 1.0:
            reply = torch.tensor(beam.ids, dtype=torch.long, device=scores.device)
            seen = without_marks(torch.cat((stepper.prompt[0], reply)), marks)
            scores = penalise_repetition(scores, seen, sampling.repetition_penalty)
        ids, scores = gather_allowed(scores, session.allowed(beam.state, left) if session else None)
        if sampling.temperature > 0:
            scores = warp(scores, sampling, min_keep=2)
        found.append((ids, scores + beam.score))
    return found


def _best(
    continuations: Sequence[tuple[torch.Tensor, torch.Tensor]],
    sampling: Sampling,
    stop_ids: frozenset[int],
    generator: torch.Generator,
) -> list[Candidate]:
    """The best candidates, or a draw without replacement, in descending order of score.

    There are enough of them for `num_beams` to go on even if each beam's best ones stop.
    """
    keep = max(2, 1 + len(stop_ids)) * sampling.num_beams
    ids = torch.cat([ids for ids, _ in continuations])
    scores = torch.cat([scores for _, scores in continuations])
    parents = torch.cat(
        [torch.full_like(ids, parent) for parent, (ids, _) in enumerate(continuations)]
    )
    if sampling.temperature > 0:
        probabilities = scores.softmax(-1)
        possible = int((probabilities > 0).sum())
        chosen = torch.multinomial(probabilities, min(keep, possible), generator=generator)
        chosen = chosen[scores[chosen].argsort(descending=True)]
    else:
        chosen = scores.topk(min(keep, len(scores))).indices
    return [
        Candidate(parent, token, score)
        for parent, token, score in zip(
            parents[chosen].tolist(), ids[chosen].tolist(), scores[chosen].tolist(), strict=True
        )
    ]


def _extend(beam: Beam, candidate: Candidate, session: ConstraintSession | None) -> Beam:
    state = session.advance(beam.state, candidate.token) if session else None
    return Beam((*beam.ids, candidate.token), candidate.score, state)


def _can_improve(
    best_running: Candidate,
    length: int,
    finished: Sequence[tuple[float, tuple[int, ...]]],
    sampling: Sampling,
) -> bool:
    """transformers' heuristic: could the best running beam, at its present length, still beat the
    worst of the finished ones?
    """
    if len(finished) < sampling.num_beams:
        return True
    return bool(best_running.score / length**sampling.length_penalty > finished[-1][0])
