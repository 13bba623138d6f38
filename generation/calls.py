"""One chat request in the engine: its choices are waited for, streamed and given up together."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from django.conf import settings

from generation.concurrency import key_places
from generation.engine.contract import Completion, GenerationRequest
from generation.engine.handle import Handle, Piece
from generation.engine.reading import read, wait_for
from generation.engines import get_engine
from generation.openai.errors import NO_RETRY, ApiError
from generation.requests import choices_of

Event = tuple[int, Piece | Completion]


class Call:
    """Must be closed, whatever happens. handles: one, which makes all `n` choices, or n.

    free: gives back the places that were taken for the key.
    """

    def __init__(self, handles: Sequence[Handle], n: int, free: Callable[[], None]) -> None:
        self._handles = handles
        self._copies = n // len(handles)
        self._free = free
        self._until = time.monotonic() + settings.REQUEST_TIMEOUT
        self.n = n

    @classmethod
    def start(cls, request: GenerationRequest, n: int, *, key: int) -> Call:
        """Queue all choices or none. Raises ApiError (429) and EngineBusy."""
        free = key_places.take(key, n)
        try:
            return cls(get_engine().submit_all(choices_of(request, n)), n, free)
        except BaseException:
            free()
            raise

    def close(self) -> None:
        """Give up what has not been answered and free the key's places. From any thread, at any
        time, and again.
        """
        for handle in self._handles:
            if not handle.done:
                handle.cancel()
        self._free()

    def results(self) -> list[Completion]:
        """Wait for all choices. Raises what made one fail as soon as it did, and ApiError (504)."""
        if not wait_for(self._handles, self._is_over, self._remaining):
            raise timed_out()
        # Those that have not ended are behind one that has failed.
        ended = [handle.result() for handle in self._handles if handle.done]
        return ended * self._copies

    def wait_for_text(self, seconds: float) -> None:
        """Wait until a choice has text, but no longer than that.

        Raises what made one fail before, and ApiError (504), so that it can be an HTTP status.
        """

        def ready() -> bool:
            return self._is_over() or any(handle.has_text for handle in self._handles)

        wait_for(self._handles, ready, min(seconds, self._remaining))
        for handle in self._handles:
            if handle.failed:
                handle.result()
        if not ready() and not self._remaining:
            raise timed_out()

    async def events(self, *, idle_after: float) -> AsyncGenerator[Event | None, None]:
        """Yield what comes of each choice: pieces, then its completion; None when nothing has come
        for `idle_after` seconds. Raises what made one fail, and ApiError (504).
        """
        try:
            async with aclosing(
                read(self._handles, idle_after=idle_after, until=self._until)
            ) as events:
                async for event in events:
                    if event is None:
                        yield None
                        continue
                    for copy in range(self._copies):
                        yield event[0] + copy, event[1]
        except TimeoutError as error:
            raise timed_out() from error

    @property
    def _remaining(self) -> float:
        return max(self._until - time.monotonic(), 0.0)

    def _is_over(self) -> bool:
        return any(handle.failed for handle in self._handles) or all(
            handle.done for handle in self._handles
        )


def timed_out() -> ApiError:
    # Sent again it would take as long again.
    return ApiError(
        504,
        f"The request took longer than {settings.REQUEST_TIMEOUT} seconds.",
        kind="server_error",
        code="timeout",
        headers=NO_RETRY,
    )
