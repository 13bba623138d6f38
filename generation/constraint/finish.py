"""Where a reply that runs out of tokens may end, and the shortest way there.

Common to both budgets: `budget.py` counts in tokens, `spelling_budget.py` in bytes.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterable
from enum import Enum, StrEnum
from itertools import count
from typing import TypeVar

from vocab.words.surroundings import After, BoundaryState, Surroundings
from vocab.words.trie import NO_RANK

# A sentence is not begun with fewer tokens left than this.
MIN_SENTENCE_TOKENS = 6
UNREACHABLE = NO_RANK

# Places that are only ever inside a pair or part of one, or where it can be closed at once though
# the text could not end there without it (a dash): it cannot be thought away.
PAIRED = frozenset(
    {After.OPENING, After.ELLIPSIS, After.CLOSING_STAR, After.SPACED_DASH, After.DASH}
)

Place = TypeVar("Place", bound=Hashable)


class Finish(StrEnum):
    """Where a reply that is cut by its token limit ends."""

    SENTENCE = "sentence"
    WORD = "word"


class Goal(Enum):
    """What is tried for, one after the other: that a sentence ends in time; that the text may end,
    its pairs closed; that no word is half written where it is cut.
    """

    SENTENCE = 1
    TEXT = 2
    WORD = 3


GOALS = {Finish.SENTENCE: tuple(Goal), Finish.WORD: (Goal.TEXT, Goal.WORD)}


def is_good(surroundings: Surroundings, at: BoundaryState, goal: Goal) -> bool:
    if goal is Goal.SENTENCE:
        return surroundings.ends_sentence(at)
    return surroundings.can_end(at) if goal is Goal.TEXT else surroundings.is_whole(at)


def open_signs(at: BoundaryState) -> str:
    """What closes the inverted marks that are innermost: ? and !, which a sentence end has to be.

    Other closing marks may come after any end of a sentence.
    """
    return at.closers[len(at.closers.rstrip("?!")) :]


def shortest_way(
    start: Place,
    edges: Callable[[Place], Iterable[tuple[int, Place]]],
    is_good: Callable[[Place], bool],
) -> int:
    """Dijkstra's algorithm: the cost of the cheapest way to a good place, or UNREACHABLE."""
    order = count()
    pending = [(0, next(order), start)]
    best = {start: 0}
    while pending:
        cost, _, at = heapq.heappop(pending)
        if is_good(at):
            return cost
        if cost > best[at]:
            continue
        for more, after in edges(at):
            if cost + more < best.get(after, UNREACHABLE):
                best[after] = cost + more
                heapq.heappush(pending, (cost + more, next(order), after))
    return UNREACHABLE
