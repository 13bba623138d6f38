"""A running request as its sender sees it, and the engine thread's way to answer it.

Text crosses from the engine thread to any number of readers, threads or event loops, without the
engine ever waiting for them: a reader that is slow gets several deltas in one.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generation.engine.streaming import read

if TYPE_CHECKING:
    from generation.engine.contract import Completion, Emit, TokenLogprob


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

    @property
    def failed(self) -> bool:
        return self._error is not None

    @property
    def has_text(self) -> bool:
        return bool(self._parts)

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

        pause: see `reading.read`.
        """
        async with aclosing(read([self], idle_after=idle_after, pause=pause)) as events:
            async for event in events:
                if event is None:
                    yield None
                elif isinstance(event[1], Piece):
                    yield event[1]

    # --- whoever reads several at once (see `reading`) -------------------------------------------

    @contextmanager
    def watched(self, wake: Callable[[], object]) -> Iterator[None]:
        """Call `wake` whenever there is something new. It is called on the engine's thread, with
        the handle's lock held, so it must be quick.
        """
        with self._changed:
            self._wakers.append(wake)
        try:
            yield
        finally:
            with self._changed:
                self._wakers.remove(wake)

    def after(self, position: int) -> tuple[Piece | None, int, bool]:
        """What came after the first `position` parts, as one piece; how many there are now; and
        whether that was all of them.
        """
        with self._changed:
            new, done = self._parts[position:], self.done
        if not new:
            return None, position, done
        logprobs = tuple(logprob for piece in new for logprob in piece.logprobs)
        return Piece("".join(piece.text for piece in new), logprobs), position + len(new), done

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


class Relay(Handle):
    """Hands text on as it comes, for a decoder that answers in the caller's thread."""

    def __init__(self, emit: Emit) -> None:
        super().__init__()
        self._emit = emit

    def emit(self, text: str, logprobs: Sequence[TokenLogprob] = ()) -> None:
        if logprobs:
            self._emit(text, logprobs)
        elif text:
            self._emit(text)
        super().emit(text, logprobs)
