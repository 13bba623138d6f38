"""One pass through the model for rows of different lengths, through transformers' public
interface: `forward` with a cache, position ids and masks that are already four-dimensional.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import DynamicCache

from generation.constraint.contract import TokenIds
from generation.engine.head import HeadSlice, RestrictedHead
from generation.engine.joined import join_linears
from generation.engine.linear import make_linear, maker_for, pack_linears
from generation.engine.memory import is_out_of_memory
from generation.engine.norms import replace_norms
from generation.engine.pass_threads import PassThreads, choose
from generation.engine.slots import Layout, SlotCache, UnsupportedCache

logger = logging.getLogger(__name__)

FULL, SLIDING = "full_attention", "sliding_attention"


@dataclass(frozen=True, slots=True)
class RowLogits:
    """The scores after a row's last token, float32. piece: which tokens' they are, None for all."""

    values: torch.Tensor
    piece: HeadSlice | None

    def at(self, ids: TokenIds) -> torch.Tensor:
        """[n] scores of these tokens. Raises UnreachableToken if one was not computed."""
        if self.piece is None:
            return self.values.index_select(0, torch.from_numpy(ids))
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


class Model:
    """A model whose rows may come and go. Used by the engine thread only.

    Raises UnsupportedCache if its architecture cannot be decoded this way, which is tried out.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self.device = torch.device(model.device)
        config = model.config.get_text_config()
        self._types = _layer_types(config)
        self._window = getattr(config, "sliding_window", None)
        if getattr(config, "use_sliding_window", True) is False:
            self._window = None
        self._dtype = model.dtype
        # Models whose layers differ take a mask for each type of layer, the others one mask.
        self._mask_by_type = getattr(config, "layer_types", None) is not None
        self._see_all = torch.zeros((1, 1, 1, 0), dtype=self._dtype, device=self.device)
        self.threads = PassThreads({})
        self._make_linear = maker_for(model)
        join_linears(model)
        replace_norms(model)
        self.layout = self._measure()
        self.head = self._restrict_head()
        pack_linears(model)
        try:
            self._check()
        except UnsupportedCache:
            if not self._mask_by_type or len(self._types) > 1:
                raise
            self._mask_by_type = False
            self._check()

    def new_cache(self, rows: int = 0, columns: int = 0) -> SlotCache:
        return SlotCache(self.layout, rows, columns)

    def choose_threads(self, subject: str, store: Path | None) -> None:
        """Find out how many threads of the processor pay for a pass of how many tokens.

        subject, store: see `pass_threads.choose`.
        """
        if any(each.device.type != "cpu" for each in self._model.parameters()):
            return
        cache = self.new_cache()
        self.threads = choose(
            lambda size: self.forward(cache, [[0] * size], [0], None), subject, store
        )

    def piece(self, reachable: TokenIds | None, wants_all: bool) -> HeadSlice | None:
        """What of the head a row needs that can only choose among `reachable`; None for all."""
        return None if wants_all or self.head is None else self.head.slice_for(reachable)

    def forward(
        self,
        cache: SlotCache,
        tokens: Sequence[Sequence[int]],
        starts: Sequence[int],
        pieces: Sequence[HeadSlice | None] | None,
    ) -> list[RowLogits]:
        """Add tokens to rows 0 to n-1 of the cache and return the scores after each row's last.

        tokens: for each row, one or more. starts: for each, how many columns it has already.
        pieces: for each, the slice of the head it needs; None if no scores are needed at all.
        """
        inputs = self._inputs(cache, tokens, starts)
        granted: list[HeadSlice | None] = [None] * len(tokens)
        if self.head is not None:
            if pieces is None:
                self.head.skip()
            else:
                granted = self.head.plan(pieces)
        try:
            with torch.inference_mode(), self.threads.use(inputs["input_ids"].numel()):
                output = self._model(
                    **inputs, past_key_values=cache, use_cache=True, logits_to_keep=1
                )
        finally:
            if self.head is not None:
                self.head.multiply_all()
        if pieces is None:
            return []
        with torch.inference_mode():
            logits = output.logits[:, -1].float().cpu()
        return [
            RowLogits(row[: piece.width] if piece else row, piece)
            for row, piece in zip(logits.unbind(0), granted, strict=True)
        ]

    # --- inputs ----------------------------------------------------------------------------------

    def _inputs(
        self, cache: SlotCache, tokens: Sequence[Sequence[int]], starts: Sequence[int]
    ) -> dict[str, Any]:
        """Rows end together: one with fewer tokens than the longest begins with rubbish, which
        goes to the columns after its own and is seen by nobody.
        """
        rows, width = len(tokens), max(map(len, tokens))
        length = max(start + len(row) for start, row in zip(starts, tokens, strict=True))
        cache.reserve(rows, max(starts) + width)
        ids = np.zeros((rows, width), np.int64)
        positions = np.zeros((rows, width), np.int64)
        columns = np.empty((rows, width), np.int64)
        for index, (row, start) in enumerate(zip(tokens, starts, strict=True)):
            rubbish, end = width - len(row), start + len(row)
            ids[index, rubbish:] = row
            columns[index, rubbish:] = positions[index, rubbish:] = np.arange(start, end)
            columns[index, :rubbish] = np.arange(end, end + rubbish)
        cache.place(columns, length)
        at = torch.from_numpy(positions).to(self.device)
        return {
            "input_ids": torch.from_numpy(ids).to(self.device),
            "position_ids": at,
            "attention_mask": self._mask(at, length, positions),
        }

    def _mask(self, at: torch.Tensor, length: int, positions: np.ndarray[Any, Any]) -> Any:
        masks = {
            kind: self._visible(at, length, positions, self._window if kind == SLIDING else None)
            for kind in self._types
        }
        return masks if self._mask_by_type else next(iter(masks.values()))

    def _visible(
        self,
        at: torch.Tensor,
        length: int,
        positions: np.ndarray[Any, Any],
        window: int | None,
    ) -> torch.Tensor:
        """[rows, 1, tokens, length]: 0 where a token sees a column, else the lowest number."""
        at_the_end = positions.shape[1] == 1 and (positions == length - 1).all()
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

    # --- finding out what the model is -----------------------------------------------------------

    def _measure(self) -> Layout:
        """Run two tokens with transformers' own cache and see what it keeps."""
        cache = DynamicCache(config=self._model.config.get_text_config())
        ids = torch.zeros((1, 2), dtype=torch.long, device=self.device)
        with torch.inference_mode():
            self._model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        if not isinstance(cache, DynamicCache):
            raise UnsupportedCache("the model does not use a key-value cache")
        return Layout.of(cache)

    def _restrict_head(self) -> RestrictedHead | None:
        head = self._model.get_output_embeddings()
        if isinstance(head, RestrictedHead):
            return head
        if type(head) is not nn.Linear:
            logger.info("the output head is a %s: it is always computed whole", type(head).__name__)
            return None
        restricted = RestrictedHead(head, self._make_linear)
        self._model.set_output_embeddings(restricted)
        return restricted

    def _check(self) -> None:
        """Compare rows of different lengths, in two passes, with each row alone in transformers'
        own cache. Raises UnsupportedCache.
        """
        vocabulary = self._model.config.get_text_config().vocab_size
        prompts = [[(7 * i + 3 * row) % vocabulary for i in range(9 - 4 * row)] for row in (0, 1)]
        following = [[5 % vocabulary, 11 % vocabulary], [3 % vocabulary]]
        ids = np.arange(0, vocabulary, max(1, vocabulary // 16), dtype=np.int64)
        piece = self.head.slice_for(ids) if self.head else None
        try:
            cache = self.new_cache()
            self.forward(cache, prompts, [0, 0], None)
            found = self.forward(cache, following, [len(row) for row in prompts], [piece, piece])
        except Exception as error:
            if is_out_of_memory(error):
                raise
            raise UnsupportedCache(f"a batch of rows fails: {error}") from error
        finally:
            if self.head is not None:
                self.head.forget()
        exact = self._dtype is torch.float32 and self._make_linear is make_linear
        tolerance = 1e-3 if exact else 0.1
        for row, scores in enumerate(found):
            expected = self._alone([*prompts[row], *following[row]])[ids]
            error_size = (scores.at(ids) - expected).abs().max()
            if not error_size <= tolerance * max(1.0, float(expected.abs().max())):
                raise UnsupportedCache("rows of different lengths disturb each other")

    def _alone(self, ids: list[int]) -> torch.Tensor:
        with torch.inference_mode():
            output = self._model(
                input_ids=torch.tensor([ids], device=self.device), logits_to_keep=1
            )
        logits: torch.Tensor = output.logits[0, -1].float().cpu()
        return logits


def _layer_types(config: Any) -> set[str]:
    """Raises UnsupportedCache for kinds of layers that have no columns."""
    types = getattr(config, "layer_types", None)
    if types is None:
        window = getattr(config, "sliding_window", None)
        uses_it = getattr(config, "use_sliding_window", True) is not False
        return {SLIDING} if window and uses_it else {FULL}
    unknown = set(types) - {FULL, SLIDING}
    if unknown:
        raise UnsupportedCache(f"it has layers of type {', '.join(sorted(unknown))}")
    return set(types)


class UnreachableToken(RuntimeError):
    """A constraint allows a token that it said could never come: a fault of ours."""
