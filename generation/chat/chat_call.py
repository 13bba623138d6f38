"""One chat request in the engine: the handles of its `n` choices, or of more to choose from.

The choices are submitted together, waited for together, streamed together and cancelled together.
The API and the batch worker both use this class, so `n`, seeds and failures mean the same in both.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from generation.chat.best_of import best_replies
from generation.chat.chat_request import choices_of
from generation.chat.phased_handle import submit_all
from generation.engine.contract import Completion, GenerationRequest, Piece
from generation.engine.handle import Handle
from generation.engine.streaming import read, wait_for
from generation.openai.errors import NO_RETRY, ApiError

Event = tuple[int, Piece | Completion]


class ChatCall:
    """The caller must close it in every case.

    handles: One handle per choice, or one per request whose completion serves all its choices, or
        more than that, of which the best are the choices.
    n: Number of choices of all requests. requests: Number of these.
    timeout: Seconds until `results`, `wait_for_text` and `events` raise ApiError (504). None means
    no limit.
    release: Called when the call is closed, to free its places in the limits of key and user.
    """

    def __init__(
        self,
        handles: Sequence[Handle],
        n: int,
        *,
        requests: int = 1,
        timeout: float | None = None,
        release: Callable[[], None] | None = None,
    ) -> None:
        self.handles = handles
        self.n = n
        self._requests = requests
        self._copies = max(n // len(handles), 1)
        self._timeout = timeout
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._release = release

    @classmethod
    def submit(
        cls,
        request: GenerationRequest,
        n: int,
        *,
        best_of: int | None = None,
        timeout: float | None = None,
        release: Callable[[], None] | None = None,
    ) -> ChatCall:
        """Queue all `n` choices or none. Raises EngineBusy if the queue is full.

        best_of: Number of replies to write, of which the `n` best are the choices; `n` by default.
        release: Frees the places of the call (see `hold_places`). Also called if this raises.
        """
        return cls.submit_several([request], n, best_of=best_of, timeout=timeout, release=release)

    @classmethod
    def submit_several(
        cls,
        requests: Sequence[GenerationRequest],
        n: int,
        *,
        best_of: int | None = None,
        timeout: float | None = None,
        release: Callable[[], None] | None = None,
    ) -> ChatCall:
        """Like `submit`, with `n` choices of each request. Those of the first one come first."""
        try:
            written = best_of or n
            choices = [choice for request in requests for choice in choices_of(request, written)]
            handles = submit_all(choices)
            return cls(
                handles, n * len(requests), requests=len(requests), timeout=timeout, release=release
            )
        except BaseException:
            if release is not None:
                release()
            raise

    def close(self) -> None:
        """Cancel the choices that have not ended and free the call's places.

        Any thread may call this at any time, and more than once.
        """
        for handle in self.handles:
            if not handle.done:
                handle.cancel()
        if self._release is not None:
            self._release()

    @property
    def is_over(self) -> bool:
        """True if all choices have ended, or one has failed. A failure ends the other choices."""
        return any(handle.failed for handle in self.handles) or all(
            handle.done for handle in self.handles
        )

    @property
    def has_text(self) -> bool:
        return any(handle.has_text for handle in self.handles)

    @property
    def prompt_truncated(self) -> bool:
        """True if the start of the prompt was dropped, as far as this is known by now."""
        return any(handle.prompt_truncated for handle in self.handles)

    def completions(self) -> list[Completion]:
        """Return one completion per choice. Call this only when `is_over`.

        Raises the error of a choice that failed.
        """
        # A handle that has not ended only occurs beside a failed one, whose result() raises.
        ended = [handle.result() for handle in self.handles if handle.done]
        if len(ended) > self.n:
            n, written = self.n // self._requests, len(ended) // self._requests
            return [
                each
                for first in range(0, len(ended), written)
                for each in best_replies(ended[first : first + written], n)
            ]
        return [each for each in ended for _ in range(self._copies)]

    def results(self) -> list[Completion]:
        """Wait until the call is over and return one completion per choice.

        Raises the error of the first choice that fails, and ApiError (504).
        """
        if not wait_for(self.handles, lambda: self.is_over, self._remaining):
            raise self._timed_out()
        return self.completions()

    def wait_for_text(self, seconds: float) -> None:
        """Wait until a choice has text, but at most `seconds`.

        Raises the error of a choice that has failed by then, and ApiError (504). At that time the
        caller can still send an HTTP status.
        """

        def ready() -> bool:
            return self.is_over or self.has_text

        remaining = self._remaining
        wait_for(self.handles, ready, seconds if remaining is None else min(seconds, remaining))
        for handle in self.handles:
            if handle.failed:
                handle.result()
        if not ready() and self._remaining == 0:
            raise self._timed_out()

    async def events(self, *, idle_after: float) -> AsyncGenerator[Event | None, None]:
        """Yield (index of the choice, piece) as text arrives, then (index, completion).

        None is yielded whenever nothing has arrived for `idle_after` seconds. Raises the error of
        a choice that fails, and ApiError (504).
        """
        try:
            async with aclosing(
                read(self.handles, idle_after=idle_after, until=self._deadline)
            ) as events:
                async for event in events:
                    if event is None:
                        yield None
                        continue
                    for copy in range(self._copies):
                        yield event[0] * self._copies + copy, event[1]
        except TimeoutError as error:
            raise self._timed_out() from error

    @property
    def _remaining(self) -> float | None:
        """Seconds until the deadline, at least 0."""
        return None if self._deadline is None else max(self._deadline - time.monotonic(), 0.0)

    def _timed_out(self) -> ApiError:
        # NO_RETRY: the same request would take as long again.
        return ApiError(
            504,
            f"The request took longer than {self._timeout} seconds.",
            kind="server_error",
            code="timeout",
            headers=NO_RETRY,
        )
