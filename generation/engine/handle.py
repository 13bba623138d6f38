"""A running request as its sender sees it, and the engine thread's way to answer it.

Text crosses from the engine thread to any number of readers, threads or event loops, without the
engine ever waiting for them: a reader that is slow gets several deltas in one.
"""

from __future__ import annotations

import asyncio
import threading
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

    Engine's side: `emit`, `finish`, `fail`, `cancelled`. Exactly one of `finish` and `fail` is
    called, once.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._parts: list[Piece] = []
        self._completion: Completion | None = None
        self._error: Exception | None = None
        self._cancelled = threading.Event()
        self._wakers: list[Callable[[], object]] = []
        self._on_first_text: Callable[[], object] | None = None

    # --- the sender ------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Ask the engine to stop; it does within one token, or before it starts."""
        self._cancelled.set()

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
        self, *, idle_after: float | None = None
    ) -> AsyncGenerator[Piece | None, None]:
        """The same with log-probabilities: those of all pieces are the completion's."""
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()

        def wake() -> None:
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
                    yield Piece(
                        "".join(piece.text for piece in new),
                        tuple(logprob for piece in new for logprob in piece.logprobs),
                    )
                elif done:
                    self._outcome()
                    return
                else:
                    try:
                        # Not wait_for: in Python 3.11 it can lose a cancellation that comes
                        # together with the event.
                        async with asyncio.timeout(idle_after):
                            await changed.wait()
                    except TimeoutError:
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
            self._completion = completion
            self._wake()

    def fail(self, error: Exception) -> None:
        with self._changed:
            self._error = error
            self._wake()

    def _wake(self) -> None:
        self._changed.notify_all()
        for waker in self._wakers:
            waker()
