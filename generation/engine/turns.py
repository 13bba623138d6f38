"""Turns: the requests of several owners are served one of each after the other.

This is start-time fair queueing with requests of equal size. Used by the queue before the engine
and by the prompts that wait for their prefill.
"""

from __future__ import annotations

from collections.abc import Iterable

# Owners whose last turn is remembered. Those that are behind the present turn need no memory.
REMEMBERED_OWNERS = 1000


class Turns:
    """Numbers of turns. An owner who comes later starts at the present turn, so it goes before all
    requests but the first of an owner who has a long line.
    """

    def __init__(self) -> None:
        self._present = 0
        self._served: dict[str, int] = {}

    def next(self, owner: str, waiting: Iterable[int]) -> int:
        """Return the turn of another request. waiting: Turns of the owner's requests before it."""
        last = max(waiting, default=self._served.get(owner, -1))
        return max(self._present, last + 1)

    def serve(self, owner: str, turn: int) -> None:
        """The owner's request with this turn no longer waits."""
        self._present = max(self._present, turn)
        self._served[owner] = max(turn, self._served.get(owner, -1))
        if len(self._served) > REMEMBERED_OWNERS:
            self._served = {
                name: last for name, last in self._served.items() if last >= self._present
            }
