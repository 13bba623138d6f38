"""One pass through the model for rows of different lengths, through transformers' public
interface: `forward` with a cache, position ids and masks that are already four-dimensional.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import DynamicCache

from generation.constraint.session import TokenIds
from generation.engine.cpu.choose_threads import ThreadCounts, choose
from generation.engine.cpu.fused_linear import join_linears
from generation.engine.cpu.norms import replace_norms
from generation.engine.cpu.packed_linear import make_linear, maker_for, pack_linears
from generation.engine.model.attention_mask import AttentionMasks
from generation.engine.model.cuda_graphs import CudaGraphs, can_record
from generation.engine.model.kv_cache import KVCache, Layout, UnsupportedCache
from generation.engine.model.logits import (
    LogitsFetcher,
    LogitsRequest,
    RowLogits,
    TopAllowed,
    as_they_are,
)
from generation.engine.model.out_of_memory import is_out_of_memory
from generation.engine.model.output_head import HeadSlice, RestrictedHead

logger = logging.getLogger(__name__)


class ModelRunner:
    """A model whose rows may come and go. Used by the engine thread only.

    Raises UnsupportedCache if its architecture cannot be decoded this way, which is tried out.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self.device = torch.device(model.device)
        self._on_cpu = self.device.type == "cpu"
        self._fetcher = LogitsFetcher(self.device)
        self._dtype = model.dtype
        self._masks = AttentionMasks(model.config.get_text_config(), self._dtype, self.device)
        self.threads = ThreadCounts({})
        self._make_linear = maker_for(model)
        join_linears(model)
        replace_norms(model)
        self.layout = self._measure()
        self.head = self._restrict_head()
        pack_linears(model)
        self.recorded = (
            CudaGraphs(model, self._masks, self.device) if can_record(model, self.device) else None
        )
        try:
            self._check()
        except UnsupportedCache:
            if not self._masks.by_type or len(self._masks.types) > 1:
                raise
            self._masks.by_type = False
            self._check()

    def new_cache(self, rows: int = 0, columns: int = 0) -> KVCache:
        return KVCache(self.layout, rows, columns)

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

    def wanted(self, reachable: TokenIds | None, over_all: bool) -> LogitsRequest:
        """What to ask of a pass for a row that can only choose among `reachable`, None for all.

        over_all: see LogitsRequest. The whole head is computed then; on a CPU that is all.
        """
        if self.head is None or (over_all and self._on_cpu):
            return LogitsRequest(None, over_all)
        return LogitsRequest(self.head.slice_for(reachable, cut=not over_all), over_all)

    def forward(
        self,
        cache: KVCache,
        tokens: Sequence[Sequence[int]],
        starts: Sequence[int],
        wanted: Sequence[LogitsRequest] | None,
        *,
        repeated: bool = False,
        narrow: Callable[[], Sequence[TopAllowed | None]] | None = None,
    ) -> list[RowLogits]:
        """Add tokens to rows 0 to n-1 of the cache and return the scores after each row's last.

        tokens: for each row, one or more. starts: for each, how many columns it has already.
        wanted: for each, the scores it needs; None if none are needed at all. repeated: passes of
        this cache come again and again. narrow: says for each row which of those scores are enough;
        asked while the pass is under way, and only if there is something to be gained.
        """
        width = max(map(len, tokens))
        cache.reserve(len(tokens), max(starts) + width)
        granted: list[HeadSlice | None] = [None] * len(tokens)
        if self.head is not None:
            if wanted is None:
                self.head.skip()
            else:
                granted = self.head.plan([None if w.over_all else w.piece for w in wanted])
        try:
            with torch.inference_mode(), self.threads.use(len(tokens) * width):
                logits = None
                if self.recorded is not None and repeated and width == 1 and wanted is not None:
                    piece = self.head.only if self.head else None
                    logits = self.recorded.logits(cache, [row[0] for row in tokens], starts, piece)
                if logits is None:
                    logits = self._compute(cache, tokens, starts)
                if wanted is None:
                    return []
                if self._on_cpu:
                    return as_they_are(logits, granted)
                return self._fetcher.fetch(logits, granted, wanted, narrow)
        finally:
            if self.head is not None:
                self.head.multiply_all()

    def give_memory_back(self) -> None:
        """Forget what is kept for speed alone."""
        if self.recorded is not None:
            self.recorded.forget()

    def _compute(
        self, cache: KVCache, tokens: Sequence[Sequence[int]], starts: Sequence[int]
    ) -> torch.Tensor:
        """[rows, width] scores after each row's last token, on the device."""
        inputs = self._inputs(cache, tokens, starts)
        output = self._model(**inputs, past_key_values=cache, use_cache=True, logits_to_keep=1)
        logits: torch.Tensor = output.logits[:, -1]
        return logits

    # --- inputs ----------------------------------------------------------------------------------

    def _inputs(
        self, cache: KVCache, tokens: Sequence[Sequence[int]], starts: Sequence[int]
    ) -> dict[str, Any]:
        """Rows end together: one with fewer tokens than the longest begins with rubbish, which
        goes to the columns after its own and is seen by nobody.
        """
        rows, width = len(tokens), max(map(len, tokens))
        length = max(start + len(row) for start, row in zip(starts, tokens, strict=True))
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
        at_the_end = width == 1 and bool((positions == length - 1).all())
        return {
            "input_ids": torch.from_numpy(ids).to(self.device),
            "position_ids": at,
            "attention_mask": self._masks.make(at, length, at_the_end=at_the_end),
        }

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
        want = self.wanted(ids, over_all=False)
        try:
            cache = self.new_cache()
            self.forward(cache, prompts, [0, 0], None)
            found = self.forward(cache, following, [len(row) for row in prompts], [want, want])
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
            error_size = (torch.from_numpy(scores.at(ids)) - expected).abs().max()
            if not error_size <= tolerance * max(1.0, float(expected.abs().max())):
                raise UnsupportedCache("rows of different lengths disturb each other")

    def _alone(self, ids: list[int]) -> torch.Tensor:
        with torch.inference_mode():
            output = self._model(
                input_ids=torch.tensor([ids], device=self.device), logits_to_keep=1
            )
        logits: torch.Tensor = output.logits[0, -1].float().cpu()
        return logits
