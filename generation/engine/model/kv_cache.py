"""The key-value cache of a batch: one row per sequence, one column per token.

Every row starts at column 0, so a column is a position: the cache has no padding before a row, a
prefix is a range of columns, and a sliding window is a comparison. Columns beyond a row's length
hold old states or those of padding tokens; the attention mask hides them.

The storage is allocated in advance, [layers, rows, columns, heads, dim]. One tensor holds all
layers of one shape, so moving a row, forking a beam or copying a prefix is one copy and not one
per layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import Cache, DynamicCache

COLUMN_STEP = 64  # the number of allocated columns is a multiple of this


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of the states of some layers."""

    heads: int
    dim: int
    dtype: torch.dtype
    device: torch.device


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each layer's keys and values are stored: (shape, index within that shape's storage)."""

    keys: tuple[tuple[Shape, int], ...]
    values: tuple[tuple[Shape, int], ...]

    @classmethod
    def of(cls, cache: DynamicCache) -> Layout:
        """Return the layout of a cache that a pass has filled. Raises UnsupportedCache."""
        counts: dict[Shape, int] = {}

        def position(states: torch.Tensor) -> tuple[Shape, int]:
            shape = Shape(states.shape[1], states.shape[3], states.dtype, states.device)
            counts[shape] = counts.get(shape, 0) + 1
            return shape, counts[shape] - 1

        keys, values = [], []
        for layer in cache.layers:
            states = getattr(layer, "keys", None), getattr(layer, "values", None)
            if any(not isinstance(each, torch.Tensor) or each.ndim != 4 for each in states):
                raise UnsupportedCache("a layer of the model keeps no keys and values")
            keys.append(position(states[0]))
            values.append(position(states[1]))
        if not keys:
            raise UnsupportedCache("the model keeps no keys and values")
        return cls(tuple(keys), tuple(values))

    @property
    def sizes(self) -> dict[Shape, int]:
        """The number of layers' states of each shape."""
        sizes: dict[Shape, int] = {}
        for shape, index in (*self.keys, *self.values):
            sizes[shape] = max(sizes.get(shape, 0), index + 1)
        return sizes

    @property
    def bytes_per_token(self) -> int:
        return sum(
            count * shape.heads * shape.dim * shape.dtype.itemsize
            for shape, count in self.sizes.items()
        )


Block = list[torch.Tensor]  # for each shape, [layers, columns, heads, dim]


