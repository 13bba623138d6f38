"""What wordlists cost: constraints made and found again, states computed, masks and their time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from generation.histogram import MICRO, SHORT, Histogram


@dataclass(slots=True)
class ConstraintStats:
    """Written by the engine's threads; read by any.

    builds: seconds until a new constraint knew its first tokens. masks: seconds for the tokens of
    one state. hits, misses: requests whose constraint was there, or had to be made. constraints,
    paths: those that are kept now, and the spellings that they share.
    """

    builds: Histogram = field(default_factory=lambda: Histogram(SHORT))
    masks: Histogram = field(default_factory=lambda: Histogram(MICRO))
    hits: int = 0
    misses: int = 0
    constraints: tuple[Any, ...] = ()
    paths: tuple[Any, ...] = ()
    _rows_of_forgotten: int = 0

    def forget(self, constraints: Iterable[Any]) -> None:
        """These are kept no longer; what they have computed still counts."""
        self._rows_of_forgotten += sum(map(_rows_made, constraints))

    @property
    def states(self) -> int:
        """Those that are numbered in the constraints kept."""
        return sum(getattr(each, "state_count", 0) for each in self.constraints)

    @property
    def rows_made(self) -> int:
        """States whose tokens were not known yet when they were asked for."""
        return self._rows_of_forgotten + sum(map(_rows_made, self.constraints))

    @property
    def nbytes(self) -> int:
        """Of the spellings of words in tokens. What states have of their own is small beside it."""
        return sum(paths.nbytes for paths in self.paths)


def _rows_made(constraint: Any) -> int:
    return int(getattr(constraint, "rows_made", 0))
