"""Statistics of the constraints: builds, cache hits, states and the time of masks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generation.constraint.session import Constraint
from generation.histogram import MICRO, SHORT, Histogram

if TYPE_CHECKING:
    from generation.constraint.canonical.word_paths import WordPaths


@dataclass(slots=True)
class ConstraintStats:
    """Written by the threads of the engine; any thread may read.

    builds: Seconds to build a constraint up to its first allowed tokens.
    masks: Seconds to find the allowed tokens of one state.
    hits, misses: Numbers of requests whose constraint was cached, or had to be built.
    constraints: The cached constraints.
    paths: The cached token paths, which constraints of the same list share.
    other_bytes: Returns the memory of what the engine keeps for the constraints.
    """

    builds: Histogram = field(default_factory=lambda: Histogram(SHORT))
    masks: Histogram = field(default_factory=lambda: Histogram(MICRO))
    hits: int = 0
    misses: int = 0
    constraints: tuple[Constraint, ...] = ()
    paths: tuple[WordPaths, ...] = ()
    other_bytes: Callable[[], int] = int
    _rows_of_dropped: int = 0

    def drop(self, constraints: Iterable[Constraint]) -> None:
        """Add the rows of constraints that leave the cache to the total."""
        self._rows_of_dropped += sum(each.rows_made for each in constraints)

    @property
    def states(self) -> int:
        """Number of states in the cached constraints."""
        return sum(each.state_count for each in self.constraints)

    @property
    def rows_made(self) -> int:
        """Number of times the allowed tokens of a state had to be computed."""
        return self._rows_of_dropped + sum(each.rows_made for each in self.constraints)

    @property
    def nbytes(self) -> int:
        """Bytes of the cached token paths with their lexicons, of the constraints, and of
        `other_bytes`.
        """
        paths = sum(each.nbytes for each in self.paths)
        return paths + sum(each.nbytes for each in self.constraints) + self.other_bytes()