class KVCache(Cache):  # type: ignore[misc]
    """The `past_key_values` of the model's forward pass.

    `prepare_pass` sets the columns that the next pass writes; the model's layers call `update`.
    """

    def __init__(self, layout: Layout, rows: int = 0, columns: int = 0) -> None:
        super().__init__(layers=[])
        self._layout = layout
        self._shapes = list(layout.sizes)
        self._store: dict[Shape, torch.Tensor] = {}
        self._flat: dict[torch.device, torch.Tensor] = {}
        self._visible: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._written: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.rows = self.columns = 0
        self.generation = object()  # replaced whenever the storage is reallocated
        self.reserve(rows, columns)

    def reserve(self, rows: int, columns: int) -> None:
        """Have at least this number of rows and columns, and keep the contents."""
        if rows > self.rows or columns > self.columns or not self._store:
            self.resize(max(rows, self.rows), max(columns, self.columns))

    def resize(self, rows: int, columns: int) -> None:
        """Have this number of rows and columns, and keep the contents that fit."""
        columns = -(-columns // COLUMN_STEP) * COLUMN_STEP
        # Zeros, because masked values are still multiplied and uninitialized memory may be NaN.
        store = {
            shape: torch.zeros(
                (count, rows, columns, shape.heads, shape.dim),
                dtype=shape.dtype,
                device=shape.device,
            )
            for shape, count in self._layout.sizes.items()
        }
        for shape, old in self._store.items():
            both = slice(min(rows, self.rows)), slice(min(columns, self.columns))
            store[shape][:, both[0], both[1]] = old[:, both[0], both[1]]
        self._store, self.rows, self.columns = store, rows, columns
        self.generation = object()

    def release(self) -> None:
        """Free all memory."""
        self._store, self._visible, self._written, self.rows, self.columns = {}, [], [], 0, 0
        self.generation = object()

    @property
    def nbytes(self) -> int:
        return sum(store.nbytes for store in self._store.values())

    # --- a forward pass --------------------------------------------------------------------------

    def prepare_pass(self, columns: npt.NDArray[np.int64], length: int) -> None:
        """Set what the next pass writes and reads.

        columns: [n, tokens] that rows 0 to n-1 write. A single row must write consecutive columns.
        length: Number of columns that the pass reads.

        The views for all layers are made here at once. Making them layer by layer would be hundreds
        of small calls.
        """
        used, tokens = columns.shape
        self._flat = {}
        if used > 1:
            flat = torch.from_numpy((columns + np.arange(used)[:, None] * self.columns).ravel())
            self._flat = {device: flat.to(device) for device in self._devices}
            self._make_views(used, length, self._rows_and_columns())
            return
        first = int(columns[0, 0])
        written = {
            shape: store[:, :1, first : first + tokens].transpose(2, 3).unbind(0)
            for shape, store in self._store.items()
        }
        self._make_views(used, length, written)

    def prepare_pass_on_device(self, flat: torch.Tensor, rows: int, length: int) -> None:
        """The same for one token per row. flat: [rows] row * columns + column, on the device."""
        self._flat = dict.fromkeys(self._devices, flat)
        self._make_views(rows, length, self._rows_and_columns())

    @property
    def _devices(self) -> set[torch.device]:
        return {shape.device for shape in self._store}

    def _rows_and_columns(self) -> dict[Shape, tuple[torch.Tensor, ...]]:
        return {shape: store.flatten(1, 2).unbind(0) for shape, store in self._store.items()}

    def _make_views(
        self, rows: int, length: int, written: dict[Shape, tuple[torch.Tensor, ...]]
    ) -> None:
        self._length = length
        visible = {
            shape: store[:, :rows, :length].transpose(2, 3).unbind(0)
            for shape, store in self._store.items()
        }
        self._visible = [
            (visible[k][i], visible[v][j])
            for (k, i), (v, j) in zip(self._layout.keys, self._layout.values, strict=True)
        ]
        self._written = [
            (written[k][i], written[v][j])
            for (k, i), (v, j) in zip(self._layout.keys, self._layout.values, strict=True)
        ]

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        layer_idx: int,
        *args: Any,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write [rows, heads, tokens, dim] states; return all visible ones in the same layout."""
        keys, values = self._written[layer_idx]
        if self._flat:
            flat = self._flat[keys.device]
            keys.index_copy_(0, flat, key_states.transpose(1, 2).flatten(0, 1))
            values.index_copy_(0, flat, value_states.transpose(1, 2).flatten(0, 1))
        else:
            keys.copy_(key_states)
            values.copy_(value_states)
        return self._visible[layer_idx]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        return self._length

    def get_mask_sizes(self, query_length: int, layer_idx: int) -> tuple[int, int]:
        return self._length, 0

    @property
    def is_sliding(self) -> list[bool]:
        return [False] * len(self._layout.keys)

    # --- rows ------------------------------------------------------------------------------------

    def copy_rows(
        self, targets: Sequence[int], sources: Sequence[int], first: int, last: int
    ) -> None:
        """Copy columns first..last-1 of rows to other rows. A row may be a source and a target."""
        if not targets or last <= first:
            return
        for store in self._store.values():
            if len(targets) == 1:
                store[:, targets[0], first:last] = store[:, sources[0], first:last]
            else:
                store[:, list(targets), first:last] = store[:, list(sources), first:last]

    def block(self, row: int, length: int) -> Block:
        """Return a copy of a row's first columns."""
        return [self._store[shape][:, row, :length].clone() for shape in self._shapes]

    def write_block(self, row: int, block: Block, length: int) -> None:
        """Write the first columns of a block into a row."""
        for shape, states in zip(self._shapes, block, strict=True):
            self._store[shape][:, row, :length] = states[:, :length]

    def copy_from(self, other: KVCache, source: int, target: int, length: int) -> None:
        """Copy the first columns of a row of another cache with the same layout."""
        for shape in self._shapes:
            self._store[shape][:, target, :length] = other._store[shape][:, source, :length]


class UnsupportedCache(Exception):
    """The architecture's cache does not consist of keys and values per row and column."""
