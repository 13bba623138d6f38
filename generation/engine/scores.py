"""What a pass hands to a run: the scores after a row's last token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from generation.constraint.contract import TokenIds
from generation.engine.head import HeadSlice


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run looks at: the scores of a piece of the vocabulary, None for all of it.

    over_all: log-probabilities, which are relative to all tokens, not to the piece.
    """

    piece: HeadSlice | None = None
    over_all: bool = False


@dataclass(frozen=True, slots=True)
class RowLogits:
    """The scores after a row's last token, float32. piece: which tokens' they are, None for all.

    total: logsumexp of all tokens' scores, where only those of a piece were fetched. Where a run
    may choose among all tokens, the values are where the model is; all others are on the processor.
    """

    values: torch.Tensor
    piece: HeadSlice | None
    total: torch.Tensor | None = None

    def at(self, ids: TokenIds) -> torch.Tensor:
        """[n] scores of these tokens, on the processor. Raises UnreachableToken if one was not
        computed.
        """
        if self.piece is None:
            places = torch.from_numpy(ids).to(self.values.device)
            return self.values.index_select(0, places).cpu()
        positions = self.piece.positions[ids]
        if positions.min(initial=0) < 0:
            raise UnreachableToken(ids[positions < 0].tolist())
        return self.values.index_select(0, torch.from_numpy(positions))

    def locate(self, ids: TokenIds) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the scores of those tokens are that have one, and which ones [n] that is."""
        if self.piece is None:
            known = ids < len(self.values)
            return torch.from_numpy(ids[known]), torch.from_numpy(known)
        known = ids < len(self.piece.positions)
        found = self.piece.positions[np.where(known, ids, 0)]
        known &= found >= 0
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
        for row, piece in zip(logits.float().unbind(0), granted, strict=True)
    ]


def fetch(
    logits: torch.Tensor, granted: Sequence[HeadSlice | None], wanted: Sequence[Wanted]
) -> list[RowLogits]:
    """The same from an accelerator. Rows without a list stay there, of others comes no more than is
    wanted: a large vocabulary is a megabyte a row.
    """
    groups: dict[tuple[int, bool], list[int]] = {}
    for row, want in enumerate(wanted):
        groups.setdefault((id(want.piece), want.over_all), []).append(row)
    fetched: list[tuple[list[int], HeadSlice | None, torch.Tensor, torch.Tensor | None]] = []
    for rows in groups.values():
        piece, over_all = wanted[rows[0]].piece, wanted[rows[0]].over_all
        part = logits if len(rows) == len(wanted) else logits[rows]
        if piece is None:
            fetched.append((rows, None, part.float(), None))
            continue
        total = _send(part.float().logsumexp(-1)) if over_all else None
        if granted[rows[0]] is None:
            part = part.index_select(1, piece.index)
        fetched.append((rows, piece, _send(part[:, : piece.width]), total))
    if logits.device.type == "cuda":
        torch.cuda.current_stream(logits.device).synchronize()
    found: dict[int, RowLogits] = {}
    for rows, piece, values, totals in fetched:
        for at, row in enumerate(rows):
            found[row] = RowLogits(values[at], piece, None if totals is None else totals[at])
    return [found[row] for row in range(len(wanted))]


def _send(values: torch.Tensor) -> torch.Tensor:
    """Float32 on the processor; from a GPU it is there once the stream is through.

    In pinned memory, which torch keeps and hands out again: a copy to other memory waits.
    """
    if values.device.type != "cuda":
        return values.float().cpu()
    there = torch.empty(values.shape, dtype=torch.float32, pin_memory=True)
    return there.copy_(values.float(), non_blocking=True)


class UnreachableToken(RuntimeError):
    """A constraint allows a token that it said could never come: a fault of ours."""
