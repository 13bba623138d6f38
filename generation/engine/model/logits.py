"""What a pass hands to a run: the scores after a row's last token."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from generation.constraint.session import RowParts, TokenIds
from generation.engine.model.logit_mask import LogitMask
from generation.engine.model.output_head import HeadSlice

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TopAllowed:
    """What of its scores a run looks at, if the highest few of what is allowed are enough.

    parts: what is allowed, None for everything; without: what is not, all the same. best: how many.
    """

    parts: RowParts | None
    without: TokenIds
    best: int


@dataclass(frozen=True, slots=True)
class LogitsRequest:
    """What a run looks at: the scores of a piece of the vocabulary, None for all of it.

    over_all: log-probabilities, which are relative to all tokens, not to the piece.
    """

    piece: HeadSlice | None = None
    over_all: bool = False


class RowLogits(NamedTuple):  # made for every row of every pass: a dataclass takes twice as long
    """The scores after a row's last token, float32. piece: which tokens' they are, None for all.

    total: logsumexp of all tokens' scores, where only those of a piece were fetched. best: the ids
    of the tokens that have a score, if there are only the highest of what is allowed; ascending.

    Where a run looks at the scores of all tokens they are where the model is; all others are on the
    processor, as an array, because numpy takes less time than torch for so few numbers.
    """

    scores: Scores | torch.Tensor
    piece: HeadSlice | None
    total: torch.Tensor | None = None
    best: TokenIds | None = None

    @property
    def values(self) -> torch.Tensor:
        """The scores, not a copy."""
        scores = self.scores
        return torch.from_numpy(scores) if isinstance(scores, np.ndarray) else scores

    def at(self, ids: TokenIds) -> Scores:
        """[n] scores of these tokens, on the processor. Raises UnreachableToken if one was not
        computed.
        """
        scores = self.scores
        if not isinstance(scores, np.ndarray):
            if not scores.is_cpu:
                there = torch.from_numpy(ids).to(scores.device)
                found: Scores = scores.index_select(0, there).cpu().numpy()
                return found
            scores = scores.numpy()
        if self.piece is None:
            return scores.take(ids)
        places = self.piece.positions.take(ids)
        try:
            return scores.take(places)
        except IndexError:
            raise UnreachableToken(ids[places >= len(scores)].tolist()) from None

    def locate(self, ids: TokenIds) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the scores of those tokens are that have one, and which ones [n] that is."""
        if self.piece is None:
            known = ids < len(self.values)
            return torch.from_numpy(ids[known]), torch.from_numpy(known)
        known = ids < len(self.piece.positions)
        found = self.piece.positions[np.where(known, ids, 0)]
        known &= found < self.piece.width
        return torch.from_numpy(found[known]), torch.from_numpy(known)

    def normaliser(self) -> torch.Tensor:
        """What makes scores log-probabilities, if it is taken from them. For runs `over_all`."""
        return self.values.logsumexp(-1) if self.total is None else self.total


def as_they_are(logits: torch.Tensor, granted: Sequence[HeadSlice | None]) -> list[RowLogits]:
    """[rows, width] logits that are on the processor.

    granted: what the head computed of each row; None for all tokens.
    """
    return [
        RowLogits(row[: piece.width] if piece else row, piece)
        for row, piece in zip(logits.float().numpy(), granted, strict=True)
    ]


