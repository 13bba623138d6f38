"""Beam search, beam sampling and diverse beam groups for one prompt.

The same search as transformers' `generate()` with its default `early_stopping=False`, over the
allowed continuations only: a beam never holds a forbidden token, and a step with fewer
continuations than beams has fewer beams. As in `generate()`, scores are log-probabilities over the
whole vocabulary: a beam that the constraint forces into an unlikely word gets a low score. The
output head can therefore not be restricted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from generation.constraint.segmented import SegmentedSession
from generation.constraint.session import DeadEnd, State
from generation.engine.decoding.run import DecodingInput, Row, SampledToken
from generation.engine.decoding.sampling import Penalties, seeded_generator, warped
from generation.engine.model.logits import RowLogits, TopAllowed

# A segmenter rejects some of the best continuations, so this many times more are kept.
SEGMENTED_FACTOR = 8


@dataclass(frozen=True, slots=True)
class Beam:
    """ids: The generated tokens. score: Their log-probability. state: The constraint's state.

    ends: For each token, one that would have ended the sentence in its place: see SampledToken.
    row: Index of its row among those of the search.
    """

    ids: tuple[int, ...]
    score: float
    state: State
    penalties: Penalties
    ends: tuple[int | None, ...] = ()
    row: int = 0

    def tokens(self) -> tuple[SampledToken, ...]:
        return tuple(
            SampledToken(token, end=None if end is None else SampledToken(end))
            for token, end in zip(self.ids, self.ends, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    beam: Beam
    token: int
    score: float


@dataclass(slots=True)
class Group:
    """Beams that compete with one another.

    finished: The best ended hypotheses as (score, tokens), best first.
    fallback: The last beam whose text is listed words as it stands, used if no hypothesis ends.
    """

    beams: list[Beam]
    fallback: Beam | None = None
    finished: list[tuple[float, tuple[SampledToken, ...]]] = field(default_factory=list)


class BeamSearchRun:
    """The search. Its last step returns all tokens."""

    full_vocabulary = True
    all_scores = False
    masses = None

    def __init__(self, given: DecodingInput) -> None:
        self._input = given
        self._sampling = given.sampling
        self.max_rows = given.sampling.num_beams
        self._width = given.sampling.num_beams // given.sampling.num_beam_groups
        session = given.session
        self._segmented = session if isinstance(session, SegmentedSession) else None
        self._begin()

    def _begin(self) -> None:
        given = self._input
        self._generator = seeded_generator(given.sampling)
        penalties = given.penalties()
        start = Beam((), 0.0, given.start, penalties)
        self._groups = [Group([start]) for _ in range(given.sampling.num_beam_groups)]
        self._length = 0
        self._parents = [0]
        self.done = False
        self.log_weight = 0.0
        self.rows = [Row(feed=list(given.prompt))]

    def context(self) -> list[int]:
        """Start the search again, since nothing of it has been sent."""
        self._begin()
        return list(self._input.prompt)

    def parents(self) -> list[int]:
        return self._parents

    def top_allowed(self) -> list[TopAllowed | None]:
        sampling = self._sampling
        k = self._keep
        if sampling.temperature > 0:
            k = max(sampling.top_k, 2) if sampling.top_k else 0
        diverse = sampling.num_beam_groups > 1 and sampling.diversity_penalty
        beams = {beam.row: beam for group in self._groups for beam in group.beams}
        near = self._input.is_near_limit(self._length)
        penalised = any(beam.penalties.active for beam in beams.values())
        if k == 0 or diverse or near or penalised:
            return [None] * len(self.rows)
        return [
            self._input.top_allowed(beams[row].state, self._length, k)
            for row in range(len(self.rows))
        ]

    def step(self, scores: Sequence[RowLogits]) -> list[SampledToken]:
        for group in self._groups:
            group.beams = [self._with_end(beam, scores[beam.row]) for beam in group.beams]
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
        finished = sorted(
            (each for group in self._groups for each in group.finished), key=lambda each: -each[0]
        )
        if not finished:
            raise DeadEnd
        score, tokens = finished[: self._sampling.hypothesis + 1][-1]
        self.log_weight = score * len(tokens) ** self._sampling.length_penalty
        return list(tokens)

    def _with_end(self, beam: Beam, row: RowLogits) -> Beam:
        """Return the beam with the sentence end in the place of its next token."""
        end = self._input.sentence_end(beam.state, len(beam.ids), row, beam.penalties)
        return replace(beam, ends=(*beam.ends, end))

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
        """Replace the group's beams by their best continuations; by [] if the group is done.

        chosen: How often earlier groups chose each token in this step.
        """
        sampling = self._sampling
        candidates = self._best(
            [self._continuations(beam, scores, normalizers, chosen) for beam in group.beams],
            group.beams,
        )
        if self._segmented is not None:
            good = [
                each for each in group.beams if each.ids and self._segmented.can_cut(each.state)
            ]
            if good:  # it ends before the place of its next token
                group.fallback = replace(good[0], ends=good[0].ends[:-1])
            candidates = [each for each in candidates if not self._is_lost(each)]
        last = self._length >= sampling.max_tokens
        for candidate in candidates[: self._width]:
            if last or candidate.token in self._input.stop_ids:
                beam = candidate.beam
                ended = replace(beam, ids=(*beam.ids, candidate.token))
                score = candidate.score / self._length**sampling.length_penalty
                group.finished.append((score, ended.tokens()))
        group.finished = sorted(group.finished, key=lambda each: -each[0])[: self._width]
        running = [c for c in candidates if c.token not in self._input.stop_ids][: self._width]
        chosen.update(candidate.token for candidate in running)
        if last or not running or not self._can_improve(running[0], group):
            if not group.finished and group.fallback is not None:
                group.finished.append((group.fallback.score, group.fallback.tokens()))
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
        """Return the ids that may follow the beam and the accumulated scores, both [n]."""
        row, normalizer = scores[beam.row], normalizers[beam.row]
        ids: torch.Tensor | None
        if row.top_ids is not None:
            ids, values = torch.from_numpy(row.top_ids), row.values - normalizer
        else:
            try:
                ids, values = self._scored(beam, row, normalizer, chosen)
            except DeadEnd:
                if self._segmented is None:
                    raise
                return torch.empty(0, dtype=torch.int64), torch.empty(0)  # other beams continue
        index: torch.Tensor | None = None
        if self._sampling.temperature > 0:
            values, index = warped(values, self._sampling, min_keep=2)
        elif len(values) > self._keep:  # lower ones cannot be among the best of all beams
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
        """Return the ids that may follow, None for all tokens, and their log-probabilities after
        penalties. Raises DeadEnd.
        """
        forbidden: tuple[int, ...] = ()
        allowed = self._input.allowed(beam.state, len(beam.ids))
        if allowed is None and len(beam.ids) < self._sampling.min_tokens:
            forbidden = tuple(self._input.stop_ids)
        diverse = bool(chosen and self._sampling.diversity_penalty)
        limited = self._input.length_ends is not None
        if beam.penalties.active or diverse or forbidden or limited:
            # Penalties change log-probabilities in place, and other beams share the row: copy it.
            row, normalizer = RowLogits(row.values - normalizer, row.head_slice), torch.zeros(())
            self._input.end_sentence_(beam.state, row)
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
        """Number of candidates that is enough for the next beams even if the best ones stop."""
        keep = max(2, 1 + len(self._input.stop_ids)) * self._width
        return keep if self._segmented is None else keep * SEGMENTED_FACTOR

    def _best(
        self,
        continuations: Sequence[tuple[torch.Tensor, torch.Tensor]],
        beams: Sequence[Beam],
    ) -> list[Candidate]:
        """Return the best candidates, or a draw without replacement, best first."""
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
        """True if the segmenter finds a word off the list. The search drops such a candidate; it
        does not go back as BacktrackingRun does.
        """
        if self._segmented is None or candidate.token in self._input.stop_ids:
            return False
        state = self._segmented.advance(candidate.beam.state, candidate.token)
        return self._segmented.is_lost(state)

    def _extend(self, candidate: Candidate) -> Beam:
        beam, session = candidate.beam, self._input.session
        state = session.advance(beam.state, candidate.token) if session else None
        penalties = beam.penalties
        if penalties.depends_on_reply:
            penalties = penalties.copy()
            penalties.count(candidate.token)
        ids = (*beam.ids, candidate.token)
        return Beam(ids, candidate.score, state, penalties, beam.ends, beam.row)

    def _can_improve(self, best_running: Candidate, group: Group) -> bool:
        """transformers' heuristic: True if the best running beam, at its present length, beats the
        worst finished hypothesis.
        """
        if len(group.finished) < self._width:
            return True
        score = best_running.score / self._length**self._sampling.length_penalty
        return bool(score > group.finished[-1][0])
