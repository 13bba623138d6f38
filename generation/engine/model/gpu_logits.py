"""Logits that are computed on a GPU: mask and select them there, and copy only what is needed.

The whole vocabulary is a megabyte per row. So only the scores of a list's reachable tokens are
copied, or only the highest scores of the allowed tokens. Logits of rows without a list stay on the
GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from generation.constraint.session import TokenIds
from generation.engine.model.gather_cpu import Scores
from generation.engine.model.gpu_logit_mask import LogitMask
from generation.engine.model.logits import (
    LogitsRequest,
    Masses,
    MassRequest,
    RowLogits,
    TopAllowed,
    Weights,
)
from generation.engine.model.output_head import HeadSlice


class GpuLogitsFetcher:
    """Copies what the rows of a pass need. Used by the engine's thread only."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._full_mask = LogitMask(device)  # for lists that reach nearly all tokens
        self._counted: dict[int, tuple[Weights, torch.Tensor]] = {}  # copies, by id()

    def fetch(
        self,
        logits: torch.Tensor,
        slices: Sequence[HeadSlice | None],
        requests: Sequence[LogitsRequest],
        top_allowed: Callable[[], Sequence[TopAllowed | None]] | None,
    ) -> list[RowLogits]:
        """Return what each row asks for.

        logits: [rows, width]; may be changed.
        slices: For each row, the slice that the head computed; None for the whole vocabulary.
        top_allowed: Returns, for each row, which of its scores are enough; None for all of them.

        The GPU may still be computing the logits. The CPU prepares the masks in the meantime, and
        all operations are queued behind the pass.
        """
        tops = top_allowed() if top_allowed is not None else [None] * len(requests)
        groups: dict[tuple[int, bool, bool, int], list[int]] = {}
        for row, (request, top) in enumerate(zip(requests, tops, strict=True)):
            counted = id(request.masses.tokens) if request.masses else 0
            key = id(request.head_slice), request.full_vocabulary, top is not None, counted
            groups.setdefault(key, []).append(row)
        # Start all copies, wait once, then read them.
        readers = [
            self._copy_group(logits, slices, requests, tops, rows) for rows in groups.values()
        ]
        if self._device.type == "cuda":
            torch.cuda.current_stream(self._device).synchronize()
        by_row: list[RowLogits | None] = [None] * len(requests)
        for rows, read in zip(groups.values(), readers, strict=True):
            for row, row_logits in zip(rows, read(), strict=True):
                by_row[row] = row_logits
        return [row_logits for row_logits in by_row if row_logits is not None]

    def _copy_group(
        self,
        logits: torch.Tensor,
        slices: Sequence[HeadSlice | None],
        requests: Sequence[LogitsRequest],
        tops: Sequence[TopAllowed | None],
        rows: Sequence[int],
    ) -> Callable[[], list[RowLogits]]:
        """Start the copies for rows with similar requests. The returned function reads them once
        they are complete.
        """
        head_slice = requests[rows[0]].head_slice
        scores = logits if len(rows) == len(requests) else logits[list(rows)]
        full_vocabulary = requests[rows[0]].full_vocabulary
        counted = [request.masses for row in rows if (request := requests[row]).masses]
        sums = masses = None
        if counted:
            masses = _start_copy(self._masses(scores, counted))
        elif full_vocabulary:
            sums = _start_copy(scores.float().logsumexp(-1))
        if head_slice is not None and slices[rows[0]] is None:
            scores = scores.index_select(1, head_slice.index)
        elif head_slice is not None:
            scores = scores[:, : head_slice.width]
        group_tops = [top for row in rows if (top := tops[row]) is not None]

        def full_logsumexp(index: int) -> torch.Tensor | None:
            return None if sums is None else sums[index]

        if group_tops:
            values, indices = map(_start_copy, self._select_top(scores, head_slice, group_tops))

            def read_top() -> list[RowLogits]:
                by_row = _sort_by_id(values, indices, head_slice, group_tops)
                return [
                    RowLogits(row, head_slice, full_logsumexp(index), ids)
                    for index, (row, ids) in enumerate(by_row)
                ]

            return read_top
        if head_slice is None:
            on_gpu = scores.float()
            return lambda: [
                RowLogits(row, None, full_logsumexp(index)) for index, row in enumerate(on_gpu)
            ]
        on_cpu = _start_copy(scores).numpy()
        if masses is not None:
            return lambda: [
                RowLogits(row, head_slice, sums=Masses(*of_row))
                for row, of_row in zip(on_cpu, masses.tolist(), strict=True)
            ]
        return lambda: [
            RowLogits(row, head_slice, full_logsumexp(index)) for index, row in enumerate(on_cpu)
        ]

    def _masses(self, scores: torch.Tensor, requests: Sequence[MassRequest]) -> torch.Tensor:
        """Return [rows, 3], the fields of Masses. scores: [rows, vocabulary]."""
        tokens = requests[0].tokens
        if id(tokens) not in self._counted:  # there is one for each tokenizer
            self._counted[id(tokens)] = tokens, torch.from_numpy(tokens).to(self._device)
        counted = self._counted[id(tokens)][1]
        by_row = [1 / request.temperature for request in requests]
        factors = torch.tensor(by_row, dtype=torch.float32, device=self._device)[:, None]
        scores = scores.float()
        top = scores.amax(-1, keepdim=True)
        weights = ((scores - top) * factors).exp()
        shared = min(weights.shape[1], len(counted))
        parts = weights[:, :shared] @ counted[:shared]
        return torch.stack((top[:, 0], weights.sum(-1), parts), dim=1)

    def _select_top(
        self, scores: torch.Tensor, head_slice: HeadSlice | None, tops: Sequence[TopAllowed]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mask the scores and return the highest k of each row, descending, with their indices.

        scores: [rows, width]; changed. Returns two [rows, max k] tensors.
        """
        mask = self._full_mask if head_slice is None else head_slice.mask
        scores = mask.apply_(scores.contiguous(), [top.parts for top in tops])
        excluded = [
            (row, top.excluded if head_slice is None else head_slice.positions[top.excluded])
            for row, top in enumerate(tops)
            if len(top.excluded)
        ]
        if excluded:
            width = scores.shape[1]
            flat = np.concatenate([row * width + ids[ids < width] for row, ids in excluded])
            index = torch.from_numpy(flat.astype(np.int64)).to(scores.device)
            scores.view(-1).index_fill_(0, index, -torch.inf)
        k = max(top.k for top in tops)
        if k == 1:
            values, indices = scores.max(dim=1, keepdim=True)
        else:
            values, indices = scores.topk(min(k, scores.shape[1]), dim=1)
        return values.float(), indices


def _sort_by_id(
    values: torch.Tensor,
    indices: torch.Tensor,
    head_slice: HeadSlice | None,
    tops: Sequence[TopAllowed],
) -> Iterator[tuple[Scores, TokenIds]]:
    """Yield the scores and ids of each row, ascending by id.

    Masked tokens are left out. A row has them, at its end, if fewer than k tokens are allowed.
    """
    scores, positions = values.numpy(), indices.numpy()
    ids = positions if head_slice is None else head_slice.ids[positions]
    counts = (scores > -np.inf).sum(1)
    for row, top in enumerate(tops):
        count = min(int(counts[row]), top.k)
        if count == 1:
            yield scores[row, :1], ids[row, :1]
            continue
        order = np.argsort(ids[row, :count])
        yield scores[row, order], ids[row, order]


def _start_copy(values: torch.Tensor) -> torch.Tensor:
    """Start a copy to the CPU, scores as float32. It is complete once the stream is synchronized.

    The copy goes to pinned memory, which torch reuses; a copy to other memory would wait.
    """
    if values.is_floating_point():
        values = values.float()
    if values.device.type != "cuda":
        return values.cpu()
    return torch.empty(values.shape, dtype=values.dtype, pin_memory=True).copy_(
        values, non_blocking=True
    )