class LogitsFetcher:
    """Brings scores from an accelerator. Rows without a list stay there, of others comes no more
    than is wanted: a large vocabulary is a megabyte a row.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._mask = LogitMask(device)  # of rows whose list reaches nearly all tokens

    def fetch(
        self,
        logits: torch.Tensor,
        granted: Sequence[HeadSlice | None],
        wanted: Sequence[LogitsRequest],
        narrow: Callable[[], Sequence[TopAllowed | None]] | None,
    ) -> list[RowLogits]:
        """logits: [rows, width], which may change. granted: see `as_they_are`.

        All of this is queued behind the pass that computes the logits and prepared meanwhile.
        """
        narrows = narrow() if narrow is not None else [None] * len(wanted)
        groups: dict[tuple[int, bool, bool], list[int]] = {}
        for row, (want, few) in enumerate(zip(wanted, narrows, strict=True)):
            groups.setdefault((id(want.piece), want.over_all, few is not None), []).append(row)
        # First all is sent, then waited for, then read.
        sent = [
            self._send_group(logits, granted, wanted, narrows, rows) for rows in groups.values()
        ]
        if self._device.type == "cuda":
            torch.cuda.current_stream(self._device).synchronize()
        found: list[RowLogits | None] = [None] * len(wanted)
        for rows, read in zip(groups.values(), sent, strict=True):
            for row, scores in zip(rows, read(), strict=True):
                found[row] = scores
        return [scores for scores in found if scores is not None]

    def _send_group(
        self,
        logits: torch.Tensor,
        granted: Sequence[HeadSlice | None],
        wanted: Sequence[LogitsRequest],
        narrow: Sequence[TopAllowed | None],
        rows: Sequence[int],
    ) -> Callable[[], list[RowLogits]]:
        """Returns what reads them, once they are there."""
        piece = wanted[rows[0]].piece
        part = logits if len(rows) == len(wanted) else logits[list(rows)]
        totals = _send(part.float().logsumexp(-1)) if wanted[rows[0]].over_all else None
        if piece is not None and granted[rows[0]] is None:
            part = part.index_select(1, piece.index)
        elif piece is not None:
            part = part[:, : piece.width]
        narrows = [few for row in rows if (few := narrow[row]) is not None]

        def total(at: int) -> torch.Tensor | None:
            return None if totals is None else totals[at]

        if narrows:
            values, indices = (_send(each) for each in self._best(part, piece, narrows))

            def read_best() -> list[RowLogits]:
                return [
                    RowLogits(scores, piece, total(at), ids)
                    for at, (scores, ids) in enumerate(_in_order(values, indices, piece, narrows))
                ]

            return read_best
        if piece is None:
            return lambda: [RowLogits(row, None, total(at)) for at, row in enumerate(part.float())]
        there = _send(part).numpy()
        return lambda: [RowLogits(row, piece, total(at)) for at, row in enumerate(there)]

    def _best(
        self, scores: torch.Tensor, piece: HeadSlice | None, narrows: Sequence[TopAllowed]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """[rows, best] scores, descending, and where in `scores`, which changes, they are."""
        mask = self._mask if piece is None else piece.mask
        scores = mask.apply_(scores.contiguous(), [each.parts for each in narrows])
        left_out = [
            (at, each.without if piece is None else piece.positions[each.without])
            for at, each in enumerate(narrows)
            if len(each.without)
        ]
        if left_out:
            width = scores.shape[1]
            places = np.concatenate([at * width + ids[ids < width] for at, ids in left_out])
            indices = torch.from_numpy(places.astype(np.int64)).to(scores.device)
            scores.view(-1).index_fill_(0, indices, -torch.inf)
        best = max(each.best for each in narrows)
        if best == 1:
            values, where = scores.max(dim=1, keepdim=True)
        else:
            values, where = scores.topk(min(best, scores.shape[1]), dim=1)
        return values.float(), where


def _in_order(
    values: torch.Tensor,
    indices: torch.Tensor,
    piece: HeadSlice | None,
    narrows: Sequence[TopAllowed],
) -> Iterator[tuple[Scores, TokenIds]]:
    """For each row its scores and their tokens' ids, ascending: without the forbidden ones, which
    come last if there are fewer others than were asked for.
    """
    where, scores = indices.numpy(), values.numpy()
    ids = where if piece is None else piece.ids[where]
    counts = (scores > -np.inf).sum(1)
    for row, narrow in enumerate(narrows):
        count = min(int(counts[row]), narrow.best)
        if count == 1:
            yield scores[row, :1], ids[row, :1]
            continue
        order = np.argsort(ids[row, :count])
        yield scores[row, order], ids[row, order]


def _send(values: torch.Tensor) -> torch.Tensor:
    """On the processor, scores in float32; from a GPU they are there once the stream is through.

    In pinned memory, which torch keeps and hands out again: a copy to other memory waits.
    """
    if values.is_floating_point():
        values = values.float()
    if values.device.type != "cuda":
        return values.cpu()
    return torch.empty(values.shape, dtype=values.dtype, pin_memory=True).copy_(
        values, non_blocking=True
    )


class UnreachableToken(RuntimeError):
    """A constraint allows a token that it said could never come: a fault of ours."""
