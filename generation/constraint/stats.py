"""What wordlists cost: constraints made and found again, states computed, masks and their time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generation.constraint.session import Constraint
from generation.histogram import MICRO, SHORT, Histogram

if TYPE_CHECKING:
    from generation.constraint.canonical.word_paths import WordPaths


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
    constraints: tuple[Constraint, ...] = ()
    paths: tuple[WordPaths, ...] = ()
    _rows_of_forgotten: int = 0

    def forget(self, constraints: Iterable[Constraint]) -> None:
        """These are kept no longer; what they have computed still counts."""
        self._rows_of_forgotten += sum(each.rows_made for each in constraints)

    @property
    def states(self) -> int:
        """Those that are numbered in the constraints kept."""
        return sum(each.state_count for each in self.constraints)

    @property
    def rows_made(self) -> int:
        """States whose tokens were not known yet when they were asked for."""
        return self._rows_of_forgotten + sum(each.rows_made for each in self.constraints)

    @property
    def nbytes(self) -> int:
        """Of the spellings of words in tokens. What states have of their own is small beside it."""
        return sum(paths.nbytes for paths in self.paths)
