"""Where a reply that reaches its token limit may end, and the shortest path there.

Used by both distances to an end: `canonical/end_distance.py` counts tokens, and
`any_tokens/spelling_distance.py` counts bytes.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterable
from enum import Enum, StrEnum
from itertools import count
from typing import TypeVar

from vocab.words.surroundings import After, BoundaryState, Surroundings
from vocab.words.trie import NO_RANK

# With fewer tokens left than this no new sentence begins.
MIN_SENTENCE_TOKENS = 6
UNREACHABLE = NO_RANK

# In these states the open pair matters: they exist only inside a pair or as part of one, or the
# pair can be closed at once although the text could not end there without it (a dash).
PAIRED = frozenset(
    {After.OPENING, After.ELLIPSIS, After.CLOSING_STAR, After.SPACED_DASH, After.DASH}
)

Node = TypeVar("Node", bound=Hashable)


class Finish(StrEnum):
    """Where a reply that is cut by its token limit ends."""

    SENTENCE = "sentence"
    WORD = "word"


class EndKind(Enum):
    """The ways in which a reply can end in time, the best first.

    SENTENCE: A sentence ends.
    TEXT: The text may end: its pairs are closed.
    WORD: No word is incomplete.
    """

    SENTENCE = 1
    TEXT = 2
    WORD = 3


END_KINDS = {
    Finish.SENTENCE: tuple(EndKind),
    Finish.WORD: (EndKind.TEXT, EndKind.WORD),
}


def is_end(surroundings: Surroundings, at: BoundaryState, kind: EndKind) -> bool:
    match kind:
        case EndKind.SENTENCE:
            return surroundings.ends_sentence(at)
        case EndKind.TEXT:
            return surroundings.can_end(at)
        case EndKind.WORD:
            return surroundings.is_whole(at)


def may_begin_end(surroundings: Surroundings, at: BoundaryState) -> bool:
    """True if a sentence end could come here: no word, no run of marks and no end has begun."""
    return at.after is not After.SENTENCE_END and surroundings.is_whole(at)


def open_signs(at: BoundaryState) -> str:
    """Return the innermost closers that are ? or !, which close an inverted mark.

    They must be the sentence end itself. Other closers may come after any sentence end.
    """
    return at.closers[len(at.closers.rstrip("?!")) :]


def shortest_path(
    start: Node,
    edges: Callable[[Node], Iterable[tuple[int, Node]]],
    is_target: Callable[[Node], bool],
) -> int:
    """Return the cost of the shortest path to a target, or UNREACHABLE (Dijkstra's algorithm)."""
    order = count()
    pending = [(0, next(order), start)]
    best = {start: 0}
    while pending:
        cost, _, at = heapq.heappop(pending)
        if is_target(at):
            return cost
        if cost > best[at]:
            continue
        for more, after in edges(at):
            if cost + more < best.get(after, UNREACHABLE):
                best[after] = cost + more
                heapq.heappush(pending, (cost + more, next(order), after))
    return UNREACHABLE
