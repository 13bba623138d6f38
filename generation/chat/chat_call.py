"""One chat request in the engine: its choices are waited for, streamed and given up together."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from django.conf import settings

from generation.chat.choices import Choices
from generation.chat.per_key_limit import per_key_limit
from generation.engine.contract import Completion, GenerationRequest
from generation.engine.handle import Piece
from generation.engine.streaming import read, wait_for
from generation.openai.errors import NO_RETRY, ApiError

Event = tuple[int, Piece | Completion]


class Call:
    """Must be closed, whatever happens. free: gives back the places taken for the key."""

    def __init__(self, choices: Choices, free: Callable[[], None]) -> None:
        self._choices = choices
        self._free = free
        self._until = time.monotonic() + settings.REQUEST_TIMEOUT
        self.n = choices.n

    @classmethod
    def start(cls, request: GenerationRequest, n: int, *, key: int) -> Call:
        """Queue all choices or none. Raises ApiError (429) and EngineBusy."""
        free = per_key_limit.take(key, n)
        try:
            return cls(Choices.submit(request, n), free)
        except BaseException:
            free()
            raise

    def close(self) -> None:
        """Give up what has not been answered and free the key's places. From any thread, at any
        time, and again.
        """
        self._choices.cancel()
        self._free()

    def results(self) -> list[Completion]:
        """Wait for all choices. Raises what made one fail as soon as it did, and ApiError (504)."""
        choices = self._choices
        if not wait_for(choices.handles, lambda: choices.is_over, self._remaining):
            raise timed_out()
        return choices.completions()

    def wait_for_text(self, seconds: float) -> None:
        """Wait until a choice has text, but no longer than that.

        Raises what made one fail before, and ApiError (504), so that it can be an HTTP status.
        """

        choices = self._choices

        def ready() -> bool:
            return choices.is_over or choices.has_text

        wait_for(choices.handles, ready, min(seconds, self._remaining))
        for handle in choices.handles:
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
                read(self._choices.handles, idle_after=idle_after, until=self._until)
            ) as events:
                async for event in events:
                    if event is None:
                        yield None
                        continue
                    for copy in range(self._choices.copies):
                        yield event[0] + copy, event[1]
        except TimeoutError as error:
            raise timed_out() from error

    @property
    def _remaining(self) -> float:
        return max(self._until - time.monotonic(), 0.0)


def timed_out() -> ApiError:
    # Sent again it would take as long again.
    return ApiError(
        504,
        f"The request took longer than {settings.REQUEST_TIMEOUT} seconds.",
        kind="server_error",
        code="timeout",
        headers=NO_RETRY,
    )
