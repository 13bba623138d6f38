"""A running request as its sender sees it, and the engine thread's way to answer it.

Text crosses from the engine thread to any number of readers, threads or event loops, without the
engine ever waiting for them: a reader that is slow gets several deltas in one.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generation.engine.contract import Completion, TokenLogprob


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that became final, and the log-probabilities of its tokens if they were asked for."""

    text: str
    logprobs: tuple[TokenLogprob, ...] = ()


class Handle:
    """Sender's side: `stream`, `pieces`, `result`, `wait_for_text`, `cancel`.

    Engine's side: `emit`, `finish`, `fail`, `cancelled`, `on_cancel`. The first `finish` or `fail`
    counts; what comes after it does nothing.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._parts: list[Piece] = []
        self._completion: Completion | None = None
        self._error: Exception | None = None
        self._cancelled = threading.Event()
        self._wakers: list[Callable[[], object]] = []
        self._on_first_text: Callable[[], object] | None = None
        self._on_cancel: Callable[[], object] | None = None

    # --- the sender ------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Ask the engine to stop; it does within one token, or before it starts."""
        with self._changed:
            self._cancelled.set()
            call, self._on_cancel = self._on_cancel, None
        if call is not None:
            call()

    @property
    def done(self) -> bool:
        return self._completion is not None or self._error is not None

    def result(self, timeout: float | None = None) -> Completion:
        """Wait for the end. Raises what made the request fail, or TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.done, timeout):
                raise TimeoutError(f"no answer within {timeout} seconds")
            return self._outcome()

    def wait_for_text(self, timeout: float | None = None) -> bool:
        """Wait until there is text or the request has ended; False on a timeout.

        Raises if the request failed before any text, so that a caller can still answer with an
        error of its own protocol.
        """
        with self._changed:
            ready = self._changed.wait_for(lambda: self._parts or self.done, timeout)
            if self._error is not None and not self._parts:
                raise self._error
            return bool(ready)

    async def stream(self, *, idle_after: float | None = None) -> AsyncGenerator[str | None, None]:
        """Yield the text as it comes; None whenever `idle_after` seconds passed without any.

        Raises what made the request fail. Leaving the loop early cancels the request.
        """
        async with aclosing(self.pieces(idle_after=idle_after)) as pieces:
            async for piece in pieces:
                if piece is None:
                    yield None
                elif piece.text:
                    yield piece.text

    async def pieces(
        self, *, idle_after: float | None = None, pause: float = 0.0
    ) -> AsyncGenerator[Piece | None, None]:
        """The same with log-probabilities: those of all pieces are the completion's.

        pause: after a piece, wait so many seconds for the next, or for the end. Text that nobody
        waits for then costs its writer next to nothing.
        """
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        quiet_until = 0.0

        def wake() -> None:
            if not self.done and time.monotonic() < quiet_until:
                return
            try:
                loop.call_soon_threadsafe(changed.set)
            except RuntimeError:
                self.cancel()  # the loop is closed: nobody reads any more

        position = 0
        with self._changed:
            self._wakers.append(wake)
        try:
            while True:
                changed.clear()
                with self._changed:
                    new = self._parts[position:]
                    position = len(self._parts)
                    done = self.done
                if new:
                    quiet_until = time.monotonic() + pause
                    yield Piece(
                        "".join(piece.text for piece in new),
                        tuple(logprob for piece in new for logprob in piece.logprobs),
                    )
                    if pause and not done:
                        await _is_set(changed, pause)
                elif done:
                    self._outcome()
                    return
                elif not await _is_set(changed, idle_after):
                    yield None
        finally:
            with self._changed:
                self._wakers.remove(wake)
            if not self.done:
                self.cancel()

    def _outcome(self) -> Completion:
        if self._error is not None:
            raise self._error
        assert self._completion is not None  # noqa: S101
        return self._completion

    # --- the engine ------------------------------------------------------------------------------

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def on_first_text(self, call: Callable[[], object]) -> None:
        """Call this when there is text for the first time."""
        self._on_first_text = call

    def on_cancel(self, call: Callable[[], object]) -> None:
        """Call this when the sender cancels, in its thread; at once if it has already."""
        with self._changed:
            if not self._cancelled.is_set():
                self._on_cancel = call
                return
        call()

    def emit(self, text: str, logprobs: Sequence[TokenLogprob] = ()) -> None:
        if text or logprobs:
            if self._on_first_text is not None:
                first, self._on_first_text = self._on_first_text, None
                first()
            with self._changed:
                self._parts.append(Piece(text, tuple(logprobs)))
                self._wake()

    def finish(self, completion: Completion) -> None:
        with self._changed:
            if not self.done:
                self._completion = completion
                self._wake()

    def fail(self, error: Exception) -> None:
        with self._changed:
            if not self.done:
                self._error = error
                self._wake()

    def _wake(self) -> None:
        self._changed.notify_all()
        for waker in self._wakers:
            waker()


async def _is_set(event: asyncio.Event, seconds: float | None) -> bool:
    """Wait for the event; False if it did not come in time."""
    try:
        # Not wait_for: in Python 3.11 it can lose a cancellation that comes together with the
        # event.
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
