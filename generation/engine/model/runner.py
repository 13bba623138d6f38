"""Forward passes for rows of different lengths.

They use transformers' public interface: `forward` with a cache, position ids and four-dimensional
attention masks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import DynamicCache

from generation.constraint.session import TokenIds
from generation.engine.cpu.choose_threads import one_thread, one_thread_tokens
from generation.engine.cpu.packed_linear import linear_maker, make_linear, pack_linears
from generation.engine.model.attention_mask import AttentionMasks
from generation.engine.model.cuda_graphs import CudaGraphs, can_record
from generation.engine.model.gpu_logits import GpuLogitsFetcher
from generation.engine.model.kv_cache import KVCache, Layout, UnsupportedCache
from generation.engine.model.logits import (
    LogitsRequest,
    MassRequest,
    RowLogits,
    TopAllowed,
    split_rows,
)
from generation.engine.model.out_of_memory import is_out_of_memory
from generation.engine.model.output_head import HeadSlice, RestrictedHead

logger = logging.getLogger(__name__)

# Maximum number of logits of a pass that computes them after each token: 64 MB in float32.
MAX_LOGITS = 2**24
ALL_POSITIONS = 0  # transformers' value of `logits_to_keep`


class ModelRunner:
    """Runs a model on rows of a KVCache. Used by the engine's thread only.

    Changes the model in place: replaces its linear layers and its output head. Raises
    UnsupportedCache if a trial shows that its architecture cannot be decoded this way.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self.device = torch.device(model.device)
        self._on_cpu = self.device.type == "cpu"
        self._fetcher = GpuLogitsFetcher(self.device)
        self._dtype = model.dtype
        self._masks = AttentionMasks(model.config.get_text_config(), self._dtype, self.device)
        self.one_thread_tokens = 0
        self._make_linear = linear_maker(model)
        self.layout = self._find_layout()
        self.head = self._restrict_head()
        pack_linears(model, skip=self.head)
        self.graphs = (
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

    def choose_threads(self) -> None:
        """Compute small passes with one thread where that is faster: see `choose_threads`."""
        if all(each.device.type == "cpu" for each in self._model.parameters()):
            config = self._model.config.get_text_config()
            self.one_thread_tokens = one_thread_tokens(config.hidden_size)

    def logits_request(
        self,
        reachable: TokenIds | None,
        *,
        full_vocabulary: bool,
        masses: MassRequest | None = None,
    ) -> LogitsRequest:
        """Return the request of a row whose next token is one of `reachable`; None for any.

        full_vocabulary: See LogitsRequest. The whole head is computed then. On a CPU the row gets
            all of its scores, on a GPU only those of the slice are copied.
        """
        if self.head is None or (full_vocabulary and self._on_cpu):
            return LogitsRequest(None, full_vocabulary)
        head_slice = self.head.slice_for(reachable, with_weights=False)
        # Without a slice all scores stay on the GPU, and the run asks for what it needs.
        return LogitsRequest(head_slice, full_vocabulary, masses if head_slice else None)

    def forward(
        self,
        cache: KVCache,
        tokens: Sequence[Sequence[int]],
        starts: Sequence[int],
        requests: Sequence[LogitsRequest] | None,
        *,
        repeated: bool = False,
        top_allowed: Callable[[], Sequence[TopAllowed | None]] | None = None,
    ) -> list[RowLogits]:
        """Add tokens to rows 0 to n-1 of the cache and return the logits after each row's last.

        tokens: For each row, one or more tokens.
        starts: For each row, its number of columns before the pass.
        requests: For each row, the logits it needs; None if no row needs any.
        repeated: The cache is used for many passes, so recording them as CUDA graphs pays.
        top_allowed: See GpuLogitsFetcher.fetch. Not called on a CPU.
        """
        width = max(map(len, tokens))
        cache.reserve(len(tokens), max(starts) + width)
        slices: list[HeadSlice | None] = [None] * len(tokens)
        if self.head is not None:
            if requests is None:
                self.head.skip()
            else:
                wanted = [None if each.full_vocabulary else each.head_slice for each in requests]
                slices = self.head.plan(wanted, decoding=repeated)
        small = len(tokens) * width <= self.one_thread_tokens
        try:
            with torch.inference_mode(), one_thread(small):
                logits = None
                if self.graphs is not None and repeated and width == 1 and requests is not None:
                    common = self.head.common_slice if self.head else None
                    logits = self.graphs.logits(cache, [row[0] for row in tokens], starts, common)
                if logits is None:
                    logits = self._compute(cache, tokens, starts)[:, -1]
                if requests is None:
                    return []
                return self._row_logits(logits, slices, requests, top_allowed)
        finally:
            if self.head is not None:
                self.head.multiply_all()

    @property
    def max_scored_tokens(self) -> int:
        """Maximum number of rows times tokens of a pass that computes the logits of each token."""
        vocabulary: int = self._model.config.get_text_config().vocab_size
        return max(1, MAX_LOGITS // vocabulary)

    def forward_all(
        self,
        cache: KVCache,
        tokens: Sequence[Sequence[int]],
        starts: Sequence[int],
        requests: Sequence[LogitsRequest] | None,
    ) -> tuple[torch.Tensor, list[RowLogits]]:
        """Like `forward`, and also return the logits after each token.

        They are [rows, width, vocabulary], on the device. Rows with fewer tokens begin with
        padding. At most `max_scored_tokens` bounds their memory.
        """
        width = max(map(len, tokens))
        cache.reserve(len(tokens), max(starts) + width)
        small = len(tokens) * width <= self.one_thread_tokens
        with torch.inference_mode(), one_thread(small):
            logits = self._compute(cache, tokens, starts, positions=ALL_POSITIONS)
            slices = [None] * len(tokens)
            rows = self._row_logits(logits[:, -1], slices, requests, None) if requests else []
            return logits, rows

    def _row_logits(
        self,
        logits: torch.Tensor,
        slices: Sequence[HeadSlice | None],
        requests: Sequence[LogitsRequest],
        top_allowed: Callable[[], Sequence[TopAllowed | None]] | None,
    ) -> list[RowLogits]:
        if self._on_cpu:
            return split_rows(logits, slices)
        return self._fetcher.fetch(logits, slices, requests, top_allowed)

    def end_decoding(self) -> None:
        """No row decodes any more: free what is kept for the rows alone."""
        if self.head is not None:
            self.head.end_decoding()

    def free_memory(self) -> None:
        """Drop the CUDA graphs, which are recorded again when they are needed."""
        if self.graphs is not None:
            self.graphs.clear()

    def _compute(
        self,
        cache: KVCache,
        tokens: Sequence[Sequence[int]],
        starts: Sequence[int],
        *,
        positions: int = 1,
    ) -> torch.Tensor:
        """Return [rows, positions, width] logits after each row's last tokens, on the device."""
        inputs = self._inputs(cache, tokens, starts)
        output = self._model(
            **inputs, past_key_values=cache, use_cache=True, logits_to_keep=positions
        )
        logits: torch.Tensor = output.logits
        return logits

    # --- inputs ----------------------------------------------------------------------------------

    def _inputs(
        self, cache: KVCache, tokens: Sequence[Sequence[int]], starts: Sequence[int]
    ) -> dict[str, Any]:
        """Make the inputs of a pass.

        A row with fewer tokens than the longest starts with padding tokens. Their states are
        written to the columns after the row's own, which no token of the row attends to.
        """
        rows, width = len(tokens), max(map(len, tokens))
        length = max(start + len(row) for start, row in zip(starts, tokens, strict=True))
        ids = np.zeros((rows, width), np.int64)
        positions = np.zeros((rows, width), np.int64)
        columns = np.empty((rows, width), np.int64)
        for index, (row, start) in enumerate(zip(tokens, starts, strict=True)):
            padding, end = width - len(row), start + len(row)
            ids[index, padding:] = row
            columns[index, padding:] = positions[index, padding:] = np.arange(start, end)
            columns[index, :padding] = np.arange(end, end + padding)
        cache.prepare_pass(columns, length)
        position_ids = torch.from_numpy(positions).to(self.device)
        all_last = width == 1 and bool((positions == length - 1).all())
        return {
            "input_ids": torch.from_numpy(ids).to(self.device),
            "position_ids": position_ids,
            "attention_mask": self._masks.make(position_ids, length, all_last=all_last),
        }

    # --- inspecting the model --------------------------------------------------------------------

    def _find_layout(self) -> Layout:
        """Run two tokens with transformers' own cache and read what it stores."""
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
            logger.info("the output head is a %s, so it is not restricted", type(head).__name__)
            return None
        restricted = RestrictedHead(head, self._make_linear)
        self._model.set_output_embeddings(restricted)
        return restricted

    def _check(self) -> None:
        """Compare two rows of different lengths, in two passes, with transformers' own result for
        each row alone. Raises UnsupportedCache if they differ.
        """
        vocabulary = self._model.config.get_text_config().vocab_size
        prompts = [[(7 * i + 3 * row) % vocabulary for i in range(9 - 4 * row)] for row in (0, 1)]
        following = [[5 % vocabulary, 11 % vocabulary], [3 % vocabulary]]
        expected = [self._logits_alone(prompts[row] + following[row]) for row in (0, 1)]
        width = len(expected[0])
        ids = np.arange(0, width, max(1, width // 16), dtype=np.int64)
        request = self.logits_request(ids, full_vocabulary=False)
        try:
            cache = self.new_cache()
            self.forward(cache, prompts, [0, 0], None)
            starts = [len(row) for row in prompts]
            logits = self.forward(cache, following, starts, [request, request])
        except Exception as error:
            if is_out_of_memory(error):
                raise
            raise UnsupportedCache(f"a pass of several rows fails: {error}") from error
        finally:
            if self.head is not None:
                self.head.drop_slices()
        exact = self._dtype is torch.float32 and self._make_linear is make_linear
        tolerance = 1e-3 if exact else 0.1
        for row, row_logits in enumerate(logits):
            alone = expected[row][ids]
            difference = (torch.from_numpy(row_logits.gather(ids)) - alone).abs().max()
            if not difference <= tolerance * max(1.0, float(alone.abs().max())):
                raise UnsupportedCache("rows of different lengths change each other's logits")

    def _logits_alone(self, ids: list[int]) -> torch.Tensor:
        with torch.inference_mode():
            output = self._model(
                input_ids=torch.tensor([ids], device=self.device), logits_to_keep=1
            )
        logits: torch.Tensor = output.logits[0, -1].float().cpu()
        return logits
