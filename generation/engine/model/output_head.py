"""The output head, restricted to the tokens that can be chosen.

It replaces the model's output projection, so the model's own code still does what follows
(soft-capping, scaling). Under a wordlist only the scores of reachable tokens are computed. This is
exact, because all other tokens have probability zero. If the rows of a batch have different lists,
there is one product per list, as long as that reads fewer weights than the whole head has.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
import torch
from torch import nn

from generation.constraint.session import TokenIds
from generation.engine.cpu.packed_linear import MAX_FLOAT16_ROWS, Float16Linear, MakeLinear
from generation.engine.cpu.release_memory import RELEASE_BYTES, release_memory
from generation.engine.model.gpu_logit_mask import LogitMask

MAX_SLICE_BYTES = 512 * 1024 * 1024
# The share of the head's bytes that slices may take on a CPU, where a slice is copied in some
# milliseconds. On a GPU, CUDA graphs are recorded for a slice, so it should stay longer.
CPU_SHARE = 0.25
# A slice that leaves out a smaller share of the vocabulary does not justify its memory.
MIN_SAVING = 0.1


class HeadSlice:
    """Some rows of the head's weight.

    ids: [width] tokens, ascending.
    index: The same on the head's device.
    positions: [vocabulary] position of each token in `ids`; `width` for other tokens.
    mask: Masks logits of this slice.
    linear: The product with a copy of the rows; None until `copy_weights`.
    max_rows: Maximum number of rows of that product.
    """

    def __init__(self, ids: TokenIds, head: nn.Linear) -> None:
        self.ids = ids
        self.index = torch.from_numpy(ids).to(head.weight.device)
        self.width = len(ids)
        self.positions: TokenIds = np.full(head.out_features, self.width, np.int64)
        self.positions[ids] = np.arange(self.width)
        self.mask = LogitMask(head.weight.device, self.positions)
        self.linear: nn.Module | None = None
        self.max_rows = 0.0
        self._weight_bytes = 0

    @property
    def nbytes(self) -> int:
        return int(self.positions.nbytes + self.index.nbytes + self._weight_bytes)

    @torch.no_grad()  # type: ignore[untyped-decorator]  # no thread may record gradients of weights
    def copy_weights(self, head: nn.Linear, make: MakeLinear, rows: int) -> None:
        """Copy the weights for products of this many rows, if they are not there already."""
        if rows <= self.max_rows:
            return
        weight = head.weight[self.index]
        bias = None if head.bias is None else head.bias[self.index]
        few = rows <= MAX_FLOAT16_ROWS
        self.linear = make(weight, bias, MAX_FLOAT16_ROWS if few else math.inf)
        self.max_rows, self._weight_bytes = math.inf, weight.nbytes
        if isinstance(self.linear, Float16Linear):
            self.max_rows, self._weight_bytes = self.linear.max_rows, self.linear.nbytes

    def multiply(self, hidden: torch.Tensor) -> torch.Tensor:
        assert self.linear is not None  # noqa: S101
        scores: torch.Tensor = self.linear(hidden)
        return scores


Groups = list[tuple[HeadSlice, list[int]]]


class RestrictedHead(nn.Module):  # type: ignore[misc]
    """Computes what `plan` sets: all of the head, nothing, or a slice for each row.

    After a pass, the scores of a row are the first `width` values of its logits, in the order of
    the slice's ids; all values if its slice is None.

    On a CPU there is one product per list, because reading the weights takes most of the time. On a
    GPU several small products take longer than the whole head, so rows with different lists select
    their tokens from its result.
    """

    def __init__(self, head: nn.Linear, make: MakeLinear) -> None:
        super().__init__()
        self._head = head  # not packed: slices copy rows of its weight
        self._whole = make(head.weight, head.bias, math.inf)
        self._make = make
        # By id() of the reachable ids, which are one array as long as the list's constraint exists.
        # The array is referenced here so that its id() is not reused.
        self._slices: OrderedDict[int, tuple[TokenIds, HeadSlice]] = OrderedDict()
        self._lock = Lock()  # the build thread makes slices too
        self._groups: Groups | None = None
        self._skip = False
        self.one_product_per_list = head.weight.device.type == "cpu"
        share = CPU_SHARE if self.one_product_per_list else 1
        self.max_bytes = min(MAX_SLICE_BYTES, int(share * head.weight.nbytes))
        # The slices of the rows that decode are kept, even if they are larger: together they are
        # not wider than the head.
        self._decoding: list[HeadSlice] = []

    @property
    def weight(self) -> torch.Tensor:
        return self._head.weight

    def slice_for(
        self, reachable: TokenIds | None, *, with_weights: bool = True
    ) -> HeadSlice | None:
        """Return the slice for these sorted ids; None if the whole head is about as fast.

        with_weights: Copy the weights now. Otherwise `plan` does so, if it chooses the slice.
        """
        if reachable is None or len(reachable) > (1 - MIN_SAVING) * self._head.out_features:
            return None
        with self._lock:
            cached = self._slices.get(id(reachable))
        head_slice = cached[1] if cached else HeadSlice(reachable, self._head)
        if with_weights:
            head_slice.copy_weights(self._head, self._make, 1)
            self._cache([head_slice])
        elif not cached:
            with self._lock:
                self._slices[id(reachable)] = reachable, head_slice
        return head_slice

    def _cache(self, used: Sequence[HeadSlice]) -> None:
        """Keep these slices and those of the rows that decode, and of the others as many as there
        is room for.
        """
        kept = {id(each.ids) for each in (*used, *self._decoding)}
        dropped = 0
        with self._lock:
            for each in used:
                self._slices[id(each.ids)] = each.ids, each
                self._slices.move_to_end(id(each.ids))
            excess = self.nbytes - self.max_bytes
            for key in [key for key in self._slices if key not in kept]:
                if dropped >= excess:
                    break
                dropped += self._slices.pop(key)[1].nbytes
        if dropped > RELEASE_BYTES:
            release_memory()

    @property
    def nbytes(self) -> int:
        """Number of bytes of all slices."""
        return sum(head_slice.nbytes for _, head_slice in list(self._slices.values()))

    def drop_slices(self) -> None:
        self._slices.clear()
        self._groups, self._decoding = None, []

    def end_decoding(self) -> None:
        """No row decodes any more: keep no slices beyond the limit."""
        self._decoding = []
        self._cache([])

    def skip(self) -> None:
        """Compute no logits in the next pass."""
        self._skip, self._groups = True, None

    def multiply_all(self) -> None:
        """Compute the scores of all tokens in the next pass."""
        self._skip, self._groups = False, None

    def plan(
        self, slices: Sequence[HeadSlice | None], *, decoding: bool = False
    ) -> list[HeadSlice | None]:
        """Set the slices that the rows of the next pass need; return those that they will get.

        decoding: The rows are all that decode. Their slices are kept until the next such pass, so
            that the prompts in between do not drop them.
        """
        self.multiply_all()
        self._groups = self._grouped(slices)
        groups = self._groups or []
        for head_slice, rows in groups:
            head_slice.copy_weights(self._head, self._make, len(rows))
        used = [head_slice for head_slice, _ in groups]
        if decoding:
            self._decoding = used
        self._cache(used)
        return list(slices) if groups else [None] * len(slices)

    def _grouped(self, slices: Sequence[HeadSlice | None]) -> Groups | None:
        """Return each slice with its rows; None if the whole head is to be computed."""
        groups: dict[int, tuple[HeadSlice, list[int]]] = {}
        for row, head_slice in enumerate(slices):
            if head_slice is None:
                return None
            groups.setdefault(id(head_slice), (head_slice, []))[1].append(row)
        width = sum(head_slice.width for head_slice, _ in groups.values())
        if len(groups) > 1 and (width > self._head.out_features or not self.one_product_per_list):
            return None
        return list(groups.values())

    @property
    def common_slice(self) -> HeadSlice | None:
        """The slice of all rows of the next pass; None for the whole head."""
        return self._groups[0][0] if self._groups else None

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        if self._skip:
            return hidden.new_zeros((*hidden.shape[:-1], 1))
        if self._groups is None:
            logits: torch.Tensor = self._whole(hidden)
            return logits
        if len(self._groups) == 1:
            logits = self._groups[0][0].multiply(hidden)
            return logits
        width = max(head_slice.width for head_slice, _ in self._groups)
        logits = hidden.new_zeros((*hidden.shape[:-1], width))
        for head_slice, rows in self._groups:
            logits[rows, :, : head_slice.width] = head_slice.multiply(hidden[rows])
        return logits
