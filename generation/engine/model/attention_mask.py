"""Which columns of the cache a token sees, as masks that are already four-dimensional."""

from __future__ import annotations

from typing import Any

import torch

from generation.engine.model.kv_cache import UnsupportedCache

FULL, SLIDING = "full_attention", "sliding_attention"


class AttentionMasks:
    """What a model's layers see. Raises UnsupportedCache for layers that have no columns.

    by_type: models whose layers differ take a mask for each type of layer, the others one mask.
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
        self._see_all = torch.zeros((1, 1, 1, 0), dtype=dtype, device=device)

    def make(self, at: torch.Tensor, length: int, *, at_the_end: bool = False) -> Any:
        """[rows, 1, tokens, length]: 0 where a token sees a column, else the lowest number; one for
        each type of layer if they differ.

        at: [rows, tokens] positions. at_the_end: all of them are the last column.
        """
        masks = {
            kind: self._visible(at, length, self._window if kind == SLIDING else None, at_the_end)
            for kind in self.types
        }
        return masks if self.by_type else next(iter(masks.values()))

    def _visible(
        self, at: torch.Tensor, length: int, window: int | None, at_the_end: bool
    ) -> torch.Tensor:
        if at_the_end and (window is None or length <= window):
            if self._see_all.shape[-1] < length:
                self._see_all = self._see_all.new_zeros((1, 1, 1, 2 * length))
            return self._see_all[..., :length]
        column = torch.arange(length, device=at.device)
        hidden = column > at[:, None, :, None]
        if window is not None:
            hidden |= column <= at[:, None, :, None] - window
        mask = torch.zeros(hidden.shape, dtype=self._dtype, device=at.device)
        return mask.masked_fill_(hidden, torch.finfo(self._dtype).min)
