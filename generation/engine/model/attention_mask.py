"""Attention masks: which columns of the key-value cache each token attends to."""

from __future__ import annotations

from typing import Any

import torch

from generation.engine.model.kv_cache import UnsupportedCache

FULL, SLIDING = "full_attention", "sliding_attention"


class AttentionMasks:
    """Makes the masks of a model's layers. Raises UnsupportedCache for other types of layers.

    by_type: The model takes a dictionary with a mask for each type of layer, not one mask.
    """

    def __init__(self, config: Any, dtype: torch.dtype, device: torch.device) -> None:
        types = getattr(config, "layer_types", None)
        window = getattr(config, "sliding_window", None)
        if getattr(config, "use_sliding_window", True) is False:
            window = None
        if types is None:
            self.types = {SLIDING} if window else {FULL}
        else:
            self.types = set(types)
        unknown = self.types - {FULL, SLIDING}
        if unknown:
            raise UnsupportedCache(f"it has layers of type {', '.join(sorted(unknown))}")
        self.by_type = types is not None
        self._window = window
        self._dtype = dtype
        self._all_visible = torch.zeros((1, 1, 1, 0), dtype=dtype, device=device)

    def make(self, positions: torch.Tensor, length: int, *, all_last: bool = False) -> Any:
        """Return a [rows, 1, tokens, length] mask, or one for each type of layer.

        It is 0 where a token attends to a column, and the lowest number of the dtype elsewhere.

        positions: [rows, tokens].
        length: Number of columns.
        all_last: Every position is the last column.
        """
        masks = {
            kind: self._mask(positions, length, self._window if kind == SLIDING else None, all_last)
            for kind in self.types
        }
        return masks if self.by_type else next(iter(masks.values()))

    def _mask(
        self, positions: torch.Tensor, length: int, window: int | None, all_last: bool
    ) -> torch.Tensor:
        if all_last and (window is None or length <= window):
            if self._all_visible.shape[-1] < length:
                self._all_visible = self._all_visible.new_zeros((1, 1, 1, 2 * length))
            # One mask for all rows, without a copy. Some models insist on a mask for each row.
            return self._all_visible[..., :length].expand(len(positions), -1, -1, -1)
        column = torch.arange(length, device=positions.device)
        hidden = column > positions[:, None, :, None]
        if window is not None:
            hidden |= column <= positions[:, None, :, None] - window
        mask = torch.zeros(hidden.shape, dtype=self._dtype, device=positions.device)
        return mask.masked_fill_(hidden, torch.finfo(self._dtype).min)
