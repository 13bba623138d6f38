"""The output head, restricted to the tokens that can be chosen.

It stands in the place of the model's own output projection, so that whatever the model does with
the logits afterwards (soft-capping, scaling) is done by the model's own code. Under a wordlist
only the rows of reachable tokens are multiplied; everything else has probability zero, so nothing
is lost. Rows of one batch with different lists are multiplied list by list, as long as that reads
fewer weights than the whole head has.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
import torch
from torch import nn

from generation.constraint.session import TokenIds
from generation.engine.cpu.packed_linear import MakeLinear
from generation.engine.model.logit_mask import LogitMask

MAX_SLICE_BYTES = 512 * 1024 * 1024
# A slice that leaves out less than this is not worth its memory.
MIN_SAVING = 0.1


class HeadSlice:
    """Some rows of the head. ids: [width] which; index: the same on the head's device; positions:
    [vocabulary], where a token's score is, `width` if nowhere.

    linear: None until it is needed; the rows of the weight are a copy. mask: of such scores.
    """

    def __init__(self, ids: TokenIds, head: nn.Linear) -> None:
        self.ids = ids
        self.index = torch.from_numpy(ids).to(head.weight.device)
        self.width = len(ids)
        self.positions: TokenIds = np.full(head.out_features, self.width, np.int64)
        self.positions[ids] = np.arange(self.width)
        self.mask = LogitMask(head.weight.device, self.positions)
        self.linear: nn.Module | None = None
        self.nbytes = self.positions.nbytes + self.index.nbytes

    def cut(self, head: nn.Linear, make: MakeLinear) -> None:
        weight = head.weight[self.index]
        self.nbytes += weight.nbytes
        self.linear = make(weight, None if head.bias is None else head.bias[self.index])

    def multiply(self, hidden: torch.Tensor) -> torch.Tensor:
        assert self.linear is not None  # noqa: S101  # `cut` comes first
        scores: torch.Tensor = self.linear(hidden)
        return scores


class RestrictedHead(nn.Module):  # type: ignore[misc]
    """Multiplies what `plan` says: all of the head, nothing, or a slice for each row.

    After a pass, the scores of row i are the first `width` ones of its logits, in the order of the
    slice's ids; of all tokens if its slice is None.

    On a processor, rows with different lists are multiplied list by list: it waits for the weights.
    On an accelerator many small products take longer than a large one, of which rows take a part.
    """

    fixed = True  # slices are cut from the plain weight

    def __init__(self, head: nn.Linear, make: MakeLinear) -> None:
        super().__init__()
        self._head = head
        self._whole = make(head.weight, head.bias)
        self._make = make
        # Keyed by identity: a list's reachable ids are one array as long as its constraint lives,
        # and the array is held here so that its identity cannot pass to another.
        self._slices: OrderedDict[int, tuple[TokenIds, HeadSlice]] = OrderedDict()
        self._lock = Lock()  # slices may be cut in another thread than the one that multiplies
        self._groups: list[tuple[HeadSlice, list[int]]] | None = None
        self._skip = False
        self.list_by_list = head.weight.device.type == "cpu"

    @property
    def weight(self) -> torch.Tensor:
        return self._head.weight

    def slice_for(self, reachable: TokenIds | None, *, cut: bool = True) -> HeadSlice | None:
        """The slice for these sorted ids; None if the whole head is as good.

        cut: with a copy of the weights, for whoever multiplies by it.
        """
        if reachable is None or len(reachable) > (1 - MIN_SAVING) * self._head.out_features:
            return None
        with self._lock:
            known = self._slices.get(id(reachable))
            if known is not None:
                self._slices.move_to_end(id(reachable))
        piece = known[1] if known else HeadSlice(reachable, self._head)
        if cut and piece.linear is None:
            piece.cut(self._head, self._make)
        if known is None or cut:  # it is new, or larger than before
            with self._lock:
                self._slices[id(reachable)] = reachable, piece
                while len(self._slices) > 1 and self.nbytes > MAX_SLICE_BYTES:
                    self._slices.popitem(last=False)
        return piece

    @property
    def nbytes(self) -> int:
        return sum(piece.nbytes for _, piece in self._slices.values())

    def forget(self) -> None:
        """Drop all slices."""
        self._slices.clear()
        self._groups = None

    def skip(self) -> None:
        """The next pass needs no logits."""
        self._skip, self._groups = True, None

    def multiply_all(self) -> None:
        """Whoever uses the model next gets the scores of all tokens."""
        self._skip, self._groups = False, None

    def plan(self, slices: Sequence[HeadSlice | None]) -> list[HeadSlice | None]:
        """Say what the rows of the next pass want; return what each will get."""
        self.multiply_all()
        groups: dict[int, tuple[HeadSlice, list[int]]] = {}
        for row, piece in enumerate(slices):
            if piece is None:
                return [None] * len(slices)
            groups.setdefault(id(piece), (piece, []))[1].append(row)
        width = sum(piece.width for piece, _ in groups.values())
        if len(groups) > 1 and (width > self._head.out_features or not self.list_by_list):
            return [None] * len(slices)
        self._groups = list(groups.values())
        return list(slices)

    @property
    def only(self) -> HeadSlice | None:
        """The slice that all rows of the next pass are multiplied by; None for the whole head."""
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
        width = max(piece.width for piece, _ in self._groups)
        logits = hidden.new_zeros((*hidden.shape[:-1], width))
        for piece, rows in self._groups:
            logits[rows, :, : piece.width] = piece.multiply(hidden[rows])
        return logits
