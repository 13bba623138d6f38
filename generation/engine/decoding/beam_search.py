"""Beam search, beam sampling and diverse beam groups for one prompt.

The same search as transformers' `generate()` (its default `early_stopping=False`), written over
the allowed continuations only: a beam never holds a forbidden token, and a step with fewer
continuations than beams simply has fewer beams. Scores are log-probabilities over the whole
vocabulary, as `generate()` has them: a beam that the list forces into a word the model did not
want pays for it, so the output head cannot be restricted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from generation.constraint.segmented import SegmentedSession
from generation.constraint.session import DeadEnd, State
from generation.engine.decoding.sampling import Penalties, seeded_generator, warped
from generation.engine.decoding.single import DecodingInput, Row, SampledToken
from generation.engine.model.logits import RowLogits, TopAllowed

# A segmenter refuses some of the best continuations: so many times more are looked at.
MORE_IF_JUDGED = 8


@dataclass(frozen=True, slots=True)
class Beam:
    """ids: what was generated; score: its log-probability; state: the constraint's.

    row: its row, among those of the search.
    """

    ids: tuple[int, ...]
    score: float
    state: State
    penalties: Penalties
    row: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    beam: Beam
    token: int
    score: float


@dataclass(slots=True)
class Group:
    """Beams that compete with one another. finished: the best (score, ids), best first.

    good: the last beam that may be cut where it is, for when all of them come to nothing.
    """

    beams: list[Beam]
    good: Beam | None = None
    finished: list[tuple[float, tuple[int, ...]]] = field(default_factory=list)


class BeamSearchRun:
    """The search. All text comes with its last step."""

    full_vocabulary = True

    def __init__(self, reply: DecodingInput) -> None:
        self._reply = reply
        self._sampling = reply.sampling
        self.max_rows = reply.sampling.num_beams
        # How many beams a group has.
        self._width = reply.sampling.num_beams // reply.sampling.num_beam_groups
        session = reply.session
        self._judged = session if isinstance(session, SegmentedSession) else None
        self._begin()

    def _begin(self) -> None:
        reply = self._reply
        self._generator = seeded_generator(reply.sampling)
        penalties = Penalties(reply.sampling, reply.prompt, reply.marks)
        start = Beam((), 0.0, reply.session.start if reply.session else None, penalties)
        self._groups = [Group([start]) for _ in range(reply.sampling.num_beam_groups)]
        self._length = 0
        self._parents = [0]
        self.done = False
        self.rows = [Row(feed=list(reply.prompt))]

    def context(self) -> list[int]:
        """A search that lost its rows starts again: nothing of it has been sent."""
        self._begin()
        return list(self._reply.prompt)

    def parents(self) -> list[int]:
        return self._parents

    def top_allowed(self) -> list[TopAllowed | None]:
        sampling = self._sampling
        best = self._keep
        if sampling.temperature > 0:
            best = max(sampling.top_k, 2) if sampling.top_k else 0
        diverse = sampling.num_beam_groups > 1 and sampling.diversity_penalty
        beams = {beam.row: beam for group in self._groups for beam in group.beams}
        if best == 0 or diverse or beams[0].penalties.active:
            return [None] * len(self.rows)
        return [
            self._reply.top_allowed(beams[row].state, self._length, best)
            for row in range(len(self.rows))
        ]

    def step(self, scores: Sequence[RowLogits]) -> list[SampledToken]:
        self._length += 1
        normalizers = [row.normalizer() for row in scores]
        chosen: Counter[int] = Counter()
        for group in self._groups:
            if group.beams:
                self._advance(group, scores, normalizers, chosen)
        self.rows, self._parents = [], []
        for group in self._groups:
            group.beams = [self._row_of(beam) for beam in group.beams]
        if self.rows:
            return []
        self.done = True
        if not any(group.finished for group in self._groups):
            raise DeadEnd
        best = max(
            (group.finished[0] for group in self._groups if group.finished),
            key=lambda hypothesis: hypothesis[0],
        )
        return [SampledToken(token) for token in best[1]]

    def _row_of(self, beam: Beam) -> Beam:
        self.rows.append(Row(feed=[beam.ids[-1]]))
        self._parents.append(beam.row)
        return replace(beam, row=len(self.rows) - 1)

    def _advance(
        self,
        group: Group,
        scores: Sequence[RowLogits],
        normalizers: Sequence[torch.Tensor],
        chosen: Counter[int],
    ) -> None:
        """Put in the place of the group's beams those that continue them; none if it is done.

        chosen: how often other groups chose each token in this step.
        """
        sampling = self._sampling
        candidates = self._best(
            [self._continuations(beam, scores, normalizers, chosen) for beam in group.beams],
            group.beams,
        )
        if self._judged is not None:
            good = [each for each in group.beams if each.ids and self._judged.is_good(each.state)]
            group.good = good[0] if good else group.good
            candidates = [each for each in candidates if not self._is_lost(each)]
        last = self._length >= sampling.max_tokens
        for candidate in candidates[: self._width]:
            if last or candidate.token in self._reply.stop_ids:
                ids = (*candidate.beam.ids, candidate.token)
                score = candidate.score / self._length**sampling.length_penalty
                group.finished.append((score, ids))
        group.finished = sorted(group.finished, key=lambda each: -each[0])[: self._width]
        running = [c for c in candidates if c.token not in self._reply.stop_ids][: self._width]
        chosen.update(candidate.token for candidate in running)
        if last or not running or not self._can_improve(running[0], group):
            if not group.finished and group.good is not None:
                group.finished.append((group.good.score, group.good.ids))
            group.beams = []
            return
        group.beams = [self._extend(candidate) for candidate in running]

    def _continuations(
        self,
        beam: Beam,
        scores: Sequence[RowLogits],
        normalizers: Sequence[torch.Tensor],
        chosen: Counter[int],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The ids that may follow the beam, and the accumulated scores, both [n]."""
        row, normalizer = scores[beam.row], normalizers[beam.row]
        ids: torch.Tensor | None
        if row.top_ids is not None:
            ids, values = torch.from_numpy(row.top_ids), row.values - normalizer
        else:
            try:
                ids, values = self._scored(beam, row, normalizer, chosen)
            except DeadEnd:
                if self._judged is None:
                    raise
                return torch.empty(0, dtype=torch.int64), torch.empty(0)  # others may go on
        index: torch.Tensor | None = None
        if self._sampling.temperature > 0:
            values, index = warped(values, self._sampling, min_keep=2)
        elif len(values) > self._keep:  # no more of one beam can be among the best
            values, index = values.topk(self._keep)
        values = values.cpu()
        if index is not None:
            ids = index.cpu() if ids is None else ids[index]
        elif ids is None:
            ids = torch.arange(len(values))
        if self._sampling.temperature > 0:
            possible = values > -torch.inf
            ids, values = ids[possible], values[possible]
        return ids, values + beam.score

    def _scored(
        self, beam: Beam, row: RowLogits, normalizer: torch.Tensor, chosen: Counter[int]
    ) -> tuple[torch.Tensor | None, torch.Tensor]:
        """The ids that may follow, None for all tokens, and their log-probabilities less what
        penalties take off. Raises DeadEnd.
        """
        forbidden: tuple[int, ...] = ()
        allowed = self._reply.allowed(beam.state, len(beam.ids))
        if allowed is None and len(beam.ids) < self._sampling.min_tokens:
            forbidden = tuple(self._reply.stop_ids)
        diverse = bool(chosen and self._sampling.diversity_penalty)
        if beam.penalties.active or diverse or forbidden:
            # They change scores in place, and of log-probabilities; other beams share the row.
            row, normalizer = RowLogits(row.values - normalizer, row.head_slice), torch.zeros(())
            beam.penalties.apply_(row)
            if diverse:
                at, known = row.locate(np.fromiter(chosen, np.int64, len(chosen)))
                times = torch.tensor(list(chosen.values()), dtype=torch.float32)[known]
                off = self._sampling.diversity_penalty * times
                row.values[at] -= off.to(row.values.device)
            row.values[list(forbidden)] = -torch.inf
        if allowed is None:
            return None, row.values - normalizer
        if self._sampling.temperature > 0:
            allowed = np.sort(allowed, kind="stable")  # see SingleSequenceRun
        return torch.from_numpy(allowed), torch.from_numpy(row.gather(allowed)) - normalizer

    @property
    def _keep(self) -> int:
        """So many candidates that the group goes on even if each beam's best ones stop."""
        keep = max(2, 1 + len(self._reply.stop_ids)) * self._width
        return keep if self._judged is None else keep * MORE_IF_JUDGED

    def _best(
        self,
        continuations: Sequence[tuple[torch.Tensor, torch.Tensor]],
        beams: Sequence[Beam],
    ) -> list[Candidate]:
        """The best candidates, or a draw without replacement, in descending order of score."""
        keep = self._keep
        ids = torch.cat([ids for ids, _ in continuations])
        scores = torch.cat([scores for _, scores in continuations])
        if len(scores) == 0:
            return []
        ends = torch.tensor([len(ids) for ids, _ in continuations]).cumsum(0)
        if self._sampling.temperature > 0:
            probabilities = scores.softmax(-1)
            possible = int((probabilities > 0).sum())
            drawn = torch.multinomial(probabilities, min(keep, possible), generator=self._generator)
            drawn = drawn[scores[drawn].argsort(descending=True)]
        else:
            drawn = scores.topk(min(keep, len(scores))).indices
        owners = torch.searchsorted(ends, drawn, right=True)
        return [
            Candidate(beams[owner], token, score)
            for owner, token, score in zip(
                owners.tolist(), ids[drawn].tolist(), scores[drawn].tolist(), strict=True
            )
        ]

    def _is_lost(self, candidate: Candidate) -> bool:
        """True if it leads to words off the list. A beam is not taken back: others win."""
        if self._judged is None or candidate.token in self._reply.stop_ids:
            return False
        state = self._judged.advance(candidate.beam.state, candidate.token)
        return self._judged.is_lost(state)

    def _extend(self, candidate: Candidate) -> Beam:
        beam, session = candidate.beam, self._reply.session
        state = session.advance(beam.state, candidate.token) if session else None
        penalties = beam.penalties
        if penalties.active:
            penalties = penalties.copy()
            penalties.count(candidate.token)
        return Beam((*beam.ids, candidate.token), candidate.score, state, penalties, beam.row)

    def _can_improve(self, best_running: Candidate, group: Group) -> bool:
        """transformers' heuristic: could the best running beam, at its present length, still beat
        the worst of the finished ones?
        """
        if len(group.finished) < self._width:
            return True
        score = best_running.score / self._length**self._sampling.length_penalty
        return bool(score > group.finished[-1][0])
